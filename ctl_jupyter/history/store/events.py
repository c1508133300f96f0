"""The status events of executions, and of which of them everything is there.

A part holds events, and behind them, in row groups of their own, an index: a row for each execution, in the order of
the ids, that says where in the part its events are, and with how many runs they are complete. Both are one file, so
no crash can tell them apart. The newest part that knows an execution is right about all of its events.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctl_jupyter.history.schema import pulled_events_schema
from ctl_jupyter.history.store.parts import Content, OpenPart, PartDirectory
from ctl_jupyter.history.store.rows import conform, pieces

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

__all__ = ["EventParts"]

#: Rows of a row group, of events and of the index.
GROUP = 1 << 16
#: Columns of the index: id, runs (null when events are missing), first row, number of rows, time of the last event.
ID, RUNS, BEGIN, ROWS, LAST = INDEX = ("index_id", "index_runs", "index_begin", "index_rows", "index_last")

#: Executions asked for up to which each part's index is looked through for them alone.
FEW = 5_000
#: A time after everything.
EVERYTHING = 1 << 62


class EventParts:
    """The status events of an account's executions, in a directory of their own."""

    def __init__(self, path: Path, parts: type[PartDirectory] = PartDirectory) -> None:
        import pyarrow as pa

        self.schema = pulled_events_schema()
        self.index_schema = pa.schema([(ID, pa.large_string()), *((name, pa.int64()) for name in INDEX[1:])])
        schema = pa.schema([*self.schema, *self.index_schema])
        times = ("timestamp", "start", "end")
        self.directory = parts(path, schema, dict.fromkeys(times, "DELTA_BINARY_PACKED"))

    def add(self, table: "pa.Table", executions: Iterable[tuple[str, int]]) -> None:
        """Keep events; see `Store.add_events`."""
        table = _in_order(conform(table, self.schema))
        index = self._index(table, dict(executions))
        if index.num_rows:
            self.directory.add(self._content(table, index))
            self.directory.tidy(self._merged)

    def known(self, ids: Any) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Return the number of runs with which each execution is completely there, -1 where it is not."""
        import numpy as np
        import pyarrow.compute as pc

        wanted = _as_ids(ids)
        index, _ = self.directory.reading(lambda parts: self._newest(parts, wanted))
        places = pc.index_in(wanted, value_set=index.column(ID)).fill_null(-1).to_numpy()
        runs = np.append(index.column(RUNS).fill_null(-1).to_numpy(), -1)
        found: np.ndarray[Any, np.dtype[np.int64]] = runs[places]
        return found

    def read(self, ids: Any | None) -> "pa.Table":
        """Return the events of some executions, or all."""
        wanted = None if ids is None else _as_ids(ids)
        return self.directory.reading(lambda parts: self._chosen(parts, wanted))[0]

    def count(self) -> int:
        """Return how many events there are."""
        import pyarrow.compute as pc

        index, _ = self.directory.reading(lambda parts: self._newest(parts, None))
        return pc.sum(index.column(ROWS)).as_py() or 0

    def prune(self, before: datetime | None, share: float) -> None:
        """Drop the events of executions that were last heard of before a time, and a share of the rest, the oldest."""
        if not self.directory.parts():
            return
        with self.directory.changing():
            limit = self.directory.reading(lambda parts: self._limit(parts, before, share))
            # The oldest part first: what a newer one says of an execution hides what an older one says.
            for part in self.directory.parts():
                self._prune_part(part.chance, limit)
            self.directory.forget_damaged(self.directory.damaged())

    def _prune_part(self, chance: str, limit: int) -> None:
        def kept(parts: list[OpenPart]) -> tuple[Any, Content | None] | None:
            part = next((part for part in parts if part.part.chance == chance), None)
            if part is None:
                return None
            index = self._index_of(part, None)
            keep = index.column(LAST).to_numpy() >= limit
            if keep.all():
                return None
            if not keep.any():
                return part.part, None
            table, index = self._gathered([part], index, keep.nonzero()[0])
            return part.part, self._content(table, index)

        found = self.directory.reading(kept)
        if found is not None:
            self.directory.replace([found[0]], found[1])

    def _limit(self, parts: list[OpenPart], before: datetime | None, share: float) -> int:
        """Return the time, in epoch milliseconds, before which events are to be dropped."""
        import numpy as np

        limit = 0 if before is None else round(before.timestamp() * 1000)
        index, _ = self._newest(parts, None)
        last, rows = index.column(LAST).to_numpy(), index.column(ROWS).to_numpy()
        if share >= 1:
            return EVERYTHING
        if share <= 0 or not rows.sum():
            return limit
        order = np.argsort(last, kind="stable")
        upto = np.searchsorted(np.cumsum(rows[order]), share * rows.sum())
        return max(limit, int(last[order[upto]]) + 1)

    def _chosen(self, parts: list[OpenPart], wanted: "pa.Array | None") -> "tuple[pa.Table, pa.Table]":
        import numpy as np

        index, numbers = self._newest(parts, wanted)
        order = np.lexsort((index.column(BEGIN).to_numpy(), numbers))
        return self._gathered(parts, index, order, numbers)

    def _gathered(
        self, parts: list[OpenPart], index: "pa.Table", order: Any, numbers: Any | None = None
    ) -> "tuple[pa.Table, pa.Table]":
        """Return the events of executions, and the index of just these.

        Parameters
        ----------
        index
            Where they are in the parts.
        order
            Which rows of the index, by part and place in it.
        numbers
            The part of each row of the index; the first when ``None``.
        """
        import numpy as np
        import pyarrow as pa

        index = index.take(pa.array(order))
        of_part = np.zeros(len(order), np.int64) if numbers is None else numbers[order]
        begins, rows = index.column(BEGIN).to_numpy(), index.column(ROWS).to_numpy()
        tables = [self.schema.empty_table()]
        for number, part in enumerate(parts):
            its = (of_part == number) & (rows > 0)
            if its.any():
                tables.append(_events_of(part, self.schema.names, begins[its], rows[its]))
        places = np.cumsum(rows) - rows
        index = index.set_column(index.schema.get_field_index(BEGIN), BEGIN, pa.array(places, pa.int64()))
        return pa.concat_tables(tables), index

    def _newest(self, parts: list[OpenPart], wanted: "pa.Array | None") -> "tuple[pa.Table, np.ndarray[Any, Any]]":
        """Return the newest row of the index for each execution, and the number of the part it is from."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        few = wanted if wanted is not None and len(wanted) <= FEW else None
        indexes = [self._index_of(part, few) for part in parts]
        index = pa.concat_tables([self.index_schema.empty_table(), *indexes])
        numbers = np.repeat(np.arange(len(parts)), [its.num_rows for its in indexes])
        ids = index.column(ID).combine_chunks().dictionary_encode()
        newest = np.full(len(ids.dictionary), -1, np.int64)
        newest[ids.indices.to_numpy()] = np.arange(len(numbers))
        if wanted is not few:
            newest = newest[pc.is_in(ids.dictionary, value_set=wanted).to_numpy(zero_copy_only=False)]
        if len(newest) == len(numbers):
            return index, numbers
        return index.take(pa.array(newest)), numbers[newest]

    def _index_of(self, part: OpenPart, few: "pa.Array | None") -> "pa.Table":
        """Return a part's index, or its rows of the few executions asked for: other row groups are not read."""
        import pyarrow.compute as pc

        metadata = part.file.metadata
        groups = range(-(-part.part.rows // GROUP), metadata.num_row_groups)
        if few is None:
            return part.read(INDEX, groups)
        names = sorted(few.to_pylist())
        column = len(self.schema)
        index = part.read(
            INDEX, [group for group in groups if _may_hold(metadata.row_group(group).column(column), names)]
        )
        return index.filter(pc.is_in(index.column(ID), value_set=few))

    def _index(self, table: "pa.Table", runs: dict[str, int]) -> "pa.Table":
        """Return the index of events that stand execution by execution, and of executions without any."""
        import numpy as np
        import pyarrow as pa

        codes, names = _codes(table)
        begins = np.flatnonzero(np.diff(codes, prepend=-1))
        rows = np.diff(begins, append=len(codes))
        times = table.column("timestamp").cast(pa.int64()).fill_null(0).to_numpy()
        last = np.maximum.reduceat(times, begins) if len(begins) else begins
        found = names.take(pa.array(codes[begins])).to_pylist()
        without = sorted(set(runs).difference(found))
        none = np.zeros(len(without), np.int64)
        columns = [
            pa.array([*found, *without], pa.large_string()),
            pa.array([runs.get(name) for name in (*found, *without)], pa.int64()),
            *(pa.array(np.append(values, none), pa.int64()) for values in (begins, rows, last)),
        ]
        return pa.Table.from_arrays(columns, schema=self.index_schema)

    def _content(self, table: "pa.Table", index: "pa.Table") -> Content:
        import pyarrow as pa
        import pyarrow.compute as pc

        def padded(part: "pa.Table") -> "pa.Table":
            schema = pa.schema([*self.schema, *self.index_schema])
            columns = [
                part.column(each.name) if each.name in part.schema.names else pa.nulls(part.num_rows, each.type)
                for each in schema
            ]
            return pa.Table.from_arrays(columns, schema=schema)

        span = pc.min_max(index.column(LAST)).as_py()
        tables = [padded(each) for each in (table, index.sort_by(ID)) if each.num_rows]
        return Content(tables, table.num_rows, (max(span["min"], 0), max(span["max"], 0)), group=GROUP)

    def _merged(self, parts: list[OpenPart]) -> Content:
        return self._content(*self._chosen(parts, None))


def _as_ids(ids: Any) -> "pa.Array":
    import pyarrow as pa

    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    if isinstance(ids, pa.Array):
        return ids.cast(pa.large_string())
    return pa.array(list(ids), pa.large_string())


def _may_hold(column: Any, names: Sequence[str]) -> bool:
    """Say whether a row group may hold one of the names, which are in order."""
    statistics = column.statistics
    if statistics is None or not statistics.has_min_max:
        return True
    place = bisect_left(names, statistics.min)
    return place < len(names) and names[place] <= statistics.max


def _codes(table: "pa.Table") -> "tuple[np.ndarray[Any, Any], pa.Array]":
    """Return for each event the number of its execution, and the ids by number."""
    import pyarrow as pa

    ids = table.column("execution_id").unify_dictionaries().combine_chunks()
    ids = ids.chunk(0) if isinstance(ids, pa.ChunkedArray) else ids
    if ids.null_count:
        raise ValueError("An event to keep must say which execution it is of.")
    return ids.indices.to_numpy(), ids.dictionary


def _in_order(table: "pa.Table") -> "pa.Table":
    """Return events execution by execution, as they happened; executions as they first come."""
    import numpy as np

    codes, names = _codes(table)
    positions = table.column("position").to_numpy()
    same = np.diff(codes) == 0
    together = int((~same).sum()) + 1 == np.count_nonzero(np.bincount(codes))
    if not len(codes) or (together and (np.diff(positions)[same] > 0).all()):
        return table
    first = np.full(len(names), len(codes))
    np.minimum.at(first, codes, np.arange(len(codes)))
    order = np.lexsort((positions, first[codes]))
    again = (np.diff(codes[order]) == 0) & (np.diff(positions[order]) == 0)
    return pieces(table, order[np.append(~again, True)])


def _events_of(part: OpenPart, columns: Sequence[str], begins: Any, rows: Any) -> "pa.Table":
    """Return rows of a part: `rows` of them from each of `begins` on, which ascend; other row groups are not read."""
    import numpy as np

    if rows.sum() == part.part.rows:
        return part.read(columns, range(-(-part.part.rows // GROUP)))
    wanted = np.repeat(begins - (np.cumsum(rows) - rows), rows) + np.arange(rows.sum())
    groups = np.unique(wanted // GROUP)
    # Of a row, how many rows of groups that are not read come before it.
    skipped = (groups - np.arange(len(groups))) * GROUP
    picked = pieces(part.read(columns, groups.tolist()), wanted - skipped[np.searchsorted(groups, wanted // GROUP)])
    return _with_own_dictionaries(picked)


def _with_own_dictionaries(table: "pa.Table") -> "pa.Table":
    """Return a table whose dictionaries hold what stands in its rows and nothing else."""
    import pyarrow as pa

    for number, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            own = table.column(number).cast(column.type.value_type).combine_chunks().dictionary_encode()
            table = table.set_column(number, column, own)
    return table
