"""Executions and status events decoded: the fast way and the tolerant one agree, however untidy the documents."""

import json
import random
from typing import Any

import pytest

from ctl_jupyter.client.whole_lists import PageHead
from ctl_jupyter.documents import DocumentError, read_execution, read_status_event
from ctl_jupyter.history.dtypes import to_pandas
from ctl_jupyter.history.pulling.decode import (
    EventsOf,
    decode_executions,
    events_table,
    executions_table,
    read_events_page,
)
from ctl_jupyter.history.schema import pulled_events_schema, pulled_executions_schema
from tests.history.runner_documents import ALIAS, NOON, event_document, execution_document, result_message

COMMIT = {
    "commit": "c0ffee",
    "author": "Ada",
    "author_email": "ada@example.org",
    "date": "Wed Sep 16 16:27:20 2015 -0500",
    "message": "Raise the limits",
}
LOG = {"recent_commit": [COMMIT, {**COMMIT, "commit": "0ld"}], "tags": ["v1"]}
#: Members that change what a document says or how it is written.
UNTIDY: dict[str, dict[str, Any]] = {
    "as documented": {},
    "with commits": {"repository_log": LOG},
    "a commit without a word": {"repository_log": {"recent_commit": [{"commit": "c0ffee"}]}},
    "a commit with empty words": {"repository_log": {"recent_commit": [{**COMMIT, "author": "", "message": ""}]}},
    "an empty log": {"repository_log": {}},
    "a log without commits": {"repository_log": {"recent_commit": [], "tags": []}},
    "a log of nulls": {"repository_log": {"recent_commit": None, "tags": None}},
    "failed hosts": {"failed_hosts": ["web1", "web2"], "status": "FAILURE"},
    "failed hosts that are numbers": {"failed_hosts": [7, "web1", 0]},
    "failed hosts with nulls": {"failed_hosts": [None, "web1"]},
    "failed hosts null": {"failed_hosts": None},
    "no failed hosts": {"failed_hosts": []},
    "a host that looks like none": {"failed_hosts": ['"failed_hosts":[0]'], "job_id": '"failed_hosts":[0]'},
    "older times": {"timers": None, "start": NOON, "end": NOON + 5},
    "older times, live": {"timers": [], "start": NOON, "end": None},
    "no time yet": {"timers": None, "start": None, "end": None},
    "both forms": {"start": 1, "end": 2},
    "restarted": {"timers": [{"start": NOON, "end": NOON + 1}, {"start": NOON + 9, "end": None}]},
    "timers of nulls": {"timers": [{"start": None, "end": None}]},
    "timers without members": {"timers": [{}, {"start": NOON}]},
    "times as texts": {"timers": [{"start": str(NOON), "end": f"{NOON}"}]},
    "times as texts, older": {"timers": None, "start": str(NOON)},
    "times as fractions": {"timers": [{"start": NOON + 0.25, "end": 1.7e12}]},
    "times out of any calendar": {"timers": [{"start": 10**17, "end": -(10**17)}]},
    "times larger than a number": {"timers": [{"start": 10**30, "end": 1}]},
    "an unknown status": {"status": "PAUSED"},
    "no status": {"status": None},
    "an empty status": {"status": "", "account_alias": "", "job_id": ""},
    "unknown members": {"links": [{"ref": "self", "results": [1, {"a": []}]}], "extra": None, "size": 7},
    "not ASCII": {"job_id": "Überläufer-日本", "failed_hosts": ["wëb1"], "status": "GESCHEITERT\u2028"},
    "with escapes": {"job_id": 'a"b\\c\n\t/\u0001', "account_alias": "\U0001f600"},
    "embedded": {"events_expected": 12, "events_complete": False, "schedule": {"id": "s1", "fire_time": NOON}},
    "embedded, by somebody": {"events_expected": 0, "events_complete": True, "schedule": None},
    "a count as a text": {"events_expected": "12", "events_complete": "true"},
    "too many events": {"events_expected": 2**70},
}
#: Members that no execution has.
WRONG: dict[str, dict[str, Any]] = {
    "no id": {"execution_id": None},
    "an empty id": {"execution_id": ""},
    "an id that is a number": {"execution_id": 5},
    "a log that is a list": {"repository_log": [1]},
    "a commit that is null": {"repository_log": {"recent_commit": [None]}},
    "a commit without an id": {"repository_log": {"recent_commit": [{"author": "Ada"}]}},
    "a timer that is null": {"timers": [None]},
    "times as true and false": {"timers": [{"start": {}, "end": NOON}]},
    "a schedule without an id": {"schedule": {"fire_time": 1}},
}


