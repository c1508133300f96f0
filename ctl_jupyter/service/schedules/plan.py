"""What a schedule that has come due starts: a pure function of its trigger and the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from ctl_jupyter.documents import Trigger
from ctl_jupyter.triggers import fires_between, last_fire, next_fire

__all__ = ["LATEST", "Fire", "plan"]

#: How late a start may be before its time counts as missed (a machine that slept, a clock that was put forward).
LATEST = timedelta(minutes=1)


@dataclass(frozen=True)
class Fire:
    """One start of a schedule.

    Parameters
    ----------
    time
        The moment it was due; of a catch-up, the last one that was missed.
    catch_up
        Whether it stands for moments that were missed.
    following
        When the schedule is due next, once this was started; ``None`` for never.
    """

    time: datetime
    catch_up: bool
    following: datetime | None


def plan(trigger: Trigger, zone: tzinfo, due: datetime, now: datetime, since: datetime) -> list[Fire]:
    """Return what is to be started, oldest first.

    Each moment is started by itself; but when the first of them was missed, one start catches up with all of them.

    Parameters
    ----------
    due
        The first moment that was not dealt with; not later than `now`.
    since
        When this process began: what was due before was missed.

    Raises
    ------
    DocumentError
        When the expression cannot be read.
    """
    following = next_fire(trigger, zone, now)
    if due < max(since, now - LATEST):
        return [Fire(last_fire(trigger, zone, due, now) or due, catch_up=True, following=following)]
    times = [due, *fires_between(trigger, zone, due, now)]
    return [Fire(time, False, after) for time, after in zip(times, [*times[1:], following], strict=True)]
