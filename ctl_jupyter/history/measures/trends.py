"""Whether executions take longer from week to week: the Theil-Sen slope of their durations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.documents import Status
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups
from ctl_jupyter.history.measures.numbers import group_quantiles, milliseconds, time_order, timedeltas, z_of
from ctl_jupyter.history.measures.rows import comparable, rows_with

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes, Floats

__all__ = ["POINTS", "trend"]

#: Up to so many executions of a group the slope is exact.
POINTS = 200
WEEK = 7 * 24 * 3_600_000


@takes("executions", "status", "start", "duration", "runs")
def trend(
    executions: "pd.DataFrame", by: str | Sequence[str] | None = "job", confidence: float = 0.95
) -> "pd.DataFrame":
    """Return by how much the duration grows in a week: the Theil-Sen slope.

    slope = the median of (duration_j - duration_i) / (start_j - start_i) over all pairs of executions that started at
    different times; a quarter of wild values does not move it far. Its interval is by Kendall's tau (P. K. Sen,
    Estimates of the Regression Coefficient Based on Kendall's Tau, JASA 63 (1968), 1379-1389). percent = slope / median
    duration. Counted are executions with status SUCCESS that were not restarted (the second run of a restarted one is
    on the failed hosts alone) and whose start and duration are known.

    Pairs grow with the square: of a group with more than `POINTS` executions, as many points are taken instead, each
    the median duration and the median start of equally many executions that follow one another.

    Parameters
    ----------
    executions
        The frame ``executions``, or some rows of it.
    by
        The columns to group by; ``None``: all in one row.
    confidence
        Of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row for each group: the columns of `by`; ``n``, ``points`` (``int64``); ``median``, and a week's ``slope``,
        ``slope_low``, ``slope_high`` (``timedelta64[ms]``); ``percent``, ``percent_low``, ``percent_high``
        (``float64``, of the median duration, a week). NaT and NaN when fewer than two started at different times.

    Raises
    ------
    DocumentError
        A column is missing.
    ValueError
        `confidence` is none.
    """
    import numpy as np

    z = z_of(confidence)
    groups = AnswerGroups.of(executions, by)
    wanted = comparable(executions) & rows_with(executions, "status", Status.SUCCESS)
    codes = groups.codes[wanted]
    starts, durations = (milliseconds(executions[name])[wanted] for name in ("start", "duration"))
    order = time_order(codes, starts)
    codes, starts, durations = codes[order], starts[order], durations[order]
    n = np.bincount(codes, minlength=len(groups))
    (median,) = group_quantiles(durations, codes, len(groups), (0.5,))
    points = np.minimum(n, POINTS)
    first = np.cumsum(points) - points
    rank = np.arange(len(codes)) - (np.cumsum(n) - n)[codes]
    point = first[codes] + rank * points[codes] // np.maximum(n[codes], 1)
    (x,) = group_quantiles(starts, point, int(points.sum()), (0.5,))
    (y,) = group_quantiles(durations, point, int(points.sum()), (0.5,))
    slopes = np.full((3, len(groups)), np.nan)
    for group, (begin, count) in enumerate(zip(first, points, strict=True)):
        place = slice(begin, begin + count)
        slopes[:, group] = theil_sen(x[place] / WEEK, y[place], z)
    percent = 100 * slopes / np.where(median > 0, median, np.nan)
    names = ("", "_low", "_high")
    return groups.table(
        n=n.astype(np.int64),
        points=points.astype(np.int64),
        median=timedeltas(median),
        **{f"slope{name}": timedeltas(values) for name, values in zip(names, slopes, strict=True)},
        **{f"percent{name}": values for name, values in zip(names, percent, strict=True)},
    )


def theil_sen(x: "Floats", y: "Floats", z: float) -> tuple[float, float, float]:
    """Return the slope and its interval, as `scipy.stats.theilslopes`; `NaN` when no two values of `x` differ.

    Parameters
    ----------
    z
        How many standard deviations wide the interval is to either side.
    """
    import numpy as np

    before, after = np.triu_indices(len(x), 1)
    run = x[after] - x[before]
    differ = run != 0
    if not differ.any():
        return np.nan, np.nan, np.nan
    slopes = np.sort((y[after] - y[before])[differ] / run[differ])
    count, n = len(slopes), len(x)
    variance = (_pairs(np.array([n])) - _pairs(_times(x)) - _pairs(_times(y))) / 18
    reach = z * max(variance, 0) ** 0.5
    low = max(round((count - reach) / 2) - 1, 0)
    high = min(round((count + reach) / 2), count - 1)
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])


def _times(values: "Floats") -> "Codes":
    """Return how often each distinct value occurs."""
    import numpy as np

    return np.unique(values, return_counts=True)[1]


def _pairs(times: "Codes") -> int:
    return int((times * (times - 1) * (2 * times + 5)).sum())
