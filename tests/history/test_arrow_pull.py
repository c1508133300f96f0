"""Pulls as Arrow: all that the pages of JSON tell, in spite of what networks do, and nothing else."""

import io
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from ctl_jupyter.client import AnswerNotUnderstood, Session, Unreachable, connect, http
from ctl_jupyter.client.arrow import ARROW
from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.client.runs import in_order, runs_of
from ctl_jupyter.documents import Execution, StatusEvent
from ctl_jupyter.history.pulling import arrow_pull, messages
from ctl_jupyter.history.pulling.arrow_pull import changed_executions, offers_arrow, pull_events, pull_executions
from ctl_jupyter.history.pulling.messages import read_messages
from ctl_jupyter.history.schema import pulled_events_schema, pulled_executions_schema
from tests.fake_runner import Answer, Break, FakeRunner, Hold, Truncate
from tests.service.api import RunnerApi, StartedRun, local_hosts

Document = dict[str, Any]

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Say things
      ansible.builtin.debug: {{msg: ["one", "ü {{{{ inventory_hostname }}}}"]}}
    - name: Loop
      ansible.builtin.set_fact: {{a_fact: "{{{{ item }}}}"}}
      loop: [a, b]
    - name: Fails and goes on
      ansible.builtin.fail: {{msg: "{{{{ 'x' * 3000 }}}}"}}
      ignore_errors: true
    - name: Skipped
      ansible.builtin.debug: {{msg: no}}
      when: false
    - name: Look
      ansible.builtin.command: test -e {mended}
      when: inventory_hostname != 'web1'
"""


# --- the real service -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def restarted(api: RunnerApi, tmp_path_factory: pytest.TempPathFactory) -> StartedRun:
    """An execution that failed on one host of two, and was restarted there; another of its job failed."""
    mended = tmp_path_factory.mktemp("arrow") / "mended"
    run = api.begin(PLAYBOOK.format(mended=mended), hosts=local_hosts("web1", "web2"))
    assert api.finish(run).status == "FAILURE"
    assert api.finish(api.start(run.job_id)).status == "FAILURE"
    mended.touch()
    api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/restart", {})
    assert api.finish(run).status == "SUCCESS"
    return run


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers so small that it takes many."""
    monkeypatch.setattr(arrow_pull, "EXECUTIONS", 1)
    monkeypatch.setattr(arrow_pull, "EVENTS", 7)


def rows_of(tables: Any) -> list[Document]:
    rows: list[Document] = []
    for table in tables:
        rows += table.to_pylist()
    return rows


def expected_executions(session: Session, job_id: str | None = None) -> list[Document]:
    """Return what is pulled of executions, of their documents."""

    def row(position: int, one: Execution) -> Document:
        commit = one.repository_log.recent_commit[0] if one.repository_log else None
        return {
            "position": position,
            "execution_id": one.execution_id,
            "job_id": one.job_id,
            "account": one.account_alias,
            "status": one.status,
            "failed_hosts": one.failed_hosts,
            "commit": commit and commit.commit,
            "commit_author": commit and commit.author,
            "commit_message": commit and commit.message,
            "timers": [{"start": timer.start, "end": timer.end} for timer in one.timers or []],
            "schedule_id": one.schedule.id if one.schedule else None,
            "events_expected": one.events_expected,
            "events_complete": one.events_complete,
        }

    oldest_first = list(session.calls.executions(job_id))[::-1]
    return [row(position, one) for position, one in enumerate(oldest_first)]


def as_numbers(table: pa.Table) -> pa.Table:
    """Return a table whose times are epoch milliseconds, which Python can compare with those of documents."""
    timers = pa.large_list(pa.struct([("start", pa.int64()), ("end", pa.int64())]))
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.int64()))
        elif field.name == "timers":
            table = table.set_column(place, field.name, table.column(place).cast(timers))
    return table


def expected_events(events: list[StatusEvent]) -> list[Document]:
    """Return what is pulled of the status events of one execution, one after the other."""
    runs = enumerate(runs_of(in_order(events)), 1)
    return [
        expected_event(position, run, one)
        for position, (run, one) in enumerate((run, one) for run, each in runs for one in each)
    ]


