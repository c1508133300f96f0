"""Rows of a frame in groups by number, and columns of an answer: what the measures over hosts and tasks share.

A plain ``groupby`` makes every value an object first or keeps a hash table for each column; here several columns are
one whole number a row, which NumPy counts and sorts in some hundredths of a second for 5,000,000 rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Whole: TypeAlias = "npt.NDArray[np.int64]"
    Flags: TypeAlias = "npt.NDArray[np.bool_]"
    Numbers: TypeAlias = "npt.NDArray[np.float64]"

__all__ = [
    "NEVER",
    "Groups",
    "counts",
    "durations",
    "first_of_each",
    "grouped",
    "joined",
    "milliseconds",
    "names",
    "packed",
    "times",
    "unpacked",
    "whole",
]

#: ``NaT`` as a whole number.
NEVER = -(2**63)
#: Bits of a duration in milliseconds that is part of a key, and the longest: 34 years.
_SPAN = 40
_LONGEST = 2**_SPAN - 1
#: A key of several columns has to stay below this.
_LARGEST = 2**62


@dataclass(frozen=True)
class Groups:
    """Rows in groups.

    Parameters
    ----------
    codes
        The group of each row, from 0, in the order in which they appear.
    count
        How many there are.
    """

    codes: "Whole"
    count: int

    @cached_property
    def first(self) -> "Whole":
        """The place of each group's first row."""
        import numpy as np

        places = np.zeros(self.count, dtype=np.int64)
        # Of several that are put in one place the last one stays.
        places[self.codes[::-1]] = np.arange(len(self.codes) - 1, -1, -1)
        return places

    def sizes(self, rows: "Flags | None" = None) -> "Whole":
        """Return how many rows each group has; only those that are flagged."""
        import numpy as np

        codes = self.codes if rows is None else self.codes[rows]
        return np.bincount(codes, minlength=self.count)

    def sums(self, values: "Whole | Numbers") -> "Numbers":
        """Return the sum of each group's values."""
        import numpy as np

        # Of no value at all it would be a sum of whole numbers.
        return np.bincount(self.codes, weights=values, minlength=self.count).astype(np.float64)


def joined(frame: "pd.DataFrame", columns: Sequence[str]) -> "Whole":
    """Return one whole number for each row, not below 0: the same where the columns have the same values.

    They are in the order of the columns' codes: of one execution, run and task stand together when sorted.
    """
    import numpy as np
    import pandas as pd

    key = np.zeros(len(frame), dtype=np.int64)
    size = 1
    for column in columns:
        values, many = _numbered(frame[column])
        if size > _LARGEST // many:
            key, found = pd.factorize(key, sort=True)
            size = max(len(found), 1)
        key *= many
        key += values
        size *= many
    return key


def grouped(key: "Whole") -> Groups:
    """Return rows grouped by a key."""
    import numpy as np
    import pandas as pd

    codes, found = pd.factorize(key)
    return Groups(codes.astype(np.int64, copy=False), len(found))


def first_of_each(sorted_keys: "Whole") -> "Whole":
    """Return the places where another key begins, of keys that are sorted."""
    import numpy as np

    if not len(sorted_keys):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([[0], np.flatnonzero(sorted_keys[1:] != sorted_keys[:-1]) + 1])


def packed(group: "Whole", duration: "Whole") -> "Whole":
    """Return whole numbers that sort by group and then by duration, in milliseconds; below 0 it counts as 0."""
    import numpy as np

    key: Whole = np.clip(duration, 0, _LONGEST)
    key += group << _SPAN
    return key


def unpacked(key: "Whole") -> "Whole":
    """Return the durations of what `packed` returned."""
    durations: Whole = key & _LONGEST
    return durations


def _numbered(column: "pd.Series[Any]") -> "tuple[Whole, int]":
    """Return whole numbers from 0 for a column's values, 0 for none, and how many there may be."""
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64) + 1, len(column.cat.categories) + 1
    if pd.api.types.is_integer_dtype(column.dtype):
        values = whole(column, -1)
        if not len(values) or values.min() >= -1:
            return values + 1, int(values.max(initial=-1)) + 2
    codes, found = pd.factorize(column)
    return codes.astype(np.int64) + 1, len(found) + 1


def whole(column: "pd.Series[Any]", none: int) -> "Whole":
    """Return a column of counts as whole numbers, with `none` where there is nothing."""
    import numpy as np

    if column.dtype.kind == "i" and isinstance(column.dtype, np.dtype):
        return column.to_numpy(dtype=np.int64)
    return column.to_numpy(dtype=np.int64, na_value=none)


def milliseconds(column: "pd.Series[Any]") -> "Whole":
    """Return times (since 1970, UTC) or durations in milliseconds, `NEVER` where there is none."""
    kind = "datetime64[ms]" if column.dtype.kind == "M" else "timedelta64[ms]"
    return column.to_numpy(dtype=kind).view("int64")


def names(frame: "pd.DataFrame", column: str, places: "Whole") -> "pd.Series[Any]":
    """Return the names in some places as a category of just these names."""
    found = frame[column].iloc[places].reset_index(drop=True).astype("category")
    return found.cat.remove_unused_categories()


def counts(values: "Iterable[Any]") -> "pd.Series[Any]":
    """Return counts as an ``Int64`` column."""
    import numpy as np
    import pandas as pd

    return pd.Series(np.asarray(values, dtype=np.int64)).astype("Int64")


def times(values: "Whole") -> "pd.Series[Any]":
    """Return milliseconds since 1970 as times, `NEVER` as ``NaT``."""
    import pandas as pd

    return pd.Series(values.astype("datetime64[ms]")).dt.tz_localize("UTC")


def durations(values: "Whole | Numbers") -> "pd.Series[Any]":
    """Return milliseconds as durations, `NEVER` and ``NaN`` as ``NaT``; parts of milliseconds are rounded."""
    import numpy as np
    import pandas as pd

    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), NEVER, np.rint(np.nan_to_num(values)).astype(np.int64))
    return pd.Series(values.astype("timedelta64[ms]"))
