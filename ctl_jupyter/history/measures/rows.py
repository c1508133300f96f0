"""Which rows of a frame count."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.numbers import milliseconds, whole_numbers

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Flags

__all__ = ["comparable", "rows_with"]


def rows_with(frame: "pd.DataFrame", column: str, *values: str) -> "Flags":
    """Return of each row whether its value in a column is one of these; an unknown or missing one is not."""
    import numpy as np
    import pandas as pd

    found = frame[column]
    if not isinstance(found.dtype, pd.CategoricalDtype):
        return found.isin(values).to_numpy(dtype=bool, na_value=False)
    wanted: npt.NDArray[np.bool_] = np.append(found.cat.categories.isin(values), False)
    return wanted.take(found.cat.codes.to_numpy())


def comparable(executions: "pd.DataFrame") -> "Flags":
    """Return of each execution whether its duration can be compared: one run, with start and duration known.

    The second run of one that was restarted is on the failed hosts alone. A negative duration is a clock's mistake.
    """
    known = executions["start"].notna().to_numpy() & (milliseconds(executions["duration"]) >= 0)
    found: Flags = known & (whole_numbers(executions["runs"], 0) == 1)
    return found
