"""The bodies of pages as Arrow tables of what is pulled and kept; `ctl_jupyter.history.schema` has their columns.

Executions are read by Arrow's own JSON reader, many pages at a time, and with the members alone that are wanted. It
works outside of Python's one lock, so the threads that fetch pages decode side by side. The ways by themselves, on two
cores, which the service shared, for a page of 100 executions (48 kB), in ms from the request to the columns; a whole
pull into the frame, with all that it looks after, is measured by ``python -m tests.bench pull``:

==============================================  ====  =====================================================
way                                             wall  CPU
==============================================  ====  =====================================================
requests, json, one ``pandas.json_normalize``   2.37  2.26
msgspec structs of these members, lists         0.41  0.37: 0.11 decoding, 0.10 columns, both under the lock
DuckDB, ``from_json``                           0.26  0.42
**Arrow's reader, 16 pages at a time**          0.22  0.37
only fetched                                    0.10  0.08
==============================================  ====  =====================================================

It is strict, though, and Runner is not: what it refuses, and what it would read otherwise than
`ctl_jupyter.documents`, is read again by that, page by page. Tests hold both against each other.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.client.runs import in_order, runs_of
from ctl_jupyter.client.whole_lists import Decoded, PageHead
from ctl_jupyter.documents import (
    DocumentError,
    Execution,
    Page,
    StatusEvent,
    read_execution,
    read_json,
    read_page,
    read_status_event,
)
from ctl_jupyter.history.arrow_columns import as_column
from ctl_jupyter.history.columns import FIRST_TIME, LAST_TIME, as_text, as_time, as_whole
from ctl_jupyter.history.schema import LONGEST_MESSAGE, pulled_events_schema, pulled_executions_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "OUTCOMES_OF_EVENTS",
    "STATUS_EVENTS",
    "EventsOf",
    "decode_executions",
    "events_table",
    "executions_table",
    "read_events_page",
]

#: How the documentation prints that no host failed, which is no list of texts; and the same in as many bytes.
NO_FAILED_HOSTS, EMPTY_LIST = b'"failed_hosts":[0]', b'"failed_hosts":[ ]'
#: How an item of a loop can end on a host; as the whole task can.
OUTCOMES_OF_EVENTS = {
    **RESULT_EVENTS,
    "runner_item_on_ok": "ok",
    "runner_item_on_failed": "failed",
    "runner_item_on_skipped": "skipped",
}
#: Events that tell a status.
STATUS_EVENTS = frozenset({"status_change", "playbook_result"})
#: What is not in a page, but known by who asked for it.
ADDED = ("position", "checked")


def decode_executions(bodies: Sequence[bytes]) -> "Decoded[pa.Table]":
    """Return the executions of some pages, newest first as they are listed, without ``position`` and ``checked``.

    Parameters
    ----------
    bodies
        The answers to ``GET /jobs/{alias}/executions`` or ``GET /jobs/{alias}/{jobId}/executions``.
    """
    try:
        return _quickly(bodies)
    except _Untidy:
        return _tolerantly(bodies)


class _Untidy(Exception):
    """Pages that Arrow cannot read, or would read otherwise than `ctl_jupyter.documents` does."""


def _quickly(bodies: Sequence[bytes]) -> "Decoded[pa.Table]":
    import pyarrow as pa

    pages = _read(bodies)
    totals, sizes, results = (pages.column(name).chunk(0) for name in ("totalSize", "size", "results"))
    rows = results.flatten()
    if pages.num_rows != len(bodies) or totals.null_count or results.null_count or rows.null_count:
        raise _Untidy
    heads = [
        PageHead(total, size, count)
        for total, size, count in zip(
            totals.to_pylist(), sizes.to_pylist(), results.value_lengths().to_pylist(), strict=True
        )
    ]
    if any(head.total < 0 for head in heads):
        raise _Untidy
    members = dict(zip((field.name for field in rows.type), rows.flatten(), strict=True))
    if members["execution_id"].null_count or _has_empty(members["execution_id"]):
        raise _Untidy
    commits = _commits(_member(members["repository_log"], "recent_commit"))
    schedules = members["schedule"]
    if _member(schedules, "id").null_count > schedules.null_count:
        raise _Untidy
    columns = {
        "execution_id": members["execution_id"],
        "job_id": _name(members["job_id"]),
        "account": _name(members["account_alias"]),
        "status": _name(members["status"]),
        "failed_hosts": _hosts(members["failed_hosts"]),
        "commit": _text(_member(commits, "commit")),
        "commit_author": _text(_member(commits, "author")),
        "commit_message": _text(_member(commits, "message")),
        "timers": _timers(members["timers"], members["start"], members["end"]),
        "schedule_id": _text(_member(schedules, "id")),
        "events_expected": members["events_expected"],
        "events_complete": members["events_complete"],
    }
    schema = _schema()
    return Decoded(heads, pa.table([columns[name] for name in schema.names], schema=schema))


def _read(bodies: Sequence[bytes]) -> "pa.Table":
    """Return one row for each page, its members as `_page_schema` has them."""
    import pyarrow as pa
    from pyarrow import json

    # A page is a line: a raw line break cannot be within a text. Nor can the quotes of what is replaced.
    lines = [body.strip() for body in bodies]
    if any(b"\n" in line or not line.startswith(b"{") for line in lines):
        # Of a bare null, Arrow's reader dies.
        raise _Untidy
    content = b"\n".join(lines).replace(NO_FAILED_HOSTS, EMPTY_LIST)
    try:
        if not content.isascii():
            content.decode()
        return json.read_json(
            pa.BufferReader(content),
            read_options=json.ReadOptions(use_threads=False, block_size=len(content) + 1),
            parse_options=json.ParseOptions(explicit_schema=_page_schema(), unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _Untidy from error


@cache
def _page_schema() -> "pa.Schema":
    import pyarrow as pa

    number, text, yes_no = pa.int64(), pa.large_string(), pa.bool_()
    span = [("start", number), ("end", number)]
    commit = pa.struct([("commit", text), ("author", text), ("message", text)])
    execution = pa.struct(
        [
            *((name, text) for name in ("execution_id", "job_id", "account_alias", "status")),
            ("repository_log", pa.struct([("recent_commit", pa.list_(commit))])),
            ("failed_hosts", pa.list_(text)),
            ("timers", pa.list_(pa.struct(span))),
            *span,
            ("events_expected", number),
            ("events_complete", yes_no),
            ("schedule", pa.struct([("id", text)])),
        ]
    )
    return pa.schema([("totalSize", number), ("size", number), ("results", pa.list_(execution))])


def _member(structs: Any, name: str) -> Any:
    """Return a member of each struct, none where there is no struct."""
    return structs.flatten()[structs.type.get_field_index(name)]


def _commits(lists: Any) -> Any:
    """Return the first commit of each list, none of an empty one."""
    import pyarrow as pa

    every = lists.flatten()
    if every.null_count or _member(every, "commit").null_count:
        raise _Untidy
    offsets = lists.offsets.to_numpy()
    begins = offsets[:-1]
    return lists.values.take(pa.array(begins, mask=begins == offsets[1:]))


def _has_empty(texts: Any) -> bool:
    """Whether a text is empty; that there is none is not."""
    import numpy as np

    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    # What there is none of takes no place either.
    return bool(np.count_nonzero(offsets[1:] == offsets[:-1]) > texts.null_count)


def _text(texts: Any) -> Any:
    """Return texts, none for an empty one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _has_empty(texts):
        return texts
    return pc.replace_with_mask(texts, pc.fill_null(pc.equal(texts, ""), False), pa.scalar(None, texts.type))


