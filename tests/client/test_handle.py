"""Following executions of a service that has pages alone, and waiting for their end."""

import contextlib
import signal
import threading
from typing import Literal

import pytest

from ctl_jupyter.client import (
    ExecutionFailed,
    ExecutionHandle,
    NotFound,
    RunnerError,
    Session,
    Unreachable,
    WaitTimedOut,
    connect,
    follow,
)
from tests.fake_runner import Answer, Break, FakeRunner, Hold, Step, Trouble

#: Seconds in which whatever a test waits for has happened many times over.
LONG = 20.0

TASK = ("playbook_on_task_start", {"play": "web", "task": "restart nginx"})
OK = ("runner_on_ok", {"host": "web1", "task": "restart nginx", "changed": True, "msg": ""})
FAILED = ("runner_on_failed", {"host": "web2", "task": "restart nginx", "msg": "no such\nservice"})


def stats(**failures: int) -> tuple[str, object]:
    counts = {host: {"ok": 1, "failures": failed, "unreachable": 0} for host, failed in failures.items()}
    return ("playbook_on_stats", {"stats": counts})


def result(status: str, reason: str = "") -> tuple[str, object]:
    return ("playbook_result", {"status": status, "reason": reason})


SUCCEEDS = (
    Step("INITIALIZING"),
    Step("RUNNING", [("playbook_on_start", {}), TASK]),
    Step("RUNNING", [OK]),
    Step("SUCCESS", [stats(web1=0), result("SUCCESS")]),
)
FAILS = (
    Step("RUNNING", [TASK, OK]),
    Step("FAILURE", [FAILED, stats(web1=0, web2=1), result("FAILURE")], failed_hosts=["web2"]),
)


def started(runner: FakeRunner, session: Session, *plan: Step) -> ExecutionHandle:
    runner.plan = plan
    return session.start(session.calls.get_job(runner.add_job("deploy")))


def end(runner: FakeRunner, handle: ExecutionHandle, status: str = "SUCCESS") -> None:
    runner.executions[handle.execution_id]["status"] = status


def test_wait_until_all_is_read(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, *SUCCEEDS)

    execution = handle.wait(LONG)

    assert (execution.status, handle.is_read) == ("SUCCESS", True)
    assert [event.event_type for event in handle.events()] == [
        "playbook_on_start",
        "playbook_on_task_start",
        "runner_on_ok",
        "playbook_on_stats",
        "playbook_result",
    ]
    progress = handle.progress
    assert (progress.status, progress.play, progress.task) == ("SUCCESS", "", "restart nginx")
    assert (progress.hosts["web1"].ok, progress.hosts["web1"].changed) == (1, 1)
    kept = runner.executions[handle.execution_id]
    assert (progress.started, progress.ended) == (kept["start"], kept["end"])
    handle.raise_for_failure()


