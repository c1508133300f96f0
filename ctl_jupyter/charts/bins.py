"""Times put into bins of even length, and quantiles of each bin; a million rows at a time."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["bins_of", "quantiles_of", "step_in_words"]

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
#: Lengths of bins in milliseconds, with their names.
STEPS = (
    (SECOND, "second"), (10 * SECOND, "10 seconds"), (MINUTE, "minute"), (5 * MINUTE, "5 minutes"),
    (15 * MINUTE, "15 minutes"), (HOUR, "hour"), (3 * HOUR, "3 hours"), (6 * HOUR, "6 hours"),
    (12 * HOUR, "12 hours"), (DAY, "day"), (2 * DAY, "2 days"), (7 * DAY, "week"), (14 * DAY, "2 weeks"),
    (28 * DAY, "4 weeks"), (91 * DAY, "13 weeks"), (364 * DAY, "52 weeks"), (3_640 * DAY, "520 weeks"),
)  # fmt: skip
#: A Monday: weeks begin on it.
MONDAY = 4 * DAY


def bins_of(times: "np.ndarray[Any, Any]", most: int) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]", int]:
    """Return the bin of each time, counted from 0, the bins' begins, and their length.

    Parameters
    ----------
    times
        Milliseconds, one or more of them, all known.
    most
        How many bins at most; the length is the shortest of a list of those that people think in. A single one is
        from the first time to the last.
    """
    import numpy as np

    first, last = int(times.min()), int(times.max())
    fitting = (length for length, _ in STEPS if (last - MONDAY) // length - (first - MONDAY) // length < most)
    length = next(fitting, 0) if most > 1 else 0
    begin = (first - MONDAY) // length * length + MONDAY if length else first
    length = length or -(-(last - first + 1) // most)
    count = (last - begin) // length + 1
    return (times - begin) // length, begin + length * np.arange(count), length


def step_in_words(length: int) -> str:
    """Return a bin's length: ``day``, ``3 hours``."""
    return dict(STEPS).get(length, f"{length / DAY:,.0f} days")


def quantiles_of(
    groups: "np.ndarray[Any, Any]", values: "np.ndarray[Any, Any]", count: int, shares: tuple[float, ...]
) -> tuple["np.ndarray[Any, Any]", list["np.ndarray[Any, Any]"]]:
    """Return how many values each group has, and for each share the quantiles (NaN in empty groups).

    Values between two are interpolated linearly, as pandas does.

    Parameters
    ----------
    groups
        Of each value, from 0 to `count` - 1.
    values
        Whole numbers from 0 to 2⁴⁰ (35 years in milliseconds); greater ones count as that.
    """
    import numpy as np

    # One sort of whole numbers, group before value, is five times faster than sorting by two columns.
    bits = 40
    limit = (1 << bits) - 1
    order = np.sort((groups.astype("int64") << bits) | np.clip(values, 0, limit))
    sizes = np.bincount(groups, minlength=count)
    ends = np.cumsum(sizes)
    found = []
    for share in shares:
        place = ends - sizes + share * np.maximum(sizes - 1, 0)
        low = np.floor(place).astype("int64")
        high = np.minimum(low + 1, np.maximum(ends - 1, 0))
        last = max(len(order) - 1, 0)
        below, above = ((order[np.clip(at, 0, last)] & limit if len(order) else np.zeros(count)) for at in (low, high))
        found.append(np.where(sizes > 0, below + (above - below) * (place - low), np.nan))
    return sizes, found
