from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.arrow_columns import as_column
from ctl_jupyter.history.pulling.window import Moment, Window, window_of
from ctl_jupyter.history.schema import pulled_executions_schema

NOW = datetime(2026, 5, 2, 9, 30, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"execution_id": "second", "status": "FAILURE", "timers": [{"start": 2_000, "end": 9_000}]},
    {"execution_id": "restarted", "status": "SUCCESS", "timers": [{"start": 1_000}, {"start": 5_000}]},
    {"execution_id": "queued", "status": "PENDING", "timers": [{"start": None, "end": None}]},
    {"execution_id": "untold", "status": "odd", "timers": None},
    {"execution_id": "empty", "status": None, "timers": []},
]


def chosen(window: Window) -> list[str]:
    schema = pulled_executions_schema()
    columns = [as_column([row.get(field.name) for row in ROWS], field.type) for field in schema]
    table = pa.table(columns, schema=schema)
    found: list[str] = window.of(table)["execution_id"].to_pylist()
    return found


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(), ["second", "restarted", "queued", "untold", "empty"]),
        (Window(since=1_001), ["second", "queued", "untold", "empty"]),
        (Window(since=1_000, until=2_000), ["restarted"]),
        (Window(until=2_001), ["second", "restarted"]),
        (Window(statuses=frozenset({"PENDING", "odd"})), ["queued", "untold"]),
        (Window(since=3_000, statuses=frozenset({"SUCCESS"})), []),
    ],
)
def test_executions_are_chosen_by_the_start_of_their_first_run_and_by_status(
    window: Window, expected: list[str]
) -> None:
    assert chosen(window) == expected


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("7 days", datetime(2026, 4, 25, 9, 30, tzinfo=UTC)),
        ("12h", datetime(2026, 5, 1, 21, 30, tzinfo=UTC)),
        ("2 weeks", datetime(2026, 4, 18, 9, 30, tzinfo=UTC)),
        (timedelta(minutes=1), datetime(2026, 5, 2, 9, 29, tzinfo=UTC)),
        (date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("2026-01-01 12:00+02:00", datetime(2026, 1, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_is_said_in_many_ways(said: Moment, meant: datetime) -> None:
    assert window_of(said, None, (), NOW).since == round(meant.timestamp() * 1000)


@pytest.mark.parametrize("said", ["yesterday", "2026-13-01", "", "999999w", 7])
def test_what_is_no_moment_is_refused_in_one_sentence(said: Moment) -> None:
    with pytest.raises(DocumentError, match=r"'until' is a datetime, a date, a text like .* or how long ago"):
        window_of(None, said, (), NOW)


def test_a_window_in_which_nothing_can_lie_is_refused() -> None:
    with pytest.raises(DocumentError, match="'since' is not before 'until'"):
        window_of("1h", "2h", (), NOW)


def test_one_status_or_several() -> None:
    assert window_of(None, None, "failure").statuses == {"FAILURE"}
    assert window_of(None, None, ["FAILURE", "KILLED"]).statuses == {"FAILURE", "KILLED"}
