"""Success rates of groups of executions: counted, put into ranges, and how a legend names those."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.looks import NO_RATE, RATES, Rate
from ctl_jupyter.documents import Status

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["ALL_RATES", "count_outcomes", "range_names"]

#: By name, best first.
ALL_RATES: dict[str, Rate] = {rate.name: rate for rate in (*RATES, NO_RATE)}


def count_outcomes(status: "pd.Series[Any]", groups: "np.ndarray[Any, Any]", count: int) -> "pd.DataFrame":
    """Return for each group how many executions it has (``n``), and how many ``succeeded`` and ``failed``.

    Decided are SUCCESS and FAILURE; what was stopped, killed, could not begin or still lives is neither.

    Parameters
    ----------
    groups
        Of each execution, from 0 to `count` - 1; -1 for those that are not counted.
    """
    import numpy as np
    import pandas as pd

    from ctl_jupyter.charts.given import codes_of

    codes, found = codes_of(status)
    kind = np.zeros(len(found) + 1, dtype="int64")
    for place, name in enumerate((Status.SUCCESS, Status.FAILURE), 1):
        if str(name) in found:
            kind[found.get_loc(str(name))] = place
    # One number for group and kind; those of no group fall into one of their own, which is cut off.
    cells = np.where(groups < 0, count, groups) * 3 + kind[codes]
    counts = np.bincount(cells, minlength=3 * (count + 1)).reshape(-1, 3)[:count]
    return pd.DataFrame({"n": counts.sum(axis=1), "succeeded": counts[:, 1], "failed": counts[:, 2]})


def range_names(counts: "pd.DataFrame") -> "np.ndarray[Any, Any]":
    """Return the name of the range in which each group's success rate lies, `NO_RATE`'s where none was decided."""
    import numpy as np

    decided = (counts["succeeded"] + counts["failed"]).to_numpy()
    rate = counts["succeeded"].to_numpy() / np.maximum(decided, 1)
    within = np.select([rate >= range_.least for range_ in RATES], [range_.name for range_ in RATES], "")
    return np.where(decided > 0, within, NO_RATE.name)