def body_of(documents: list[Any], **page: Any) -> bytes:
    return json.dumps({"totalSize": len(documents), "page": 0, "size": 100, "results": documents} | page).encode()


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def check_same(documents: list[dict[str, Any]], body: bytes) -> None:
    """Check that a page reads as its documents do one by one."""
    decoded = decode_executions([body])
    assert decoded.heads == [PageHead(len(documents), 100, len(documents))]
    expected = executions_table([read_execution(document) for document in documents])
    decoded.rows.validate(full=True)
    assert decoded.rows.schema == expected.schema
    for name in expected.schema.names:
        assert decoded.rows.column(name).to_pylist() == expected.column(name).to_pylist(), name


@pytest.mark.parametrize("what", UNTIDY)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["dense", "wide"])
def test_a_page_reads_as_its_documents_do(what: str, separators: tuple[str, str]) -> None:
    documents = [
        execution_document("x0", repository_log=LOG),
        execution_document("x1", **UNTIDY[what]),
        execution_document("x2", failed_hosts=["web9"]),
    ]
    page = {"totalSize": 3, "page": 0, "size": 100, "results": documents}
    for ascii_only in (True, False):
        check_same(documents, json.dumps(page, separators=separators, ensure_ascii=ascii_only).encode())


def test_pages_of_all_kinds_at_once() -> None:
    chance = random.Random(11)
    for _ in range(20):
        # Those that the fast way reads, so that it has to put many forms together.
        fast = [what for what in UNTIDY if not any(word in what for word in ("number", "null", "text", "fraction"))]
        documents = [
            execution_document(f"x{place}", **UNTIDY[chance.choice(fast)]) for place in range(chance.randrange(1, 40))
        ]
        check_same(documents, json.dumps(json.loads(body_of(documents)), separators=(",", ":")).encode())


def test_members_may_be_missing_and_pages_be_printed_prettily() -> None:
    documents = [{"execution_id": "x1"}, without(execution_document("x2"), "timers", "failed_hosts", "status")]
    check_same(documents, body_of(documents))
    check_same(documents, json.dumps(json.loads(body_of(documents)), indent=2).encode())
    check_same(documents, b"\n " + body_of(documents) + b"\r\n")


def test_what_comes_of_a_document() -> None:
    document = execution_document("x1", repository_log=LOG, status="SUCCESS", schedule={"id": "s1", "fire_time": 1})
    row = decode_executions([body_of([document])]).rows.to_pylist()[0]
    milliseconds = [{name: int(time.timestamp() * 1000) for name, time in timer.items()} for timer in row.pop("timers")]
    assert milliseconds == [{"start": NOON, "end": NOON + 90_000}]
    assert row == {
        "execution_id": "x1",
        "job_id": "j1",
        "account": ALIAS,
        "status": "SUCCESS",
        "failed_hosts": [],
        "commit": "c0ffee",
        "commit_author": "Ada",
        "commit_message": "Raise the limits",
        "schedule_id": "s1",
        "events_expected": None,
        "events_complete": None,
    }


def test_an_empty_page_has_all_columns() -> None:
    decoded = decode_executions([body_of([]), body_of([])])
    assert decoded.heads == [PageHead(0, 100, 0)] * 2
    added = ("position", "checked")
    assert decoded.rows.schema.names == [name for name in pulled_executions_schema().names if name not in added]