def expected_event(position: int, run: int, one: StatusEvent) -> Document:
    details, kind = one.details, one.event_type
    result = details["res"] if isinstance(details.get("res"), dict) else {}
    changed = details.get("changed", result.get("changed"))
    outcome = RESULT_EVENTS.get(kind.replace("_item", ""))
    if outcome == "ok" and changed is True:
        outcome = "changed"
    if outcome == "failed" and details.get("ignore_errors") is True:
        outcome = "ignored"
    said = details.get("msg", result.get("msg")) or details.get("reason")
    said = said if isinstance(said, str) or said is None else msgspec.json.encode(said).decode()
    return {
        "position": position,
        "execution_id": one.execution_id,
        "job_id": one.job_id,
        "run": run,
        "seq": one.seq,
        "timestamp": one.timestamp,
        "event_type": kind,
        "status": details.get("status") if kind in ("status_change", "playbook_result") else None,
        **{name: details.get(name) or None for name in ("host", "play", "task", "role", "action", "path")},
        "outcome": outcome,
        "changed": changed if isinstance(changed, bool) else None,
        "start": details.get("start"),
        "end": details.get("end"),
        "rc": result.get("rc"),
        "message": said[:2000] if said else None,
    }


def test_executions_are_what_their_documents_tell(session: Session, restarted: StartedRun, small: None) -> None:
    assert offers_arrow(session)
    progress: list[tuple[int, int]] = []
    for job_id in (None, restarted.job_id):
        expected = expected_executions(session, job_id)
        pull = pull_executions(session, job_id, on_progress=lambda done, total: progress.append((done, total)))
        assert (pull.total, pull.complete) == (0, False)
        tables = list(pull)
        assert all(table.schema == pulled_executions_schema() for table in tables)
        assert (pull.total, pull.complete, len(tables)) == (len(expected), True, len(expected))
        assert progress[-1] == (len(expected), len(expected))
        pulled = [{**row, "checked": None} for row in rows_of(map(as_numbers, tables))]
        assert pulled == [{**row, "checked": None} for row in expected]
        assert rows_of(map(as_numbers, pull_executions(session, job_id, 1)))[0]["position"] == 1
    assert {len(row["timers"]) for row in pulled} == {1, 2}


def test_a_pull_from_behind_the_last_is_empty(session: Session, restarted: StartedRun) -> None:
    pull = pull_executions(session, restarted.job_id, 2)
    assert rows_of(pull) == []
    assert (pull.total, pull.complete) == (2, True)


def test_what_changed_since_a_pull(session: Session, api: RunnerApi, tmp_path: Path, small: None) -> None:
    run = api.begin(PLAYBOOK.format(mended=tmp_path / "mended"), hosts=local_hosts("web2"))
    api.finish(run)
    pull = pull_executions(session)
    before = rows_of(pull)
    assert changed_executions(session, None, pull.cursor) == (pulled_executions_schema().empty_table(), pull.cursor)
    (tmp_path / "mended").touch()
    api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/restart", {})
    api.finish(run)
    added = api.start(run.job_id)
    api.finish(added)
    for job_id in (None, run.job_id):
        changed, cursor = changed_executions(session, job_id, pull.cursor)
        assert changed.column("execution_id").to_pylist() == [run.execution_id, added.execution_id]
        assert changed.schema == pulled_executions_schema()
        assert cursor > pull.cursor
        assert len(changed_executions(session, job_id, cursor)[0]) == 0
    known = {row["execution_id"]: row for row in before}
    (first, _) = changed_executions(session, None, pull.cursor)[0].to_pylist()
    assert first["position"] == known[run.execution_id]["position"]
    assert (known[run.execution_id]["status"], first["status"]) == ("FAILURE", "SUCCESS")


