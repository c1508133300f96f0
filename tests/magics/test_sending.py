"""Changes are sent once; an interrupted cell ends before the answer and loses nothing of it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from ctl_jupyter.client import ExecutionHandle, RunnerError, http
from ctl_jupyter.live import Interrupted
from ctl_jupyter.magics.errors import MagicError
from tests.fake_runner import Answer, Break, FakeRunner, Hold, Step, Truncate
from tests.magics.conftest import Notebook
from tests.service.waiting import until

START = r"/jobs/ACCT/[^/]+/start"
BUSY = Answer(503, {"message": "In maintenance."})


@pytest.fixture
def account(logged_in_to_hosted: Notebook, hosted: FakeRunner) -> Notebook:
    hosted.add_job("hello", hosts=[{"id": "web1"}])
    return logged_in_to_hosted


@contextmanager
def interrupted_when_held(runner: FakeRunner, path: str, method: str = "POST") -> Iterator[Hold]:
    """Hold the answer to a call, and interrupt the main thread when the service has carried it out."""
    hold = Hold()
    runner.trouble(hold, method, path)

    def interrupt() -> None:
        if hold.reached.wait(20):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield hold
    finally:
        hold.released.set()
        thread.join()


def test_an_interrupted_start_is_neither_lost_nor_sent_again(account: Notebook, hosted: FakeRunner) -> None:
    account.run("run = 'not yet'")
    with interrupted_when_held(hosted, "/start") as hold:
        error, shown = account.fail("%ctl_start hello -o run --wait")
        # The cell has ended, and the answer is still held.
        assert not hold.released.is_set()
        assert account["run"] == "not yet"
    said = (
        "Interrupted while the start of 'hello' was on its way: it may have happened; %ctl_executions hello shows it."
    )
    assert isinstance(error, KeyboardInterrupt)
    assert str(error) == said
    assert shown.strip().splitlines()[-1] == said
    assert "Traceback" not in shown
    until(lambda: isinstance(account["run"], ExecutionHandle), "the late answer is not kept")
    assert [account["run"].execution_id] == list(hosted.executions)
    assert len(hosted.starts()) == 1
    account.run("%ctl_stop run")
    assert len(hosted.calls_to("POST", ".*/stop")) == 1


@pytest.mark.parametrize(
    "cell", ["%ctl_start hello", "%ctl_stop --all-running hello", "%ctl_kill 3f0c", "%ctl_restart 3f0c"]
)
def test_an_interrupt_before_anything_was_sent(account: Notebook, hosted: FakeRunner, cell: str) -> None:
    with interrupted_when_held(hosted, "/jobs/ACCT", "GET") as hold:
        error, shown = account.fail(cell)
        assert not hold.released.is_set()
    assert isinstance(error, Interrupted)
    assert shown.strip().splitlines()[-1] == "Interrupted before anything was changed."
    assert "Traceback" not in shown
    assert [call.path for call in hosted.calls if call.method != "GET"] == ["/v2/authentication/login"]


@pytest.mark.parametrize("cell", ["%ctl_jobs", "%ctl_executions hello", "%ctl_schedules hello", "%ctl_delete hello"])
def test_an_interrupt_while_something_is_looked_up(account: Notebook, hosted: FakeRunner, cell: str) -> None:
    with interrupted_when_held(hosted, "/jobs/ACCT", "GET") as hold:
        error, shown = account.fail(cell)
        assert not hold.released.is_set()
    assert isinstance(error, Interrupted)
    assert shown.strip().splitlines()[-1] == "Interrupted before anything was changed."
    assert "Traceback" not in shown


def test_an_interrupt_together_with_the_answer_counts(account: Notebook, hosted: FakeRunner) -> None:
    # The handler runs between the answer to the look-up and the start that would follow it.
    hosted.on_answer = lambda call: (
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT) if call.method == "GET" else None
    )
    error, _ = account.fail("%ctl_start hello")
    assert isinstance(error, Interrupted)
    assert hosted.starts() == []


@pytest.mark.parametrize("action", ["stop", "kill", "restart"])
def test_an_interrupted_order_says_how_to_look(account: Notebook, hosted: FakeRunner, action: str) -> None:
    (job_id,) = hosted.jobs
    status = "FAILURE" if action == "restart" else "RUNNING"
    first, second = (hosted.add_execution(job_id, status=status) for _ in range(2))
    with interrupted_when_held(hosted, f"/{action}"):
        error, _ = account.fail(f"%ctl_{action} {first} {second}")
    assert isinstance(error, Interrupted)
    assert str(error) == (
        f"Interrupted while the {action} of hello ({first}) was on its way: it may have happened; "
        f"%ctl_watch {first} shows it; 1 after it were not sent."
    )
    assert error.handle.execution_id == first
    assert len(hosted.calls_to("POST", f".*/{action}")) == 1


TROUBLES = [
    pytest.param(Break(carried_out=True), id="broken after"),
    pytest.param(Break(), id="broken before"),
    pytest.param(Truncate(), id="cut"),
    pytest.param(BUSY, id="busy"),
    pytest.param(Answer(200, ["no", "execution"]), id="not understood"),
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_start_of_unknown_outcome_says_so(
    account: Notebook, hosted: FakeRunner, trouble: Break | Truncate | Answer
) -> None:
    hosted.trouble(trouble, "POST", "/start")
    error, shown = account.fail("%ctl_start hello -o run")
    assert isinstance(error, MagicError)
    assert str(error).endswith(
        " So the start of 'hello' may have happened all the same, and it was not sent again: "
        "%ctl_executions hello shows it."
    )
    assert len(str(error).splitlines()) == 1
    assert "Traceback" not in shown
    assert len(hosted.starts()) == 1


def test_debug_shows_what_broke(account: Notebook, hosted: FakeRunner) -> None:
    hosted.trouble(Break(), "POST", "/start")
    error, shown = account.fail("%ctl_start hello --debug")
    assert isinstance(error, RunnerError)
    assert error.may_have_happened
    assert "Traceback" in shown
    assert "Unreachable" in shown


def test_no_answer_in_time(account: Notebook, hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    hosted.trouble(Hold(), "POST", "/start")
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(20.0, read=0.1))
    error, _ = account.fail("%ctl_start hello")
    assert "gave no answer in time" in str(error)
    assert "may have happened all the same" in str(error)
    assert len(hosted.starts()) == 1


@pytest.mark.parametrize("status", [400, 403, 429])
def test_a_refused_start_did_not_happen(account: Notebook, hosted: FakeRunner, status: int) -> None:
    hosted.trouble(Answer(status, {"message": "Not now."}), "POST", "/start")
    error, _ = account.fail("%ctl_start hello")
    assert str(error) == "Not now."


def test_a_service_that_is_gone_got_nothing(account: Notebook, hosted: FakeRunner) -> None:
    hosted.plan = [Step("RUNNING")]
    account.run("%ctl_start hello -o run --quiet")
    hosted.close()
    error, _ = account.fail("%ctl_stop run")
    assert "cannot be reached" in str(error)
    assert "may have happened" not in str(error)
    assert error.handle is account["run"]  # type: ignore[attr-defined]
