"""Reads are repeated; whatever changes something is sent once."""

import random
from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from ctl_jupyter.client import RunnerError, ServiceBusy, ServiceFailed, Session, TimedOut, Unreachable, http
from ctl_jupyter.documents import Job
from tests.fake_runner import Answer, Break, FakeRunner, Hold, Truncate

PLAYBOOK = "LSBob3N0czogYWxsCg=="
BUSY = Answer(503, {"message": "In maintenance."}, headers={"Retry-After": "0"})

CHANGES: dict[str, Callable[[Session, str], object]] = {
    "create": lambda session, job_id: session.calls.create_job(Job(name="new", playbook=PLAYBOOK)),
    "update": lambda session, job_id: session.calls.update_job(Job(id=job_id, name="x", playbook=PLAYBOOK)),
    "delete": lambda session, job_id: session.calls.delete_job(job_id),
    "start": lambda session, job_id: session.calls.start(job_id),
}
METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE", "start": "POST"}


#: What is changed, and what goes wrong; the answer to a delete has no body that could be cut.
BROKEN_CHANGES = [
    (change, trouble)
    for change in CHANGES
    for trouble in (Break(), Break(carried_out=True), Truncate())
    if not (change == "delete" and isinstance(trouble, Truncate))
]
SHORT_TIMEOUT = httpx.Timeout(20.0, read=0.1)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, in seconds; none takes any time."""
    made: list[float] = []

    def sleep(seconds: float) -> None:
        if not seconds >= 0:
            raise ValueError("sleep length must be non-negative")
        made.append(seconds)

    monkeypatch.setattr(http, "time", SimpleNamespace(sleep=sleep))
    return made


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_read_is_repeated_when_the_service_is_busy(runner: FakeRunner, session: Session, status: int) -> None:
    job_id = runner.add_job("deploy")
    runner.trouble(Answer(status, {"message": "later"}), times=3)

    assert session.calls.get_job(job_id).name == "deploy"
    assert len(runner.calls_to("GET", ".*")) == 4


@pytest.mark.parametrize("trouble", [Break(), Truncate()], ids=["dropped", "truncated"])
def test_a_read_is_repeated_when_the_connection_breaks(
    runner: FakeRunner, session: Session, trouble: Break | Truncate
) -> None:
    job_id = runner.add_job("deploy")
    runner.trouble(trouble, times=3)

    assert session.calls.get_job(job_id).name == "deploy"
    assert len(runner.calls_to("GET", ".*")) == 4


@pytest.mark.parametrize(("trouble", "kind"), [(BUSY, ServiceBusy), (Break(), Unreachable), (Truncate(), Unreachable)])
def test_a_read_is_given_up_after_some_attempts(
    runner: FakeRunner, session: Session, trouble: Answer | Break | Truncate, kind: type[RunnerError]
) -> None:
    job_id = runner.add_job("deploy")
    runner.trouble(trouble, times=100)

    with pytest.raises(kind) as caught:
        session.calls.get_job(job_id)

    assert (caught.value.method, caught.value.path) == ("GET", f"/jobs/ACCT/{job_id}")
    assert len(runner.calls_to("GET", ".*")) == http.ATTEMPTS


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_read_is_not_repeated_when_that_would_not_help(runner: FakeRunner, session: Session, status: int) -> None:
    runner.trouble(Answer(status, body=b"<html>"), times=100)

    with pytest.raises(RunnerError):
        session.calls.get_job("job-1")

    assert len(runner.calls_to("GET", ".*")) == 1


def test_no_answer_in_time(
    runner: FakeRunner, credentials: None, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", SHORT_TIMEOUT)
    runner.trouble(Hold(), times=100)

    with pytest.raises(TimedOut) as caught:
        session.calls.get_job("job-1")

    assert (caught.value.method, caught.value.path) == ("GET", "/jobs/ACCT/job-1")
    assert len(runner.await_calls("GET", ".*", http.ATTEMPTS)) == http.ATTEMPTS


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_change_is_sent_once_when_the_service_is_busy(
    runner: FakeRunner, session: Session, change: str, status: int
) -> None:
    job_id = runner.add_job("deploy")
    method = METHODS[change]
    runner.trouble(Answer(status, body=b"<html>"), method)

    with pytest.raises(ServiceFailed):
        CHANGES[change](session, job_id)

    assert len(runner.calls_to(method, "/jobs.*")) == 1


@pytest.mark.parametrize(("change", "trouble"), BROKEN_CHANGES, ids=str)
def test_a_change_is_sent_once_when_the_connection_breaks(
    runner: FakeRunner, session: Session, change: str, trouble: Break | Truncate
) -> None:
    job_id = runner.add_job("deploy")
    method = METHODS[change]
    runner.trouble(trouble, method, "/jobs/")

    with pytest.raises(Unreachable) as caught:
        CHANGES[change](session, job_id)

    (call,) = runner.calls_to(method, "/jobs.*")
    assert (caught.value.method, caught.value.path) == (method, call.path)


def test_a_start_that_was_carried_out_before_the_connection_broke_started_once(
    runner: FakeRunner, session: Session
) -> None:
    job = session.calls.get_job(runner.add_job("deploy"))
    runner.trouble(Break(carried_out=True), "POST", "/start$")

    with pytest.raises(Unreachable):
        session.start(job)

    assert len(runner.executions) == len(runner.starts()) == 1


def test_a_start_without_an_answer_in_time_is_sent_once(
    runner: FakeRunner, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = session.calls.get_job(runner.add_job("deploy"))
    monkeypatch.setattr(http, "TIMEOUT", SHORT_TIMEOUT)
    hold = Hold()
    runner.trouble(hold, "POST", "/start$")

    with pytest.raises(TimedOut):
        session.start(job)

    assert hold.reached.wait(20)
    assert len(runner.executions) == len(runner.starts()) == 1


def test_the_service_may_say_how_long_to_pause(runner: FakeRunner, session: Session, pauses: list[float]) -> None:
    job_id = runner.add_job("deploy")
    runner.trouble(Answer(503, body=b"", headers={"Retry-After": "7"}), times=2)

    session.calls.get_job(job_id)

    assert pauses == [7.0, 7.0]


def test_a_long_pause_is_cut(runner: FakeRunner, session: Session, pauses: list[float]) -> None:
    job_id = runner.add_job("deploy")
    runner.trouble(Answer(503, body=b"", headers={"Retry-After": "86400"}))

    session.calls.get_job(job_id)

    assert pauses == [http.LONGEST_PAUSE]


@pytest.mark.parametrize("said", ["-1", "nan", "soon", "", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_pause_that_makes_no_sense(runner: FakeRunner, session: Session, pauses: list[float], said: str) -> None:
    job_id = runner.add_job("deploy")
    runner.trouble(Answer(503, body=b"", headers={"Retry-After": said}))

    assert session.calls.get_job(job_id).name == "deploy"
    (pause,) = pauses
    assert 0 <= pause <= http.LONGEST_PAUSE


def test_pauses_grow(
    runner: FakeRunner, session: Session, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.25)
    job_id = runner.add_job("deploy")
    runner.trouble(Break(), times=3)

    session.calls.get_job(job_id)

    assert pauses == [0.25, 0.5, 1.0]


def test_nothing_listens_on_this_machine_is_said_at_once(
    runner: FakeRunner, session: Session, pauses: list[float]
) -> None:
    runner.close()

    with pytest.raises(Unreachable):
        session.calls.get_job("job-1")

    assert pauses == []
