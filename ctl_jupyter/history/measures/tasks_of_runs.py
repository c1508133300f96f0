"""The rows of ``hosts`` in groups of one task of one run: those that wait for each other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.grouping import NEVER, first_of_each, joined, milliseconds

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.grouping import Whole

__all__ = ["TasksOfRuns", "tasks_of_runs"]


@dataclass(frozen=True)
class TasksOfRuns:
    """Rows of ``hosts``, sorted so that those of one task of one run stand together.

    Parameters
    ----------
    row
        The place of each in the frame.
    start, end
        Begin and end of the task on the host, milliseconds since 1970; `NEVER` where no begin is known.
    begins
        Where each task's rows begin, in `row`.
    sizes
        How many rows it has: hosts.
    """

    row: "Whole"
    start: "Whole"
    end: "Whole"
    begins: "Whole"
    sizes: "Whole"

    @property
    def task(self) -> "Whole":
        """The task of each row, from 0."""
        import numpy as np

        return np.repeat(np.arange(len(self.begins)), self.sizes)


def tasks_of_runs(hosts: "pd.DataFrame", with_start: bool = False) -> TasksOfRuns:
    """Return the rows whose end and number are known, of tasks that two hosts at least took part in.

    Parameters
    ----------
    with_start
        Whether the begin has to be known too.
    """
    import numpy as np

    start, end = milliseconds(hosts["start"]), milliseconds(hosts["end"])
    known = (end != NEVER) & hosts["number"].notna().to_numpy()
    if with_start:
        known &= start != NEVER
    row = np.flatnonzero(known)
    key = joined(hosts, ("execution_id", "run", "number"))[row]
    if len(key) and (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        row, key = row[order], key[order]
    begins = first_of_each(key)
    sizes = np.diff(np.append(begins, len(key)))
    together = np.repeat(sizes > 1, sizes)
    row = row[together]
    sizes = sizes[sizes > 1]
    return TasksOfRuns(row, start[row], end[row], np.cumsum(sizes) - sizes, sizes)
