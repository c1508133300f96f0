"""What the weekday and the hour do to durations, taken out of them: loads that come again are no change."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.numbers import group_quantiles

if TYPE_CHECKING:
    from ctl_jupyter.history.measures.numbers import Codes, Floats

__all__ = ["without_seasons"]

HOUR = 3_600_000
DAY = 24 * HOUR
#: How many weeks, and days, a series must have before its weekdays, and hours, are told from chance.
WEEKS, DAYS = 4, 8
#: Logarithms are compared as whole numbers of this size: a millionth.
FINE = 1e-6


def without_seasons(logs: "Floats", starts: "Codes") -> "Floats":
    """Return the logarithms of durations less what the weekday adds, and less what the hour adds.

    What a weekday adds is the median, over the weeks, of the difference to that week's mean: a change of the level
    moves the mean of the week as well, and so is not taken for a season. The same for the hours of a day. All in UTC.

    Parameters
    ----------
    logs
        Of one series, in the order of time.
    starts
        Epoch milliseconds.
    """
    day = starts // DAY
    # The first of January 1970 was a Thursday.
    week, weekday = divmod(day + 3, 7)
    return _less(_less(logs, week, weekday, 7, WEEKS), day, starts // HOUR - 24 * day, 24, DAYS)


def _less(logs: "Floats", cycle: "Codes", place: "Codes", places: int, least: int) -> "Floats":
    """Return the logarithms less what their place in the cycle adds, when there are enough cycles."""
    import numpy as np

    number = np.append(0, np.cumsum(cycle[1:] != cycle[:-1]))[: len(logs)]
    if not len(logs) or number[-1] + 1 < least:
        return logs
    mean = np.bincount(number, weights=logs) / np.bincount(number)
    apart = np.rint((logs - mean[number]) / FINE).astype(np.int64)
    (added,) = group_quantiles(apart, place, places, (0.5,))
    added[np.bincount(place, minlength=places) < least] = 0
    found: Floats = logs - FINE * added[place]
    return found
