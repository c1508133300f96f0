"""Lists of executions and events: pages cover everything once, totals are right, and no query grows with history."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from ctl_jupyter.documents import Callback, Execution, Host, Job, Schedule, StartRequest, Status, StatusEvent, Trigger
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.states import Actor
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.executions import EventRow, Executions
from ctl_jupyter.service.store.jobs import Jobs
from ctl_jupyter.service.store.schedules import DueStart, Schedules
from ctl_jupyter.service.store.tokens import Holder, Tokens
from ctl_jupyter.service.vault import Vault

ACCOUNT, OTHER = "LOCAL", "OTHER"


class Desk:
    """A store by itself."""

    def __init__(self, directory: Path) -> None:
        self.database = Database(directory / "runner.sqlite")
        vault = Vault(directory / "secret.key")
        self.executions = Executions(self.database, vault)
        self.jobs = Jobs(self.database, vault)
        self.schedules = Schedules(self.database, vault)
        self.tokens = Tokens(self.database)

    def job(self, account: str = ACCOUNT, **members: Any) -> Job:
        return self.jobs.create(account, Job(name="job", hosts=[Host(id="web1")], **members))

    def start(self, job: Job, due_start: DueStart | None = None) -> Execution:
        return self.executions.create(job, StartRequest(), due_start=due_start)

    def pages(self, account: str, job: Job | None, size: int) -> list[list[Execution]]:
        """Return every page of executions and the empty one behind them; each with the right total."""
        found: list[list[Execution]] = []
        job_id = str(job.id) if job else None
        while not found or found[-1]:
            total, page = self.executions.page(account, job_id, len(found), size)
            found.append(page)
        assert total == sum(map(len, found))
        return found

    def event_pages(self, job: Job, execution: Execution | None, size: int) -> list[list[StatusEvent]]:
        found: list[list[StatusEvent]] = []
        execution_id = execution.execution_id if execution else None
        while not found or found[-1]:
            total, page = self.executions.events_page(str(job.id), execution_id, len(found), size)
            found.append(page)
        assert total == sum(map(len, found))
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.database.close()


@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_pages_of_executions_cover_each_account_and_job_once_newest_first(desk: Desk, size: int) -> None:
    first, second, foreign = desk.job(), desk.job(), desk.job(OTHER)
    scheduled = desk.schedules.create(
        ACCOUNT, str(first.id), Schedule(trigger=Trigger(type="date", expression="2030-01-01T00:00:00Z")), 1
    )
    assert scheduled is not None
    due = DueStart(str(scheduled.id), 1, due=1, following=None, fire_time=1, catch_up=False, service_account_alias="a")
    order = [first, foreign, second, first, first, second, foreign, first, second, second, first]
    started = [desk.start(job, due if place == 3 else None) for place, job in enumerate(order)]

    def expected(*jobs: Job) -> list[str]:
        ids = {job.id for job in jobs}
        return [execution.execution_id for execution in reversed(started) if execution.job_id in ids]

    for account, job, jobs in (
        (ACCOUNT, None, [first, second]),
        (OTHER, None, [foreign]),
        (ACCOUNT, first, [first]),
        (ACCOUNT, second, [second]),
        (OTHER, foreign, [foreign]),
    ):
        pages = desk.pages(account, job, size)
        assert [execution.execution_id for page in pages for execution in page] == expected(*jobs)
        assert {len(page) for page in pages[:-2]} <= {size}
    assert desk.executions.page(OTHER, first.id, 0, 10) == (0, [])
    assert desk.executions.page("NOBODY", None, 0, 10) == (0, [])
    marked = [execution for page in desk.pages(ACCOUNT, None, size) for execution in page if execution.schedule]
    assert [(each.execution_id, each.schedule and each.schedule.id) for each in marked] == [
        (started[3].execution_id, scheduled.id)
    ]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_pages_of_events_cover_each_execution_and_job_once_oldest_first(desk: Desk, size: int) -> None:
    job, other = desk.job(), desk.job()
    started = [desk.start(job), desk.start(other), desk.start(job)]
    for offset in (1, 2):
        # Events of several executions alternate, as they do when these run side by side.
        for execution in started:
            rows = [EventRow("runner_on_ok", {"host": f"web{number}"}, number) for number in range(3)]
            desk.executions.record(execution.execution_id, 1, rows, offset)
    restarted = started[0]
    desk.executions.claim()
    desk.executions.end(restarted.execution_id, 1, Outcome(Status.FAILURE), Actor.RECORDER)
    desk.executions.restart(restarted.execution_id, None, StartRequest())

    everything: dict[str, list[StatusEvent]] = {}
    for execution in started:
        everything[execution.execution_id] = desk.executions.events_after(execution.execution_id, 0, 1000)[1]
        of_job = job if execution.job_id == job.id else other
        pages = desk.event_pages(of_job, execution, size)
        assert [event for page in pages for event in page] == everything[execution.execution_id]
        assert {len(page) for page in pages[:-2]} <= {size}
    assert len(everything[restarted.execution_id]) == 7 + 4
    for of_job in (job, other):
        mine = [event for events in everything.values() for event in events if event.job_id == of_job.id]
        found = [event for page in desk.event_pages(of_job, None, size) for event in page]
        assert found == sorted(mine, key=lambda event: event.seq or 0)
    assert desk.executions.events_page("nothing", None, 0, 10) == (0, [])


@contextmanager
def plans() -> Iterator[dict[str, list[str]]]:
    """Collect how SQLite carries out each statement: the lines of ``EXPLAIN QUERY PLAN``."""
    found: dict[str, list[str]] = {}

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement not in found and statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            bare = connection.connection.driver_connection
            rows = bare.execute(f"EXPLAIN QUERY PLAN {statement}", values[0] if many else values)
            found[statement] = [row[3] for row in rows]

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


def test_no_query_reads_a_whole_table_and_no_page_is_sorted_or_passed_over(desk: Desk) -> None:
    callback = Callback(url="http://example.com", level="ERROR")
    job = desk.job(callbacks=[callback])
    with plans() as of_pages:
        desk.executions.page(ACCOUNT, None, 0, 10)
        desk.executions.page(ACCOUNT, job.id, 0, 10)
        desk.executions.events_page(str(job.id), None, 0, 10)
        desk.executions.events_page(str(job.id), "execution", 0, 10)
        desk.executions.events_after("execution", 0, 10)
    with plans() as of_life:
        execution = desk.start(job).execution_id
        desk.executions.claim()
        desk.executions.find(ACCOUNT, execution, job.id)
        desk.executions.count_live()
        desk.executions.has_live(str(job.id))
        desk.executions.live_runs()
        desk.executions.pending_with_keys()
        desk.executions.record(execution, 1, [EventRow("runner_on_ok", {}, 1)], 1, status=Status.RUNNING)
        (delivery,) = desk.executions.deliveries.of_execution(execution)
        desk.executions.deliveries.next_events(delivery, 0, 10)
        desk.executions.deliveries.finish(delivery, 0)
        desk.executions.end(execution, 1, Outcome(Status.FAILURE), Actor.RECORDER)
        desk.executions.restart(execution, None, StartRequest())
        desk.executions.order(execution, Status.KILLING)
        desk.jobs.page(ACCOUNT, 0, 10)
        desk.schedules.page(ACCOUNT, str(job.id), 0, 10)
        desk.schedules.due(1)
        desk.schedules.not_due(1)
        desk.schedules.next_after(1)
        desk.tokens.holder_of(desk.tokens.give(Holder(ACCOUNT, "user")))
        desk.jobs.delete(ACCOUNT, str(job.id))

    assert len(of_pages) > 7
    assert len(of_life) > 25
    for statement, lines in (of_pages | of_life).items():
        assert not [line for line in lines if line.startswith("SCAN") and line != "SCAN CONSTANT ROW"], statement
    for statement, lines in of_pages.items():
        assert not [line for line in lines if "TEMP B-TREE" in line], statement
        # One search in each table, and none that begins at the first row.
        assert all(line.startswith("SEARCH") and "=?" in line for line in lines), statement
        assert "count(" not in statement