def test_events_are_what_the_pages_tell(session: Session, restarted: StartedRun, small: None) -> None:
    expected: list[Document] = []
    for one in session.calls.executions(restarted.job_id):
        expected += expected_events(list(session.calls.status_events(one.job_id, one.execution_id)))
    expected.sort(key=lambda row: row["seq"])
    assert {row["outcome"] for row in expected} == {None, "ok", "changed", "failed", "skipped", "ignored"}
    assert {row["run"] for row in expected} == {1, 2}
    for job_ids in ([restarted.job_id], [restarted.job_id, "another"], None):
        pull = pull_events(session, job_ids)
        tables = list(pull)
        assert all(table.schema == pulled_events_schema() for table in tables)
        rows = rows_of(map(as_numbers, tables))
        assert [row for row in rows if row["job_id"] == restarted.job_id] == expected
        assert (pull.complete, pull.last_seq) == (True, rows[-1]["seq"])
        # From the middle on, events have the same places and runs.
        middle = expected[len(expected) // 2]["seq"]
        rest = rows_of(map(as_numbers, pull_events(session, job_ids, middle)))
        assert [row for row in rest if row["job_id"] == restarted.job_id] == [
            row for row in expected if row["seq"] > middle
        ]
    assert rows_of(pull_events(session, [])) == []


def test_events_of_a_deleted_job_are_pulled(session: Session, api: RunnerApi) -> None:
    run = api.begin("- hosts: all\n  gather_facts: false\n  tasks: []")
    api.finish(run)
    before = rows_of(pull_events(session, [run.job_id]))
    api.call("DELETE", f"/jobs/{{alias}}/{run.job_id}")
    assert rows_of(pull_events(session, [run.job_id])) == before != []
    assert run.execution_id in [row["execution_id"] for row in rows_of(pull_executions(session))]


def test_a_pull_that_is_told_to_stop_leaves_off(session: Session, restarted: StartedRun, small: None) -> None:
    for pull_all in (pull_executions, pull_events):
        stop = threading.Event()
        pull: Any = pull_all(session, stop=stop)
        got = []
        for table in pull:
            got.append(table)
            stop.set()
        assert (len(got), pull.complete) == (1, False)
    assert changed_executions(session, None, 1, stop=stop)[1] == 1


# --- a service in trouble -------------------------------------------------------------------------------------


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunner]:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.001)
    with FakeRunner() as runner:
        monkeypatch.setenv("CLC_V2_API_USERNAME", runner.username)
        monkeypatch.setenv("CLC_V2_API_PASSWD", runner.password)
        yield runner


