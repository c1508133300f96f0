from datetime import UTC, datetime

import pytest

from ctl_jupyter.history.measures import cost
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.small_frames import frame

HOUR = 3600


def test_hours_times_the_price_whatever_the_status() -> None:
    executions = frame(
        "executions",
        job=["web", "web", "web", "web", "db"],
        status=["SUCCESS", "FAILURE", "RUNNING", "SUCCESS", "PENDING"],
        duration=[HOUR, HOUR / 2, None, -5, None],
    )
    found = cost(executions[::-1])
    assert found["job"].tolist() == ["db", "web"]
    assert found["n"].tolist() == [0, 2]
    assert found["left_out"].tolist() == [1, 2]
    assert found["hours"].tolist() == [0, 1.5]
    assert found["cost"].tolist() == [0, pytest.approx(0.0225)]
    assert cost(executions, price_per_hour=2)["cost"].tolist() == [0, 3]


def test_nothing_is_rounded() -> None:
    executions = frame("executions", job=["web"] * 3, status=["SUCCESS"] * 3, duration=[0.001] * 3)
    assert cost(executions, price_per_hour=HOUR * 1000)["cost"].tolist() == [pytest.approx(3)]


@pytest.mark.parametrize("name", ["executions", "runs"])
def test_those_that_live_are_counted_up_to_now(name: str) -> None:
    given = frame(
        name,
        job=["web"] * 4,
        status=["RUNNING", "STOPPING", "PENDING", "UNHEARD_OF"],
        start=["2026-03-02T00:00:00Z", "2026-03-02T01:00:00Z", None, "2026-03-02T00:00:00Z"],
    )
    found = cost(given, now=datetime(2026, 3, 2, 2, tzinfo=UTC)).iloc[0]
    assert found[["n", "left_out", "hours"]].tolist() == [2, 2, 3]
    assert cost(given).loc[0, ["n", "left_out", "hours"]].tolist() == [0, 4, 0]


def test_no_execution_costs_nothing() -> None:
    one = frame("executions", job=["web"], status=["SUCCESS"], duration=[1])
    empty = cost(empty_frame("executions"))
    assert empty.empty
    assert empty.dtypes[1:].equals(cost(one).dtypes[1:])
    assert list(cost(one, by=None).columns) == ["n", "left_out", "hours", "cost"]


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        cost(empty_frame("executions"), now=datetime(2026, 3, 2, 2))
