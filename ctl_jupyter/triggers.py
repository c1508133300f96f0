"""When a trigger fires: pure functions of its expression, its time zone and time.

cronsim reads the cron expressions and finds the times of the clock on the wall that they name; what those are in UTC
is worked out here, as Debian's cron has it where the clock is put forward or back:

* An expression that names its minute and hour (neither field begins with ``*``) means times of the day, each once:
  one in the gap fires at the gap's end, one in the overlap fires the first time.
* Any other means a rhythm: it fires whenever the clock shows such a time, so never in the gap and twice in the overlap.

cronsim's own handling of zones agrees with this nearly everywhere (tests compare), but, begun within an overlap, it
returns to the hour before, and it errs in zones that change by half an hour or at midnight. croniter (7.0) fires
times of the day twice in the overlap.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from ctl_jupyter.documents import DocumentError, Trigger

__all__ = ["check_trigger", "fires_between", "last_fire", "next_fire", "next_fires", "zone_of"]

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
LONGEST_EXPRESSION = 200
FIELDS = "minute hour day-of-month month day-of-week"


def check_trigger(trigger: Trigger, timezone: str | None, now: datetime) -> datetime:
    """Return when a new trigger fires first.

    Parameters
    ----------
    timezone
        IANA name; UTC when absent.

    Raises
    ------
    DocumentError
        When expression or zone cannot be read, or it would never fire.
    """
    first = next_fire(trigger, zone_of(timezone), now)
    if first is None:
        if trigger.type == "date":
            raise DocumentError(f"The date {trigger.expression!r} has passed: a schedule needs one that is to come.")
        raise DocumentError(f"The cron expression {trigger.expression!r} never fires: there is no such day.")
    return first


def zone_of(timezone: str | None) -> tzinfo:
    """Return a time zone by its IANA name; UTC when there is none.

    Raises
    ------
    DocumentError
        When there is no zone of that name.
    """
    if timezone in (None, "UTC"):
        return UTC
    if timezone not in _zone_names():
        raise DocumentError(f"'timezone' is the name of an IANA time zone, as in Europe/Berlin, not {timezone[:50]!r}.")
    return ZoneInfo(timezone)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def fires_between(trigger: Trigger, zone: tzinfo, after: datetime, until: datetime) -> list[datetime]:
    """Return every fire time later than `after` and not later than `until`, in UTC, oldest first.

    Parameters
    ----------
    trigger
        ``cron``: five fields, or six with seconds before them; ``date``: ISO 8601, read in `zone` unless it says where.
    zone
        Whose clock on the wall the expression means.
    after, until
        With a time zone each.

    Raises
    ------
    DocumentError
        When the expression cannot be read.
    """
    return list(takewhile(lambda moment: moment <= until, _fires(trigger, zone, after)))


def next_fire(trigger: Trigger, zone: tzinfo, after: datetime) -> datetime | None:
    """Return the first fire time later than a moment; ``None`` when there is none within fifty years.

    Raises
    ------
    DocumentError
        When the expression cannot be read.
    """
    return next(_fires(trigger, zone, after), None)


def next_fires(trigger: Trigger, zone: tzinfo, after: datetime, count: int) -> list[datetime]:
    """Return the first `count` fire times later than a moment, in UTC, oldest first; fewer when there are no more.

    Raises
    ------
    DocumentError
        When the expression cannot be read.
    """
    return list(islice(_fires(trigger, zone, after), count))


def last_fire(trigger: Trigger, zone: tzinfo, after: datetime, until: datetime) -> datetime | None:
    """Return the last member of `fires_between` without listing them all; ``None`` when there is none.

    Raises
    ------
    DocumentError
        When the expression cannot be read.
    """
    window = MINUTE
    while True:
        # Looked for in growing spans before the end: what fires each second for years is not listed.
        begin = max(after, until - window) if until - after > window else after
        found = fires_between(trigger, zone, begin, until)
        if found or begin == after:
            return found[-1] if found else None
        window *= 4


def _fires(trigger: Trigger, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    after = after.astimezone(UTC)
    if trigger.type == "date":
        date = _date(trigger.expression, zone)
        return iter([date] if date > after else [])
    seconds, fields = _cron(trigger.expression)
    starts_of_minutes = (_times_of_day if _names_times_of_day(fields) else _rhythm)(fields, zone, after)
    return _with_seconds(starts_of_minutes, seconds, after)


def _with_seconds(minutes: Iterator[datetime], seconds: list[int], after: datetime) -> Iterator[datetime]:
    last = after
    for minute in minutes:
        for second in seconds:
            moment = minute + second * SECOND
            # Two times within the gap both come to its end.
            if moment > last:
                last = moment
                yield moment


def _names_times_of_day(fields: str) -> bool:
    minute, hour = fields.split()[:2]
    return not minute.startswith("*") and not hour.startswith("*")


def _times_of_day(fields: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield, from some time before `after` on, the moment of each time of the clock."""
    # A day earlier: what lies in a gap comes later than the clock would have it.
    for wall in CronSim(fields, _wall(after, zone) - DAY):
        early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
        # Python reads a time in the overlap as the first by fold 0; one in the gap, as later by fold 0 than by fold 1.
        in_gap = early < late
        yield (_next_change(zone, early, late) or late) if in_gap else late