def stream(positions: list[int], total: int) -> bytes:
    """Return executions as the embedded service answers them."""
    time, name = pa.timestamp("ms", tz="UTC"), pa.dictionary(pa.int32(), pa.string())
    columns: dict[str, tuple[Any, Any]] = {
        "position": (pa.int64(), positions),
        "execution_id": (pa.string(), [f"x{place}" for place in positions]),
        "job_id": (name, "j1"),
        "account_alias": (name, "ACCT"),
        "status": (name, "SUCCESS"),
        "failed_hosts": (pa.list_(pa.string()), []),
        "timers": (pa.list_(pa.struct([("start", time), ("end", time)])), []),
        "repository_log": (name, None),
        "events_expected": (pa.int64(), 5),
        "events_complete": (pa.bool_(), True),
        "schedule": (pa.struct([("id", name)]), None),
    }
    arrays = []
    for kind, value in columns.values():
        values = value if isinstance(value, list) and value else [value] * len(positions)
        is_name = pa.types.is_dictionary(kind)
        arrays.append(pa.array(values, pa.string()).dictionary_encode() if is_name else pa.array(values, kind))
    schema = pa.schema(
        [(column, kind) for column, (kind, _) in columns.items()],
        metadata={"total": str(total), "cursor": "9", "next": str(total)},
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return sink.getvalue()


def answer(content: bytes) -> Answer:
    return Answer(body=content, headers={"Content-Type": ARROW})


def test_another_runner_offers_no_arrow(runner: FakeRunner, small: None) -> None:
    session = connect(runner.url)
    assert not offers_arrow(session)
    with pytest.raises(AnswerNotUnderstood, match="does not answer Arrow"):
        list(pull_executions(session))


@pytest.mark.parametrize(
    "trouble",
    [Break(), Truncate(), Answer(503), answer(stream([0], 1)[:-8]), answer(stream([0], 1)[:-300] + b"\xff" * 292)],
    ids=["broken", "truncated", "overloaded", "without its end", "garbled"],
)
def test_an_answer_that_did_not_come_whole_is_asked_for_again(runner: FakeRunner, trouble: Any) -> None:
    session = connect(runner.url)
    runner.trouble(trouble, path="executions")
    runner.trouble(answer(stream([0], 1)), path="executions")
    assert [row["execution_id"] for row in rows_of(pull_executions(session))] == ["x0"]
    assert len(runner.calls_to("GET", "/jobs/ACCT/executions")) == 2


@pytest.mark.parametrize(
    ("trouble", "error", "said"),
    [
        (Truncate(), Unreachable, "cannot be reached"),
        (answer(stream([0], 1)[:-8]), AnswerNotUnderstood, "an Arrow stream that is broken or has no end, 4 times"),
        (answer(stream([1], 1)), AnswerNotUnderstood, "The executions 0 to 1, counted from the oldest, were asked for"),
        (answer(stream([0], 2)), AnswerNotUnderstood, "The executions 0 to 2, counted from the oldest, were asked for"),
    ],
)
def test_an_answer_that_never_comes_whole_is_an_error(
    runner: FakeRunner, trouble: Any, error: type[Exception], said: str
) -> None:
    pull = pull_executions(connect(runner.url))
    runner.trouble(trouble, path="executions", times=10)
    with pytest.raises(error, match=said):
        list(pull)
    assert not pull.complete


@pytest.mark.parametrize(
    "pull_all", [pull_executions, pull_events, lambda session: changed_executions(session, None, 1)]
)
def test_an_interrupt_ends_a_pull_that_waits(runner: FakeRunner, pull_all: Callable[[Session], Any]) -> None:
    session, hold = connect(runner.url), Hold()
    runner.trouble(hold)

    def interrupt() -> None:
        hold.reached.wait(20)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        list(pull_all(session))
    assert not hold.released.is_set()


def test_a_process_does_not_end_late_for_a_pull_that_was_left(runner: FakeRunner) -> None:
    runner.trouble(Hold(), path="executions")
    leaves = f"""
import threading
from ctl_jupyter.client import connect
from ctl_jupyter.history.pulling.arrow_pull import pull_executions
stop = threading.Event()
threading.Timer(0.2, stop.set).start()
print(list(pull_executions(connect({runner.url!r}), stop=stop)))
"""
    ended = subprocess.run([sys.executable, "-c", leaves], capture_output=True, text=True, timeout=20, check=True)
    assert ended.stdout == "[]\n"


# --- messages -------------------------------------------------------------------------------------------------

ODD = [
    '"a bare text"',
    "null",
    "{}",
    '{"msg":["a",1],"res":{"rc":"1"}}',
    '{"msg":{"a":null},"changed":"yes","start":"1750000000000","rc":5}',
    '{"host":"","task":7,"res":[1],"end":99999999999999999999}',
    '{"status":"SUCCESS","reason":"why","res":{"msg":"of the result","changed":true,"rc":2}}',
    '{"msg":"","reason":"why"}',
    '{"msg":"\\u00fc\\n","start":1750000000000.0,"res":{"rc":true}}',
    '{"status":"FAILURE", "role" : "r","ignore_errors":true,"other":{"msg":1}}',
    '{"start":300000000000000,"end":-1,"res":null}',
]


def sent(types: list[str], texts: list[str], executions: list[str]) -> pa.Table:
    count = len(types)
    columns = {
        "seq": pa.array(range(count), pa.int64()),
        "timestamp": pa.array(range(count), pa.int64()),
        "job_id": ["j"] * count,
        "execution_id": executions,
        "event_type": types,
        "message": pa.array(texts, pa.string()),
    }
    return pa.table(columns)


@pytest.mark.parametrize("kind", ["runner_on_ok", "runner_item_on_failed", "status_change", "odd"])
def test_odd_messages_are_read_one_by_one_and_come_out_the_same(kind: str) -> None:
    whole = read_messages(sent([kind] * len(ODD), ODD, ["x"] * len(ODD)))
    assert whole.schema == pulled_events_schema()
    for place, text in enumerate(ODD):
        event = StatusEvent(
            job_id="j", execution_id="x", event_type=kind, message=msgspec.json.decode(text), seq=place, timestamp=place
        )
        expected = expected_event(place, 1, event)
        got = as_numbers(whole).slice(place, 1).to_pylist()[0]
        for name in ("status", "outcome", "changed", "position", "run"):
            assert got[name] == expected[name], (text, name)
    texts = whole.column("message").to_pylist()
    assert texts[:4] == ["a bare text", None, None, '["a",1]']
    assert texts[6:9] == ["of the result", "why", "ü\n"]
    numbers = as_numbers(whole)
    assert numbers.column("start").to_pylist()[4] == numbers.column("start").to_pylist()[8] == 1750000000000
    assert [numbers.column("start").to_pylist()[10], numbers.column("end").to_pylist()[5]] == [None, None]
    assert whole.column("rc").to_pylist() == [None] * 6 + [2] + [None] * 4
    assert [whole.column("host").to_pylist()[5], whole.column("task").to_pylist()[5]] == [None, "7"]


def test_a_message_alone_is_read_as_it_is_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "BLOCK", 1)
    types = ["runner_on_failed"] * len(ODD)
    together = read_messages(sent(types, ODD, ["x"] * len(ODD)))
    monkeypatch.setattr(messages, "BLOCK", 1000)
    assert read_messages(sent(types, ODD, ["x"] * len(ODD))).to_pylist() == together.to_pylist()


