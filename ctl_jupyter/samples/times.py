"""When jobs are started: the hours of a year in the account's time zone, office hours, nights and holidays."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

__all__ = ["HOUR", "WEEK", "YEAR", "start_times"]

HOUR = 3_600_000
WEEK = 7 * 24 * HOUR
#: 52 weeks, in milliseconds: it begins on the weekday and hour that it ends on.
YEAR = 52 * WEEK

Times = npt.NDArray[np.int64]

#: Month and day on which next to nobody starts anything.
HOLIDAYS = frozenset({(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)})
#: How busy the hours of a working day are.
OFFICE = np.array([0, 0, 0, 0, 0, 0, 0.2, 0.8, 3, 6, 8, 7, 4, 5, 8, 7, 5, 3, 1.5, 0.8, 0.5, 0.3, 0.2, 0.1])
WEEKDAYS = np.array([0.9, 1.1, 1.15, 1.1, 0.6, 0.05, 0.03])
#: How many minutes apart a schedule's starts are when there are more than its hours.
CLOSE = 15 * 60_000


def start_times(rng: np.random.Generator, kind: str, count: int, end: datetime, zone: str) -> Times:
    """Return when a job was started in the year before ``end``, in epoch milliseconds, the oldest first.

    Parameters
    ----------
    kind
        ``quarterly`` (of an hour), ``hourly``, ``nightly``, ``weekly``: by a schedule, of which as many starts are kept
        as asked for, evenly. ``by hand``: in office hours, more of them towards the end of the year.
    """
    hours, local = _hours(end, zone)
    if kind == "by hand":
        chosen = rng.choice(len(hours), size=count, p=_office(hours, local))
        return np.sort(hours[chosen] + rng.integers(0, HOUR, count))
    hour, weekday = local[:, 0], local[:, 1]
    # Whoever sets up a nightly job takes a full hour: they all wait for one another.
    night = rng.integers(1, 3)
    minute = 0 if kind in ("nightly", "weekly") else 60_000 * rng.integers(0, 15)
    wanted = {"nightly": hour == night, "weekly": (hour == night) & (weekday == 6)}.get(kind, hour >= 0)
    slots = hours[wanted]
    if kind == "quarterly":
        slots = (slots[:, None] + np.arange(4) * CLOSE).ravel()
    place = np.repeat(np.arange(len(slots)), _how_often(len(slots), count))
    again = np.arange(count) - np.searchsorted(place, place)
    # A schedule fires on the second, and then some milliseconds pass.
    return np.asarray(np.sort(slots[place] + minute + again * (CLOSE // 5) + rng.integers(0, 900, count)))


def _how_often(slots: int, count: int) -> Times:
    """Return how often each slot of a schedule is used.

    Where a schedule has more slots than are wanted, the multiples of the golden ratio choose which are kept: they are
    spread evenly, and what one schedule keeps another one that keeps more does too, so that nights stay busy.
    """
    order = np.argsort(np.arange(slots) * 0.6180339887498949 % 1)
    times = np.full(slots, count // slots)
    times[order[: count % slots]] += 1
    return times


@lru_cache(maxsize=2)
def _hours(end: datetime, zone: str) -> tuple[Times, npt.NDArray[Any]]:
    """Return the year's full hours in epoch milliseconds; of each its local hour, weekday and whether it is off."""
    last = int(end.timestamp() * 1_000) // HOUR * HOUR
    hours = last - YEAR + np.arange(YEAR // HOUR, dtype=np.int64) * HOUR
    begin, place = datetime.fromtimestamp(hours[0] / 1_000, UTC), ZoneInfo(zone)
    local = [(begin + timedelta(hours=number)).astimezone(place) for number in range(len(hours))]
    rows = [(moment.hour, moment.weekday(), (moment.month, moment.day) in HOLIDAYS) for moment in local]
    return hours, np.array(rows, dtype=np.int64)


def _office(hours: Times, local: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    growth = np.linspace(0.7, 1.3, len(hours))
    weights = OFFICE[local[:, 0]] * WEEKDAYS[local[:, 1]] * np.where(local[:, 2] == 1, 0.03, 1.0) * growth
    return np.asarray(weights / weights.sum())
