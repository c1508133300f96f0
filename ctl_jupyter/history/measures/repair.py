"""How long it takes from a failure to the next success."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.documents import Status
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups, taken
from ctl_jupyter.history.measures.numbers import time_order
from ctl_jupyter.history.measures.rows import rows_with

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["time_to_repair"]


@takes("executions", "execution_id", "status", "start", "end", "commit")
def time_to_repair(executions: "pd.DataFrame", by: str | Sequence[str] | None = "job") -> "pd.DataFrame":
    """Return each streak of failures: when it began, what ended it, and how long that took.

    Of the decided executions (SUCCESS, FAILURE) in the order in which they ended, a streak is the failures between two
    successes. duration = the end of the success that ended it - the end of its first failure. An execution that was
    restarted counts once, by its last status. After the failed deployment recovery time of DORA's software delivery
    metrics (dora.dev), per job instead of per deployment.

    Parameters
    ----------
    executions
        The frame ``executions``, or some rows of it. One whose end is not known is placed by its start; one of which
        neither is known is left out.
    by
        The columns to group by, ``job`` by its id (its column ``job_id`` comes after it); ``None``: all
        executions are one series.

    Returns
    -------
    DataFrame
        One row for each streak, in the order of the groups and then of time: the columns of `by`; ``execution_id``
        (``str``, the first that failed), ``failed_at`` (``datetime64[ms, UTC]``), ``failures`` (``int64``);
        ``repaired_by`` (``str``), ``repaired_at`` (``datetime64[ms, UTC]``), ``duration`` (``timedelta64[ms]``);
        ``commit``, ``repair_commit`` (``str``, of the two executions). While it is not repaired: NaN and NaT.

    Raises
    ------
    DocumentError
        A column is missing.
    """
    import numpy as np

    decided = np.flatnonzero(rows_with(executions, "status", Status.SUCCESS, Status.FAILURE))
    groups = AnswerGroups.of(executions, by)
    times = executions["end"].array[decided].as_unit("ms")
    unended = np.flatnonzero(times.isna())
    if len(unended):
        times = times.copy()
        times[unended] = executions["start"].array[decided[unended]].as_unit("ms")
        decided, times = decided[~times.isna()], times[~times.isna()]
    codes = groups.codes[decided]
    order = time_order(codes, times.asi8)
    decided, codes, times = decided[order], codes[order], times[order]
    failed = rows_with(executions, "status", Status.FAILURE)[decided]

    other_group = np.append(True, codes[1:] != codes[:-1])[: len(codes)]
    begins = np.flatnonzero(failed & (other_group | ~np.append(True, failed[:-1])[: len(codes)]))
    # A streak ends where the next row is a success or of another group.
    ends = np.flatnonzero(failed & np.append(other_group[1:] | ~failed[1:], True)[: len(codes)]) + 1
    repaired = ends < len(codes)
    repaired[repaired] = ~other_group[ends[repaired]]
    repairs = np.where(repaired, ends, -1)

    keys = taken(groups.columns, decided[begins])
    firsts = np.where(repaired, decided.take(repairs, mode="clip"), -1) if len(decided) else repairs
    failed_at = times[begins]
    repaired_at = times.take(repairs, allow_fill=True)
    columns = {
        "execution_id": executions["execution_id"].array[decided[begins]],
        "failed_at": failed_at,
        "failures": (ends - begins).astype(np.int64),
        "repaired_by": executions["execution_id"].array.take(firsts, allow_fill=True),
        "repaired_at": repaired_at,
        "duration": repaired_at - failed_at,
        "commit": executions["commit"].array[decided[begins]],
        "repair_commit": executions["commit"].array.take(firsts, allow_fill=True),
    }
    return keys.assign(**columns)