@pytest.mark.parametrize("what", WRONG)
def test_a_page_with_a_wrong_document_is_none(what: str) -> None:
    good, other = [execution_document("x1")], [execution_document("x2"), execution_document("x3")]
    bad = [execution_document("x8"), execution_document("x9") | WRONG[what]]
    decoded = decode_executions([body_of(good), body_of(bad), body_of(other)])
    assert [isinstance(head, DocumentError) for head in decoded.heads] == [False, True, False]
    assert decoded.rows.column("execution_id").to_pylist() == ["x1", "x2", "x3"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>It works!</html>",
        b"null",
        b"[]",
        b"{}",
        body_of([execution_document("x1")])[:-40],
        body_of([execution_document("x1")]) + b"{}",
        body_of([], totalSize=None),
        body_of([], totalSize=-1),
        body_of([], results=None),
        body_of([], results=[None]),
        json.dumps([execution_document("x1")]).encode(),
        body_of([execution_document("x1")]).replace(b"SUCCESS", b"\xff\xfe"),
        body_of([execution_document("x1")]).replace(b"SUCCESS", b"\\ud800"),
    ],
)
def test_what_is_no_page_is_said(body: bytes) -> None:
    good = body_of([execution_document("x1")])
    decoded = decode_executions([good, body])
    assert decoded.heads[0] == PageHead(1, 100, 1)
    assert isinstance(decoded.heads[1], DocumentError)
    assert decoded.rows.num_rows == 1


@pytest.mark.parametrize("bodies", [[b"null"], [b" null "], [b"null", b"null"], [b"null", body_of([])]])
def test_nothing_is_no_page(bodies: list[bytes]) -> None:
    # In the interpreter's own process: Arrow's reader does not raise over a bare null at the beginning, it dies.
    assert isinstance(decode_executions(bodies).heads[0], DocumentError)


def test_a_total_and_a_size_may_be_written_as_texts_or_not_at_all() -> None:
    heads = decode_executions([body_of([], totalSize="7", size="50"), b'{"totalSize":0,"results":[]}']).heads
    assert [head.total for head in heads if isinstance(head, PageHead)] == [7, 0]


EVENTS = [
    event_document(1, "status_change", {"status": "RUNNING"}),
    event_document(2, "playbook_on_start", {}),
    event_document(3, "playbook_on_task_start", {"play": "all", "task": "ping", "role": "web"}),
    event_document(4, "runner_item_on_failed", result_message("web1", "ping", item="a")),
    event_document(5, "runner_on_ok", result_message("web1", "ping", changed=True)),
    event_document(6, "runner_on_failed", result_message("web2", "ping", ignore_errors=True, msg="x" * 3_000)),
    event_document(7, "runner_on_failed", {"host": "web3", "res": {"rc": 2, "msg": "no", "changed": False}}),
    event_document(8, "runner_on_unreachable", {"host": "web4", "msg": ["not", "a text"]}),
    event_document(9, "playbook_result", {"status": "FAILURE", "reason": "2 hosts failed"}),
    event_document(10, "status_change", {"status": "PENDING"}),
    event_document(11, "playbook_on_start", "a bare text"),
    event_document(12, "runner_item_on_skipped", None),
]


def rows_of(*bodies: bytes) -> list[dict[str, Any]]:
    events = [event for body in bodies for event in read_events_page(body).results]
    table = events_table([EventsOf("j1", "x1", events)])
    assert table.schema == pulled_events_schema()
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]


def test_what_comes_of_status_events() -> None:
    rows = rows_of(body_of(EVENTS))
    assert column(rows, "position") == list(range(12))
    assert column(rows, "event_type") == [event["event_type"] for event in EVENTS]
    assert column(rows, "run") == [1] * 9 + [2] * 3
    assert column(rows, "status") == ["RUNNING", *[None] * 7, "FAILURE", "PENDING", None, None]
    assert column(rows, "outcome") == [
        *[None] * 3,
        "failed",
        "changed",
        "ignored",
        "failed",
        "unreachable",
        *[None] * 3,
        "skipped",
    ]
    assert column(rows, "changed") == [None, None, None, False, True, False, False, *[None] * 5]
    assert column(rows, "host")[3:8] == ["web1", "web1", "web2", "web3", "web4"]
    assert column(rows, "rc")[3:8] == [0, 0, 0, 2, None]
    assert column(rows, "message") == [
        *[None] * 5,
        "x" * 2_000,
        "no",
        '["not","a text"]',
        "2 hosts failed",
        None,
        "a bare text",
        None,
    ]
    assert (rows[2]["play"], rows[2]["task"], rows[2]["role"]) == ("all", "ping", "web")
    assert (rows[4]["end"] - rows[4]["start"]).total_seconds() == 0.25
    assert int(rows[0]["timestamp"].timestamp() * 1000) == NOON + 1_000
    assert {(row["execution_id"], row["job_id"]) for row in rows} == {("x1", "j1")}


