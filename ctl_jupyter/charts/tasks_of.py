"""The tasks of one execution's host results: which row is of which task, in the order they ran."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["Tasks", "tasks_of"]


@dataclass(frozen=True)
class Tasks:
    """The task of each row, counted from 0 in the order they ran, and the tasks' names with their numbers."""

    codes: "np.ndarray[Any, Any]"
    names: list[str]


def tasks_of(rows: "pd.DataFrame") -> Tasks:
    """Return the tasks of rows of ``hosts``.

    A task is what Runner told as one (``number``); where it told no number, rows of the same play, role and task.
    """
    import numpy as np
    import pandas as pd

    from ctl_jupyter.charts.given import codes_of, milliseconds_of

    key = rows["number"].fillna(0).to_numpy(dtype="int64")
    for column in ("play", "role", "task"):
        codes, found = codes_of(rows[column])
        key = key * (len(found) + 1) + codes + 1
    codes, _ = pd.factorize(key)
    count = int(codes.max()) + 1 if len(codes) else 0
    first = np.zeros(count, dtype="int64")
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    begin = np.full(count, np.iinfo("int64").max)
    times = milliseconds_of(rows["start"].fillna(rows["timestamp"]))
    np.minimum.at(begin, codes, np.where(times < 0, begin.max() if count else 0, times))
    numbers = rows["number"].iloc[first].fillna(1 << 40).to_numpy(dtype="int64")
    order = np.lexsort((first, begin, numbers))
    position = np.empty(count, dtype="int64")
    position[order] = np.arange(count)
    names = rows["task"].iloc[first[order]].astype("str").fillna("(no name)")
    return Tasks(position[codes], [f"{place} {name}" for place, name in enumerate(names, 1)])
