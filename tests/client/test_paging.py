"""Lists that grow while they are read."""

import itertools

import pytest

from ctl_jupyter.client import Session
from ctl_jupyter.client.paging import every_row
from ctl_jupyter.documents import Page
from tests.fake_runner import Answer, Call, FakeRunner


def test_jobs_that_are_created_while_they_are_listed(runner: FakeRunner, session: Session) -> None:
    there = [runner.add_job(f"job {number}") for number in range(250)]
    numbers = itertools.count()

    def create_more(call: Call) -> None:
        if call.method == "GET":
            for _ in range(30):
                runner.add_job(f"new job {next(numbers)}")

    runner.on_answer = create_more
    found = [str(job.id) for job in session.calls.jobs()]

    assert len(found) == len(set(found))
    assert set(there) <= set(found)


def test_executions_that_are_started_while_they_are_listed(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    there = [runner.add_execution(job_id) for _ in range(250)]
    runner.on_answer = lambda call: (runner.add_execution(job_id), None)[1]

    found = [execution.execution_id for execution in session.calls.executions()]

    assert found == there[::-1]


@pytest.mark.parametrize("newest_first", [False, True])
def test_status_events_that_happen_while_they_are_listed(
    runner: FakeRunner, session: Session, newest_first: bool
) -> None:
    runner.forms.newest_event_first = newest_first
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id)
    for _ in range(250):
        runner.add_event(execution_id, "runner_on_ok", {"host": "web1"})
    there = {event["id"] for event in runner.events[execution_id]}
    runner.on_answer = lambda call: runner.add_event(execution_id, "runner_on_ok", {"host": "web1"})

    found = [event.id for event in session.calls.status_events(job_id, execution_id)]

    assert len(found) == len(set(found))
    assert there <= set(found)


def test_a_service_that_gives_smaller_pages_than_asked_for(session: Session, runner: FakeRunner) -> None:
    for number in range(5):
        page = {"totalSize": 5, "page": number, "size": 1, "results": [{"id": f"job-{number}", "name": "x"}]}
        runner.trouble(Answer(document=page), path=rf"/jobs/ACCT\?page={number}&")

    assert [job.id for job in session.calls.jobs()] == [f"job-{number}" for number in range(5)]


def test_an_empty_page_ends_a_list_whatever_its_total() -> None:
    pages = [Page(total_size=1000, results=["a", "b"]), Page[str](total_size=1000)]

    assert list(every_row(lambda number, size: pages[number], lambda row: row)) == ["a", "b"]
