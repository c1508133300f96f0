"""The messages of status events, read in bulk: a table of events as they were sent becomes what is pulled and kept.

Arrow's reader of JSON takes all messages of a table at once, as lines, and only the members that become columns: a
fifth of the time of one after the other. It wants a member to have one type. Where one has another (``msg`` of
``debug`` may be a list), or the message is a bare text, the 500 messages around it are read one by one.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import msgspec

from ctl_jupyter.client.runs import runs_of
from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.history.columns import FIRST_TIME, LAST_TIME, as_text, as_time
from ctl_jupyter.history.pulling.decode import OUTCOMES_OF_EVENTS, STATUS_EVENTS
from ctl_jupyter.history.schema import LONGEST_MESSAGE, OUTCOMES, pulled_events_schema

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

__all__ = ["read_messages"]

#: Messages that are read one by one when one of them needs it.
BLOCK = 500
NAMES = ("status", "host", "play", "task", "role", "action", "path")
TEXTS = (*NAMES, "msg", "reason")


def read_messages(table: "pa.Table") -> "pa.Table":
    """Return status events with the columns of `ctl_jupyter.history.schema.pulled_events_schema`.

    Parameters
    ----------
    table
        Columns ``seq`` (null from the hosted Runner), ``timestamp`` (epoch milliseconds or a time), ``job_id``,
        ``execution_id``, ``event_type`` and ``message`` (JSON). With ``number`` (from 1 within the execution) and
        ``run``, as the embedded service tells them, any events; without, all events of each execution in the order
        they happened.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = pulled_events_schema()
    table = table.unify_dictionaries().combine_chunks()
    types = _names(_whole(table, "event_type"))
    told = _told(_whole(table, "message"))
    if "number" in table.column_names:
        position = pc.subtract(_whole(table, "number"), 1)
        run = _whole(table, "run")
    else:
        position, run = _places(table, types, told)
    said = pc.coalesce(_text_or_null(told["msg"]), _text_or_null(told["reason"]))
    columns = {
        "position": position,
        "execution_id": _names(_whole(table, "execution_id")),
        "job_id": _names(_whole(table, "job_id")),
        "run": run,
        "seq": _whole(table, "seq").cast(pa.int64()),
        "timestamp": _whole(table, "timestamp").cast(schema.field("timestamp").type),
        "event_type": types,
        **{name: _names(told[name]) for name in NAMES},
        "status": _names(
            pc.if_else(_is_one_of(types, STATUS_EVENTS), told["status"], pa.scalar(None, pa.large_string()))
        ),
        "outcome": _outcomes(types, told),
        "changed": told["changed"],
        "start": _times(told["start"], schema.field("start").type),
        "end": _times(told["end"], schema.field("end").type),
        "rc": told["rc"],
        "message": pc.utf8_slice_codeunits(said, 0, LONGEST_MESSAGE),
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)


# --- reading --------------------------------------------------------------------------------------------------


def _told(messages: "pa.Array") -> "dict[str, pa.Array]":
    """Return the members of messages that become columns."""
    import pyarrow as pa
    import pyarrow.compute as pc

    messages = pc.fill_null(messages.cast(pa.large_string()), "{}")
    try:
        parts = [_in_bulk(messages)]
    except pa.ArrowInvalid:
        blocks = (messages.slice(start, BLOCK) for start in range(0, len(messages), BLOCK))
        parts = [_in_bulk_or_one_by_one(block) for block in blocks]
    return {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}


def _in_bulk_or_one_by_one(messages: "pa.Array") -> "dict[str, pa.Array]":
    import pyarrow as pa

    try:
        return _in_bulk(messages)
    except pa.ArrowInvalid:
        return _one_by_one(messages)


