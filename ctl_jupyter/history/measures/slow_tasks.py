"""Which tasks the time of an account goes to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.grouping import (
    NEVER,
    counts,
    durations,
    grouped,
    joined,
    milliseconds,
    names,
    packed,
    unpacked,
)

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.grouping import Numbers, Whole

__all__ = ["slowest_tasks"]


@takes("tasks", "execution_id", "duration")
def slowest_tasks(
    tasks: "pd.DataFrame", by: Sequence[str] = ("job", "play", "task"), *, at_most: int | None = None
) -> "pd.DataFrame":
    """Return the tasks by the time that they took, added up, the one that took most first.

    The time of a task is that from its begin to its end on the last host (``tasks.duration``), waits for a fork among
    it. Tasks whose duration is not known (``NaT``) are left out. ``share`` is ``total`` by the total of all tasks of
    the frame, also of those that `at_most` leaves out. Quantiles are linear between two values, as those of
    ``numpy.quantile`` are.

    Parameters
    ----------
    tasks
        Rows of the frame ``tasks``.
    by
        Columns that say which tasks are the same one.
    at_most
        So many rows, the slowest; all without it.

    Returns
    -------
    pandas.DataFrame
        One row for each task, the highest total first:

        =================  ===============  ==================================================
        column             dtype            what it holds
        =================  ===============  ==================================================
        those of `by`      category         the task
        n                  Int64            how often it ran and ended
        total              timedelta64[ms]  its durations, added up
        share              float64          total / total of all; NaN when that is 0
        median             timedelta64[ms]  half of its durations are at most this
        p95                timedelta64[ms]  and 95 % of them this
        longest            timedelta64[ms]  the longest of them
        slowest_execution  str              the execution that had it, of several the first
        =================  ===============  ==================================================

    Raises
    ------
    DocumentError
        When `by` names a column that the frame does not have, or none.
    """
    import numpy as np
    import pandas as pd

    missing = [column for column in by if column not in tasks.columns]
    if missing or not by:
        said = f"no {missing[0]!r}" if missing else "to be grouped by a column at least"
        raise DocumentError(f"slowest_tasks() groups tasks by their columns, and this frame has {said}.")
    took = milliseconds(tasks["duration"])
    ended = np.flatnonzero(took != NEVER)
    took = took[ended]
    groups = grouped(joined(tasks, by)[ended])
    n, total = groups.sizes(), groups.sums(took)
    begins = np.cumsum(n) - n
    values = unpacked(np.sort(packed(groups.codes, took)))
    longest = values[begins + n - 1]
    slowest = np.zeros(groups.count, dtype=np.int64)
    had_it = np.flatnonzero(np.maximum(took, 0) == longest[groups.codes])[::-1]
    # Of several the first stays, which comes last here.
    slowest[groups.codes[had_it]] = ended[had_it]
    where = ended[groups.first]
    found = pd.DataFrame(
        {
            **{column: names(tasks, column, where) for column in by},
            "n": counts(n),
            "total": durations(total),
            "share": total / total.sum() if total.sum() else np.full(len(n), np.nan),
            "median": durations(_quantile(values, begins, n, 0.5)),
            "p95": durations(_quantile(values, begins, n, 0.95)),
            "longest": durations(longest),
            "slowest_execution": tasks["execution_id"].iloc[slowest].astype("str").array,
        }
    )
    return found.iloc[np.argsort(-total, kind="stable")[:at_most]].reset_index(drop=True)


def _quantile(values: "Whole", begins: "Whole", n: "Whole", part: float) -> "Numbers":
    """Return a quantile of each group of sorted values, linear between two."""
    import numpy as np

    place = (n - 1) * part
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, n - 1)
    lower = values[begins + low]
    found: Numbers = lower + (values[begins + high] - lower) * (place - low)
    return found
