"""Columns as whole numbers and back, and small numerics: intervals, quantiles of groups, ranks, a rank-sum test.

Tests hold the numerics against scipy and statsmodels, which would cost each user 100 MB and a kernel a second.

Durations of the frames have whatever unit they have (microseconds, as a rule: `ctl_jupyter.history.schema`); measures
count whole milliseconds, the service's unit, and what they return is ``timedelta64[ms]`` and ``datetime64[ms, UTC]``.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats: TypeAlias = npt.NDArray[np.float64]
    #: Whole numbers: counts, milliseconds, the numbers of groups, places of rows.
    Codes: TypeAlias = npt.NDArray[np.int64]
    Flags: TypeAlias = npt.NDArray[np.bool_]

__all__ = [
    "MISSING",
    "by_group",
    "first_of_each",
    "group_quantiles",
    "milliseconds",
    "rank_sum_p",
    "ranks",
    "sorted_places",
    "time_order",
    "timedeltas",
    "timestamps",
    "whole_numbers",
    "wilson",
    "z_of",
]

#: What stands for `NaT` among whole milliseconds.
MISSING = -(2**63)


def milliseconds(column: "pd.Series[Any]") -> "Codes":
    """Return times or durations as whole milliseconds; `NaT` is `MISSING`."""
    kind = "timedelta64[ms]" if column.dtype.kind == "m" else "datetime64[ms]"
    return column.to_numpy(dtype=kind).view("int64")


def whole_numbers(column: "pd.Series[Any]", missing: int) -> "Codes":
    """Return a column of counts as whole numbers, with `missing` where there is nothing."""
    import numpy as np

    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "i":
        return column.to_numpy(dtype=np.int64)
    return column.to_numpy(dtype=np.int64, na_value=missing)


def timedeltas(values: "Floats | Codes") -> "pd.TimedeltaIndex":
    """Return milliseconds as durations, to the nearest whole one; `MISSING` and `NaN` are `NaT`."""
    import numpy as np
    import pandas as pd

    if values.dtype.kind == "f":
        known = np.isfinite(values)
        values = np.where(known, np.rint(np.where(known, values, 0)).astype(np.int64), MISSING)
    return pd.TimedeltaIndex(values.astype(np.int64, copy=False).view("timedelta64[ms]"))


def timestamps(values: "Codes") -> "pd.DatetimeIndex":
    """Return milliseconds since 1970 as times in UTC; `MISSING` is `NaT`."""
    import pandas as pd

    return pd.DatetimeIndex(values.view("datetime64[ms]")).tz_localize("UTC")


def first_of_each(values: "npt.NDArray[Any]") -> "Codes":
    """Return the places where another value begins, of values of which equal ones stand together."""
    import numpy as np

    return np.append(0, np.flatnonzero(values[1:] != values[:-1]) + 1)[: len(values)]


def z_of(confidence: float) -> float:
    """Return how many standard deviations to either side hold this share of a normal distribution.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r} must be between 0 and 1: 0.95, for one.")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(succeeded: "Codes", decided: "Codes", confidence: float) -> "tuple[Floats, Floats]":
    """Return the bounds of the Wilson interval of a share; `NaN` of none.

    With p = succeeded / n and z the normal quantile, they are
    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    Source: E. B. Wilson, Probable Inference, JASA 22 (1927), 209-212.
    """
    import numpy as np

    z = z_of(confidence)
    n = np.where(decided > 0, decided, np.nan)
    p = succeeded / n
    middle = p + z**2 / (2 * n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return np.clip((middle - reach) / scale, 0, 1), np.clip((middle + reach) / scale, 0, 1)


def by_group(values: "npt.NDArray[Any]", codes: "Codes") -> Any:
    """Return an array of numbers sorted within their group, one group after the other."""
    import numpy as np

    if not len(values):
        return values
    if values.dtype.kind != "i" or (bits := _bits(values)) + int(codes.max()).bit_length() > 62:
        return values[np.lexsort((values, codes))]
    # One sort of numbers made of both is several times faster than a sort by two.
    least = int(values.min())
    both = (codes << bits) + (values - least)
    both.sort()
    both &= (1 << bits) - 1
    both += least
    return both


def _bits(values: "Codes") -> int:
    """Return how many bits hold the values less the least of them."""
    return (int(values.max()) - int(values.min())).bit_length()


def group_quantiles(
    values: "npt.NDArray[Any]", codes: "Codes", groups: int, quantiles: Sequence[float]
) -> "list[Floats]":
    """Return of each quantile one value for each group, `NaN` of a group without values.

    Linear between the two nearest values, as `numpy.quantile` by default.
    """
    import numpy as np

    count = np.bincount(codes, minlength=groups)
    first = np.cumsum(count) - count
    ordered = by_group(values, codes)
    found = []
    for quantile in quantiles:
        place = quantile * np.maximum(count - 1, 0)
        below = np.floor(place).astype(np.int64)
        rest = place - below
        low = first + below
        high = np.minimum(low + 1, first + np.maximum(count - 1, 0))
        result = np.full(groups, np.nan)
        some = count > 0
        lower = ordered[low[some]]
        result[some] = lower + (ordered[high[some]] - lower) * rest[some]
        found.append(result)
    return found


def time_order(codes: "Codes", times: "Codes") -> "Codes":
    """Return the rows' numbers in the order of their groups and, in a group, of time; of equal ones the last row first.

    Frames are newest first, so of two executions with the same time the one that stands lower is the older.
    """
    import numpy as np

    codes, times = codes[::-1], times[::-1]
    most = int(codes.max(initial=0))
    if _ascends(times):
        # numpy sorts small numbers by counting.
        order = np.argsort(
            codes.astype(np.uint8 if most < 2**8 else np.uint16 if most < 2**16 else np.int64), kind="stable"
        )
    elif (bits := _bits(times)) + most.bit_length() < 62:
        order = sorted_places((codes << bits) + (times - times.min()))
    else:
        order = np.lexsort((times, codes))
    return np.subtract(len(codes) - 1, order, out=order)


def _ascends(values: "Codes") -> bool:
    return bool((values[1:] >= values[:-1]).all())


def ranks(values: "npt.NDArray[Any]") -> "tuple[Floats, Codes]":
    """Return of each value its rank from 1, equal ones their mean rank, and how often each distinct value occurs."""
    import numpy as np

    order, ordered = _sorted(values)
    begins = first_of_each(ordered)
    times = np.diff(begins, append=len(values))
    found = np.empty(len(values))
    found[order] = np.repeat(begins + (times + 1) / 2, times)
    return found, times


def sorted_places(values: "npt.NDArray[Any]") -> "Codes":
    """Return the places of the values in the order of the values, of equal ones the first place first."""
    return _sorted(values)[0]


def _sorted(values: "npt.NDArray[Any]") -> "tuple[Codes, npt.NDArray[Any]]":
    """Return the places of the values in their order, and numbers that are in that order and differ where they do."""
    import numpy as np

    bits = len(values).bit_length()
    if not len(values) or values.dtype.kind != "i" or _bits(values) + bits > 62:
        order = np.argsort(values, kind="stable")
        return order, values[order]
    # Sorting numbers made of value and place is several times faster than sorting places by value.
    both = (values - values.min()) << bits
    both += np.arange(len(values))
    both.sort()
    return both & ((1 << bits) - 1), both >> bits


def rank_sum_p(before: "npt.NDArray[Any]", after: "npt.NDArray[Any]") -> float:
    """Return the two-sided p of the Wilcoxon-Mann-Whitney test, by its normal approximation.

    With correction for ties and continuity, as `scipy.stats.mannwhitneyu(method="asymptotic")`; 1 when all are equal.
    """
    import numpy as np

    m, n = len(before), len(after)
    found, times = ranks(np.concatenate([before, after]))
    larger = found[:m].sum() - m * (m + 1) / 2
    ties = float((times.astype(float) ** 3 - times).sum())
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    if variance <= 0:
        return 1.0
    z = (abs(larger - m * n / 2) - 0.5) / variance**0.5
    return min(1.0, math.erfc(z / 2**0.5))