def _name(texts: Any) -> Any:
    return _text(texts).dictionary_encode()


def _hosts(lists: Any) -> Any:
    """Return the lists of failed hosts, an empty one for none."""
    import pyarrow as pa

    if lists.flatten().null_count:
        raise _Untidy
    return pa.LargeListArray.from_arrays(lists.offsets.cast(pa.int64()), lists.values)


def _timers(lists: Any, start: Any, end: Any) -> Any:
    """Return the timers of each execution; one of the older ``start`` and ``end`` where there is none."""
    import numpy as np
    import pyarrow as pa

    spans = lists.flatten()
    if spans.null_count:
        raise _Untidy
    starts, ends = (_times(times) for times in spans.flatten())
    offsets = lists.offsets.to_numpy().astype(np.int64)
    offsets -= offsets[0]
    is_older = np.diff(offsets) == 0
    if is_older.any():
        # One is put in before the place where the execution's own would begin.
        places = offsets[:-1][is_older]
        order = np.insert(np.arange(len(spans)), places, len(spans) + np.flatnonzero(is_older))
        starts = pa.concat_arrays([starts, _times(start)]).take(pa.array(order))
        ends = pa.concat_arrays([ends, _times(end)]).take(pa.array(order))
        offsets += np.concatenate([[0], np.cumsum(is_older)])
    timers = pa.StructArray.from_arrays([starts, ends], ["start", "end"])
    return pa.LargeListArray.from_arrays(pa.array(offsets), timers)


