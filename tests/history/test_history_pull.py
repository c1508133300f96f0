import subprocess
import sys

import pytest

import ctl_jupyter.history
from ctl_jupyter.client import AmbiguousName, NotFound, NotLoggedIn
from ctl_jupyter.history import history
from tests.history.runner_documents import (
    ALIAS,
    NOON,
    Runner,
    event_document,
    execution_document,
    log_in,
    result_message,
)


@pytest.fixture
def runner() -> Runner:
    return Runner(
        jobs=[{"id": "j1", "name": "deploy"}, {"id": "j2", "name": "backup"}],
        executions=[
            execution_document("x3", job_id="j2"),
            execution_document("x2", status="FAILURE"),
            execution_document("x1"),
        ],
        events={
            "x1": [
                event_document(2, "runner_on_ok", result_message("web1", "second"), execution_id="", job_id=""),
                event_document(1, "runner_on_ok", result_message("web1", "first"), execution_id="", job_id=""),
            ],
            "x2": [event_document(3, "runner_on_failed", result_message("web1", "first"), execution_id="x2")],
        },
    )


def test_nothing_is_asked_for_before_it_is_looked_at(runner: Runner) -> None:
    log_in(runner)
    pulled = history("deploy")
    assert repr(pulled) == "<History of job 'deploy': not pulled yet>"
    assert repr(history()) == f"<History of the account {ALIAS}: not pulled yet>"
    assert runner.requests == []


def test_the_accounts_executions_come_newest_first_with_their_jobs_names(runner: Runner) -> None:
    log_in(runner)
    pulled = history()
    assert pulled.executions["execution_id"].tolist() == ["x3", "x2", "x1"]
    assert pulled.executions["job"].tolist() == ["backup", "deploy", "deploy"]
    assert repr(pulled) == f"<History of the account {ALIAS}: 3 executions>"


@pytest.mark.parametrize("name", ["deploy", "j1"])
def test_a_job_has_its_own_executions_alone(name: str, runner: Runner) -> None:
    pulled = history(name, session=log_in(runner))
    assert pulled.executions["execution_id"].tolist() == ["x2", "x1"]
    assert f"/jobs/{ALIAS}/executions" not in runner.requests


def test_a_look_asks_once_and_refresh_asks_again(runner: Runner) -> None:
    pulled = history(session=log_in(runner))
    assert (len(pulled.executions), len(pulled.hosts)) == (3, 3)
    asked = len(runner.requests)
    assert (len(pulled.executions), len(pulled.runs), len(pulled.events), len(pulled.tasks)) == (3, 3, 3, 3)
    assert len(runner.requests) == asked
    runner.executions.insert(0, execution_document("x4"))
    assert len(pulled.executions) == 3
    pulled.refresh()
    assert pulled.executions["execution_id"].tolist() == ["x4", "x3", "x2", "x1"]


def test_what_a_caller_changes_is_the_callers_own(runner: Runner) -> None:
    pulled = history(session=log_in(runner))
    mine = pulled.executions
    mine["commit"] = "mine"
    mine["more"] = 1
    assert pulled.executions["commit"].isna().all()
    assert "more" not in pulled.executions.columns


def test_events_follow_their_executions_each_in_the_order_it_happened(runner: Runner) -> None:
    events = history(session=log_in(runner)).events
    assert events["execution_id"].tolist() == ["x2", "x1", "x1"]
    assert events["task"].tolist() == ["first", "first", "second"]
    assert events["outcome"].tolist() == ["failed", "ok", "ok"]
    assert events["job"].tolist() == ["deploy"] * 3


def test_an_interrupted_pull_of_events_goes_on_where_it_was(runner: Runner) -> None:
    pulled = history("deploy", session=log_in(runner))
    interrupted: list[str] = []

    def interrupt(path: str, page: int) -> None:
        if path.endswith("/x1") and not interrupted:
            interrupted.append(path)
            raise KeyboardInterrupt

    runner.on_request = interrupt
    with pytest.raises(KeyboardInterrupt):
        _ = pulled.events
    assert len(pulled.events) == 3


@pytest.mark.parametrize("begun", [0, 99, 100, 250])
def test_a_list_that_grows_while_it_is_read_gives_each_row_once(begun: int) -> None:
    runner = Runner(executions=[execution_document(f"x{number}") for number in reversed(range(begun))])

    def start_three_more(path: str, page: int) -> None:
        if path.endswith("/executions"):
            for _ in range(3):
                runner.executions.insert(0, execution_document(f"x{len(runner.executions)}"))

    runner.on_request = start_three_more
    pulled = history(session=log_in(runner)).executions["execution_id"].tolist()
    assert len(pulled) == len(set(pulled))
    assert {f"x{number}" for number in range(begun)} <= set(pulled)


def test_an_account_without_executions_gives_empty_frames() -> None:
    pulled = history(session=log_in(Runner()))
    assert pulled.executions.empty
    assert pulled.events.empty


def test_an_execution_that_still_runs_is_there() -> None:
    timers = [{"start": NOON, "end": None}]
    runner = Runner(executions=[execution_document("x1", status="RUNNING", timers=timers)])
    executions = history(session=log_in(runner)).executions
    assert executions["end"].isna().tolist() == [True]


def test_a_job_that_is_not_there_or_there_twice_is_said_to_be(runner: Runner) -> None:
    session = log_in(runner)
    with pytest.raises(NotFound, match="There is no job 'deplyo'; did you mean 'deploy'"):
        _ = history("deplyo", session=session).executions
    runner.jobs.append({"id": "j3", "name": "deploy"})
    with pytest.raises(AmbiguousName, match="There are 2 jobs named 'deploy'"):
        _ = history("deploy", session=session).events


def test_without_a_session_it_says_how_to_log_in() -> None:
    with pytest.raises(NotLoggedIn, match="%ctl_login"):
        history()


def test_the_module_is_callable_like_its_function(runner: Runner) -> None:
    log_in(runner)
    assert len(ctl_jupyter.history("deploy").executions) == 2


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'pandas', 'numpy', 'altair', 'IPython', 'ipywidgets'}"
    code = f"import sys, ctl_jupyter.history; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_more_pages_are_asked_for_than_rows_are_wanted() -> None:
    runner = Runner(
        jobs=[{"id": f"j{number}", "name": f"job {number}"} for number in range(250)],
        executions=[
            execution_document(f"x{number}", job_id="j3", status="FAILURE" if number % 2 else "SUCCESS")
            for number in range(250)
        ],
    )
    session = log_in(runner)

    frame = history(session=session, rows=3).executions

    assert frame["execution_id"].tolist() == ["x0", "x1", "x2"]
    assert set(frame["job"]) == {"job 3"}
    assert runner.requests == [f"/jobs/{ALIAS}/executions", f"/jobs/{ALIAS}"]
    failures = history(session=session, rows=60, status=["FAILURE"]).executions
    assert failures["execution_id"].tolist() == [f"x{number}" for number in range(1, 120, 2)]
    assert runner.requests[2:] == [f"/jobs/{ALIAS}/executions"] * 2 + [f"/jobs/{ALIAS}"]


def test_a_report_is_of_the_events_too(runner: Runner) -> None:
    runner.events["x2"].insert(0, event_document(0, "status_change", {"status": "PENDING"}, execution_id="x2"))
    pulled = history("deploy", session=log_in(runner))
    page = pulled.report(tz="UTC").html
    assert "1 of 2: those of which both are known" in page