@pytest.mark.parametrize("seed", range(20))
def test_what_is_read_in_bulk_is_what_is_read_one_by_one(seed: int) -> None:
    dice = random.Random(seed)
    values: dict[str, list[Any]] = {
        **{name: [None, "", "a", 'ü\n\t"', "x" * 3000] for name in ("host", "msg", "status", "other")},
        **{name: [None, True, False] for name in ("changed", "ignore_errors")},
        **{name: [None, 0, -1, 1750000000000, 2**62] for name in ("start", "end", "rc")},
        "res": [
            None,
            {},
            {"changed": True, "rc": 1},
            {"msg": "m", "rc": None, "changed": None},
            {"deep": [{"msg": 1}]},
        ],
    }
    texts = []
    for _ in range(40):
        names = dice.sample(list(values), dice.randint(0, len(values)))
        texts.append(msgspec.json.encode({name: dice.choice(values[name]) for name in names}).decode())
    count = len(texts)
    in_bulk = read_messages(sent(["runner_on_failed"] * count, texts, ["x"] * count))
    # One that is no object has all around it read one by one.
    with_odd = read_messages(sent(["runner_on_failed"] * (count + 1), ["5", *texts], ["x"] * (count + 1))).slice(1)
    for name in ("host", "status", "outcome", "changed", "start", "end", "rc", "message"):
        assert in_bulk.column(name).to_pylist() == with_odd.column(name).to_pylist()


@pytest.mark.parametrize("seed", range(20))
def test_places_and_runs_are_those_of_each_execution(seed: int) -> None:
    dice = random.Random(seed)
    kinds = ["playbook_on_start", "playbook_result", "status_change", "runner_on_ok", "playbook_on_task_start"]
    count = 60
    types = dice.choices(kinds, [1, 1, 2, 4, 2], k=count)
    executions = dice.choices(["x", "y", "z"], k=count)
    texts = [f'{{"status":"{dice.choice(["PENDING", "SUCCESS", "RUNNING"])}"}}' for _ in types]
    rows = read_messages(sent(types, texts, executions)).to_pylist()
    for execution in set(executions):
        mine = [place for place, one in enumerate(executions) if one == execution]
        events = [
            StatusEvent(event_type=types[place], message=msgspec.json.decode(texts[place]), seq=place) for place in mine
        ]
        expected = [
            (position, run)
            for position, (run, _) in enumerate(
                (run, one) for run, each in enumerate(runs_of(events), 1) for one in each
            )
        ]
        assert [(rows[place]["position"], rows[place]["run"]) for place in mine] == expected


def test_no_events_at_all() -> None:
    assert read_messages(sent([], [], [])).equals(pulled_events_schema().empty_table())
