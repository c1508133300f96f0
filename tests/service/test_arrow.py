"""Lists as Arrow: the same as the pages of JSON tell, in stretches of any size, and by what changed since."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pyarrow as pa
import pytest
from sqlalchemy import Engine, event

from ctl_jupyter.documents import Execution, Job, Schedule, StartRequest, Status, Trigger
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.states import Actor
from ctl_jupyter.service.store import event_columns, execution_columns
from ctl_jupyter.service.store.columns import Rows
from ctl_jupyter.service.store.event_columns import EventColumns
from ctl_jupyter.service.store.execution_columns import ExecutionColumns
from ctl_jupyter.service.store.executions import EventRow
from ctl_jupyter.service.store.schedules import DueStart
from tests.service.api import LOCAL, RunnerApi, StartedRun, local_hosts
from tests.service.embedded import EmbeddedRunner
from tests.service.test_accounts import PASSWORD, let_in
from tests.service.test_pages import ACCOUNT, OTHER, Desk

ARROW = "application/vnd.apache.arrow.stream"
Document = dict[str, Any]


# --- the store by itself --------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.database.close()


@pytest.fixture(params=[1, 3, 10_000])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows are read at once."""
    size: int = request.param
    for module in (execution_columns, event_columns):
        monkeypatch.setattr(module, "BATCH", size)
    monkeypatch.setattr(execution_columns, "MANY", size)
    return size


def read(rows: Rows) -> pa.Table:
    return pa.Table.from_batches(list(rows.batches), rows.schema)


def told(table: pa.Table) -> dict[str, int]:
    return {name.decode(): int(value) for name, value in table.schema.metadata.items()}


def as_document(row: Document) -> Document:
    """Return a row of executions as the members of the document that it has."""
    timers = [{name: _millis(time) for name, time in timer.items()} for timer in row["timers"]]
    log, schedule = row["repository_log"], row["schedule"]
    return {
        **{name: row[name] for name in ("execution_id", "job_id", "account_alias", "status", "failed_hosts")},
        **{name: row[name] for name in ("events_expected", "events_complete")},
        "timers": timers,
        "repository_log": json.loads(log) if log else None,
        "schedule": schedule and {**schedule, "fire_time": _millis(schedule["fire_time"])},
    }


def _millis(time: Any) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)


def members(execution: Execution | Document) -> Document:
    """Return the members of a document that Arrow has, too."""
    document = msgspec.to_builtins(execution)
    gone = ("is_vpn_established", "start", "end")
    return {name: value for name, value in document.items() if name not in gone}


def fail_and_restart(desk: Desk, execution: Execution) -> None:
    desk.executions.claim()
    desk.executions.end(execution.execution_id, 1, Outcome(Status.FAILURE, "no", ["web1"]), Actor.RECORDER)
    desk.executions.restart(execution.execution_id, None, StartRequest())


def filled(desk: Desk) -> dict[str, Any]:
    """Fill a store with executions of two jobs and of another account; one by a schedule, one restarted."""
    jobs = {"first": desk.job(), "second": desk.job(), "foreign": desk.job(OTHER)}
    trigger = Trigger(type="date", expression="2030-01-01T00:00:00Z")
    scheduled = desk.schedules.create(ACCOUNT, str(jobs["first"].id), Schedule(trigger=trigger), 1)
    assert scheduled is not None
    due = DueStart(str(scheduled.id), 1, due=1, following=None, fire_time=7, catch_up=True, service_account_alias="a b")
    order = ["first", "foreign", "second", "first", "first", "second", "foreign"]
    started = [desk.start(jobs[name], due if place == 3 else None) for place, name in enumerate(order)]
    for offset in (1, 2):
        # Events of several executions alternate, as they do when these run side by side.
        for execution in started:
            rows = [EventRow("runner_on_ok", {"host": "wéb\n1", "msg": [1, "ü"]}, 5 + number) for number in range(2)]
            desk.executions.record(execution.execution_id, 1, rows, offset)
    fail_and_restart(desk, started[0])
    desk.executions.claim()
    desk.executions.record(started[0].execution_id, 2, [EventRow("runner_on_ok", {}, 9)], 1)
    desk.executions.skip_cursors()
    desk.start(jobs["second"])
    return {**jobs, "restarted": started[0].execution_id}


