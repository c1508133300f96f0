"""Executions as columns, oldest first: what ``GET …/executions`` answers as Arrow.

Numbers have no gap and a row keeps its own, so any stretch of them can be asked for at any time, several at once, and
none is missed or met twice while others are added. What a stretch cannot show is that a known execution changed since:
each change of one is stored together with a status event, so those with an event after a cursor are all that changed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, Select, func, select

from ctl_jupyter.service.states import ENDING
from ctl_jupyter.service.store.columns import (
    Rows,
    dictionary,
    each_json,
    joined,
    none_if_empty,
    numbers,
    numpy_of,
    or_empty,
    read_joined,
    sorted_by,
    texts,
    times,
    whole_numbers,
)
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.event_columns import next_event
from ctl_jupyter.service.store.numbers import Numbered
from ctl_jupyter.service.store.schema import events, executions, fires

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ExecutionColumns"]

#: Executions of a batch: some 2 MB.
BATCH = 10_000
#: Events whose executions are looked at together.
MANY = 100_000
SCHEDULE = ("schedule_id", "fire_time", "catch_up", "service_account_alias")


class ExecutionColumns:
    """Reads executions, many at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, account: str, job_id: str | None, after: int, size: int, changed_after: int | None = None) -> Rows:
        """Return executions of the account or of a job of it, oldest first.

        Parameters
        ----------
        after
            How many of the oldest to pass over.
        size
            How many at most.
        changed_after
            Only those of which a status event was stored after this cursor.

        Returns
        -------
        Rows
            Its metadata: ``total``, how many there are; ``cursor``, the last status event of the moment; ``next``,
            how many of the oldest to pass over to go on, which is ``total`` when nothing follows.
        """
        mine = _mine(account, job_id)
        with self._database.read() as connection:
            total = mine.last(connection)
            cursor = int(connection.execute(select(func.max(events.c.seq))).scalar() or 0)
            # Stored together with its execution: what is added meanwhile is of none that is read here.
            has_schedules = connection.execute(select(func.min(fires.c.schedule_id))).scalar() is not None
        if changed_after is None:
            following = min(after + size, total)
            parts = _ranges(mine, after + 1, following)
        else:
            changed = self._changed(account, job_id, mine.column, changed_after)
            found = [number for number in changed if after < number <= total]
            following = found[size - 1] if len(found) > size else total
            parts = _chosen(mine, found[:size])
        told = {"total": str(total), "cursor": str(cursor), "next": str(following)}
        return Rows(_schema().with_metadata(told), self._batches(account, _columns(mine, has_schedules), parts))

    def _changed(self, account: str, job_id: str | None, number: "Column[Any]", cursor: int) -> list[int]:
        """Return the numbers of the executions that the events after a cursor are of, in order.

        The events are read in their own order, which costs little when there are few; asked for all at once, a
        database may go by jobs or executions instead, through all that there ever were.
        """
        mine = events.c.account_alias == account
        if job_id is not None:
            # Joined with nothing, so that no index is found for it.
            mine &= events.c.job_id.concat("") == job_id
        ids: dict[str, None] = {}
        query = joined({"execution_id": events.c.execution_id}, events).where(mine)
        while (first := next_event(self._database, mine, cursor)) is not None:
            cursor = first + MANY - 1
            found = read_joined(self._database, query.where(events.c.seq.between(first, cursor)))
            assert found is not None, "events are never deleted"
            ids.update(dict.fromkeys(dictionary(found["execution_id"]).dictionary.to_pylist()))
        changed = list(ids)
        numbers_found: list[int] = []
        with self._database.read() as connection:
            for chosen in (changed[place : place + BATCH] for place in range(0, len(changed), BATCH)):
                numbers_found += connection.execute(select(number).where(executions.c.id.in_(chosen))).scalars()
        return sorted(numbers_found)

    def _batches(
        self, account: str, query: "Select[Any]", parts: "Iterator[ColumnElement[bool]]"
    ) -> "Iterator[pa.RecordBatch]":
        for part in parts:
            found = read_joined(self._database, query.where(part))
            if found is not None:
                yield _batch(found, account)


def _mine(account: str, job_id: str | None) -> Numbered:
    if job_id is None:
        return Numbered(executions.c.account_number, executions.c.account_alias == account)
    # Without the account, by which SQLite would look through all of it.
    return Numbered(executions.c.job_number, executions.c.job_id == job_id)


