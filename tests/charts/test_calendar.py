from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ctl_jupyter.charts import success_calendar
from ctl_jupyter.charts.rates import ALL_RATES
from ctl_jupyter.documents import DocumentError
from tests.charts.documents_of import document_of, notes_of, rows_of, texts_of
from tests.charts.made import execution, made

DAY = 24 * 60


def days_of(rows: list[dict[str, Any]], tz: str = "UTC") -> dict[str, dict[str, Any]]:
    chart = success_calendar(made("executions", rows), tz=tz)
    return {row["day"]: row for table in document_of(chart)["datasets"].values() for row in table if row.get("n")}


def test_a_day_has_its_rate_and_how_many_it_is_of() -> None:
    ends = ["SUCCESS", "SUCCESS", "SUCCESS", "FAILURE", "STOPPED"]
    days = days_of([execution(n, n, 1, status=status) for n, status in enumerate(ends)])
    assert list(days) == ["Wed 2026-03-04"]
    day = days["Wed 2026-03-04"]
    assert (day["n"], day["succeeded"], day["failed"], day["others"]) == (5, 3, 1, 1)
    assert (day["share"], day["rate"]) == ("75.0 % of 4 decided", "50 to 80 %")


def test_days_are_those_of_the_users_clock() -> None:
    late = datetime(2026, 3, 4, 20, tzinfo=UTC)
    rows = [execution(1, start=late, end=late + timedelta(minutes=1))]
    assert list(days_of(rows)) == ["Wed 2026-03-04"]
    assert list(days_of(rows, "Asia/Tokyo")) == ["Thu 2026-03-05"]
    # Half an hour before clocks go forward in Berlin, and half an hour before midnight there on that day.
    for moment, day in ((datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Sun 2026-03-29"),
                        (datetime(2026, 3, 29, 21, 30, tzinfo=UTC), "Sun 2026-03-29"),
                        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "Mon 2026-03-30")):  # fmt: skip
        assert list(days_of([execution(1, start=moment, end=moment)], "Europe/Berlin")) == [day]
    assert "a square per day of Asia/Tokyo" in notes_of(success_calendar(made("executions", rows), tz="Asia/Tokyo"))


def test_weeks_go_from_left_to_right_and_monday_is_on_top() -> None:
    wednesday, sunday, monday = (execution(n, n * DAY, 1) for n in (0, 4, 5))
    days = days_of([wednesday, sunday, monday])
    left, top = ([days[day][side] for day in ("Wed 2026-03-04", "Sun 2026-03-08", "Mon 2026-03-09")]
                 for side in ("left", "top"))  # fmt: skip
    assert left[0] == left[1] < left[2]
    assert top[2] < top[0] < top[1]


def test_days_without_executions_are_empty() -> None:
    chart = success_calendar(made("executions", [execution(1), execution(2, 3 * DAY)]), tz="UTC")
    empty = [row["day"] for table in document_of(chart)["datasets"].values() for row in table if row.get("n") == 0]
    assert empty == ["Thu 2026-03-05", "Fri 2026-03-06"]


def test_some_years_are_a_row_each() -> None:
    rows = [execution(n, -n * 40 * DAY, 1) for n in range(24)]
    assert {"2023", "2024", "2025", "2026"} <= texts_of(success_calendar(made("executions", rows), tz="UTC"))


def test_each_range_of_rates_has_a_colour_and_a_shape_of_its_own() -> None:
    for looks in ({rate.shape for rate in ALL_RATES.values()}, {rate.color for rate in ALL_RATES.values()}):
        assert len(looks) == len(ALL_RATES)
    rows = [execution(n, n, 1, status="FAILURE") for n in range(2)]
    chart = success_calendar(made("executions", rows), tz="UTC")
    assert "under 50 % 1" in texts_of(chart)
    marks = next(layer for layer in document_of(chart)["layer"] if "shape" in layer["encoding"])
    assert marks["encoding"]["shape"]["scale"]["domain"] == ["under 50 %"]


def test_what_has_not_begun_is_left_out_and_counted() -> None:
    waiting = execution(2, status="PENDING", start=None, end=None, duration=None)
    chart = success_calendar(made("executions", [execution(1), waiting]), tz="UTC")
    assert "1 that have not begun left out" in notes_of(chart)
    assert len(rows_of(chart, "rate")) == 1


def test_without_a_zone_it_is_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert "Pacific/Auckland" in notes_of(success_calendar(made("executions", [execution(1)])))


def test_an_unknown_zone_is_refused_in_a_sentence() -> None:
    with pytest.raises(DocumentError, match="no time zone 'Mars/Olympus': give an IANA name"):
        success_calendar(made("executions", [execution(1)]), tz="Mars/Olympus")
