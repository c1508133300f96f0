"""When a job became slower or faster, and the commit that this came with."""

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ctl_jupyter.documents import Status
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups, taken
from ctl_jupyter.history.measures.levels import SHORTEST, SMALLEST, Step, find_steps
from ctl_jupyter.history.measures.numbers import milliseconds, time_order, timedeltas
from ctl_jupyter.history.measures.rows import comparable, rows_with
from ctl_jupyter.history.measures.seasons import without_seasons

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes

__all__ = ["change_points"]

COMMIT = ("commit", "commit_author", "commit_message")


@takes("executions", "execution_id", "status", "start", "duration", "runs", *COMMIT)
def change_points(
    executions: "pd.DataFrame",
    by: str | Sequence[str] | None = "job",
    shortest: int = SHORTEST,
    smallest: float = SMALLEST,
) -> "pd.DataFrame":
    """Return when the duration changed from one level to another, and with which commit.

    Looked for in the logarithms of the durations, less what the weekday and the hour add
    (`ctl_jupyter.history.measures.seasons`), by moving sums and penalised least squares of their ranks
    (`ctl_jupyter.history.measures.levels`, with the sources). Single wild durations, loads that come every week or day,
    and slow growth (see `trend`) are no change. Counted are executions with status SUCCESS that were not restarted and
    whose start and duration are known.

    A change comes with a commit when the first execution at the new level ran another one than the last before; where
    several places fit about as well, the change is put where the commit changes. That both came together does not
    prove that the commit is the cause.

    Parameters
    ----------
    executions
        The frame ``executions``, or some rows of it.
    by
        The columns to group by, ``job`` by its id (its column ``job_id`` comes after it), each group a series of its
        own; ``None``: all are one series.
    shortest
        How many executions a level has at least, 2 or more.
    smallest
        The smallest change, as a part of the smaller duration: 0.1 is a tenth.

    Returns
    -------
    DataFrame
        One row for each change, in the order of the groups and then of time: the columns of `by`; ``execution_id``
        (``str``, the first at the new level), ``at`` (``datetime64[ms, UTC]``, its start); ``before``, ``after``
        (``timedelta64[ms]``, the median durations of the nearest executions at both levels), ``ratio`` (``float64``,
        after / before), ``n_before``, ``n_after`` (``int64``, how many these are, 200 at most); ``significance``
        (``float64``, the p of a rank-sum test of these); ``commit``, ``commit_author``, ``commit_message`` (``str``,
        NaN when the commit is the same or not known).

    Raises
    ------
    DocumentError
        A column is missing.
    ValueError
        `shortest` or `smallest` is none.
    """
    import numpy as np

    if shortest < 2:
        raise ValueError(f"shortest={shortest!r}: a level has 2 executions or more.")
    if not smallest >= 0:
        raise ValueError(f"smallest={smallest!r} must be 0 or more: 0.1 is a tenth.")
    groups = AnswerGroups.of(executions, by)
    counted = np.flatnonzero(rows_with(executions, "status", Status.SUCCESS) & comparable(executions))
    codes = groups.codes[counted]
    starts = milliseconds(executions["start"])[counted]
    order = time_order(codes, starts)
    rows, starts = counted[order], starts[order]
    durations = milliseconds(executions["duration"])[rows]
    commits = executions["commit"].array

    ends = np.cumsum(np.bincount(codes, minlength=len(groups)))
    steps: list[Step] = []
    for begin, end in zip([0, *ends], ends, strict=False):
        series = slice(begin, end)
        # A duration of 0 has no logarithm: it counts as one millisecond.
        logs = without_seasons(np.log(np.maximum(durations[series], 1)), starts[series])
        other_commit = partial(_differ_from_before, commits, rows[series])
        found = find_steps(logs, other_commit, shortest, math.log1p(smallest))
        steps += [step.later_by(int(begin)) for step in found]
    return _table(executions, groups.columns, steps, rows, durations)


def _differ_from_before(commits: Any, rows: "Codes", first: int, last: int) -> Any:
    """Return of the rows from first to last, which is not among them, whether the row before has another commit.

    One with and one without a commit have not the same.
    """
    here, before = commits.take(rows[first:last]), commits.take(rows[first - 1 : last - 1])
    known, known_before = ~here.isna(), ~before.isna()
    return (known != known_before) | (known & known_before & (here != before).astype(bool))


def _table(
    executions: "pd.DataFrame",
    columns: "pd.DataFrame",
    steps: Sequence[Step],
    rows: "Codes",
    durations: "Codes",
) -> "pd.DataFrame":
    """Return the steps as a frame that begins with some columns.

    Parameters
    ----------
    rows
        The executions' places in the frame, in the order in which steps count them.
    """
    import numpy as np

    places = np.array([step.at for step in steps], dtype=np.int64)
    before = np.array([np.median(durations[step.at - step.near[0] : step.at]) for step in steps])
    after = np.array([np.median(durations[step.at : step.at + step.near[1]]) for step in steps])
    firsts = rows[places]
    differ = [_differ_from_before(executions["commit"].array, rows, place, place + 1)[0] for place in places]
    came_with = np.where(np.array(differ, dtype=bool), firsts, -1)
    keys = taken(columns, firsts)
    found = {
        "execution_id": executions["execution_id"].array[firsts],
        "at": executions["start"].array[firsts].as_unit("ms"),
        "before": timedeltas(before),
        "after": timedeltas(after),
        "ratio": after / np.maximum(before, 1),
        "n_before": np.array([step.near[0] for step in steps], dtype=np.int64),
        "n_after": np.array([step.near[1] for step in steps], dtype=np.int64),
        "significance": np.array([step.p for step in steps], dtype=np.float64),
        **{name: executions[name].array.take(came_with, allow_fill=True) for name in COMMIT},
    }
    return keys.assign(**found)
