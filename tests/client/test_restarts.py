"""Following a restart at a Runner that has pages alone and says nowhere in its events that a run begins."""

import threading
from typing import Any, Literal

import pytest

from ctl_jupyter.client import ExecutionFailed, ExecutionHandle, Session
from tests.fake_runner import FakeRunner, Step

#: Seconds in which whatever a test waits for has happened many times over.
LONG = 20.0

Told = tuple[str, Any]

START: Told = ("playbook_on_start", {})
TASK: Told = ("playbook_on_task_start", {"task": "Room is left"})


def ok(host: str) -> Told:
    return "runner_on_ok", {"host": host, "task": "Room is left", "changed": True}


def failed(host: str, msg: str) -> Told:
    return "runner_on_failed", {"host": host, "task": "Room is left", "msg": msg}


def stats(**failures: int) -> Told:
    return "playbook_on_stats", {"stats": {host: {"ok": 1, "failures": count} for host, count in failures.items()}}


def result(status: str) -> Told:
    return "playbook_result", {"status": status, "reason": ""}


BREAKS = (START, TASK, ok("db1"), failed("web1", "full"), stats(db1=0, web1=1), result("FAILURE"))
MENDED = (START, TASK, ok("web1"), stats(web1=0), result("SUCCESS"))
BREAKS_AGAIN = (START, TASK, failed("web1", "still full"), stats(web1=1), result("FAILURE"))


@pytest.fixture(params=["timers", "start and end"])
def broken(request: pytest.FixtureRequest, runner: FakeRunner, session: Session) -> ExecutionHandle:
    """An execution that failed on web1 of two hosts, of a service that tells times in either form."""
    runner.forms.times = request.param
    runner.plan = [Step("RUNNING", BREAKS[:3]), Step("FAILURE", BREAKS[3:], failed_hosts=["web1"])]
    handle = session.start(session.calls.get_job(runner.add_job("nightly")))
    assert handle.wait(LONG).status == "FAILURE"
    return handle


@pytest.mark.parametrize("form", ["page", "array", "array of a page"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_the_last_run_alone_is_told(
    runner: FakeRunner,
    broken: ExecutionHandle,
    form: Literal["page", "array", "array of a page"],
    newest_first: bool,
) -> None:
    runner.forms.events, runner.forms.newest_event_first = form, newest_first
    runner.plan = [Step("RUNNING", MENDED[:3]), Step("SUCCESS", MENDED[3:])]

    again = broken.restart()

    assert again.wait(LONG).status == "SUCCESS"
    assert {host: counts.changed for host, counts in again.progress.hosts.items()} == {"web1": 1}
    assert (again.progress.tasks_started, again.progress.failures) == (1, [])
    assert len(again.events()) == len(BREAKS) + len(MENDED)


def test_the_failure_in_two_lines_is_of_the_last_run(runner: FakeRunner, broken: ExecutionHandle) -> None:
    runner.plan = [Step("FAILURE", BREAKS_AGAIN, failed_hosts=["web1"])]
    again = broken.restart()
    again.wait(LONG)

    with pytest.raises(ExecutionFailed) as caught:
        again.raise_for_failure()

    assert str(caught.value).splitlines() == [
        f"nightly: FAILURE on 1 of 1 host (execution {again.execution_id})",
        "web1 failed in task 'Room is left': still full",
    ]


def test_nothing_of_the_first_run_shows_before_the_second_begins(runner: FakeRunner, broken: ExecutionHandle) -> None:
    runner.plan = [Step("PENDING"), Step("INITIALIZING"), Step("RUNNING", MENDED[:3]), Step("SUCCESS", MENDED[3:])]
    again = broken.restart()
    shown: list[tuple[str, list[str], int]] = []
    ended = threading.Event()

    def look() -> None:
        progress = again.progress
        shown.append((progress.status, list(progress.hosts), len(progress.failures)))
        if again.is_read:
            ended.set()

    again.follow(look)
    assert ended.wait(LONG)

    assert list(dict.fromkeys((status, *hosts, failures) for status, hosts, failures in shown)) == [
        ("PENDING", 0),
        ("INITIALIZING", 0),
        ("RUNNING", "web1", 0),
        ("SUCCESS", "web1", 0),
    ]


def test_its_time_is_that_of_the_last_run(runner: FakeRunner, broken: ExecutionHandle) -> None:
    before = runner.events[broken.execution_id][-1]["timestamp"]
    runner.plan = [Step("RUNNING", MENDED[:3]), Step("SUCCESS", MENDED[3:])]
    again = broken.restart()
    again.wait(LONG)

    assert again.progress.started is not None
    assert again.progress.started > before
    assert again.progress.ended == runner.executions[again.execution_id]["end"]


def test_the_result_of_the_last_run_is_waited_for(runner: FakeRunner, broken: ExecutionHandle) -> None:
    runner.plan = [Step("SUCCESS", MENDED[:3]), Step(), Step(events=MENDED[3:])]
    again = broken.restart()

    again.wait(LONG)

    assert again.events()[-1].details["status"] == "SUCCESS"


def test_a_second_run_that_never_ran(runner: FakeRunner, broken: ExecutionHandle) -> None:
    runner.plan = [Step("INIT_FAILURE", [("playbook_result", {"reason": "No such branch."})])]
    again = broken.restart()
    again.wait(LONG)

    assert again.progress.hosts == {}
    assert again.describe_failure().splitlines()[1] == "No such branch."


def test_one_picked_up_by_its_id_tells_of_its_last_run(
    runner: FakeRunner, session: Session, broken: ExecutionHandle
) -> None:
    runner.plan = [Step("SUCCESS", MENDED)]
    broken.restart().wait(LONG)

    handle = session.execution(broken.execution_id)
    handle.wait(LONG)

    assert list(handle.progress.hosts) == ["web1"]


def test_telling_the_runs_apart_asks_for_nothing_more(runner: FakeRunner, broken: ExecutionHandle) -> None:
    runner.plan = [Step("SUCCESS", MENDED)]
    asked = len(runner.calls)

    broken.restart().wait(LONG)

    # The restart; the document, how many events there are and these; and both again, since that is the end.
    assert len(runner.calls) - asked == 1 + 3 + 2
