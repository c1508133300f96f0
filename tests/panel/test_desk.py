import threading

from ipywidgets import Button

from ctl_jupyter.client import NotLoggedIn, Session
from ctl_jupyter.client.session import make_current
from ctl_jupyter.documents import Job
from ctl_jupyter.panel.desk import Desk, Signal
from tests.live.stub_runner import StubRunner
from tests.service.waiting import until


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


def test_what_is_sent_goes_to_the_account_of_the_click(runner: StubRunner) -> None:
    other = StubRunner()
    desk = Desk(runner.session)
    asked: list[Session] = []
    may_go_on, is_done = threading.Event(), threading.Event()

    def send(session: Session) -> str:
        assert may_go_on.wait(30)
        asked.append(session)
        desk.tell_job(Job(id="a"), session)
        is_done.set()
        return "sent"

    told: list[Job] = []
    desk.job_changed.listen(told.append)
    assert desk.work().send("Sending …", send)
    desk.use(other.session)
    may_go_on.set()
    assert is_done.wait(30)

    assert asked == [runner.session]
    assert told == []
    desk.tell_job(Job(id="b"), other.session)
    assert [job.id for job in told] == ["b"]
    other.session.close()


def test_the_second_click_of_a_double_click_sends_nothing(runner: StubRunner) -> None:
    desk, sent, is_done = Desk(runner.session), [], threading.Event()
    button = Button()
    work = desk.work(button)

    def send(_session: Session) -> str:
        sent.append(1)
        is_done.set()
        return "sent"

    assert work.send("…", send)
    assert is_done.wait(30)
    until(lambda: not button.disabled, "the first is done")
    assert not work.send("…", send)
    assert sent == [1]


def test_a_refusal_of_somebody_who_has_left_is_not_told_of_who_is_here(runner: StubRunner) -> None:
    other = StubRunner()
    desk = Desk(runner.session)
    refused: list[NotLoggedIn] = []
    may_go_on = threading.Event()
    desk.log_in_refused.listen(refused.append)

    def ask() -> str:
        assert may_go_on.wait(30)
        raise NotLoggedIn("The token's two weeks have ended.")

    desk.work().begin("Asking …", ask)
    desk.use(other.session)
    may_go_on.set()
    until(lambda: "two weeks" in desk.status.value, "it is reported")

    assert refused == []
    other.session.close()


def test_nothing_is_sent_to_an_account_that_nobody_has_seen(runner: StubRunner) -> None:
    other = StubRunner()
    make_current(runner.session)
    desk = Desk()
    make_current(other.session)

    assert not desk.work().send("…", lambda _session: "sent")
    assert "Another cell logged in." in desk.status.value
    assert desk.work().send("…", lambda _session: "sent")
    until(lambda: "sent" in desk.status.value, "it is sent")
    make_current(None)
    other.session.close()
