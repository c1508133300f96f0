"""What the weekday and the hour do to durations, taken out of them: loads that come again are no change."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ctl_jupyter.history.measures.numbers import first_of_each, group_quantiles

if TYPE_CHECKING:
    from ctl_jupyter.history.measures.numbers import Codes, Floats

__all__ = ["without_seasons"]

HOUR = 3_600_000
#: How many weeks, and days, a series must have before its weekdays, and hours, are told from chance.
WEEKS, DAYS = 4, 8
#: Logarithms are compared as whole numbers of millionths.
FINE = 1e6


def without_seasons(logs: "Floats", starts: "Codes") -> "Floats":
    """Return the logarithms of durations less what the weekday adds, and less what the hour adds.

    What a weekday adds is the median, over the weeks, of the difference of that day's mean to that week's: a change of
    the level moves the mean of the week as well, and so is not taken for a season. The same for the hours of a day. All
    in UTC.

    Parameters
    ----------
    logs
        Of one series, in the order of time.
    starts
        Epoch milliseconds.
    """
    import numpy as np

    if not len(logs):
        return logs
    # All that is looked at is one number for each hour with executions.
    hours = _Means.of(logs, starts // HOUR)
    days = hours.of_longer(hours.period // 24)
    # The first of January 1970 was a Thursday.
    weeks = days.of_longer((days.period + 3) // 7)
    added = _added(hours, days, hours.period - 24 * days.period[days.place], 24, DAYS)
    added += _added(days, weeks, days.period + 3 - 7 * weeks.period[weeks.place], 7, WEEKS)[days.place]
    found: Floats = logs - np.repeat(added, hours.count) if added.any() else logs
    return found


@dataclass(frozen=True)
class _Means:
    """The means of periods that follow one another.

    Parameters
    ----------
    place
        Of each value, or each shorter period, the place of its period here; of values, none.
    period
        Which one it is: hours, days or weeks since 1970.
    count, total
        How many values are in it, and their sum.
    """

    place: "Codes | None"
    period: "Codes"
    count: "Codes"
    total: "Floats"

    @classmethod
    def of(cls, values: "Floats", period: "Codes") -> Self:
        """Take the means of values by the periods that they are in."""
        import numpy as np

        begins = first_of_each(period)
        return cls(None, period[begins], np.diff(np.append(begins, len(period))), np.add.reduceat(values, begins))

    def of_longer(self, period: "Codes") -> "_Means":
        """Return the means of longer periods, given which one each of these is in."""
        import numpy as np

        begins = first_of_each(period)
        place = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(period))))
        count, total = (np.add.reduceat(of_each, begins) for of_each in (self.count, self.total))
        return _Means(place, period[begins], count, total)

    @property
    def mean(self) -> "Floats":
        """The mean of each period."""
        mean: Floats = self.total / self.count
        return mean


def _added(short: _Means, long: _Means, place: "Codes", places: int, least: int) -> "Floats":
    """Return what their place in the long period adds to the short ones; 0 where there are too few to tell."""
    import numpy as np

    if len(long.period) < least:
        return np.zeros(len(short.period))
    apart = short.mean - long.mean[long.place]
    # Whole numbers sort faster.
    (added,) = group_quantiles((apart * FINE).astype(np.int64), place, places, (0.5,))
    added /= FINE
    added[np.bincount(place, minlength=places) < least] = 0
    found: Floats = added[place]
    return found
