"""Why an execution of a hosted Runner ended as it did, whatever forms its answers take; and what asking costs."""

from typing import Any, Literal

import pytest

from ctl_jupyter.client import ExecutionHandle, Session
from ctl_jupyter.client.comparison import MOST_CONSIDERED, MOST_LISTED, MOST_OPENED
from tests.fake_runner import Answer, FakeRunner

Told = tuple[str, Any]

START: Told = ("playbook_on_start", {"playbook": "site.yml"})
PLAY: Told = ("playbook_on_play_start", {"play": "Nightly", "hosts": "all"})
TASK: Told = ("playbook_on_task_start", {"task": "Room is left", "path": "site.yml:7"})


UNKNOWN = "The status is none that is known here; taken for no end. "


def ok(host: str, task: str = "Room is left") -> Told:
    return "runner_on_ok", {"host": host, "task": task}


def failed(host: str, msg: str = "full", task: str = "Room is left") -> Told:
    return "runner_on_failed", {"host": host, "task": task, "msg": msg}


def stats(**failures: int) -> Told:
    return "playbook_on_stats", {
        "stats": {host: {"ok": 1, "failures": count, "unreachable": 0} for host, count in failures.items()}
    }


def result(status: str, reason: str = "") -> Told:
    return "playbook_result", {"status": status, "reason": reason}


FAILS = (START, PLAY, TASK, ok("web1"), failed("db1"), stats(web1=0, db1=1), result("FAILURE"))
SUCCEEDS = (START, PLAY, TASK, ok("web1"), ok("db1"), stats(web1=0, db1=0), result("SUCCESS"))


def add(runner: FakeRunner, job: str, status: str, *told: Told, failed_hosts: tuple[str, ...] = (), **more: Any) -> str:
    execution_id = runner.add_execution(job, status=status)
    runner.executions[execution_id].update({"failed_hosts": list(failed_hosts), **more})
    for kind, message in told:
        runner.add_event(execution_id, kind, message)
    return execution_id


def handle(session: Session, job: str, execution_id: str) -> ExecutionHandle:
    return ExecutionHandle(session.calls, session.calls.get_execution(job, execution_id), "nightly")


@pytest.fixture
def job(runner: FakeRunner) -> str:
    return runner.add_job("nightly")


def lines(told: ExecutionHandle) -> list[str]:
    return repr(told.why()).splitlines()


@pytest.mark.parametrize("form", ["page", "array", "array of a page"])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("times", [int, float, lambda _: None, lambda _: 1_447_700_000_000])
def test_every_form_that_events_come_in(
    runner: FakeRunner,
    session: Session,
    job: str,
    form: Literal["page", "array", "array of a page"],
    newest_first: bool,
    times: Any,
) -> None:
    runner.forms.events, runner.forms.newest_event_first = form, newest_first
    success = add(runner, job, "SUCCESS", *SUCCEEDS)
    many = [ok(f"web{number}") for number in range(130)]
    execution_id = add(runner, job, "FAILURE", *FAILS[:4], *many, *FAILS[4:], failed_hosts=("db1",))
    runner.forms.time = times

    why = handle(session, job, execution_id).why()

    (cause,) = why.causes
    assert (cause.host, cause.task, cause.path, cause.play, cause.message) == (
        "db1",
        "Room is left",
        "site.yml:7",
        "Nightly",
        "full",
    )
    assert [(found.execution_id, found.hosts) for found in why.successes] == [(success, ("db1",))]


def test_what_is_said_of_one_that_failed(runner: FakeRunner, session: Session, job: str) -> None:
    success = add(runner, job, "SUCCESS", *SUCCEEDS)
    execution_id = add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",))

    assert lines(handle(session, job, execution_id)) == [
        f"nightly: FAILURE on 1 of 2 hosts (execution {execution_id})",
        "",
        "db1 failed in task 'Room is left' (site.yml:7, play 'Nightly')",
        "  full",
        "",
        f"Last success of db1: execution {success} (the one before)",
        "  the same: hosts",
    ]


def test_hosts_that_events_tell_of_are_compared(runner: FakeRunner, session: Session, job: str) -> None:
    add(runner, job, "SUCCESS", stats(web1=0, db1=0, old=0), result("SUCCESS"))
    execution_id = add(runner, job, "FAILURE", *FAILS[:5], stats(web1=0, db1=1, new=0), failed_hosts=("db1",))
    why = handle(session, job, execution_id).why()
    difference = why.successes[0].all_hosts
    assert difference is not None
    assert (difference.added, difference.removed) == (("new",), ("old",))
    assert (why.successes[0].variables, why.successes[0].host_variables, why.successes[0].tags) == (None, None, None)


def test_commits_and_a_job_that_was_changed(runner: FakeRunner, session: Session, job: str) -> None:
    runner.jobs[job]["lastUpdatedTime"] = 1_447_800_000_000
    add(runner, job, "SUCCESS", *SUCCEEDS, start=1_447_700_000_000, end=1_447_700_009_000)
    execution_id = add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",))
    told = handle(session, job, execution_id).why()
    assert told.successes[0].job_changed == 1_447_800_000_000
    assert "job: its document was changed since, last on 2015-11-1" in repr(told)

    runner.jobs[job]["lastUpdatedTime"] = 1_447_600_000_000
    assert handle(session, job, execution_id).why().successes[0].job_changed is None