def _rhythm(fields: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield, from some time before `after` on, each moment that the clock shows such a time."""
    cursor = after.replace(second=0, microsecond=0)
    while True:
        # As far as the next change of the clock, the wall and UTC differ by the same.
        offset = _wall(cursor, zone) - cursor.replace(tzinfo=None)
        change = None
        for wall in CronSim(fields, _wall(cursor, zone) - SECOND):
            moment = (wall - offset).replace(tzinfo=UTC)
            change = _next_change(zone, cursor, moment)
            if change is not None:
                cursor = change
                break
            cursor = moment
            yield moment
        if change is None:
            return


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _next_change(zone: tzinfo, after: datetime, until: datetime) -> datetime | None:
    """Return the first moment within a span at which the clock differs from UTC by something else than before it."""
    before = after.astimezone(zone).utcoffset()
    while after < until:
        following = min(after + DAY, until)
        if following.astimezone(zone).utcoffset() != before:
            while following - after > SECOND:
                middle = after + (following - after) // SECOND // 2 * SECOND
                if middle.astimezone(zone).utcoffset() == before:
                    after = middle
                else:
                    following = middle
            return following
        after = following
    return None


@lru_cache(maxsize=1024)
def _cron(expression: str) -> tuple[list[int], str]:
    """Return the seconds and the five other fields of a cron expression.

    Raises
    ------
    DocumentError
        Naming the field that cannot be read.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise DocumentError(f"A cron expression has {LONGEST_EXPRESSION} characters at most.")
    try:
        read = CronSim(expression, datetime(2000, 1, 1))
    except CronSimError as error:
        problem = str(error)[:1].lower() + str(error)[1:]
    except (AssertionError, ValueError):
        # What cronsim's reader did not think of, such as MON#1/2.
        problem = "it cannot be read"
    else:
        return sorted(read.seconds), " ".join(read.parts[1:])
    raise DocumentError(
        f"{expression!r} is no cron expression ({problem}): write the fields {FIELDS}, as in '30 2 * * *'."
    )


def _date(expression: str, zone: tzinfo) -> datetime:
    try:
        date = datetime.fromisoformat(expression.strip())
        date = date.replace(microsecond=date.microsecond // 1000 * 1000)
        if date.tzinfo is not None:
            return date.astimezone(UTC)
        early, late = (date.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    except (ValueError, OverflowError):
        raise DocumentError(
            f"{expression[:50]!r} is no date: write it as in 2030-12-31T23:59:00Z (ISO 8601, UTC)."
        ) from None
    return (_next_change(zone, early, late) or late) if early < late else late
