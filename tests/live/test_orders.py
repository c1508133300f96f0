"""Stop and Kill as the buttons give them."""

import threading

import pytest

from ctl_jupyter.live import orders as module
from ctl_jupyter.live.orders import Orders
from tests.live.stub_runner import StubRunner, status

ID = "5f0c1b2a77e94d3e8f6a90cd"


@pytest.fixture
def no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second click on Kill counts at once."""
    monkeypatch.setattr(module, "DOUBT", (0.0, 3600.0))


def test_a_stop_is_sent_off_this_thread_and_once(runner: StubRunner) -> None:
    runner.may_answer.clear()
    orders = Orders(runner.handle())

    for _ in range(3):
        orders.click_stop()

    assert not orders.idle.is_set()
    assert (orders.may_stop, orders.may_kill) == (False, False)
    assert orders.note == module.Note("Sending the stop …")
    runner.may_answer.set()
    assert orders.idle.wait(30)
    orders.click_stop()
    assert runner.orders == [("stop", ID)]
    assert orders.note == module.Note("The stop was sent.")
    assert (orders.may_stop, orders.may_kill) == (False, True)


def test_a_kill_asks_for_a_second_click(runner: StubRunner, no_doubt: None) -> None:
    orders = Orders(runner.handle())

    orders.click_kill()
    assert orders.is_kill_doubted
    assert runner.orders == []
    orders.click_kill()

    assert orders.idle.wait(30)
    assert runner.orders == [("kill", ID)]
    assert (orders.may_stop, orders.may_kill) == (False, False)


def test_a_double_click_kills_nothing(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DOUBT", (3600.0, 7200.0))
    orders = Orders(runner.handle())

    orders.click_kill()
    orders.click_kill()

    assert orders.is_kill_too_early
    assert runner.orders == []


def test_an_old_click_on_kill_is_forgotten(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DOUBT", (0.0, 0.0))
    orders = Orders(runner.handle())

    orders.click_kill()
    orders.click_kill()

    assert runner.orders == []


def test_what_could_not_be_sent_is_told_and_can_be_tried_again(runner: StubRunner) -> None:
    runner.refusal = "The execution cannot be stopped."
    changes = threading.Event()
    orders = Orders(runner.handle(), changes.set)

    orders.click_stop()

    assert orders.idle.wait(30)
    assert changes.is_set()
    assert orders.has_failed
    assert orders.note == module.Note("The execution cannot be stopped.", is_well=False)
    assert orders.may_stop


@pytest.mark.parametrize(
    ("word", "stop", "kill"),
    [
        ("PENDING", True, True),
        ("RUNNING", True, True),
        ("REBOOTING", True, True),
        ("STOPPING", False, True),
        ("KILLING", False, False),
        ("SUCCESS", False, False),
    ],
)
def test_what_may_be_ordered_in_a_status(runner: StubRunner, word: str, stop: bool, kill: bool) -> None:
    handle = runner.handle()
    handle.progress.add(status(word))
    orders = Orders(handle)

    assert (orders.may_stop, orders.may_kill) == (stop, kill)


def test_where_nothing_draws_a_failure_it_is_printed(runner: StubRunner, capsys: pytest.CaptureFixture[str]) -> None:
    runner.refusal = "The execution cannot be stopped."
    orders = Orders(runner.handle())

    orders.send("stop")
    assert orders.idle.wait(30)
    assert capsys.readouterr().out == ""
    orders.speak()

    assert capsys.readouterr().out == f"execution {ID}: The execution cannot be stopped.\n"
