"""Whether executions take longer from week to week: the Theil-Sen slope of their durations."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.documents import Status
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups
from ctl_jupyter.history.measures.levels import SHORTEST, SMALLEST, find_steps
from ctl_jupyter.history.measures.numbers import (
    first_of_each,
    group_quantiles,
    milliseconds,
    time_order,
    timedeltas,
    z_of,
)
from ctl_jupyter.history.measures.rows import comparable, rows_with
from ctl_jupyter.history.measures.seasons import without_seasons

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
    """Return by how much the duration grows in a week: the Theil-Sen slope within the levels of the duration.

    slope = the median of (duration_j - duration_i) / (start_j - start_i) over all pairs of executions that started at
    different times and between which the duration did not change its level at once; a quarter of wild values does not
    move it far. Its interval is by Kendall's tau (P. K. Sen, Estimates of the Regression Coefficient Based on Kendall's
    Tau, JASA 63 (1968), 1379-1389), whose variance is added up over the levels as it is over the months of a year in
    the seasonal Kendall slope (R. M. Hirsch, J. R. Slack, R. A. Smith, Techniques of Trend Analysis for Monthly Water
    Quality Data, Water Resources Research 18 (1982), 107-121). percent = slope / median duration. Counted are
    executions with status SUCCESS that were not restarted (the second run of a restarted one is on the failed hosts
    alone) and whose start and duration are known.

    A step is no growth: a commit that made a job slower once for all is told by `change_points`, and how many there
    were in ``changes``. Steps are looked for in the points that the slope is of, as `change_points` looks for them. For
    the growth since the last change, give the executions since then alone.

    Pairs grow with the square: of a group with more than `POINTS` executions, as many points are taken instead, each
    the median duration and the median start of equally many executions that follow one another.

    Parameters
    ----------
    executions
        The frame ``executions``, or some rows of it.
    by
        The columns to group by, ``job`` by its id (its column ``job_id`` comes after it); ``None``: all in one row.
    confidence
        Of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row for each group: the columns of `by`; ``n``, ``points``, ``changes`` (``int64``: executions, points that
        the slope is of, steps between levels); ``median``, and a week's ``slope``,
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
    # The point of each: as many in each of a group's points.
    rank = np.arange(len(codes)) - np.repeat(np.cumsum(n) - n, n)
    point = np.repeat(first, n) + rank * np.repeat(points, n) // np.repeat(np.maximum(n, 1), n)
    begins = first_of_each(point)
    ends = np.append(begins[1:], len(point))
    # They stand in the order of time: their median start is that in the middle.
    x = (starts[(begins + ends - 1) // 2] + starts[(begins + ends) // 2]) / 2
    (y,) = group_quantiles(durations, point, len(begins), (0.5,))
    slopes, changes = np.full((3, len(groups)), np.nan), np.zeros(len(groups), dtype=np.int64)
    for group, (begin, count) in enumerate(zip(first, points, strict=True)):
        place = slice(begin, begin + count)
        levels = _levels(x[place], y[place])
        changes[group] = levels.max(initial=0)
        slopes[:, group] = theil_sen(x[place] / WEEK, y[place], z, levels)
    percent = 100 * slopes / np.where(median > 0, median, np.nan)
    names = ("", "_low", "_high")
    return groups.table(
        n=n.astype(np.int64),
        points=points.astype(np.int64),
        changes=changes,
        median=timedeltas(median),
        **{f"slope{name}": timedeltas(values) for name, values in zip(names, slopes, strict=True)},
        **{f"percent{name}": values for name, values in zip(names, percent, strict=True)},
    )


def _levels(starts: "Floats", durations: "Floats") -> "Codes":
    """Return on which level each duration is, from 0."""
    import numpy as np

    logs = without_seasons(np.log(np.maximum(durations, 1)), starts.astype(np.int64))
    steps = find_steps(logs, lambda begin, end: np.zeros(end - begin, dtype=bool), SHORTEST, math.log1p(SMALLEST))
    return np.searchsorted(np.array([step.at for step in steps]), np.arange(len(logs)), side="right")


def theil_sen(x: "Floats", y: "Floats", z: float, levels: "Codes") -> tuple[float, float, float]:
    """Return the slope and its interval; `NaN` when no two values of `x` on one level differ.

    Of one level alone they are those of `scipy.stats.theilslopes`, of several the slope is that between the seasons of
    `scipy.stats.mstats.sen_seasonal_slopes`.

    Parameters
    ----------
    z
        How many standard deviations wide the interval is to either side.
    levels
        Only pairs on the same one count.
    """
    import numpy as np

    before, after = np.triu_indices(len(x), 1)
    run = x[after] - x[before]
    counted = (run != 0) & (levels[before] == levels[after])
    if not counted.any():
        return np.nan, np.nan, np.nan
    slopes = np.sort((y[after] - y[before])[counted] / run[counted])
    count = len(slopes)
    variance = sum(_variance(x[levels == level], y[levels == level]) for level in range(int(levels.max()) + 1))
    reach = z * max(variance, 0) ** 0.5
    low = max(round((count - reach) / 2) - 1, 0)
    high = min(round((count + reach) / 2), count - 1)
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])


def _variance(x: "Floats", y: "Floats") -> float:
    """Return the variance of Kendall's sum of signs, ties taken off."""
    import numpy as np

    return (_pairs(np.array([len(x)])) - _pairs(_times(x)) - _pairs(_times(y))) / 18


def _times(values: "Floats") -> "Codes":
    """Return how often each distinct value occurs."""
    import numpy as np

    return np.unique(values, return_counts=True)[1]


def _pairs(times: "Codes") -> int:
    return int((times * (times - 1) * (2 * times + 5)).sum())
