"""What is kept of a Runner that answers pages, as the hosted one does, and what is asked for again."""

import time
from datetime import UTC, datetime

import httpx
import pytest

from ctl_jupyter.client import NotFound, NotLoggedIn, Unreachable
from ctl_jupyter.client import session as sessions
from ctl_jupyter.history import IncompleteHistory, history
from tests.history.runner_documents import (
    NOON,
    Runner,
    event_document,
    execution_document,
    log_in,
    result_message,
)

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def long_history(count: int) -> Runner:
    """Return a Runner that has run so many executions, each tenth a failure, a minute apart, the last one just now."""
    first = round(time.time() * 1000) - count * MINUTE
    executions = [
        execution_document(
            f"x{number:04}",
            job_id=f"j{number % 2 + 1}",
            status="SUCCESS" if number % 10 else "FAILURE",
            timers=[{"start": first + number * MINUTE, "end": first + number * MINUTE + 30_000}],
        )
        for number in reversed(range(count))
    ]
    events = {
        execution["execution_id"]: [
            event_document(1, "runner_on_ok", result_message("web1", "first"), execution_id=execution["execution_id"]),
            event_document(2, "playbook_result", {"status": "over"}, execution_id=execution["execution_id"]),
        ]
        for execution in executions
    }
    return Runner([{"id": "j1", "name": "deploy"}, {"id": "j2", "name": "backup"}], executions, events)


def pages_of_executions(runner: Runner) -> int:
    return sum(path.endswith("/executions") for path in runner.requests)


def test_what_was_pulled_is_not_asked_for_again() -> None:
    runner = long_history(3_000)
    session = log_in(runner)
    first = history(session=session).executions
    assert pages_of_executions(runner) >= 30
    runner.requests.clear()
    pulled = history(session=session)
    assert pulled.executions.drop(columns="checked").equals(first.drop(columns="checked"))
    assert pulled.complete
    # The newest page, and those of the failures that came last.
    assert pages_of_executions(runner) <= 10


def test_new_and_live_executions_are_asked_for_and_the_newest_failures_once_more() -> None:
    runner = long_history(3_000)
    runner.executions[1_500] |= {"status": "RUNNING", "timers": [{"start": NOON, "end": None}]}
    session = log_in(runner)
    live = runner.executions[1_500]["execution_id"]
    before = history(session=session).executions.set_index("execution_id")
    assert (before.loc[live, "status"], before.loc[live, "complete"]) == ("RUNNING", False)

    runner.executions[1_500] |= {"status": "SUCCESS", "timers": [{"start": NOON, "end": NOON + 7}]}
    restarted = next(row for row in runner.executions if row["status"] == "FAILURE")
    restarted |= {"status": "SUCCESS", "timers": [*restarted["timers"], {"start": NOON, "end": NOON + 5}]}
    runner.executions.insert(0, execution_document("new"))
    runner.requests.clear()
    after = history(session=session).executions.set_index("execution_id")
    assert after.index[0] == "new"
    assert after.loc[live, "status"] == "SUCCESS"
    assert after.loc[restarted["execution_id"], ["status", "runs"]].tolist() == ["SUCCESS", 2]
    assert len(after) == 3_001
    assert pages_of_executions(runner) <= 12


def test_all_failures_are_looked_at_once_more_when_that_is_asked_for() -> None:
    runner = long_history(3_000)
    session = log_in(runner)
    _ = history(session=session).executions
    restarted = next(row for row in reversed(runner.executions) if row["status"] == "FAILURE")
    restarted["status"] = "SUCCESS"
    stale = history(session=session).executions.set_index("execution_id")
    # Too old to be looked at again by itself; the column says since when nobody asked.
    assert stale.loc[restarted["execution_id"], "status"] == "FAILURE"
    assert stale.loc[restarted["execution_id"], "checked"] <= stale["checked"].max()
    fresh = history(session=session, recheck=True).executions.set_index("execution_id")
    assert fresh.loc[restarted["execution_id"], "status"] == "SUCCESS"


def test_events_of_what_has_ended_are_asked_for_once() -> None:
    runner = long_history(40)
    runner.executions[0]["status"] = "RUNNING"
    session = log_in(runner)
    first = history(session=session, events=True)
    assert first.executions["complete"].tolist() == [False, *[True] * 39]
    assert not first.complete
    runner.requests.clear()
    second = history(session=session)
    assert second.hosts.equals(first.hosts)
    asked = [path for path in runner.requests if path.startswith("/status/")]
    assert {path.rpartition("/")[2] for path in asked} == {runner.executions[0]["execution_id"]}