def of_account(desk: Desk, account: str, job: Job | None) -> list[Document]:
    found = desk.executions.page(account, str(job.id) if job else None, 0, 100)[1]
    return [members(execution) for execution in reversed(found)]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_executions_come_once_oldest_first_as_their_documents_tell(desk: Desk, batch: int, size: int) -> None:
    world = filled(desk)
    columns = ExecutionColumns(desk.database)
    for account, job in ((ACCOUNT, None), (ACCOUNT, world["first"]), (OTHER, None), (OTHER, world["foreign"])):
        expected = of_account(desk, account, job)
        found: list[Document] = []
        following = 0
        while not found or following < len(expected):
            table = read(columns.after(account, str(job.id) if job else None, following, size))
            assert told(table)["total"] == len(expected)
            following = told(table)["next"]
            found += table.to_pylist()
        assert [row["position"] for row in found] == list(range(len(expected)))
        assert [as_document(row) for row in found] == expected
    table = read(columns.after(ACCOUNT, None, 100, size))
    assert (len(table), told(table)["next"]) == (0, told(table)["total"])


def test_without_any_schedule_and_without_any_execution(desk: Desk) -> None:
    columns = ExecutionColumns(desk.database)
    empty = read(columns.after(ACCOUNT, None, 0, 10))
    assert (len(empty), told(empty)) == (0, {"total": 0, "cursor": 0, "next": 0})
    desk.start(desk.job())
    table = read(columns.after(ACCOUNT, None, 0, 10))
    assert table.schema == empty.schema
    assert [as_document(row) for row in table.to_pylist()] == of_account(desk, ACCOUNT, None)


@pytest.mark.parametrize("size", [1, 100])
def test_what_changed_since_is_what_was_added_or_is_not_as_it_was(desk: Desk, batch: int, size: int) -> None:
    world = filled(desk)
    columns = ExecutionColumns(desk.database)

    def changed(cursor: int, job: Job | None = None, account: str = ACCOUNT) -> list[Document]:
        found, following, total = [], 0, 1
        while following < total:
            table = read(columns.after(account, str(job.id) if job else None, following, size, cursor))
            following, total = told(table)["next"], told(table)["total"]
            found += table.to_pylist()
        return [as_document(row) for row in found]

    cursor = told(read(columns.after(ACCOUNT, None, 0, 1)))["cursor"]
    everything = of_account(desk, ACCOUNT, None)
    assert changed(0) == everything
    assert changed(cursor) == []
    (waits,) = [one for one in everything if one["execution_id"] == everything[1]["execution_id"]]
    desk.executions.order(waits["execution_id"], Status.KILLING)
    added = desk.start(world["first"])
    now = of_account(desk, ACCOUNT, None)
    assert changed(cursor) == [now[1], now[-1]]
    assert now[1]["status"] != waits["status"]
    assert changed(cursor, world["first"]) == [members(added)]
    assert changed(cursor, account=OTHER) == []


@pytest.mark.parametrize("size", [1, 4, 100])
def test_events_come_once_in_their_order_with_number_and_run(desk: Desk, batch: int, size: int) -> None:
    world = filled(desk)
    columns = EventColumns(desk.database)
    everything = {}
    for execution in of_account(desk, ACCOUNT, None):
        events = desk.executions.events_after(execution["execution_id"], 0, 1000)[1]
        results = [event.event_type == "playbook_result" for event in events]
        for number, one in enumerate(events, 1):
            everything[one.seq or 0] = {
                "seq": one.seq,
                "number": number,
                "run": 1 + sum(results[: number - 1]),
                "timestamp": one.timestamp,
                **{name: getattr(one, name) for name in ("job_id", "execution_id", "event_type")},
                "message": bytes(one.message).decode(),
            }
    expected = [everything[seq] for seq in sorted(everything)]
    assert {row["run"] for row in expected} == {1, 2}
    first = str(world["first"].id)
    asked: list[tuple[Callable[[int], Rows], list[Document]]] = [
        (lambda after: columns.of_account(ACCOUNT, [], after, size), expected),
        (lambda after: columns.of_account(ACCOUNT, [first], after, size), having(expected, job_id=first)),
        (lambda after: columns.of_job(first, after, size), having(expected, job_id=first)),
        (
            lambda after: columns.of_execution(world["restarted"], after, size),
            having(expected, execution_id=world["restarted"]),
        ),
    ]
    for ask, rows in asked:
        found: list[Document] = []
        while True:
            table = read(ask(found[-1]["seq"] if found else 0))
            assert told(table)["cursor"] == max(everything)
            found += [{**row, "timestamp": _millis(row["timestamp"])} for row in table.to_pylist()]
            if len(table) < size:
                break
        assert found == rows


