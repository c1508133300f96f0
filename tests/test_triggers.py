"""When triggers fire, to the moment, also where the clock is put forward or back."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from ctl_jupyter.documents import DocumentError, Trigger
from ctl_jupyter.triggers import check_trigger, fires_between, last_fire, next_fire, zone_of

#: Where the clock is put forward and back in 2026, with the UTC of each.
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(text: str) -> datetime:
    """Return a moment of 2026 in UTC, from ``03-29 01:00`` or with seconds."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def cron(expression: str) -> Trigger:
    return Trigger(type="cron", expression=expression)


def fires(expression: str, timezone: str, after: str, until: str) -> list[str]:
    found = fires_between(cron(expression), zone_of(timezone), at(after), at(until))
    assert all(moment.tzinfo is UTC for moment in found)
    return [f"{moment:%m-%d %H:%M}" for moment in found]


FORWARD_IN_BERLIN = ("03-28 00:00", "03-31 00:00")
BACK_IN_BERLIN = ("10-24 00:00", "10-27 00:00")
FORWARD_IN_NEW_YORK = ("03-07 04:00", "03-10 04:00")
BACK_IN_NEW_YORK = ("10-31 04:00", "11-03 04:00")


@pytest.mark.parametrize(
    ("expression", "timezone", "span", "expected"),
    [
        # A time of the day in the gap (02:00 to 03:00) fires at its end, one in the overlap the first time alone.
        ("30 2 * * *", BERLIN, FORWARD_IN_BERLIN, ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        ("30 2 * * *", BERLIN, BACK_IN_BERLIN, ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("30 2 * * *", NEW_YORK, FORWARD_IN_NEW_YORK, ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
        ("30 1 * * *", NEW_YORK, BACK_IN_NEW_YORK, ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        # What lies outside of them keeps its time on the wall.
        ("0 9 * * *", BERLIN, FORWARD_IN_BERLIN, ["03-28 08:00", "03-29 07:00", "03-30 07:00"]),
        ("0 9 * * *", NEW_YORK, BACK_IN_NEW_YORK, ["10-31 13:00", "11-01 14:00", "11-02 14:00"]),
        # Two times in the gap come to its end, where one of its own may be: once.
        ("0,30 2,3 * * *", BERLIN, ("03-29 00:00", "03-29 03:00"), ["03-29 01:00", "03-29 01:30"]),
        ("0,30 1,2 * * *", NEW_YORK, ("11-01 04:00", "11-01 08:00"), [
            "11-01 05:00", "11-01 05:30", "11-01 07:00", "11-01 07:30",
        ]),
        # A rhythm goes on through both, in steps of the same length.
        ("0 * * * *", BERLIN, ("03-28 23:30", "03-29 02:30"), ["03-29 00:00", "03-29 01:00", "03-29 02:00"]),
        ("0 * * * *", BERLIN, ("10-24 23:30", "10-25 02:30"), ["10-25 00:00", "10-25 01:00", "10-25 02:00"]),
        ("*/30 * * * *", NEW_YORK, ("03-08 06:15", "03-08 08:00"), [
            "03-08 06:30", "03-08 07:00", "03-08 07:30", "03-08 08:00",
        ]),
        ("*/30 * * * *", NEW_YORK, ("11-01 05:15", "11-01 07:00"), [
            "11-01 05:30", "11-01 06:00", "11-01 06:30", "11-01 07:00",
        ]),
        # A rhythm within one hour: never in the gap, twice in the overlap.
        ("*/30 2 * * *", BERLIN, ("03-28 12:00", "03-30 12:00"), ["03-30 00:00", "03-30 00:30"]),
        ("*/30 2 * * *", BERLIN, ("10-24 12:00", "10-25 12:00"), [
            "10-25 00:00", "10-25 00:30", "10-25 01:00", "10-25 01:30",
        ]),
        # UTC knows neither.
        ("30 2 * * *", "UTC", FORWARD_IN_BERLIN, ["03-28 02:30", "03-29 02:30", "03-30 02:30"]),
        ("30 2 * * *", "UTC", BACK_IN_BERLIN, ["10-24 02:30", "10-25 02:30", "10-26 02:30"]),
        # Zones that change by half an hour, and at midnight.
        ("*/15 3 * * *", "Australia/Lord_Howe", ("10-03 15:00", "10-03 17:00"), [
            "10-03 16:00", "10-03 16:15", "10-03 16:30", "10-03 16:45",
        ]),
        ("*/15 0 * * FRI", "Africa/Cairo", ("04-23 12:00", "04-24 12:00"), []),
        ("15 0 * * FRI", "Africa/Cairo", ("04-23 12:00", "04-24 12:00"), ["04-23 22:00"]),
    ],
)  # fmt: skip
def test_where_the_clock_is_changed(expression: str, timezone: str, span: tuple[str, str], expected: list[str]) -> None:
    assert fires(expression, timezone, *span) == expected


@pytest.mark.parametrize("expression", ["30 2 * * *", "*/20 * * * *", "*/20 2 * * *", "5,45 1-3 * * *", "0 0 * * SUN"])
@pytest.mark.parametrize("timezone", [BERLIN, NEW_YORK])
@pytest.mark.parametrize("day", ["03-08", "03-29", "10-25", "11-01"])
def test_a_span_read_in_two_parts_is_the_span(expression: str, timezone: str, day: str) -> None:
    """Wherever a process ends and the next begins, nothing is left out and nothing comes twice."""
    zone, begin = zone_of(timezone), at(f"{day} 00:00") - timedelta(hours=6)
    end = begin + timedelta(hours=36)
    whole = fires_between(cron(expression), zone, begin, end)
    for quarter in range(1, 36 * 4):
        middle = begin + quarter * timedelta(minutes=15)
        first, second = (
            fires_between(cron(expression), zone, begin, middle),
            fires_between(cron(expression), zone, middle, end),
        )
        assert first + second == whole
        assert last_fire(cron(expression), zone, begin, middle) == (first[-1] if first else None)
        assert next_fire(cron(expression), zone, middle) == (
            second[0] if second else next_fire(cron(expression), zone, end)
        )


@pytest.mark.parametrize("expression", ["30 2 * * *", "*/20 * * * *", "*/20 1-2 * * *", "5,45 1-3 * * *", "0 3 * * 7"])
@pytest.mark.parametrize(("timezone", "day"), [(BERLIN, "03-29"), (BERLIN, "10-25"), (NEW_YORK, "11-01")])
def test_the_library_agrees(expression: str, timezone: str, day: str) -> None:
    """Begun outside of an overlap, cronsim has Debian's rules itself."""
    zone, begin = ZoneInfo(timezone), at(f"{day} 00:00") - timedelta(days=1)
    ours = fires_between(cron(expression), zone, begin, begin + timedelta(days=3))
    theirs = CronSim(expression, begin.astimezone(zone))
    assert ours == [next(theirs).astimezone(UTC) for _ in ours]


def test_seconds_are_the_first_of_six_fields() -> None:
    found = fires_between(cron("0,45 30 2 * * *"), zone_of(BERLIN), at("03-28 12:00"), at("03-30 12:00"))
    assert found == [at("03-29 01:00:00"), at("03-29 01:00:45"), at("03-30 00:30:00"), at("03-30 00:30:45")]
    within = fires_between(cron("*/20 * * * * *"), UTC, at("01-01 00:00:10"), at("01-01 00:01:00"))
    assert within == [at("01-01 00:00:20"), at("01-01 00:00:40"), at("01-01 00:01:00")]


def test_the_last_of_many_is_found_without_listing_them() -> None:
    begin = datetime(2006, 1, 1, tzinfo=UTC)
    assert last_fire(cron("* * * * * *"), UTC, begin, at("01-01 00:00:10")) == at("01-01 00:00:10")
    assert last_fire(cron("0 12 29 2 *"), UTC, begin, at("01-01 00:00")) == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert last_fire(cron("0 12 29 2 *"), UTC, at("01-01 00:00"), at("12-31 00:00")) is None


@pytest.mark.parametrize(
    ("expression", "timezone", "expected"),
    [
        ("2026-05-01T10:00:00Z", "UTC", "05-01 10:00"),
        ("2026-05-01T10:00:00", "UTC", "05-01 10:00"),
        ("2026-05-01 10:00", "UTC", "05-01 10:00"),
        ("2026-05-01", "UTC", "05-01 00:00"),
        ("2026-05-01T10:00:00.000", "UTC", "05-01 10:00"),
        ("2026-05-01T10:00:00+02:00", "UTC", "05-01 08:00"),
        ("2026-05-01T10:00:00", BERLIN, "05-01 08:00"),
        ("2026-05-01T10:00:00Z", BERLIN, "05-01 10:00"),
        ("2026-03-29T02:30:00", BERLIN, "03-29 01:00"),
        ("2026-10-25T02:30:00", BERLIN, "10-25 00:30"),
    ],
)
def test_dates(expression: str, timezone: str, expected: str) -> None:
    trigger, zone = Trigger(type="date", expression=expression), zone_of(timezone)
    assert fires_between(trigger, zone, at("01-01 00:00"), at("12-31 00:00")) == [at(expected)]
    assert next_fire(trigger, zone, at(expected)) is None
    assert check_trigger(trigger, timezone, at("01-01 00:00")) == at(expected)


NO_CRON = "is no cron expression ({}): write the fields minute hour day-of-month month day-of-week, as in '30 2 * * *'."


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("* * * *", "wrong number of fields"),
        ("* * * * * * *", "wrong number of fields"),
        ("daily", "wrong number of fields"),
        ("@daily", "wrong number of fields"),
        ("60 * * * *", "bad minute"),
        ("* 24 * * *", "bad hour"),
        ("* * 0 * *", "bad day-of-month"),
        ("* * * 13 *", "bad month"),
        ("* * * * 8", "bad day-of-week"),
        ("* * * * MON#6", "bad day-of-week"),
        ("*/0 * * * *", "bad minute"),
        ("5-1 * * * *", "bad minute"),
        ("x * * * *", "bad minute"),
        ("-1 * * * *", "bad minute"),
        ("60 * * * * *", "bad second"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("* * * * ²L", "bad day-of-week"),
        ("* * * * (MON#1,2)/2", "bad day-of-week"),
    ],
)
def test_expressions_that_cannot_be_read(expression: str, problem: str) -> None:
    with pytest.raises(DocumentError) as refused:
        check_trigger(cron(expression), None, at("01-01 00:00"))
    assert str(refused.value) == f"{expression!r} {NO_CRON.format(problem)}"


@pytest.mark.parametrize(
    ("trigger", "timezone", "sentence"),
    [
        (cron("1" * 201), None, "A cron expression has 200 characters at most."),
        (cron(f"{'9' * 190} * * * *"), None, "(bad minute)"),
        (cron("* * */20 * 1L"), None, "The cron expression '* * */20 * 1L' never fires: there is no such day."),
        (cron("* * * * *"), "Europe/Brlin", "as in Europe/Berlin, not 'Europe/Brlin'."),
        (cron("* * * * *"), "../../etc/passwd", "not '../../etc/passwd'."),
        (cron("* * * * *"), "Europe", "not 'Europe'."),
        (cron("* * * * *"), "", "not ''."),
        (Trigger(type="date", expression="soon"), None, "'soon' is no date: write it as in 2030-12-31T23:59:00Z"),
        (Trigger(type="date", expression="2026-02-30"), None, "'2026-02-30' is no date"),
        (Trigger(type="date", expression="9999-12-31T23:59:59-12:00"), None, "is no date"),
        (Trigger(type="date", expression="0001-01-01T00:00:00+12:00"), None, "is no date"),
        (Trigger(type="date", expression="2025-12-31"), None, "The date '2025-12-31' has passed"),
        (Trigger(type="date", expression="2026-01-01"), None, "has passed: a schedule needs one that is to come."),
    ],
)
def test_triggers_that_cannot_be_used(trigger: Trigger, timezone: str | None, sentence: str) -> None:
    with pytest.raises(DocumentError) as refused:
        check_trigger(trigger, timezone, at("01-01 00:00"))
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 350


def test_zones_have_no_default_but_utc() -> None:
    zones: list[tzinfo] = [zone_of(None), zone_of("UTC")]
    assert zones == [UTC, UTC]