def test_a_window_asks_for_no_more_than_it_shows() -> None:
    runner = long_history(3_000)
    session = log_in(runner)
    since = datetime.fromtimestamp(runner.executions[99]["timers"][0]["start"] / 1000, UTC)
    shown = history(session=session, since=since).executions
    assert len(shown) == 100
    assert shown["start"].min() == since
    assert pages_of_executions(runner) < 10
    assert len(history(session=session).executions) == 3_000


def test_several_jobs_are_pulled_each_by_itself_and_shown_newest_first() -> None:
    runner = long_history(20)
    pulled = history(["backup", "deploy"], session=log_in(runner))
    assert pulled.executions["execution_id"].tolist() == [row["execution_id"] for row in runner.executions]
    assert repr(pulled) == "<History of jobs 'backup', 'deploy': 20 executions>"


def test_statuses_are_chosen() -> None:
    runner = long_history(30)
    pulled = history("deploy", session=log_in(runner), status="failure")
    assert pulled.executions["status"].unique().tolist() == ["FAILURE"]
    assert len(pulled.executions) == 3


def test_another_service_at_the_same_address_is_not_taken_for_the_first() -> None:
    session = log_in(long_history(250))
    _ = history(session=session).executions
    other = Runner(executions=[execution_document(f"other{number}") for number in reversed(range(250))])
    assert history(session=log_in(other)).executions["execution_id"].tolist() == [
        row["execution_id"] for row in other.executions
    ]
    shorter = long_history(5)
    assert len(history(session=log_in(shorter)).executions) == 5


def test_without_runner_what_is_kept_is_shown_and_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = long_history(150)
    session = log_in(runner)
    _ = history("deploy", session=session).hosts

    def is_away(path: str, page: int) -> None:
        raise httpx.ConnectError("no route to host")

    monkeypatch.setattr("ctl_jupyter.client.http.FIRST_PAUSE", 0.0)
    runner.on_request = is_away
    pulled = history(session=session)
    with pytest.raises(Unreachable):
        _ = pulled.executions
    pulled = history("deploy", session=session)
    with pytest.warns(IncompleteHistory, match=r"cannot be reached .* kept here before: 75 executions") as said:
        shown = pulled.executions
    assert said[0].filename == __file__
    assert len(shown) == 75
    assert not pulled.complete
    assert len(pulled.hosts) == 75


def test_offline_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = long_history(30)
    session = log_in(runner)
    _ = history("deploy", session=session).hosts
    runner.requests.clear()
    pulled = history("deploy", session=session, offline=True)
    assert (len(pulled.executions), len(pulled.hosts)) == (15, 15)
    assert pulled.executions["job"].unique().tolist() == ["deploy"]
    with pytest.raises(NotLoggedIn, match="No history is kept in"):
        _ = history(session=session, offline=True).executions
    with pytest.raises(NotFound, match=r"No history of a job 'deplay' is kept in .*; did you mean 'deploy'"):
        _ = history("deplay", session=session, offline=True).executions
    assert runner.requests == []
    monkeypatch.setattr(sessions, "_current", None)
    monkeypatch.setenv("CTL_PROFILE", "https://runner.example.org")
    monkeypatch.setenv("CLC_ACCT_ALIAS", "ACME")
    assert len(history("deploy", offline=True).executions) == 15


def test_nothing_is_left_of_a_history_that_is_not_to_be_kept() -> None:
    runner = long_history(30)
    session = log_in(runner)
    pulled = history(session=session, store=False)
    assert len(pulled.hosts) == 30
    assert history(session=session).store.size().executions == 0
    assert pulled.store.size().executions == 30
    assert not pulled.store.directory.exists()


def test_what_is_kept_can_be_measured_pruned_and_cleared() -> None:
    runner = long_history(30)
    pulled = history(session=log_in(runner))
    _ = pulled.hosts
    size = pulled.store.size()
    assert (size.executions, size.events) == (30, 60)
    assert size.bytes > 0
    pulled.store.prune(keep_bytes=0)
    pulled.store.clear()
    assert pulled.store.size().executions == 0
    pulled.refresh()
    assert len(pulled.hosts) == 30
