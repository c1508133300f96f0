import threading

from ctl_jupyter.client import NotLoggedIn, Session
from ctl_jupyter.client.session import make_current
from ctl_jupyter.panel.desk import Desk, Signal
from tests.live.stub_runner import StubRunner


def test_one_listener_that_fails_keeps_nobody_from_hearing() -> None:
    signal: Signal[int] = Signal()
    heard: list[int] = []

    def fail(_value: int) -> None:
        raise ValueError

    signal.listen(fail)
    signal.listen(heard.append)

    signal.tell(5)

    assert heard == [5]


def test_who_begins_to_listen_because_of_it_hears_it() -> None:
    signal: Signal[int] = Signal()
    heard: list[int] = []
    signal.listen(lambda value: signal.listen(heard.append) if value == 5 else None)

    signal.tell(5)

    assert heard == [5]


def test_a_log_in_elsewhere_is_told_once(runner: StubRunner) -> None:
    desk = Desk()
    told: list[Session | None] = []
    desk.session_changed.listen(told.append)

    assert not desk.look()
    make_current(runner.session)
    assert desk.look()
    assert not desk.look()
    make_current(None)
    assert desk.look()

    assert told == [runner.session, None]
    assert "Another cell logged out" in desk.status.value


def test_a_refused_log_in_is_told_and_reported() -> None:
    desk = Desk()
    refused: list[NotLoggedIn] = []
    is_done = threading.Event()
    desk.log_in_refused.listen(refused.append)

    def ask() -> str:
        raise NotLoggedIn("The token's two weeks have ended.")

    desk.work().begin("Asking …", ask)
    desk.status.observe(lambda _change: is_done.set() if "two weeks" in desk.status.value else None, "value")
    assert "two weeks" in desk.status.value or is_done.wait(30)

    assert [str(error) for error in refused] == ["The token's two weeks have ended."]


def test_work_that_nobody_asked_for_leaves_the_status_line_alone() -> None:
    desk = Desk()
    before, said, is_done = desk.status.value, [], threading.Event()

    def report(sentence: str, is_well: bool) -> None:
        said.append((sentence, is_well))
        if sentence == "done":
            is_done.set()

    desk.work(report=report).begin("…", lambda: "done")

    assert is_done.wait(30)
    assert said == [("…", True), ("done", True)]
    assert desk.status.value == before