def having(rows: list[Document], **values: str) -> list[Document]:
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


def test_no_query_reads_a_whole_table(desk: Desk) -> None:
    world = filled(desk)
    first = str(world["first"].id)
    found: dict[str, list[str]] = {}

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        rows = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        found[statement] = [row[3] for row in rows]

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        executions, events = ExecutionColumns(desk.database), EventColumns(desk.database)
        for job_id in (None, first):
            for cursor in (None, 3):
                read(executions.after(ACCOUNT, job_id, 0, 10, cursor))
        for rows in (
            events.of_account(ACCOUNT, [], 2, 10),
            events.of_account(ACCOUNT, [first], 2, 10),
            events.of_job(first, 2, 10),
            events.of_execution(world["restarted"], 2, 10),
        ):
            read(rows)
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
    assert len(found) > 12
    for statement, lines in found.items():
        # The last one of an account is the first that is found by its index.
        is_whole = "(account_alias=?)" in str(lines) and "LIMIT" not in statement
        assert "SCAN" not in str(lines), (statement, lines)
        assert not is_whole, (statement, lines)


# --- over HTTP ------------------------------------------------------------------------------------------------


def arrow(api: RunnerApi, path: str, **query: Any) -> pa.Table:
    answer = api.http.get(path.format(alias=api.account), params=query, headers={"Accept": ARROW})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, ARROW), answer.text
    return pa.ipc.open_stream(answer.content).read_all()


@pytest.fixture(scope="module")
def other(service: EmbeddedRunner) -> Iterator[RunnerApi]:
    let_in(service, "arno", "--alias", "ARROW")
    with RunnerApi(service.record.url, "arno", PASSWORD) as other:
        yield other


@pytest.fixture(scope="module")
def restarted(api: RunnerApi, tmp_path_factory: pytest.TempPathFactory) -> StartedRun:
    """An execution that failed on one host of two, and was restarted there."""
    mended = tmp_path_factory.mktemp("arrow") / "mended"
    task = f"{{ansible.builtin.command: test -e {mended}, when: inventory_hostname != 'web1'}}"
    run = api.begin(f"- hosts: all\n  gather_facts: false\n  tasks: [{task}]", hosts=local_hosts("web1", "web2"))
    assert api.finish(run).status == "FAILURE"
    mended.touch()
    api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/restart", {})
    assert api.finish(run).status == "SUCCESS"
    return run