def test_a_job_that_was_deleted_while_its_executions_remain(runner: FakeRunner, session: Session, job: str) -> None:
    add(runner, job, "SUCCESS", *SUCCEEDS)
    told = handle(session, job, add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",)))
    runner.trouble(Answer(404, {"message": "There is no such job."}), path=f"/jobs/ACCT/{job}$")
    assert told.why().successes[0].job_changed is None


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        ("SUCCESS", SUCCEEDS, ["Nothing failed."]),
        ("INIT_FAILURE", [result("INIT_FAILURE", "No such branch.")], ["No such branch."]),
        ("INIT_FAILURE", [("playbook_result", "No such branch.")], ["No such branch."]),
        ("INIT_FAILURE", [], ["The service gave no reason.", "The service has no status event of this run."]),
        ("FAILURE", [START], ["The service gave no reason."]),
        ("STOPPED", [PLAY, TASK, result("STOPPED", "By ada.")], ["It was in task 'Room is left' then.", "By ada."]),
        ("KILLED", [result("KILLED", "It ran too long.")], ["It ran too long."]),
        ("KILLED", [], ["The service gave no reason.", "The service has no status event of this run."]),
        ("PENDING", [], ["It has not ended; nothing has failed so far."]),
        ("RUNNING", [PLAY, TASK], ["It still runs, now in task 'Room is left'; nothing has failed so far."]),
        (
            "REBOOTING",
            [TASK],
            [
                UNKNOWN + "It has not ended, now in task 'Room is left'; nothing has failed so far.",
            ],
        ),
        (
            "",
            [],
            [UNKNOWN + "It has not ended; nothing has failed so far."],
        ),
    ],
)
def test_every_status(
    runner: FakeRunner, session: Session, job: str, status: str, told: list[Told], expected: list[str]
) -> None:
    execution_id = add(runner, job, status, *told)
    said = lines(handle(session, job, execution_id))
    assert said[0] == f"nightly: {status or 'no status'} (execution {execution_id})"
    assert said[1 : 1 + len(expected)] == expected
    assert said[1 + len(expected) :] in (
        [],
        ["", "There is no earlier execution of the job to compare with."],
    )


def test_what_has_failed_so_far(runner: FakeRunner, session: Session, job: str) -> None:
    execution_id = add(runner, job, "RUNNING", PLAY, TASK, failed("db1"), ok("web1"))
    assert lines(handle(session, job, execution_id))[:4] == [
        f"nightly: RUNNING on 1 of 2 hosts so far (execution {execution_id})",
        "It still runs, now in task 'Room is left'; what failed so far:",
        "",
        "db1 failed in task 'Room is left' (site.yml:7, play 'Nightly')",
    ]


def test_a_reason_that_is_more_than_the_first_failure(runner: FakeRunner, session: Session, job: str) -> None:
    told = (*FAILS[:-1], result("FAILURE", "The supervisor of the run was killed."))
    assert "The supervisor of the run was killed." in lines(handle(session, job, add(runner, job, "FAILURE", *told)))
    again = (*FAILS[:-1], result("FAILURE", "db1 failed in task 'Room is left': full"))
    execution_id = add(runner, job, "FAILURE", *again)
    assert lines(handle(session, job, execution_id))[1] == ""


def test_a_failed_host_without_an_event(runner: FakeRunner, session: Session, job: str) -> None:
    execution_id = add(runner, job, "FAILURE", failed_hosts=("db1",))
    assert lines(handle(session, job, execution_id))[:5] == [
        f"nightly: FAILURE on 1 of 1 host (execution {execution_id})",
        "The service has no status event of this run.",
        "",
        "db1 failed",
        "",
    ]


def test_after_a_restart_the_last_run_counts(runner: FakeRunner, session: Session, job: str) -> None:
    again = (START, PLAY, TASK, failed("db1", "still full"), stats(db1=1), result("FAILURE"))
    why = handle(session, job, add(runner, job, "FAILURE", *FAILS, *again, failed_hosts=("db1",))).why()
    assert (why.run, why.runs, why.hosts, [cause.message for cause in why.causes]) == (2, 2, ("db1",), ["still full"])


def test_a_restart_that_has_not_begun(runner: FakeRunner, session: Session, job: str) -> None:
    execution_id = add(runner, job, "PENDING", *FAILS)
    runner.forms.extra = {"timers": [{"start": 1, "end": 2}, {"start": None, "end": None}]}
    runner.forms.times = "start and end"
    why = handle(session, job, execution_id).why()
    assert (why.run, why.runs, why.groups, why.has_events) == (2, 2, (), False)


