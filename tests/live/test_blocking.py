"""Waiting for executions, and interrupts while it lasts."""

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ctl_jupyter.client import ExecutionFailed, ExecutionHandle, FollowingLost, WaitTimedOut
from ctl_jupyter.live import Detached, Interrupted, Interrupts, show_executions
from tests.live.stub_runner import StubRunner, result, status

ID = "5f0c1b2a77e94d3e8f6a90cd"


@pytest.fixture(autouse=True)
def handler_is_put_back() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


def interrupt_once(condition: threading.Event, times: int = 1) -> None:
    """Interrupt the main thread when a condition has come true."""

    def wait() -> None:
        condition.wait(30)
        for _ in range(times):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=wait).start()


def handles_of(runner: StubRunner, *ids: str) -> list[ExecutionHandle]:
    return [runner.handle(f"job of {name}", name) for name in ids]


def test_a_success_returns(runner: StubRunner) -> None:
    handle = runner.handle()
    runner.tell(status("SUCCESS"))

    show_executions([handle], wait=True)

    assert handle.execution.status == "SUCCESS"


def test_waiting_quietly_prints_nothing_and_fails_all_the_same(
    runner: StubRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    handle = runner.handle()
    runner.tell(result("failed", "web1", msg="no space"), status("FAILURE"))

    with pytest.raises(ExecutionFailed) as caught:
        show_executions([handle], wait=True, quiet=True)

    assert capsys.readouterr().out == ""
    assert caught.value.handle is handle
    assert str(caught.value).splitlines() == [
        f"deploy-web: FAILURE on 1 of 1 host (execution {ID})",
        "web1 failed in task 'Install nginx': no space",
    ]


def test_of_several_each_that_failed_is_named(runner: StubRunner) -> None:
    handles = handles_of(runner, *(f"run-{number}" for number in range(9)))
    for handle in handles:
        word = "SUCCESS" if handle.execution_id == "run-1" else "KILLED"
        runner.tell(status(word), execution_id=handle.execution_id)

    with pytest.raises(ExecutionFailed) as caught:
        show_executions(handles, wait=True)

    lines = str(caught.value).splitlines()
    assert lines[0] == "8 of 9 executions did not succeed:"
    assert lines[1] == "job of run-0: KILLED (execution run-0)"
    assert lines[-1] == "… 3 more: run-6 run-7 run-8"
    assert caught.value.handle is handles[0]


def test_a_time_out_names_the_way_back(runner: StubRunner) -> None:
    handle = runner.handle()

    with pytest.raises(WaitTimedOut) as caught:
        show_executions([handle], wait=True, timeout=0.1)

    said, command = str(caught.value).splitlines()
    assert said.startswith(f"The execution {ID} has not ended within 0.1 s; it goes on (PENDING")
    assert command == f"%ctl_watch {ID}"
    assert caught.value.handle is handle


def test_the_time_out_is_for_all_together_and_failures_are_told_as_well(runner: StubRunner) -> None:
    handles = handles_of(runner, "one", "two", "three")
    runner.tell(status("KILLED"), execution_id="two")

    with pytest.raises(ExecutionFailed) as caught:
        show_executions(handles, wait=True, timeout=0.3)

    lines = str(caught.value).splitlines()
    assert lines[0] == "1 of 3 executions did not succeed:"
    assert lines[-2] == "2 executions have not ended within 0.3 s; they go on. To watch them again:"
    assert lines[-1] == "%ctl_watch one three"


def test_one_that_cannot_be_followed_names_the_way_back(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctl_jupyter.client.follow.PATIENCE_AT_HOME", -1.0)
    handle = runner.handle()
    runner.is_down = True

    with pytest.raises(FollowingLost) as caught:
        show_executions([handle], wait=True)

    assert "not followed any longer: http://127.0.0.1:1 cannot be reached" in str(caught.value)
    assert str(caught.value).splitlines()[-1] == f"%ctl_watch {ID}"


@pytest.mark.parametrize("hangs", [False, True])
def test_an_interrupt_detaches_also_while_the_service_hangs(runner: StubRunner, hangs: bool) -> None:
    handle = runner.handle()
    if hangs:
        runner.may_answer.clear()
        interrupt_once(runner.requested)
    else:
        interrupt_once(runner.asked)

    with pytest.raises(Detached) as caught:
        show_executions([handle], wait=True)

    assert str(caught.value).splitlines() == [
        "Waiting was interrupted; the execution goes on. To watch it again:",
        f"%ctl_watch {ID}",
    ]
    assert caught.value.handle is handle
    assert runner.orders == []
    assert isinstance(caught.value, KeyboardInterrupt)


def test_several_interrupts_are_one(runner: StubRunner) -> None:
    interrupt_once(runner.asked, times=20)

    with pytest.raises(Detached):
        show_executions([runner.handle()], wait=True)


def test_an_interrupt_names_those_alone_that_go_on(runner: StubRunner) -> None:
    handles = handles_of(runner, "one", "two", "three")
    runner.tell(status("SUCCESS"), execution_id="two")
    handles[1].wait(30)
    runner.asked.clear()
    interrupt_once(runner.asked)

    with pytest.raises(Detached) as caught:
        show_executions(handles, wait=True)

    assert str(caught.value).splitlines() == [
        "Waiting was interrupted; 2 executions go on. To watch them again:",
        "%ctl_watch one three",
    ]


@pytest.mark.parametrize("order", ["stop", "kill"])
def test_an_interrupt_gives_the_order_that_was_asked_for(runner: StubRunner, order: str) -> None:
    handles = handles_of(runner, "one", "two")
    interrupt_once(runner.asked)

    with pytest.raises(Detached, match=rf"Waiting was interrupted; the {order} (was sent|is on its way)") as caught:
        show_executions(handles, wait=True, on_interrupt=order)

    assert str(caught.value).splitlines()[-1] == "%ctl_watch one two"
    until(lambda: sorted(runner.orders) == [(order, "one"), (order, "two")])


def test_an_order_that_hangs_keeps_no_cell(runner: StubRunner, capsys: pytest.CaptureFixture[str]) -> None:
    handle = runner.handle()
    runner.refusal = "Not now."
    runner.may_answer.clear()
    interrupt_once(runner.requested)

    with pytest.raises(Detached, match="the stop is on its way and has no answer yet"):
        show_executions([handle], wait=True, on_interrupt="stop")
    runner.may_answer.set()

    said = ""

    def has_spoken() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return said.endswith("\n")

    until(has_spoken)
    assert said == f"execution {ID}: Not now.\n"


def test_an_order_that_is_refused_is_told_with_what_to_do(runner: StubRunner) -> None:
    runner.refusal = "Not now."
    interrupt_once(runner.asked)

    with pytest.raises(Detached, match="the stop could not be sent") as caught:
        show_executions([runner.handle()], wait=True, on_interrupt="stop")

    assert str(caught.value).splitlines()[-2:] == ["Not now. Try again:", f"%ctl_stop {ID}"]


def test_asking_is_interrupted_while_the_service_hangs() -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def ask() -> bool:
        asked.set()
        return may_answer.wait(30)

    interrupt_once(asked)
    with Interrupts() as interrupts, pytest.raises(Interrupted, match="Interrupted before anything was changed"):
        interrupts.run(ask)
    may_answer.set()


def test_asking_gives_the_answer_or_the_error() -> None:
    def refuse() -> None:
        raise TimeoutError("no")

    with Interrupts() as interrupts:
        assert interrupts.run(lambda: 5) == 5
        with pytest.raises(TimeoutError, match="no"):
            interrupts.run(refuse)


def test_off_the_main_thread_it_waits_as_well(runner: StubRunner) -> None:
    handle = runner.handle()
    runner.tell(status("SUCCESS"))
    thread = threading.Thread(target=show_executions, args=([handle],), kwargs={"wait": True})

    thread.start()
    thread.join(30)

    assert not thread.is_alive()
    assert handle.execution.status == "SUCCESS"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