@pytest.mark.parametrize("form", ["newest first", "a bare array", "two pages", "times as fractions", "without ids"])
def test_events_in_every_form_are_the_same(form: str) -> None:
    bodies = {
        "newest first": [body_of(EVENTS[::-1])],
        "a bare array": [json.dumps(EVENTS).encode()],
        "two pages": [body_of(EVENTS[:5]), body_of(EVENTS[5:])],
        "times as fractions": [body_of([{**event, "timestamp": event["timestamp"] + 0.5} for event in EVENTS])],
        "without ids": [body_of([without(event, "execution_id", "job_id") for event in EVENTS])],
    }[form]
    assert rows_of(*bodies) == rows_of(body_of(EVENTS))


def test_the_cursor_tells_the_order_of_events() -> None:
    events = [event_document(1, "b", {}, seq=9), event_document(2, "a", {}, seq=8)]
    rows = rows_of(body_of(events))
    assert (column(rows, "event_type"), column(rows, "seq")) == (["a", "b"], [8, 9])


def test_untidy_events_do_not_break_the_columns() -> None:
    message = {
        "host": 5,
        "play": ["p"],
        "changed": "yes",
        "start": "soon",
        "end": True,
        "res": {"rc": "two"},
        "msg": "",
    }
    row = rows_of(body_of([event_document(1, "runner_on_ok", message, timestamp=None, notifications=None)]))[0]
    assert (row["host"], row["play"], row["changed"], row["start"], row["end"]) == ("5", '["p"]', None, None, None)
    assert (row["rc"], row["message"], row["timestamp"], row["outcome"]) == (None, None, None, "ok")


def test_a_member_that_is_null_is_as_good_as_absent() -> None:
    message = {"changed": None, "msg": None, "res": {"changed": True, "msg": "Done."}}
    row = rows_of(body_of([event_document(1, "runner_on_ok", message)]))[0]
    assert (row["changed"], row["outcome"], row["message"]) == (True, "changed", "Done.")


@pytest.mark.parametrize("status", [{"is": "odd"}, ["RUNNING"], 5, None])
def test_a_status_that_is_no_text_does_not_break_the_runs(status: Any) -> None:
    events = [
        event_document(1, "playbook_result", {"status": "FAILURE"}),
        event_document(2, "status_change", {"status": status}),
    ]
    assert column(rows_of(body_of(events)), "run") == [1, 2]


def test_no_events() -> None:
    assert events_table([]).schema == events_table([EventsOf("j", "x", [])]).schema == pulled_events_schema()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"5", b'{"totalSize":1,"results":[5]}', b'[{"timestamp":{}}]'])
def test_what_is_no_page_of_events_is_said(body: bytes) -> None:
    with pytest.raises(DocumentError):
        read_events_page(body)


def test_the_tolerant_reader_is_the_same_as_that_of_the_client() -> None:
    assert read_events_page(body_of(EVENTS)).results == [read_status_event(event) for event in EVENTS]


def test_the_tables_become_frames() -> None:
    events = events_table([EventsOf("j1", "x1", read_events_page(body_of(EVENTS)).results)])
    frame = to_pandas(events.append_column("job", events.column("job_id")), "events")
    assert list(frame["outcome"].cat.categories[:6]) == ["ok", "changed", "failed", "unreachable", "skipped", "ignored"]
    assert len(frame) == 12