def _times(numbers: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    limits = pc.min_max(numbers).as_py()
    if limits["min"] is not None and not FIRST_TIME <= limits["min"] <= limits["max"] <= LAST_TIME:
        raise _Untidy
    return numbers.cast(pa.timestamp("ms", tz="UTC"))


@cache
def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema([field for field in pulled_executions_schema() if field.name not in ADDED])


def _tolerantly(bodies: Sequence[bytes]) -> "Decoded[pa.Table]":
    heads: list[PageHead | DocumentError] = []
    executions: list[Execution] = []
    for body in bodies:
        try:
            page = _read_page(body)
        except DocumentError as error:
            heads.append(error)
        else:
            heads.append(PageHead(page.total_size, page.size, len(page.results)))
            executions += page.results
    return Decoded(heads, executions_table(executions))


def _read_page(body: bytes) -> Page[Execution]:
    page = read_page(read_json(body, "The page"), read_execution)
    if not page.is_counted or page.total_size < 0:
        raise DocumentError("The page does not say how many executions there are.")
    if not all(execution.execution_id for execution in page.results):
        raise DocumentError("The page has an execution without an id.")
    return page


def executions_table(executions: Sequence[Execution]) -> "pa.Table":
    """Return executions as `decode_executions` does, of their documents."""
    import pyarrow as pa

    schema = _schema()
    columns = zip(*map(_row, executions), strict=True) if executions else [()] * len(schema)
    return pa.table(
        [as_column(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


def _row(execution: Execution) -> tuple[Any, ...]:
    log = execution.repository_log
    commit = log.recent_commit[0] if log and log.recent_commit else None
    return (
        execution.execution_id,
        as_text(execution.job_id),
        as_text(execution.account_alias),
        as_text(execution.status),
        execution.failed_hosts,
        as_text(commit and commit.commit),
        as_text(commit and commit.author),
        as_text(commit and commit.message),
        [{"start": as_time(timer.start), "end": as_time(timer.end)} for timer in execution.timers or []],
        as_text(execution.schedule and execution.schedule.id),
        as_whole(execution.events_expected),
        execution.events_complete,
    )


class EventsOf(NamedTuple):
    """The status events of one execution, as they were listed."""

    job_id: str
    execution_id: str
    events: Sequence[StatusEvent]


def read_events_page(body: bytes) -> Page[StatusEvent]:
    """Read a page, or a bare array, of status events.

    Raises
    ------
    DocumentError
        When it is neither.
    """
    try:
        if body.lstrip().startswith(b"["):
            events = msgspec.json.decode(body, type=list[StatusEvent])
            return Page(total_size=len(events), size=0, results=events)
        return msgspec.json.decode(body, type=Page[StatusEvent])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Untidy, perhaps: read as every other answer is.
        return read_page(read_json(body, "The page"), read_status_event)


def events_table(executions: Sequence[EventsOf]) -> "pa.Table":
    """Return the status events of executions as `pulled_events_schema` has them, each in the order it happened."""
    import pyarrow as pa

    rows = [row for of in executions for row in _event_rows(of)]
    schema = _events_schema()
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table(
        [as_column(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


@cache
def _events_schema() -> "pa.Schema":
    return pulled_events_schema()


def _event_rows(of: EventsOf) -> list[tuple[Any, ...]]:
    runs = runs_of(in_order(of.events))
    told = [(run, event) for run, events in enumerate(runs, 1) for event in events]
    return [_event_row(of, position, run, event) for position, (run, event) in enumerate(told)]


def _event_row(of: EventsOf, position: int, run: int, event: StatusEvent) -> tuple[Any, ...]:
    """Return an event's row, its values in the order of the schema's columns."""
    kind, details = event.event_type, event.details
    get = details.get
    found = get("res")
    # The embedded service repeats some of it beside the whole result; another service may not.
    result: dict[str, Any] = found if isinstance(found, dict) else {}
    changed = _first_said(get("changed"), result.get("changed"))
    outcome = OUTCOMES_OF_EVENTS.get(kind)
    if outcome == "ok" and changed is True:
        outcome = "changed"
    elif outcome == "failed" and get("ignore_errors") is True:
        outcome = "ignored"
    message = as_text(_first_said(get("msg"), result.get("msg"))) or as_text(get("reason"))
    return (
        position,
        event.execution_id or of.execution_id,
        event.job_id or of.job_id,
        run,
        as_whole(event.seq),
        as_time(event.timestamp),
        kind or None,
        as_text(get("status")) if kind in STATUS_EVENTS else None,
        as_text(get("host")),
        as_text(get("play")),
        as_text(get("task")),
        as_text(get("role")),
        as_text(get("action")),
        as_text(get("path")),
        outcome,
        changed if isinstance(changed, bool) else None,
        as_time(get("start")),
        as_time(get("end")),
        as_whole(result.get("rc")),
        message and message[:LONGEST_MESSAGE],
    )


def _first_said(value: Any, other: Any) -> Any:
    # A member that is null says no more than one that is not there.
    return other if value is None else value
