"""What the weekday and the hour do to durations, taken out of them: loads that come again are no change."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.numbers import group_quantiles

if TYPE_CHECKING:
    from ctl_jupyter.history.measures.numbers import Codes, Floats

__all__ = ["without_seasons"]

HOUR = 3_600_000
DAY = 24 * HOUR
#: How many weeks, and days, a group must have before its weekdays, and hours, are told from chance.
WEEKS, DAYS = 4, 8
#: Logarithms are compared as whole numbers of this size: a millionth.
FINE = 1e-6


def without_seasons(logs: "Floats", starts: "Codes", codes: "Codes", groups: int) -> "Floats":
    """Return the logarithms of durations less what the weekday adds, and less what the hour adds.

    What a weekday adds is the median, over the weeks, of the difference to that week's mean: a change of the level
    moves the mean of the week as well, and so is not taken for a season. The same for the hours of a day. All in UTC.

    Parameters
    ----------
    logs
        Sorted by group, in it by time.
    starts
        Epoch milliseconds.
    codes
        The number of the group of each, from 0.
    groups
        How many groups there are.
    """
    day = starts // DAY
    # The first of January 1970 was a Thursday.
    logs = _less(logs, (day + 3) // 7, (day + 3) % 7, 7, WEEKS, codes, groups)
    return _less(logs, day, starts % DAY // HOUR, 24, DAYS, codes, groups)


def _less(
    logs: "Floats", cycle: "Codes", place: "Codes", places: int, least: int, codes: "Codes", groups: int
) -> "Floats":
    """Return the logarithms less what their place in the cycle adds, of groups with enough cycles."""
    import numpy as np

    if not len(logs):
        return logs
    begins = np.append(True, (cycle[1:] != cycle[:-1]) | (codes[1:] != codes[:-1]))
    number = np.cumsum(begins) - 1
    mean = np.bincount(number, weights=logs) / np.bincount(number)
    apart = np.rint((logs - mean[number]) / FINE).astype(np.int64)
    cell = codes * places + place
    (added,) = group_quantiles(apart, cell, groups * places, (0.5,))
    cycles = np.bincount(codes[begins], minlength=groups)
    added[np.repeat(cycles < least, places)] = 0
    added[np.bincount(cell, minlength=groups * places) < least] = 0
    found: Floats = logs - FINE * added[cell]
    return found