def _stretches(numbers: range, length: int) -> Iterator[range]:
    return (numbers[place : place + length] for place in range(0, len(numbers), length))


def _ranges(mine: Numbered, first: int, last: int) -> "Iterator[ColumnElement[bool]]":
    for part in _stretches(range(first, last + 1), BATCH):
        yield mine.mine & mine.column.between(part[0], part[-1])


def _chosen(mine: Numbered, found: list[int]) -> "Iterator[ColumnElement[bool]]":
    for start in range(0, len(found), BATCH):
        yield mine.mine & mine.column.in_(found[start : start + BATCH])


def _columns(mine: Numbered, has_schedules: bool) -> "Select[Any]":
    """Return the query of everything; to look for each execution's schedule takes a third of its time."""
    columns = executions.c
    of_execution = {
        "number": mine.column,
        "execution_id": columns.id,
        "job_id": columns.job_id,
        "status": columns.status,
        "failed_hosts": columns.failed_hosts,
        "timers": columns.timers,
        "repository_log": or_empty(columns.repository_log),
        "event_count": columns.event_count,
    }
    if not has_schedules:
        return joined(of_execution, executions)
    of_schedule = {name: or_empty(fires.c[name]) for name in SCHEDULE}
    source = executions.outerjoin(fires, fires.c.execution_id == executions.c.id)
    return joined({**of_execution, **of_schedule}, source)


def _schema() -> "pa.Schema":
    import pyarrow as pa

    name = pa.dictionary(pa.int32(), pa.string())
    time = pa.timestamp("ms", tz="UTC")
    schedule = [("id", name), ("fire_time", time), ("catch_up", pa.bool_()), ("service_account_alias", name)]
    return pa.schema(
        [
            ("position", pa.int64()),
            ("execution_id", pa.string()),
            ("job_id", name),
            ("account_alias", name),
            ("status", name),
            ("failed_hosts", pa.list_(pa.string())),
            ("timers", pa.list_(pa.struct([("start", time), ("end", time)]))),
            ("repository_log", name),
            ("events_expected", pa.int64()),
            ("events_complete", pa.bool_()),
            ("schedule", pa.struct(schedule)),
        ]
    )


def _batch(found: dict[str, str], account: str) -> "pa.RecordBatch":
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = _schema()
    position = numbers(numpy_of(whole_numbers(found["number"])) - 1)
    status = dictionary(found["status"])
    is_final = pc.is_in(status.dictionary, value_set=texts("\n".join(status.value for status in ENDING)))
    is_final = is_final.take(status.indices)
    count = len(position)
    same = pa.Array.from_buffers(pa.int32(), count, [None, pa.py_buffer(np.zeros(count, dtype=np.int32))])
    failed = texts(found["failed_hosts"]).dictionary_encode()
    failed_lists = each_json("\n".join(failed.dictionary.to_pylist()), schema.field("failed_hosts").type)
    expected = whole_numbers(found["event_count"])
    return sorted_by(
        pa.RecordBatch.from_arrays(
            [
                position,
                texts(found["execution_id"]),
                dictionary(found["job_id"]),
                pa.DictionaryArray.from_arrays(same, texts(account)),
                status,
                failed_lists.take(failed.indices),
                _timers(found["timers"], schema.field("timers").type),
                dictionary(found["repository_log"]),
                pc.if_else(is_final, expected, pa.nulls(count, pa.int64())),
                is_final,
                _schedules(found, count, schema.field("schedule").type),
            ],
            schema=schema,
        ),
        "position",
    )


def _timers(text: str, kind: "pa.DataType") -> "pa.ListArray":
    import pyarrow as pa

    # The reader of JSON takes numbers for times no more than texts for numbers.
    as_numbers = pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64())]))
    return each_json(text, as_numbers).cast(kind)


def _schedules(found: dict[str, str], count: int, kind: "pa.DataType") -> "pa.StructArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    if "schedule_id" not in found:
        return pa.nulls(count, kind)
    schedule_id = none_if_empty(texts(found["schedule_id"]))
    parts = [
        schedule_id.dictionary_encode(),
        times(found["fire_time"]),
        whole_numbers(found["catch_up"]).cast(pa.bool_()),
        dictionary(found["service_account_alias"]),
    ]
    return pa.StructArray.from_arrays(parts, fields=list(kind), mask=pc.is_null(schedule_id))
