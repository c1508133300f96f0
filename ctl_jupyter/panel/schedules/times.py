"""When a schedule fires next, as the clocks of the user's zone show it; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ctl_jupyter.charts.zones import zone_name, zone_of
from ctl_jupyter.documents import DocumentError, Schedule, Trigger
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.triggers import next_fires
from ctl_jupyter.triggers import zone_of as trigger_zone

__all__ = ["FIRES", "Fires", "clock_text", "fires_html", "fires_of", "next_fire_of", "next_fires_of", "user_zone"]

#: How many fire times are shown.
FIRES = 5
EPOCH = datetime.fromtimestamp(0, UTC)
#: Zones without letters of their own call themselves by their distance from UTC.
SIGNS = ("+", "-")


@dataclass(frozen=True)
class Fires:
    """The next times of a schedule.

    Parameters
    ----------
    moments
        In UTC, oldest first.
    timezone
        The zone that its expression is read in.
    """

    moments: tuple[datetime, ...]
    timezone: str


def user_zone() -> tzinfo:
    """Return the zone of the machine that the kernel runs on, in which notebooks show all other times, too."""
    return zone_of(None)


def clock_text(moment: datetime, zone: tzinfo) -> str:
    """Return a moment as a zone's clocks show it: ``Sun 2026-10-25 02:30 CEST``, with seconds where it has some."""
    local = moment.astimezone(zone)
    time = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    name = local.tzname() or ""
    return f"{local:%a %Y-%m-%d} {time} {f'UTC{name}' if name.startswith(SIGNS) else name}".rstrip()


def fires_of(trigger: Trigger, timezone: str, now: datetime) -> Fires:
    """Return the next times of a trigger; none when it does not fire again.

    Raises
    ------
    DocumentError
        When its expression or zone cannot be read.
    """
    return Fires(tuple(next_fires(trigger, trigger_zone(timezone), now, FIRES)), timezone)


def next_fires_of(schedule: Schedule, now: datetime) -> Fires | None:
    """Return the next times of a schedule that Runner has; ``None`` when it does not show what it fires by.

    There are none when it does not fire again.
    """
    if schedule.trigger is None:
        return None
    try:
        return fires_of(schedule.trigger, schedule.timezone or "UTC", now)
    except DocumentError:
        return None


def next_fire_of(schedule: Schedule, now: datetime) -> datetime | None:
    """Return when a schedule fires next: as Runner tells, else as its trigger says; ``None`` when neither does."""
    if schedule.next_fire_time is not None:
        try:
            return EPOCH + timedelta(milliseconds=schedule.next_fire_time)
        except OverflowError:
            return None  # no time that a clock shows
    fires = next_fires_of(schedule, now)
    return fires.moments[0] if fires is not None and fires.moments else None


def fires_html(fires: Fires, zone: tzinfo) -> Markup:
    """Return a list of times in the user's zone, and what the clocks of the schedule's own show, where they differ."""
    if not fires.moments:
        return element("div", "It does not fire again.", **{"class": "ctl-help"})
    count = len(fires.moments)
    title = "It fires once" if count == 1 else f"The next {count} times"
    heading = element("div", f"{title}, in your time zone ({zone_name(zone)}):")
    own = trigger_zone(fires.timezone)
    rows = [element("li", _line(moment, zone, own, fires.timezone)) for moment in fires.moments]
    return element("div", heading, element("ol", Markup("".join(rows)), **{"class": "ctl-fires"}))


def _line(moment: datetime, zone: tzinfo, own: tzinfo, timezone: str) -> Markup:
    here = clock_text(moment, zone)
    if moment.astimezone(zone).replace(tzinfo=None) == moment.astimezone(own).replace(tzinfo=None):
        return element("span", here)
    there = element("span", f" ({clock_text(moment, own)} in {timezone})", **{"class": "ctl-quiet"})
    return element("span", element("span", here), there)
