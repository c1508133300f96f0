"""Which executions a line means."""

import pytest

from ctl_jupyter.client import current_session
from tests.fake_runner import FakeRunner
from tests.magics.conftest import Notebook

STOPS = r"/jobs/ACCT/[^/]+/executions/([^/]+)/stop"


@pytest.fixture
def account(logged_in_to_hosted: Notebook, hosted: FakeRunner) -> Notebook:
    """A notebook and an account with jobs and executions; those of ``hello`` run."""
    hello, quiet = hosted.add_job("hello"), hosted.add_job("never-started")
    hosted.add_job("cafe")
    assert quiet
    for number in (1, 2, 3):
        hosted.add_execution(hello, f"{number}a0b0c0d-0000-4000-8000-000000000000", status="RUNNING")
    hosted.add_execution(hello, "1a0bffff-0000-4000-8000-000000000000", status="RUNNING")
    return logged_in_to_hosted


def stopped(runner: FakeRunner) -> list[str]:
    """Return the first characters of the executions that were told to stop, in order."""
    return [call.path.split("/")[5][:8] for call in runner.calls_to("POST", STOPS)]


def test_ids_and_their_beginnings_each_once(account: Notebook, hosted: FakeRunner) -> None:
    account.run("%ctl_stop 3a0b 2a0b0c0d-0000-4000-8000-000000000000 3a0b0c")
    assert stopped(hosted) == ["3a0b0c0d", "2a0b0c0d"]


def test_variables_that_hold_handles(account: Notebook, hosted: FakeRunner) -> None:
    handles = {name: current_session().execution(f"{name}a0b0c0d") for name in "123"}
    account.shell.user_ns |= {"run": handles["3"], "runs": [handles["1"], handles["3"]], "pair": (handles["2"],)}
    account.run("%ctl_stop run runs pair 2a0b")
    assert stopped(hosted) == ["3a0b0c0d", "1a0b0c0d", "2a0b0c0d"]


def test_all_that_run_and_others(account: Notebook, hosted: FakeRunner) -> None:
    hosted.executions["2a0b0c0d-0000-4000-8000-000000000000"]["status"] = "SUCCESS"
    account.run("%ctl_stop 3a0b --all-running hello")
    assert stopped(hosted) == ["3a0b0c0d", "1a0bffff", "1a0b0c0d"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("1a0b", "2 executions have ids that begin with '1a0b': give more of it."),
        ("4a0b", "There is no execution '4a0b' in the account ACCT. %ctl_executions lists them."),
        ("3a", "'3a' is too short for an execution's id: give 4 characters or more."),
        (
            "hello",
            "'hello' is a job: its last execution is 1a0bffff-0000-4000-8000-000000000000 (RUNNING); name that.",
        ),
        ("never-started", "'never-started' is a job, and it was never started."),
        # A job's name that could be the beginning of an id.
        ("cafe", "'cafe' is a job, and it was never started."),
        ("number", "The variable 'number' holds no execution's handle but a value of type int."),
        ("none", "The variable 'none' holds no execution's handle but a value of type list."),
        ("hello_rnu", "There is no execution 'hello_rnu' in the account ACCT; did you mean 'hello_run'?"),
    ],
)
def test_what_names_no_execution(account: Notebook, hosted: FakeRunner, name: str, said: str) -> None:
    handle = current_session().execution("3a0b")
    account.shell.user_ns |= {"number": 5, "none": [], "hello_run": handle}
    error, shown = account.fail(f"%ctl_stop 2a0b {name}")
    assert str(error) == said
    assert "Traceback" not in shown
    assert stopped(hosted) == []


def test_two_jobs_of_that_name(account: Notebook, hosted: FakeRunner) -> None:
    hosted.add_job("hello")
    error, _ = account.fail("%ctl_stop hello")
    assert str(error) == "'hello' is the name of jobs: name an execution; %ctl_executions lists them."
