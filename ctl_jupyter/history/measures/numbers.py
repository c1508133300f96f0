"""Small numerics that measures share: intervals, quantiles of groups, a rank-sum test; tests hold them against scipy.

scipy and statsmodels would cost each user 100 MB and a kernel a second for these.
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
    Codes: TypeAlias = npt.NDArray[np.int64]

__all__ = [
    "MISSING",
    "by_group",
    "group_quantiles",
    "milliseconds",
    "rank_sum_p",
    "ranks",
    "time_order",
    "timedeltas",
    "wilson",
    "z_of",
]

#: What stands for `NaT` among whole milliseconds.
MISSING = -(2**63)


def milliseconds(column: "pd.Series[Any]") -> "Codes":
    """Return times or durations as whole milliseconds; `NaT` is `MISSING`."""
    kind = "timedelta64[ms]" if column.dtype.kind == "m" else "datetime64[ms]"
    return column.to_numpy(dtype=kind).view("int64")


def timedeltas(values: "Floats | Codes") -> "pd.TimedeltaIndex":
    """Return milliseconds as durations, to the nearest whole one; `NaN` is `NaT`."""
    import numpy as np
    import pandas as pd

    found = np.full(len(values), MISSING, dtype=np.int64)
    known = np.isfinite(values)
    found[known] = np.rint(values[known]).astype(np.int64)
    return pd.TimedeltaIndex(found.view("timedelta64[ms]"))


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


def by_group(values: "Codes", codes: "Codes") -> "Codes":
    """Return whole numbers sorted within their group, one group after the other."""
    import numpy as np

    if not len(values):
        return values
    least = int(values.min())
    bits = (int(values.max()) - least).bit_length()
    if bits + int(codes.max()).bit_length() > 62:
        return values[np.lexsort((values, codes))]
    # One sort of numbers made of both is several times faster than a sort by two.
    both = (codes << bits) + (values - least)
    both.sort()
    both &= (1 << bits) - 1
    both += least
    return both


def group_quantiles(values: "Codes", codes: "Codes", groups: int, quantiles: Sequence[float]) -> "list[Floats]":
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
        result[some] = ordered[low[some]] * (1 - rest[some]) + ordered[high[some]] * rest[some]
        found.append(result)
    return found


def time_order(codes: "Codes", times: "Codes") -> "Codes":
    """Return the rows' numbers in the order of their groups and, in a group, of time; of equal ones the last row first.

    Frames are newest first, so of two executions with the same time the one that stands lower is the older.
    """
    import numpy as np

    newest_last = slice(None, None, -1)
    codes, times = codes[newest_last], times[newest_last]
    order = np.arange(len(codes)) if _ascends(times) else np.argsort(times, kind="stable")
    # numpy sorts 16-bit numbers by counting.
    few = len(codes) and int(codes.max()) < 2**16
    grouped = codes[order].astype(np.uint16) if few else codes[order]
    return len(codes) - 1 - order[np.argsort(grouped, kind="stable")]


def _ascends(values: "Codes") -> bool:
    return bool((values[1:] >= values[:-1]).all())


def ranks(values: "npt.NDArray[Any]") -> "tuple[Floats, Codes]":
    """Return of each value its rank from 1, equal ones their mean rank, and how often each distinct value occurs."""
    import numpy as np

    order = np.argsort(values)
    ordered = values[order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    times = np.diff(np.append(begins, len(values)))
    found = np.empty(len(values))
    found[order] = np.repeat(begins + (times + 1) / 2, times)
    return found, times


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
