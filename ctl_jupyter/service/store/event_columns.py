"""Status events as columns, in the order they were stored: what ``GET /status/…`` answers as Arrow."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, func, select

from ctl_jupyter.service.store.columns import (
    Rows,
    dictionary,
    joined,
    numbers,
    numpy_of,
    read_joined,
    sorted_by,
    texts,
    times,
    whole_numbers,
)
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.numbers import Numbered
from ctl_jupyter.service.store.schema import events

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

__all__ = ["EventColumns", "next_event"]

#: Events of a batch: some 1 MB; 130 MB if each were as large as an event may be.
BATCH = 2_000
#: What ends a run: a restart's events come after it.
LAST_EVENT = "playbook_result"

_COLUMNS = joined(
    {
        "seq": events.c.seq,
        "number": events.c.execution_number,
        "timestamp": events.c.timestamp,
        "job_id": events.c.job_id,
        "execution_id": events.c.execution_id,
        "event_type": events.c.event_type,
        "message": events.c.message,
    },
    events,
)


class EventColumns:
    """Reads status events, many at once; the metadata of each answer have ``cursor``, the last event of the moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_account(self, account: str, job_ids: Sequence[str], after: int, size: int) -> Rows:
        """Return the events of an account after a cursor, those of all jobs or of these, deleted ones among them."""
        mine = events.c.account_alias == account
        if job_ids:
            # Joined with nothing, so that the database looks in the order of cursors and not through all of the jobs.
            mine &= events.c.job_id.concat("").in_(job_ids)
        return self._rows(self._by_cursor(mine, after, size))

    def of_job(self, job_id: str, after: int, size: int) -> Rows:
        """Return the events of a job after a cursor."""
        return self._of(Numbered(events.c.job_number, events.c.job_id == job_id), after, size)

    def of_execution(self, execution_id: str, after: int, size: int) -> Rows:
        """Return the events of an execution after a cursor."""
        return self._of(Numbered(events.c.execution_number, events.c.execution_id == execution_id), after, size)

    def _of(self, mine: Numbered, after: int, size: int) -> Rows:
        with self._database.read() as connection:
            first = _passed(connection, mine, after) + 1
            last = min(first + size - 1, mine.last(connection))
        stretches = (
            mine.mine & mine.column.between(start, min(start + BATCH - 1, last))
            for start in range(first, last + 1, BATCH)
        )
        return self._rows(map(self._read, stretches))

    def _rows(self, parts: Iterator[dict[str, str]]) -> Rows:
        with self._database.read() as connection:
            cursor = int(connection.execute(select(func.max(events.c.seq))).scalar() or 0)
        schema = _schema().with_metadata({"cursor": str(cursor)})
        runs = _Runs(self._database)
        return Rows(schema, (_batch(part, runs) for part in parts))

    def _by_cursor(self, mine: "ColumnElement[bool]", after: int, size: int) -> Iterator[dict[str, str]]:
        """Yield stretches of cursors that have events; there are gaps, and those of others stand between."""
        left = size
        while left > 0:
            first = next_event(self._database, mine, after)
            if first is None:
                return
            after = first + min(left, BATCH) - 1
            part = self._read(mine & events.c.seq.between(first, after))
            left -= part["seq"].count("\n") + 1
            yield part

    def _read(self, condition: "ColumnElement[bool]") -> dict[str, str]:
        found = read_joined(self._database, _COLUMNS.where(condition))
        assert found is not None, "events are never deleted"
        return found


def next_event(database: Database, mine: "ColumnElement[bool]", after: int) -> int | None:
    """Return the first event after a cursor that a condition holds for, ``None`` when there is none."""
    query = select(events.c.seq).where(mine, events.c.seq > after).order_by(events.c.seq).limit(1)
    with database.read() as connection:
        return connection.execute(query).scalar()


def _passed(connection: Connection, mine: Numbered, cursor: int) -> int:
    """Return how many of the events are not after a cursor: numbers and cursors grow together."""
    low, high = 0, mine.last(connection)
    while low < high:
        middle = (low + high + 1) // 2
        seq = connection.execute(select(events.c.seq).where(mine.mine, mine.column == middle)).scalar_one()
        low, high = (middle, high) if seq <= cursor else (low, middle - 1)
    return low


def _schema() -> "pa.Schema":
    import pyarrow as pa

    name = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            ("seq", pa.int64()),
            ("number", pa.int64()),
            ("run", pa.int64()),
            ("timestamp", pa.timestamp("ms", tz="UTC")),
            ("job_id", name),
            ("execution_id", name),
            ("event_type", name),
            ("message", pa.string()),
        ]
    )


def _batch(found: dict[str, str], runs: "_Runs") -> "pa.RecordBatch":
    import pyarrow as pa

    execution_id, event_type = dictionary(found["execution_id"]), dictionary(found["event_type"])
    seq, number = whole_numbers(found["seq"]), whole_numbers(found["number"])
    columns = [
        seq,
        number,
        # In its place when the rows are sorted.
        seq,
        times(found["timestamp"]),
        dictionary(found["job_id"]),
        execution_id,
        event_type,
        texts(found["message"]),
    ]
    batch = sorted_by(pa.RecordBatch.from_arrays(columns, schema=_schema()), "seq")
    return batch.set_column(2, batch.schema.field("run"), numbers(runs.of(batch)))


class _Runs:
    """Tells the runs of events, batch after batch of one answer: one more than results came before in the execution."""

    def __init__(self, database: Database) -> None:
        self._database = database
        #: Results of each execution met so far.
        self._results: dict[str, int] = {}

    def of(self, batch: "pa.RecordBatch") -> "np.ndarray[Any, Any]":
        """Return the run of each event of a batch."""
        import numpy as np

        ids = batch.column("execution_id")
        of_execution = numpy_of(ids.indices)
        names = ids.dictionary.to_pylist()
        types = batch.column("event_type")
        is_result = np.array([kind == LAST_EVENT for kind in types.dictionary.to_pylist()])[numpy_of(types.indices)]
        first = np.unique(of_execution, return_index=True)[1]
        self._look_up(batch, [(names[of_execution[row]], row) for row in first])
        before = np.array([self._results.get(name, 0) for name in names])
        # Execution by execution, the results before each event: those so far, less those of executions before.
        order = np.argsort(of_execution, kind="stable")
        sorted_results = is_result[order].astype(np.int64)
        so_far = np.cumsum(sorted_results) - sorted_results
        begins = np.flatnonzero(np.diff(of_execution[order], prepend=-1))
        within = so_far - np.repeat(so_far[begins], np.diff(begins, append=len(order)))
        runs = np.empty(len(order), dtype=np.int64)
        runs[order] = within + before[of_execution[order]] + 1
        for name, more in zip(names, np.bincount(of_execution, weights=is_result, minlength=len(names)), strict=True):
            self._results[name] = self._results.get(name, 0) + int(more)
        return runs

    def _look_up(self, batch: "pa.RecordBatch", firsts: "list[tuple[str, int]]") -> None:
        """Count the results that came before this answer, of executions that it begins in the middle of."""
        number, seq = numpy_of(batch.column("number")), numpy_of(batch.column("seq"))
        unknown = [name for name, row in firsts if number[row] > 1 and name not in self._results]
        if not unknown:
            return
        query = (
            select(events.c.execution_id, func.count())
            .where(events.c.execution_id.in_(unknown), events.c.seq < int(seq[0]), events.c.event_type == LAST_EVENT)
            .group_by(events.c.execution_id)
        )
        with self._database.read() as connection:
            self._results.update({row[0]: row[1] for row in connection.execute(query)})
