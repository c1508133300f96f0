"""Which tasks the time of an account goes to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups, names_of
from ctl_jupyter.history.measures.numbers import group_quantiles, milliseconds, timedeltas

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["slowest_tasks"]


@takes("tasks", "execution_id", "duration")
def slowest_tasks(
    tasks: "pd.DataFrame", by: str | Sequence[str] = ("job", "play", "task"), *, at_most: int | None = None
) -> "pd.DataFrame":
    """Return the tasks by the time that they took, added up, the one that took most first.

    The time of a task is that from its begin to its end on the last host (``tasks.duration``), waits for a fork among
    it. Tasks whose duration is not known (``NaT``), or negative, a clock's mistake, are left out. ``share`` is
    ``total`` by the total of all tasks of the frame, also of those that `at_most` leaves out. Quantiles are linear
    between two values, as those of ``numpy.quantile`` are.

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
        those of `by`      category         the task; ``job_id`` after ``job``
        n                  int64            how often it ran and ended
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

    if not by:
        raise DocumentError("slowest_tasks() groups tasks by a column at least: by=('job', 'play', 'task'), for one.")
    took = milliseconds(tasks["duration"])
    ended = np.flatnonzero(took >= 0)
    took = took[ended]
    groups = AnswerGroups.of(tasks[names_of(tasks, by)].iloc[ended], by)
    total = groups.sums(took)
    median, p95, longest = group_quantiles(took, groups.codes, len(groups), (0.5, 0.95, 1))
    slowest = np.zeros(len(groups), dtype=np.int64)
    had_it = np.flatnonzero(took == longest[groups.codes])[::-1]
    # Of several the first stays, which comes last here.
    slowest[groups.codes[had_it]] = ended[had_it]
    found = groups.table(
        n=groups.sizes(),
        total=timedeltas(total),
        share=total / total.sum() if total.sum() else np.full(len(groups), np.nan),
        median=timedeltas(median),
        p95=timedeltas(p95),
        longest=timedeltas(longest),
        slowest_execution=tasks["execution_id"].iloc[slowest].astype("str").array,
    )
    return found.iloc[np.argsort(-total, kind="stable")[:at_most]].reset_index(drop=True)