@pytest.mark.parametrize("form", ["page", "array", "array of a page"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_many_events(
    runner: FakeRunner,
    session: Session,
    form: Literal["page", "array", "array of a page"],
    newest_first: bool,
) -> None:
    runner.forms.events, runner.forms.newest_event_first = form, newest_first
    results = [("runner_on_ok", {"host": f"web{number}"}) for number in range(130)]
    handle = started(runner, session, Step("RUNNING", results[:60]), Step("SUCCESS", results[60:]))

    handle.wait(LONG)

    assert [event.details["host"] for event in handle.events()] == [f"web{number}" for number in range(130)]
    assert handle.progress.events == 130
    assert len(handle.progress.hosts) == 130


def test_a_final_state_is_remembered(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, Step("RUNNING"), Step("SUCCESS"))

    assert [handle.status, handle.in_final_state(), handle.status] == ["RUNNING", True, "SUCCESS"]

    asked = len(runner.calls)
    assert (handle.status, handle.refresh().status, handle.in_final_state()) == ("SUCCESS", "SUCCESS", True)
    assert len(runner.calls) == asked


def test_events_of_an_execution_that_nobody_follows(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, Step("RUNNING", [TASK, OK]))
    handle.refresh()

    assert [event.event_type for event in handle.events()] == ["playbook_on_task_start", "runner_on_ok"]
    assert not handle.is_read


def test_what_was_read_is_not_asked_for_again(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, *SUCCEEDS)
    handle.wait(LONG)
    asked = len(runner.calls)

    assert len(handle.events()) == 5
    assert handle.wait(LONG).status == "SUCCESS"
    assert len(runner.calls) == asked


def test_a_failure_in_two_lines(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, *FAILS)

    assert handle.wait(LONG).failed_hosts == ["web2"]

    with pytest.raises(ExecutionFailed) as caught:
        handle.raise_for_failure()
    assert str(caught.value) == (
        f"deploy: FAILURE on 1 of 2 hosts (execution {handle.execution_id})\n"
        "web2 failed in task 'restart nginx': no such service"
    )
    assert caught.value.handle is handle


def test_a_host_that_could_not_be_reached(runner: FakeRunner, session: Session) -> None:
    gone = ("runner_on_unreachable", {"host": "web1", "task": "Gathering Facts", "msg": "timed out"})
    handle = started(runner, session, Step("FAILURE", [gone, result("FAILURE")]))
    handle.wait(LONG)

    with pytest.raises(ExecutionFailed, match="web1 could not be reached in task 'Gathering Facts': timed out"):
        handle.raise_for_failure()


@pytest.mark.parametrize("message", [{"reason": "No such branch."}, {"msg": "No such branch."}, "No such branch."])
def test_an_execution_that_never_ran_says_why(runner: FakeRunner, session: Session, message: object) -> None:
    handle = started(runner, session, Step("INIT_FAILURE", [("playbook_result", message)]))
    handle.wait(LONG)

    with pytest.raises(ExecutionFailed, match=r"deploy: INIT_FAILURE .*\nNo such branch"):
        handle.raise_for_failure()


@pytest.mark.parametrize("status", ["STOPPED", "KILLED", "INIT_FAILURE", "FAILURE"])
def test_only_success_is_success(runner: FakeRunner, session: Session, status: str) -> None:
    handle = started(runner, session, Step(status))

    assert handle.wait(LONG).status == status

    with pytest.raises(ExecutionFailed, match=rf"deploy: {status} .*\nThe service gave no reason"):
        handle.raise_for_failure()


def test_an_unknown_status_is_shown_and_taken_for_no_end(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, Step("REBOOTING"))
    shown = threading.Event()

    handle.follow(lambda: shown.set() if "REBOOTING" in repr(handle) else None)
    assert shown.wait(LONG)
    with pytest.raises(WaitTimedOut):
        handle.wait(0.1)

    end(runner, handle)
    assert handle.wait(LONG).status == "SUCCESS"


def test_waiting_may_be_limited_and_taken_up_again(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session)

    with pytest.raises(WaitTimedOut, match=f"{handle.execution_id} has not ended within 0.1 s; it goes on") as caught:
        handle.wait(0.1)
    assert caught.value.handle is handle

    end(runner, handle)
    assert handle.wait(LONG).status == "SUCCESS"
    assert {call.method for call in runner.calls_to("[A-Z]+", "/jobs.*")} <= {"GET", "POST"}
    assert len(runner.starts()) == 1


def test_an_interrupted_wait_leaves_the_execution_alone(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session)

    with pytest.raises(KeyboardInterrupt):
        handle.wait(LONG, on_tick=lambda: signal.raise_signal(signal.SIGINT))

    assert not handle.is_read
    end(runner, handle)
    assert handle.wait(LONG).status == "SUCCESS"
    assert [call.path for call in runner.calls if call.method != "GET"] == [
        "/v2/authentication/login",
        f"/jobs/ACCT/{handle.job_id}/start",
    ]


def test_an_execution_is_picked_up_by_its_id(runner: FakeRunner, session: Session) -> None:
    execution_id = started(runner, session, *FAILS).execution_id

    handle = connect(runner.url).execution(execution_id)

    assert handle.wait(LONG).status == "FAILURE"
    assert handle.progress.failures[0].host == "web2"


def test_one_that_ended_long_ago_is_read_too(runner: FakeRunner, session: Session) -> None:
    execution_id = runner.add_execution(runner.add_job("deploy"), status="SUCCESS")
    runner.add_event(execution_id, *OK)

    handle = session.execution(execution_id)

    assert handle.wait(LONG).status == "SUCCESS"
    assert handle.progress.hosts["web1"].changed == 1


def test_changes_are_told(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, *SUCCEEDS)
    told: list[tuple[str, bool]] = []

    ended = threading.Event()

    def tell() -> None:
        told.append((handle.progress.status, handle.is_read))
        if handle.is_read:
            ended.set()

    handle.follow(tell)
    assert ended.wait(LONG)

    statuses = list(dict.fromkeys(status for status, _ in told))
    assert statuses == ["INITIALIZING", "RUNNING", "SUCCESS"]
    assert told[-1] == ("SUCCESS", True)


def test_several_executions_are_followed_at_once(runner: FakeRunner, session: Session) -> None:
    handles = [started(runner, session, *plan) for plan in (SUCCEEDS, FAILS, (Step("KILLED"),))]
    for handle in handles:
        handle.follow()

    assert [handle.wait(LONG).status for handle in handles] == ["SUCCESS", "FAILURE", "KILLED"]
    assert [handle.progress.events for handle in handles] == [5, 5, 0]


def test_a_listener_that_breaks_stops_nobody(runner: FakeRunner, session: Session) -> None:
    def broken() -> None:
        raise RuntimeError("a listener broke")

    first, second = started(runner, session, *SUCCEEDS), started(runner, session, *SUCCEEDS)
    first.follow(broken)

    assert first.wait(LONG).status == "SUCCESS"
    assert second.wait(LONG).status == "SUCCESS"


@pytest.mark.parametrize(
    "event",
    [
        ("playbook_on_stats", {"stats": {"web1": {"failures": "many", "unreachable": None}}}),
        ("playbook_on_stats", {"stats": ["web1"]}),
        ("playbook_on_stats", "all done"),
        ("playbook_on_task_start", ["a", "b"]),
        ("status_change", 5),
        ("runner_on_failed", {"host": ["web1"], "task": {"name": 5}, "msg": {"stderr": "x"}}),
        ("runner_on_ok", {"host": None}),
        ("something_new", {"host": "web1"}),
        ("", None),
    ],
    ids=str,
)
def test_events_of_unknown_forms_stop_nobody(runner: FakeRunner, session: Session, event: tuple[str, object]) -> None:
    handle = started(runner, session, Step("RUNNING", [OK, event]), Step("SUCCESS", [result("SUCCESS")]))

    assert handle.wait(LONG).status == "SUCCESS"
    assert handle.progress.events == 3


@pytest.mark.parametrize(
    "trouble",
    [Break(), Answer(502, body=b"<html>"), Answer(503, {"message": "In maintenance."}), Answer(504, body=b"")],
    ids=["dropped", "502", "503", "504"],
)
def test_short_troubles_are_borne_and_told(runner: FakeRunner, session: Session, trouble: Trouble) -> None:
    handle = started(runner, session, Step("RUNNING", [TASK, OK]), Step("SUCCESS", [result("SUCCESS")]))
    # As many as one question is repeated.
    runner.trouble(trouble, times=4)
    troubles: list[str] = []

    handle.follow(lambda: troubles.append(handle.trouble))

    assert handle.wait(LONG).status == "SUCCESS"
    assert handle.progress.events == 3
    assert any(troubles)
    assert troubles[-1] == ""


def test_a_log_in_in_maintenance_is_borne(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, *SUCCEEDS)
    runner.expire_tokens()
    runner.trouble(Answer(503, {"message": "In maintenance."}), "POST", "login")

    assert handle.wait(LONG).status == "SUCCESS"


def test_events_that_could_not_be_read_at_first_are_not_lost(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, Step("SUCCESS", [TASK, OK, stats(web1=0), result("SUCCESS")]))
    # How many there are is answered, and then the connection breaks.
    runner.trouble(Break(), path=r"/status/.*size=100", times=4)

    handle.wait(LONG)

    assert handle.progress.events == 4


def test_events_that_arrive_after_the_final_status_are_read(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, Step("RUNNING", [TASK]), Step("SUCCESS"), Step(events=[OK, result("SUCCESS")]))

    handle.wait(LONG)

    assert [event.event_type for event in handle.events()][-1] == "playbook_result"


def test_a_service_that_is_gone_for_good(runner: FakeRunner, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PATIENCE_AT_HOME", -1.0)
    handle = started(runner, session, Step("RUNNING", [OK]))

    def vanish() -> None:
        if handle.progress.events:
            runner.close()

    with pytest.raises(Unreachable) as caught:
        handle.wait(LONG, on_tick=vanish)

    assert handle.trouble == str(caught.value)
    assert handle.is_read
    assert handle.progress.hosts["web1"].ok == 1


def test_an_execution_that_is_no_longer_there(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session)
    session.calls.delete_job(handle.job_id)

    with pytest.raises(NotFound):
        handle.wait(LONG)


def test_a_new_log_in_does_not_leave_a_wait_hanging(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, Step("RUNNING"))
    handle.follow()

    new = connect(runner.url)
    end(runner, handle)
    with contextlib.suppress(RunnerError):
        handle.wait(LONG)

    assert handle.is_read
    assert new.execution(handle.execution_id).wait(LONG).status == "SUCCESS"


def test_an_old_answer_does_not_replace_a_final_one(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session, Step("RUNNING"), Step("SUCCESS"))
    hold = Hold()
    runner.trouble(hold, path="/executions/")
    late = threading.Thread(target=handle.refresh)
    late.start()
    assert hold.reached.wait(LONG)

    handle.wait(LONG)
    hold.released.set()
    late.join(LONG)

    assert handle.execution.status == "SUCCESS"


def test_a_handle_describes_itself_without_asking(runner: FakeRunner, session: Session) -> None:
    handle = started(runner, session)
    asked = len(runner.calls)

    assert repr(handle) == f"<ExecutionHandle {handle.execution_id} of job 'deploy': PENDING>"
    assert len(runner.calls) == asked


def test_a_runner_that_hangs_holds_up_no_other(runner: FakeRunner, session: Session) -> None:
    runner.add_job("hangs")
    hanging = session.start("hangs")
    hold = Hold()
    runner.trouble(hold, path=hanging.execution_id)
    hanging.follow()
    assert hold.reached.wait(LONG)

    with FakeRunner() as other:
        job_id = other.add_job("quick")
        other.plan = SUCCEEDS
        there = connect(other.url, username=other.username, password=lambda _: other.password)
        assert there.start(there.calls.get_job(job_id)).wait(LONG).status == "SUCCESS"

    assert not hold.released.is_set()
    hold.released.set()


def test_a_handle_that_was_lost_is_picked_up_again(
    runner: FakeRunner, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PATIENCE_AT_HOME", 0.0)
    runner.add_job("lost")
    runner.plan = SUCCEEDS
    handle = session.start("lost")
    runner.trouble(Answer(500, {"message": "broken"}), times=100)
    with pytest.raises(RunnerError):
        handle.wait(LONG)
    runner.clear_troubles()

    again = handle.last_run()

    assert again is not handle
    assert again.wait(LONG).status == "SUCCESS"
