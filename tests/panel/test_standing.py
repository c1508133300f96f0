"""How jobs fare, and their rows."""

import pytest

from ctl_jupyter.documents import Execution, Job, Schedule, Timer, Trigger
from ctl_jupyter.panel.jobs.details import details_html
from ctl_jupyter.panel.jobs.listing import execution_row, job_row, matching
from ctl_jupyter.panel.jobs.standing import rate_text, standings

HOUR = 3_600_000


def execution(job_id: str, status: str, start: int = 0) -> Execution:
    return Execution(execution_id=f"{job_id}-{status}-{start}", job_id=job_id, status=status, start=start)


def test_the_rate_is_of_decided_executions() -> None:
    found = standings([execution("a", status) for status in ("KILLED", "SUCCESS", "FAILURE", "SUCCESS", "RUNNING")])
    assert (found["a"].decided, found["a"].succeeded) == (3, 2)
    assert found["a"].last.status == "KILLED"
    assert rate_text(found["a"]) == "67 % of 3"


def test_a_job_of_which_none_was_decided_has_no_rate() -> None:
    found = standings([execution("a", "STOPPED")])
    assert found["a"].rate is None
    assert rate_text(found["a"]) == ""


def test_a_jobs_row_says_how_it_fares() -> None:
    known = standings([execution("a", "FAILURE", 2 * HOUR), execution("a", "SUCCESS", HOUR)])
    row = job_row(Job(id="a", name="deploy"), known, now=5 * HOUR / 1000)
    assert row.cells == {
        "name": "deploy",
        "description": "",
        "last status": "✗ FAILURE",
        "success": "50 % of 2",
        "last run": "3 h ago",
    }
    assert row.looks == {"last status": "bad"}
    assert row.order["success"] == 0.5


def test_a_job_that_never_ran_is_sorted_before_all_others() -> None:
    ran = job_row(Job(id="a"), standings([execution("a", "STOPPED", 1)]), now=0)
    never = job_row(Job(id="b"), {}, now=0)
    assert never.cells == {"name": "b", "description": ""}
    assert never.order["success"] < ran.order["success"]
    assert never.order["last run"] < ran.order["last run"]


@pytest.mark.parametrize(
    ("words", "found"),
    [("", "abc"), ("SHOP", "ab"), ("shop deploy", "a"), ("0f3", "b"), ("nothing", "")],
)
def test_every_word_must_be_there(words: str, found: str) -> None:
    jobs = [
        Job(id="a", name="Deploy the shop"),
        Job(id="b-0f3", name="Backup", description="of the shop"),
        Job(id="c", name="Patch"),
    ]
    assert "".join(str(job.id)[0] for job in matching(jobs, words)) == found


def test_an_executions_row_is_of_its_last_run() -> None:
    restarted = Execution(
        execution_id="e",
        status="FAILURE",
        failed_hosts=[f"web{number}" for number in range(5)],
        timers=[Timer(start=0, end=HOUR), Timer(start=2 * HOUR, end=2 * HOUR + 61_000)],
    )
    row = execution_row(restarted)
    assert row.cells["took"] == "1:01"
    assert row.cells["failed hosts"] == "web0, web1, web2 and 2 more"


def test_details_mask_secrets_and_escape_what_comes_from_outside() -> None:
    job = Job(
        id="a", name="<b>", description="<script>", playbook="eA==", properties={"release": 1, "db_password": "canary"}
    )
    schedules = [Schedule(description="nightly", trigger=Trigger(type="cron", expression="0 3 * * *"))]
    html = details_html(job, None, schedules)
    assert "canary" not in html
    assert "<script>" not in html
    assert "nightly (cron 0 3 * * *)" in html