def test_no_success_says_where_it_was_looked_for(runner: FakeRunner, session: Session, job: str) -> None:
    def fails() -> str:
        return add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",))

    assert lines(handle(session, job, fails()))[-1] == "There is no earlier execution of the job to compare with."
    assert lines(handle(session, job, fails()))[-1] == "No success of db1 in the one execution before it."
    assert lines(handle(session, job, fails()))[-1] == "No success of db1 in the 2 executions before it, which are all."
    for _ in range(MOST_CONSIDERED):
        execution_id = fails()
    assert lines(handle(session, job, execution_id))[-1] == (
        f"No success of db1 in the {MOST_CONSIDERED} executions before it; older ones were not looked at."
    )


def test_executions_that_do_not_tell_of_a_success(runner: FakeRunner, session: Session, job: str) -> None:
    success = add(runner, job, "SUCCESS", *SUCCEEDS)
    add(runner, job, "SUCCESS", stats(web1=0), result("SUCCESS"))  # not on this host
    add(runner, job, "STOPPED", stats(web1=0, db1=0), result("STOPPED"))
    add(runner, job, "KILLED", stats(web1=0, db1=0), result("KILLED"))
    add(runner, job, "INIT_FAILURE", result("INIT_FAILURE"))
    add(runner, job, "RUNNING")
    # Ended for all when another host failed.
    early: Told = ("playbook_on_no_hosts_remaining", {})
    add(runner, job, "FAILURE", early, stats(web1=1, db1=0), result("FAILURE"), failed_hosts=("web1",))
    execution_id = add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",))
    add(runner, job, "SUCCESS", *SUCCEEDS)  # a later one

    why = handle(session, job, execution_id).why()

    assert [(found.execution_id, found.before) for found in why.successes] == [(success, 7)]


def status_calls(runner: FakeRunner, execution_id: str = "") -> int:
    return len([call for call in runner.calls if call.path.startswith("/status/") and execution_id in call.path])


def test_however_long_the_history_and_the_events_few_requests_are_made(
    runner: FakeRunner, session: Session, job: str
) -> None:
    success = add(runner, job, "SUCCESS", *SUCCEEDS[:3], *(ok(f"web{n}") for n in range(3000)), *SUCCEEDS[3:])
    for _ in range(MOST_OPENED - 1):
        # Each may hold the success of db1, and does not.
        add(runner, job, "SUCCESS", stats(web1=0), result("SUCCESS"))
    execution_id = add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",))
    for _ in range(MOST_LISTED - 1):
        runner.add_execution(job, status="SUCCESS")
    told = handle(session, job, execution_id)
    runner.calls.clear()

    why = told.why()

    assert [found.execution_id for found in why.successes] == [success]
    assert status_calls(runner, success) == 2
    assert len(runner.calls_to("GET", f"/jobs/ACCT/{job}/executions")) == MOST_LISTED // 100 + 1
    assert len(runner.calls) < 2 * MOST_OPENED + 20


def test_no_more_executions_are_opened_than_said(runner: FakeRunner, session: Session, job: str) -> None:
    add(runner, job, "SUCCESS", *SUCCEEDS)
    for _ in range(MOST_OPENED):
        add(runner, job, "SUCCESS", stats(web1=0), result("SUCCESS"))
    why = handle(session, job, add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",))).why()
    assert (why.successes, why.without_success, why.is_cut) == ((), ("db1",), True)
    assert "in the 20 executions before it; older ones were not looked at" in repr(why)


def test_one_that_too_many_were_started_after(runner: FakeRunner, session: Session, job: str) -> None:
    told = handle(session, job, add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",)))
    for _ in range(MOST_LISTED):
        runner.add_execution(job, status="SUCCESS")
    assert lines(told)[-1] == (
        "More than 1,000 executions of the job were started since; the last success was not looked for."
    )


def test_what_failed_is_told_when_the_last_success_cannot_be_looked_for(
    runner: FakeRunner, session: Session, job: str
) -> None:
    told = handle(session, job, add(runner, job, "FAILURE", *FAILS, failed_hosts=("db1",)))
    runner.trouble(Answer(403, {"message": "Not yours."}), path="/executions[?]", times=9)
    said = lines(told)
    assert "db1 failed in task 'Room is left' (site.yml:7, play 'Nightly')" in said
    assert said[-1].startswith("The last success could not be looked for: ")


def test_many_causes_and_hosts_stay_short(runner: FakeRunner, session: Session, job: str) -> None:
    causes = [failed(f"host{n}", f"{'abcdefghij'[n % 10] * 5} went wrong\n" * 30) for n in range(2000)]
    execution_id = add(runner, job, "FAILURE", PLAY, TASK, *causes, result("FAILURE"))
    text = repr(handle(session, job, execution_id).why())
    assert "and 197 more failed in task" in text
    assert "… and 5 other causes on 1,000 hosts; .frame has them all" in text
    assert "… 25 more lines …" in text
    assert len(text.splitlines()) < 60


def test_texts_from_outside_are_cleaned(runner: FakeRunner, session: Session, job: str) -> None:
    execution_id = add(
        runner, job, "FAILURE", failed("\x1b[31mdb1\u202e", "\x1b]0;title\x07 bad\r\nworse"), result("FAILURE")
    )
    text = repr(handle(session, job, execution_id).why())
    assert not {"\x1b", "\u202e", "\x07", "\r"} & set(text)
    assert "worse" in text
