"""The rows of a frame in groups, as numbers: what measures count and sort by, without a loop over rows.

Unlike a plain group-by, no row is left out: those without a value (`NaN`) in a column are a group of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures.numbers import milliseconds

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes

__all__ = ["Groups", "names_of", "numbered", "statuses_in", "whole"]


def names_of(by: str | Sequence[str] | None) -> list[str]:
    """Return the names of the columns to group by: of one, of several, or of none."""
    if by is None:
        return []
    return [by] if isinstance(by, str) else list(by)


@dataclass(frozen=True)
class Groups:
    """Which group each row of a frame is in.

    Parameters
    ----------
    keys
        One row for each group, in their order: the columns grouped by, with their dtypes; no column for all in one.
    codes
        Of each row the number of its group, from 0.
    """

    keys: "pd.DataFrame"
    codes: "Codes"

    @classmethod
    def of(cls, frame: "pd.DataFrame", by: str | Sequence[str] | None, **more: "pd.Series[Any]") -> Self:
        """Group a frame's rows; groups are sorted by their values, categories by their texts, `NaN` last.

        Parameters
        ----------
        by
            One column, several, or none: all rows are in one group then, and an empty frame has no group.
        **more
            Further columns to group by, after those of `by`.

        Raises
        ------
        DocumentError
            The frame has no such column.
        """
        import numpy as np
        import pandas as pd

        names = names_of(by)
        missing = [name for name in names if name not in frame.columns]
        if missing:
            known = ", ".join(map(str, frame.columns))
            raise DocumentError(f"This frame has no column {missing[0]!r} to group by; it has {known}.")
        columns = {**{name: frame[name] for name in names}, **more}
        codes = np.zeros(len(frame), dtype=np.int64)
        for column in columns.values():
            numbers, count = numbered(column)
            codes = codes * count + numbers
            codes = _without_gaps(codes)
        count = int(codes.max()) + 1 if len(codes) else 0
        example = np.zeros(count, dtype=np.int64)
        example[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
        rows = {name: column.iloc[example].reset_index(drop=True) for name, column in columns.items()}
        return cls(pd.DataFrame(rows, index=range(count)), codes)

    def __len__(self) -> int:
        return len(self.keys)

    def count(self, wanted: "npt.NDArray[np.bool_] | None" = None) -> "Codes":
        """Return how many rows, or how many of the wanted ones, are in each group."""
        import numpy as np

        codes = self.codes if wanted is None else self.codes[wanted]
        return np.bincount(codes, minlength=len(self)).astype(np.int64, copy=False)

    def total(self, values: "npt.NDArray[Any]", wanted: "npt.NDArray[np.bool_]") -> "Codes":
        """Return the sum of whole numbers in each group, of the wanted rows."""
        import numpy as np

        # Sums of doubles are exact up to 2**53: 285,000 years in milliseconds.
        return np.bincount(self.codes[wanted], weights=values[wanted], minlength=len(self)).astype(np.int64)

    def table(self, **columns: Any) -> "pd.DataFrame":
        """Return the keys with further columns, one value for each group."""
        import pandas as pd

        return pd.concat([self.keys, pd.DataFrame(columns, index=self.keys.index)], axis=1)


def numbered(column: "pd.Series[Any]") -> "tuple[Codes, int]":
    """Return a column's values as numbers from 0 in the order of the values, missing ones last, and their count."""
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        texts, codes = column.cat.categories, column.cat.codes.to_numpy()
    else:
        codes, texts = pd.factorize(column)
    place = np.empty(len(texts) + 1, dtype=np.int64)
    place[np.asarray(texts.argsort())] = np.arange(len(texts))
    # A missing value has the code -1, which takes the last place.
    place[-1] = len(texts)
    return place[codes], len(texts) + 1


def _without_gaps(codes: "Codes") -> "Codes":
    """Return the numbers made dense, in the same order."""
    import numpy as np

    if not len(codes):
        return codes
    most = int(codes.max())
    if most > 4 * len(codes) + 1000:
        return np.unique(codes, return_inverse=True)[1].astype(np.int64, copy=False)
    met = np.zeros(most + 1, dtype=np.int64)
    met[codes] = 1
    return (met.cumsum() - 1)[codes]


def statuses_in(frame: "pd.DataFrame", *statuses: str) -> "npt.NDArray[np.bool_]":
    """Return of each row whether its status is one of these; an unknown or missing one is not."""
    import numpy as np
    import pandas as pd

    column = frame["status"]
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.isin(statuses).to_numpy(dtype=bool)
    wanted = np.append(column.cat.categories.isin(statuses), False)
    found: npt.NDArray[np.bool_] = wanted[column.cat.codes.to_numpy()]
    return found


def whole(executions: "pd.DataFrame") -> "npt.NDArray[np.bool_]":
    """Return of each execution whether its durations can be compared: one run, with start and duration known.

    The second run of one that was restarted is on the failed hosts alone. A negative duration is a clock's mistake.
    """
    import numpy as np

    once = executions["runs"].to_numpy(dtype="float64", na_value=float("nan")) == 1
    known = executions["start"].notna().to_numpy() & (milliseconds(executions["duration"]) >= 0)
    found: npt.NDArray[np.bool_] = np.logical_and(once, known)
    return found