def _in_bulk(messages: "pa.Array") -> "dict[str, pa.Array]":
    """Read messages that are all objects whose members have the types they should have.

    Raises
    ------
    pyarrow.ArrowInvalid
        When one is not.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json

    if not len(messages):
        return _one_by_one(messages)
    if not pc.all(pc.starts_with(pc.utf8_ltrim_whitespace(messages), "{")).as_py():
        # Of a bare null, Arrow's reader dies.
        raise pa.ArrowInvalid("a message is no object")
    result = pa.struct([("changed", pa.bool_()), ("msg", pa.string()), ("rc", pa.int64())])
    wanted = pa.schema(
        [
            *((name, pa.string()) for name in TEXTS),
            ("changed", pa.bool_()),
            ("ignore_errors", pa.bool_()),
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("res", result),
        ]
    )
    ends = pa.array([0, len(messages)], pa.int64())
    line_feed = pa.scalar("\n", pa.large_string())
    lines = pc.binary_join(pa.LargeListArray.from_arrays(ends, messages), line_feed)[0].as_buffer()
    table = pyarrow.json.read_json(
        pa.BufferReader(lines),
        pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        pyarrow.json.ParseOptions(explicit_schema=wanted, unexpected_field_behavior="ignore"),
    ).combine_chunks()
    if len(table) != len(messages):
        raise pa.ArrowInvalid("a message is not one line")
    told = {name: _whole(table, name).cast(pa.large_string()) for name in TEXTS}
    res = _whole(table, "res")
    said = pc.struct_field(res, "msg").cast(pa.large_string())
    return {
        **told,
        "msg": pc.coalesce(told["msg"], said),
        "changed": pc.coalesce(_whole(table, "changed"), pc.struct_field(res, "changed")),
        "ignore_errors": _whole(table, "ignore_errors"),
        "start": _whole(table, "start"),
        "end": _whole(table, "end"),
        "rc": pc.struct_field(res, "rc"),
    }


def _one_by_one(messages: "pa.Array") -> "dict[str, pa.Array]":
    """Read messages whatever they are."""
    import pyarrow as pa

    rows = [_members(text) for text in messages.to_pylist()]
    kinds = {"changed": pa.bool_(), "ignore_errors": pa.bool_(), **dict.fromkeys(("start", "end", "rc"), pa.int64())}
    names = (*TEXTS, *kinds)
    return {name: pa.array([row[name] for row in rows], kinds.get(name, pa.large_string())) for name in names}


def _members(text: str) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError:
        message = text
    # As `ctl_jupyter.documents.StatusEvent` has it.
    spoken = {} if message is None else {"msg": str(message)}
    details: dict[str, Any] = message if isinstance(message, dict) else spoken
    found = details.get("res")
    result: dict[str, Any] = found if isinstance(found, dict) else {}
    rc = result.get("rc")

    def said(name: str) -> Any:
        return result.get(name) if details.get(name) is None else details[name]

    changed, ignored = said("changed"), details.get("ignore_errors")
    return {
        **{name: as_text(details.get(name)) for name in TEXTS},
        "msg": as_text(said("msg")),
        "changed": changed if isinstance(changed, bool) else None,
        "ignore_errors": ignored if isinstance(ignored, bool) else None,
        "start": as_time(details.get("start")),
        "end": as_time(details.get("end")),
        "rc": rc if isinstance(rc, int) and not isinstance(rc, bool) and abs(rc) < 2**63 else None,
    }


# --- columns --------------------------------------------------------------------------------------------------


def _whole(table: "pa.Table", name: str) -> "pa.Array":
    import pyarrow as pa

    column = table.column(name).combine_chunks()
    return column if isinstance(column, pa.Array) else pa.concat_arrays(column.chunks)


def _text_or_null(values: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.large_string()), values)


def _names(values: "pa.Array") -> "pa.DictionaryArray":
    """Return texts as categories; null for the empty one."""
    import pyarrow as pa

    if not pa.types.is_dictionary(values.type):
        return _text_or_null(values.cast(pa.large_string())).dictionary_encode()
    return pa.DictionaryArray.from_arrays(values.indices.cast(pa.int32()), values.dictionary.cast(pa.large_string()))


def _codes(values: "pa.DictionaryArray") -> "np.ndarray[Any, Any]":
    """Return the places of values in their dictionary; -1 for null."""
    import pyarrow.compute as pc

    codes: np.ndarray[Any, Any] = pc.fill_null(values.indices, -1).to_numpy(zero_copy_only=False)
    return codes


def _is_one_of(values: "pa.DictionaryArray", wanted: "Collection[str]") -> "pa.Array":
    import numpy as np
    import pyarrow as pa

    known = np.array([*(name in wanted for name in values.dictionary.to_pylist()), False])
    return pa.array(known[_codes(values)])


def _times(values: "pa.Array", kind: "pa.DataType") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    is_time = pc.and_(pc.greater_equal(values, FIRST_TIME), pc.less_equal(values, LAST_TIME))
    return pc.if_else(is_time, values, pa.scalar(None, pa.int64())).cast(kind)


def _outcomes(types: "pa.DictionaryArray", told: "dict[str, pa.Array]") -> "pa.DictionaryArray":
    """Return how each result ended; null for what is no result."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    place = {outcome: number for number, outcome in enumerate(OUTCOMES)}
    by_type = np.array(
        [*(place.get(OUTCOMES_OF_EVENTS.get(name, ""), -1) for name in types.dictionary.to_pylist()), -1]
    )
    outcomes = by_type[_codes(types)]
    for before, flag, after in (("ok", "changed", "changed"), ("failed", "ignore_errors", "ignored")):
        is_set = pc.fill_null(told[flag], False).to_numpy(zero_copy_only=False)
        outcomes[(outcomes == place[before]) & is_set] = place[after]
    indices = pa.array(outcomes, pa.int32(), mask=outcomes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(OUTCOMES, pa.large_string()))


# --- places ---------------------------------------------------------------------------------------------------


def _places(table: "pa.Table", types: "pa.DictionaryArray", told: "dict[str, pa.Array]") -> "tuple[pa.Array, pa.Array]":
    """Return the position of each event in its execution, and its run.

    Only executions in which something comes after a result, or that began twice, are looked at event by event.
    """
    import numpy as np
    import pyarrow as pa

    of_execution = _codes(_names(_whole(table, "execution_id")))
    order = np.argsort(of_execution, kind="stable")
    begins = np.flatnonzero(np.diff(of_execution[order], prepend=-2))
    lengths = np.diff(begins, append=len(order))
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order)) - np.repeat(begins, lengths)
    run = np.ones(len(order), dtype=np.int64)
    is_result = _is_one_of(types, ("playbook_result",)).to_numpy(zero_copy_only=False)[order]
    is_begin = _is_one_of(types, ("playbook_on_start",)).to_numpy(zero_copy_only=False)[order]
    if len(order):
        ended_before_last = np.add.reduceat(is_result.astype(np.int64), begins) - is_result[begins + lengths - 1] > 0
        began_twice = np.add.reduceat(is_begin.astype(np.int64), begins) > 1
        for group in np.flatnonzero(ended_before_last | began_twice):
            rows = order[begins[group] : begins[group] + lengths[group]]
            run[rows] = _runs(types.take(pa.array(rows)), told["status"].take(pa.array(rows)))
    return pa.array(position), pa.array(run)


def _runs(types: "pa.Array", statuses: "pa.Array") -> list[int]:
    """Return the run of each event of one execution."""
    events = [
        StatusEvent(event_type=kind or "", message={"status": status})
        for kind, status in zip(types.to_pylist(), statuses.to_pylist(), strict=True)
    ]
    return [number for number, run in enumerate(runs_of(events), 1) for _ in run]