def every_execution(api: RunnerApi, path: str) -> list[Document]:
    """Return the members of every execution, page by page as JSON, oldest first."""
    first = api.call("GET", path)
    rows = first["results"]
    for page in range(1, -(-first["totalSize"] // 100)):
        rows += api.call("GET", path, page=page)["results"]
    return [members({"schedule": None, "events_expected": None, **row}) for row in reversed(rows)]


def test_arrow_and_json_tell_the_same_of_executions(api: RunnerApi, restarted: StartedRun) -> None:
    for path in ("/jobs/{alias}/executions", f"/jobs/{{alias}}/{restarted.job_id}/executions"):
        table = arrow(api, path)
        expected = every_execution(api, path)
        assert told(table)["total"] == len(expected) == len(table)
        assert [as_document(row) for row in table.to_pylist()] == expected
    assert table.column("timers").to_pylist()[0][1]["end"] is not None


def test_arrow_and_json_tell_the_same_of_events(api: RunnerApi, restarted: StartedRun) -> None:
    expected = api.events(restarted)
    job = f"/status/{{alias}}/job/{restarted.job_id}"
    tables = [
        arrow(api, job),
        arrow(api, f"{job}/execution/{restarted.execution_id}"),
        arrow(api, "/status/{alias}", job=restarted.job_id),
    ]
    for table in tables:
        assert [
            {
                "seq": row["seq"],
                "timestamp": _millis(row["timestamp"]),
                "event_type": row["event_type"],
                "message": json.loads(row["message"]),
                "execution_id": row["execution_id"],
            }
            for row in table.to_pylist()
        ] == [
            {name: one[name] for name in ("seq", "timestamp", "event_type", "message", "execution_id")}
            for one in expected
        ]
    whole = arrow(api, "/status/{alias}")
    assert tables[0].column("seq").to_pylist() == [
        row["seq"] for row in whole.to_pylist() if row["job_id"] == restarted.job_id
    ]
    middle = expected[len(expected) // 2]["seq"]
    assert (
        arrow(api, job, after=middle, size=2).column("seq").to_pylist()
        == [one["seq"] for one in expected if one["seq"] > middle][:2]
    )


def test_what_changed_since_a_restart_is_that_execution_alone(api: RunnerApi, tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    run = api.begin(f"- hosts: all\n  gather_facts: false\n  tasks: [{{ansible.builtin.command: test -e {mended}}}]")
    api.finish(run)
    cursor = told(arrow(api, "/jobs/{alias}/executions", size=1))["cursor"]
    assert len(arrow(api, "/jobs/{alias}/executions", changed_after=cursor)) == 0
    mended.touch()
    api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/restart", {})
    api.finish(run)
    changed = arrow(api, "/jobs/{alias}/executions", changed_after=cursor)
    assert changed.column("execution_id").to_pylist() == [run.execution_id]
    assert changed.column("status").to_pylist() == ["SUCCESS"]
    assert told(changed)["cursor"] > cursor
    assert len(arrow(api, "/jobs/{alias}/executions", changed_after=told(changed)["cursor"])) == 0


def test_executions_and_events_of_a_deleted_job_remain_with_the_account(api: RunnerApi) -> None:
    run = api.begin("- hosts: all\n  gather_facts: false\n  tasks: []", hosts=LOCAL)
    api.finish(run)
    api.call("DELETE", f"/jobs/{{alias}}/{run.job_id}")
    assert run.execution_id in arrow(api, "/jobs/{alias}/executions").column("execution_id").to_pylist()
    assert len(arrow(api, "/status/{alias}", job=run.job_id)) > 0
    for path in (f"/jobs/{api.account}/{run.job_id}/executions", f"/status/{api.account}/job/{run.job_id}"):
        assert api.http.get(path, headers={"Accept": ARROW}).status_code == 404


def test_many_rows_and_other_things_are_refused_in_a_sentence(api: RunnerApi, other: RunnerApi) -> None:
    executions, status = f"/jobs/{api.account}/executions", f"/status/{api.account}"

    def refused(path: str, http: httpx.Client = api.http, accept: str = ARROW, **query: Any) -> tuple[int, str]:
        answer = http.get(path, params=query, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/json"
        return answer.status_code, answer.json()["message"]

    for query in ({"size": 100_001}, {"size": 0}, {"after": -1}, {"after": "x"}):
        (name,) = query
        for path in (executions, status):
            code, said = refused(path, **query)
            assert code == 400
            assert said.startswith(f"'{name}' must be a whole number from ")
    assert refused(executions, changed_after="now")[0] == 400
    assert refused(status, job=["x"] * 1_001) == (
        400,
        "'job' can be given 1,000 times at most; without it all are answered.",
    )
    assert refused(status, accept="application/json") == (
        406,
        f"This call answers {ARROW} alone: name it in 'Accept'.",
    )
    for path in (executions, status):
        assert refused(path, other.http)[0] == 403
        with httpx.Client(base_url=api.http.base_url, trust_env=False) as stranger:
            assert refused(path, stranger)[0] == 401


@pytest.mark.parametrize("accept", ["application/json", "*/*", f"{ARROW};q=0", f"{ARROW};q=0.0, application/json"])
def test_who_does_not_ask_for_arrow_gets_json_as_ever(api: RunnerApi, restarted: StartedRun, accept: str) -> None:
    for path in (
        "jobs/{}/executions",
        f"jobs/{{}}/{restarted.job_id}/executions",
        f"status/{{}}/job/{restarted.job_id}",
    ):
        # 'after' is of Arrow alone there.
        answer = api.http.get(path.format(api.account), params={"size": 1, "after": 5}, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["ETag"]
        assert len(answer.json()["results"]) == 1
        assert api.http.get(path.format(api.account), params={"size": 101}).status_code == 400


@pytest.mark.parametrize("accept", [f"application/json, {ARROW}", f"{ARROW.upper()};q=0.5"])
def test_arrow_among_others_is_asked_for(api: RunnerApi, restarted: StartedRun, accept: str) -> None:
    answer = api.http.get(f"/jobs/{api.account}/executions", params={"size": 1}, headers={"Accept": accept})
    assert answer.headers["Content-Type"] == ARROW


def test_the_service_loads_no_pandas_for_it(api: RunnerApi, service: EmbeddedRunner, restarted: StartedRun) -> None:
    arrow(api, "/jobs/{alias}/executions")
    arrow(api, "/status/{alias}")
    loaded = Path(f"/proc/{service.record.pid}/maps").read_text()
    assert "pyarrow" in loaded
    assert "/pandas/" not in loaded
