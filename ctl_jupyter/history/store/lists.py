"""The executions of one list: of the account, or of a job.

A row's ``position`` counts from the oldest execution of the list. The same position comes again when a live execution
is asked for once more: its newest row counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ctl_jupyter.documents import FINAL_STATUSES, Status
from ctl_jupyter.history.schema import pulled_executions_schema
from ctl_jupyter.history.store.parts import Content, OpenPart, PartDirectory
from ctl_jupyter.history.store.rows import conform, last_ends, pieces

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

__all__ = ["LATELY", "ExecutionList", "Known"]

#: Milliseconds after its end in which a failed execution may well be restarted: a week.
LATELY = 7 * 86_400_000

#: Rows of a row group: what is read for the id of the oldest execution.
GROUP = 1 << 15
#: Executions of a list at most; more than any service has, and no more than what a reader can count.
MOST = 100_000_000
#: What is known of a position.
UNKNOWN, LIVE, FINAL, FAILED = range(4)
MAY_BE_RESTARTED = frozenset({Status.FAILURE, Status.INIT_FAILURE})


@dataclass(frozen=True, eq=False)
class Known:
    """What the store knows of a list, for deciding what to ask the service for.

    Parameters
    ----------
    total
        How many executions the list had when something was last added; ``None`` when nothing was ever added.
    settled
        The positions whose execution has ended, as ranges in ascending order; what is neither here nor in `live`
        is not there.
    live
        The positions whose execution had not ended when it was pulled, ascending.
    failed
        The positions of failed executions, which may be restarted, newest first; they are in `settled` too.
    failed_lately
        Position and end (epoch milliseconds) of the failed ones that were pulled within `LATELY` of their end.
    newest, oldest
        Position and id of the execution with the greatest and the least position that is there.
    cursor
        The service's change cursor up to which everything is there, as it was last given.
    """

    total: int | None
    settled: "list[range]"
    live: "np.ndarray[Any, np.dtype[np.int64]]"
    failed: "np.ndarray[Any, np.dtype[np.int64]]"
    failed_lately: dict[int, int]
    newest: tuple[int, str] | None
    oldest: tuple[int, str] | None
    cursor: int | None


class ExecutionList:
    """The executions of one list, in a directory of its own."""

    def __init__(self, path: Path, parts: type[PartDirectory] = PartDirectory) -> None:
        self.schema = pulled_executions_schema()
        self.directory = parts(path, self.schema, {"position": "DELTA_BINARY_PACKED"})
        self._known_of: tuple[list[str], Known] | None = None

    def add(self, table: "pa.Table", total: int, cursor: int | None) -> None:
        """Keep executions; see `Store.add_executions`."""
        import numpy as np

        table = conform(table, self.schema)
        positions = _positions(table)
        if len(positions) and not (
            table.column("position").null_count == 0 <= positions.min() <= positions.max() < MOST
        ):
            raise ValueError(f"A position must be a whole number from 0 to {MOST - 1:,}.")
        if len(positions) > 1 and not (np.diff(positions) < 0).all():
            # The last row of a position counts, as the last part does.
            _, last = np.unique(positions[::-1], return_index=True)
            table = pieces(table, (len(positions) - 1 - last)[::-1])
        if table.num_rows or self._is_news(total, cursor):
            self.directory.add(_content(table, total, cursor))
            self.directory.tidy(self._merged)

    def known(self) -> Known:
        """Return what is there; looked for once, as long as the parts are the same."""
        names = self._file_names()
        if self._known_of is None or self._known_of[0] != names:
            self._known_of = (names, self.directory.reading(self._known))
        return self._known_of[1]

    def read(self, columns: Sequence[str] | None) -> "pa.Table":
        """Return the newest row of each position, newest execution first."""
        names = self.schema.names if columns is None else list(columns)
        unknown = [name for name in names if name not in self.schema.names]
        if unknown:
            raise ValueError(f"There is no column {unknown[0]!r}: there are {', '.join(self.schema.names)}.")
        wanted = [*names, *(() if "position" in names else ("position",))]
        return self.directory.reading(lambda parts: self._newest_rows(parts, wanted)).select(names)

    def count(self) -> int:
        """Return how many executions there are."""
        known = self.known()
        return sum(map(len, known.settled)) + len(known.live)

    def prune(self, before: datetime | None, share: float) -> None:
        """Drop executions that ended before a time, and a share of those that are left, the oldest."""
        import numpy as np
        import pyarrow as pa

        if not self.directory.parts():
            return
        with self.directory.changing():
            everything = self.directory.parts()
            table, facts = self.directory.reading(
                lambda parts: (self._newest_rows(parts, self.schema.names), _facts_of(parts))
            )
            keep = np.arange(table.num_rows) < round(table.num_rows * (1 - share))
            if before is not None:
                keep &= ~_ended_before(table, before)
            damaged = self.directory.damaged()
            if keep.all() and not damaged:
                return
            content = _content(table.filter(pa.array(keep)), *facts) if keep.any() else None
            self.directory.replace(everything, content)
            # Nothing is left that is older than they are.
            self.directory.forget_damaged(damaged)

    def _file_names(self) -> list[str]:
        return [part.file_name for part in (*self.directory.parts(), *self.directory.damaged())]

    def _is_news(self, total: int, cursor: int | None) -> bool:
        known = self.known()
        return (known.total, known.cursor) != (total, cursor if cursor is not None else known.cursor)

    def _known(self, parts: list[OpenPart]) -> Known:
        import numpy as np

        tables = [part.read(["position", "status"]) for part in parts]
        rows = self._newest(parts, [_positions(table) for table in tables])
        kinds = np.concatenate([_kinds(table) for table in tables]) if tables else np.empty(0, np.int8)
        state = np.where(rows >= 0, kinds[rows] if len(kinds) else UNKNOWN, UNKNOWN)
        there = np.flatnonzero(state)
        total, cursor = _facts_of(parts)
        lately: dict[int, int] = {}
        for part in parts:
            lately |= msgspec.json.decode(part.facts.get("failed_lately", "{}"), type=dict[int, int])
        return Known(
            total=total,
            settled=_ranges(state >= FINAL),
            live=np.flatnonzero(state == LIVE),
            failed=np.flatnonzero(state == FAILED)[::-1],
            failed_lately={
                position: end for position, end in lately.items() if position < len(state) and state[position] == FAILED
            },
            newest=_named(parts, rows, int(there[-1])) if len(there) else None,
            oldest=_named(parts, rows, int(there[0])) if len(there) else None,
            cursor=cursor,
        )

    def _newest_rows(self, parts: list[OpenPart], columns: list[str]) -> "pa.Table":
        import pyarrow as pa

        if not parts:
            return pa.schema([self.schema.field(name) for name in columns]).empty_table()
        tables = [part.read(columns) for part in parts]
        rows = self._newest(parts, [_positions(table) for table in tables])
        table = pa.concat_tables(tables)
        return pieces(table, rows[rows >= 0][::-1])

    def _newest(self, parts: list[OpenPart], positions: "list[np.ndarray[Any, Any]]") -> "np.ndarray[Any, Any]":
        """Return for each position the number of its newest row, counted through all parts; -1 where there is none.

        What a damaged part had said is not known, and what older parts say there no longer holds.
        """
        import numpy as np

        damaged = self.directory.damaged()
        newest = np.full(max([0, *(part.part.last + 1 for part in parts)]), -1, np.int64)
        ends = np.cumsum([len(its) for its in positions], dtype=np.int64)
        steps: list[tuple[int, int, int]] = [(part.stamp, -1, number) for number, part in enumerate(damaged)]
        steps += [(part.part.stamp, 1, number) for number, part in enumerate(parts)]
        for _, kind, number in sorted(steps):
            if kind < 0:
                newest[damaged[number].first : damaged[number].last + 1] = -1
            else:
                newest[positions[number]] = np.arange(ends[number] - len(positions[number]), ends[number])
        return newest

    def _merged(self, parts: list[OpenPart]) -> Content:
        table = self._newest_rows(parts, self.schema.names)
        return _content(table, *_facts_of(parts))


def _content(table: "pa.Table", total: int | None, cursor: int | None) -> Content:
    """Return what a part of the list is to hold; the table has each position once, descending."""
    positions = _positions(table)
    span = (int(positions[-1]), int(positions[0])) if len(positions) else (0, 0)
    facts = {name: str(value) for name, value in (("total", total), ("cursor", cursor)) if value is not None}
    facts["failed_lately"] = msgspec.json.encode(_failed_lately(table)).decode()
    return Content([table], table.num_rows, span, facts, GROUP)


def _facts_of(parts: list[OpenPart]) -> tuple[int | None, int | None]:
    """Return the total and the change cursor that were given last."""
    totals = [part.facts["total"] for part in parts if "total" in part.facts]
    cursors = [part.facts["cursor"] for part in parts if "cursor" in part.facts]
    return int(totals[-1]) if totals else None, int(cursors[-1]) if cursors else None


def _positions(table: "pa.Table") -> "np.ndarray[Any, np.dtype[np.int64]]":
    found: np.ndarray[Any, np.dtype[np.int64]] = table.column("position").to_numpy()
    return found


def _kinds(table: "pa.Table") -> "np.ndarray[Any, np.dtype[np.int8]]":
    """Return for each row what its status says; one without a status, or with an unknown one, may still change."""
    import numpy as np

    chunks = [np.empty(0, np.int8)]
    for chunk in table.column("status").chunks:
        meanings = [_kind(status) for status in chunk.dictionary.to_pylist()]
        # The last one is for rows without a status, whose code is -1.
        chunks.append(np.array([*meanings, LIVE], np.int8)[chunk.indices.fill_null(-1).to_numpy()])
    return np.concatenate(chunks)


def _kind(status: str) -> int:
    if status in MAY_BE_RESTARTED:
        return FAILED
    return FINAL if status in FINAL_STATUSES else LIVE


def _ranges(mask: "np.ndarray[Any, np.dtype[np.bool_]]") -> list[range]:
    import numpy as np

    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [range(begin, end) for begin, end in edges.reshape(-1, 2).tolist()]


def _named(parts: list[OpenPart], rows: "np.ndarray[Any, Any]", position: int) -> tuple[int, str]:
    """Return a position with its execution's id, for which one row group is read."""
    row = int(rows[position])
    for part in parts:
        if row < part.part.rows:
            break
        row -= part.part.rows
    group, place = divmod(row, GROUP)
    return position, part.read(["execution_id"], [group]).column("execution_id")[place].as_py()


def _failed_lately(table: "pa.Table") -> dict[int, int]:
    """Return position and end of the failed executions that ended within `LATELY` of being pulled."""
    import pyarrow as pa
    import pyarrow.compute as pc

    failed = table.filter(pa.array(_kinds(table) == FAILED)).select(["position", "timers", "checked"])
    ends = last_ends(failed)
    since_then = pc.subtract(failed.column("checked").cast(pa.int64()), ends)
    is_late = pc.fill_null(pc.less(since_then, LATELY), fill_value=False)
    positions, ends = (values.filter(is_late).to_pylist() for values in (failed.column("position"), ends))
    return dict(zip(positions, ends, strict=True))


def _ended_before(table: "pa.Table", time: datetime) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Return which executions have ended and whose last run did so before a time."""
    import pyarrow.compute as pc

    before = pc.less(last_ends(table), round(time.timestamp() * 1000)).fill_null(fill_value=False).to_numpy()
    both: np.ndarray[Any, np.dtype[np.bool_]] = before & (_kinds(table) >= FINAL)
    return both
