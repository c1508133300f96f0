"""The rows of ``hosts`` in groups of one task of one run: those that wait for each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.groups import joined
from ctl_jupyter.history.measures.numbers import MISSING, first_of_each, milliseconds, sorted_places

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes, Flags

__all__ = ["TasksOfRuns", "tasks_of_runs"]

#: Of hosts' results mostly about ten times as many.
_TASKS_AT_ONCE = 5_000


@dataclass(frozen=True)
class TasksOfRuns:
    """Rows of ``hosts``, sorted so that those of one task of one run stand together.

    Parameters
    ----------
    row
        The place of each in the frame.
    start, end
        Begin and end of the task on the host, milliseconds since 1970; `MISSING` where no begin is known.
    begins
        Where each task's rows begin, in `row`.
    sizes
        How many rows it has: hosts.
    """

    row: "Codes"
    start: "Codes"
    end: "Codes"
    begins: "Codes"
    sizes: "Codes"

    @property
    def task(self) -> "Codes":
        """The task of each row, from 0."""
        import numpy as np

        return np.repeat(np.arange(len(self.begins)), self.sizes)

    def parts(self) -> "Iterator[TasksOfRuns]":
        """Return the tasks in their order, some thousand at a time: what fits a processor's cache is done sooner."""
        for first in range(0, len(self.begins), _TASKS_AT_ONCE):
            sizes = self.sizes[first : first + _TASKS_AT_ONCE]
            begin = self.begins[first]
            rows = slice(begin, begin + sizes.sum())
            begins = self.begins[first : first + _TASKS_AT_ONCE] - begin
            yield TasksOfRuns(self.row[rows], self.start[rows], self.end[rows], begins, sizes)

    def some(self, tasks: "Flags") -> "TasksOfRuns":
        """Return some of the tasks alone."""
        import numpy as np

        if tasks.all():
            return self
        rows, sizes = np.repeat(tasks, self.sizes), self.sizes[tasks]
        return TasksOfRuns(self.row[rows], self.start[rows], self.end[rows], np.cumsum(sizes) - sizes, sizes)


def tasks_of_runs(hosts: "pd.DataFrame", with_start: bool = False) -> TasksOfRuns:
    """Return the rows whose end and number are known, of tasks that two hosts at least took part in.

    Parameters
    ----------
    with_start
        Whether the begin has to be known too.
    """
    import numpy as np

    start, end = milliseconds(hosts["start"]), milliseconds(hosts["end"])
    known = (end != MISSING) & hosts["number"].notna().to_numpy()
    if with_start:
        known &= start != MISSING
    row = np.flatnonzero(known)
    key = joined(hosts, ("execution_id", "run", "number"))[row]
    if len(key) and (key[1:] < key[:-1]).any():
        order = sorted_places(key)
        row, key = row[order], key[order]
    begins = first_of_each(key)
    sizes = np.diff(np.append(begins, len(key)))
    return TasksOfRuns(row, start[row], end[row], begins, sizes).some(sizes > 1)
