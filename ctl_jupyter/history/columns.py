"""Columns of DataFrames, made of what documents hold: the same dtype whatever is in them, and when nothing is."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_text", "as_time", "as_whole", "categories", "integers", "texts", "times"]

#: Epoch milliseconds of the years 1 and 9999, between which Python can show a time.
FIRST_TIME, LAST_TIME = -62_135_596_800_000, 253_402_300_799_999
#: What Arrow can count to.
LARGEST = 2**63 - 1


def as_text(value: Any) -> str | None:
    """Return a text as it is, anything else as JSON; ``None`` for nothing and for the empty text."""
    if value is None or isinstance(value, str):
        return value or None
    return msgspec.json.encode(value).decode()


def as_time(value: Any) -> int | None:
    """Return epoch milliseconds, ``None`` for what is no time."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = int(value) if isinstance(value, (int, float)) else int(value.strip())
    except (ValueError, OverflowError):
        return None
    return number if FIRST_TIME <= number <= LAST_TIME else None


def as_whole(value: Any) -> int | None:
    """Return a whole number that a column can hold, ``None`` for anything else."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -LARGEST <= value <= LARGEST else None


def texts(values: Iterable[str | None]) -> "pd.api.extensions.ExtensionArray":
    """Return a column of texts; ``NaN`` for none and for the empty one."""
    import pandas as pd

    return pd.array([value or None for value in values], dtype="str")


def categories(values: Sequence[str | None], known: tuple[str, ...] = ()) -> "pd.Categorical":
    """Return a column of categories: the known ones first, then others as they come."""
    import pandas as pd

    found = dict.fromkeys(value for value in values if value is not None)
    categories = pd.Index([*known, *(value for value in found if value not in known)], dtype="str")
    return pd.Categorical(pd.array(list(values), dtype="str"), categories=categories)


def times(values: Sequence[int | None]) -> "pd.Series[pd.Timestamp]":
    """Return a column of times, of epoch milliseconds UTC; ``NaT`` for none."""
    import pandas as pd

    return pd.Series(_numbers(values).view("datetime64[ms]")).dt.tz_localize("UTC")


def integers(values: Sequence[int | None]) -> "pd.api.extensions.ExtensionArray":
    """Return a column of whole numbers; ``NA`` for none."""
    import pandas as pd

    return pd.array(list(values), dtype="Int64")


def _numbers(values: Sequence[int | None]) -> Any:
    import numpy as np

    # NumPy's own form of "not a time" is the smallest number.
    return np.array([np.iinfo(np.int64).min if value is None else value for value in values], dtype=np.int64)
