"""What keeping histories costs: three engines side by side, and the way from the store into pandas."""

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ctl_jupyter.history.dtypes import to_arrow, to_pandas
from ctl_jupyter.history.frames import executions_frame
from ctl_jupyter.history.store import Store
from tests.bench.pairs import measure_pairs, table, verdict
from tests.history.kept_tables import ids, pulled_events, pulled_executions

__all__ = ["measure_engines", "measure_load_history"]

#: Executions that are added at a time.
STEP = 20_000
#: How many times as long as the same columns from plain Parquet the store may take.
LIMIT = 2
JOB = "job-7"


class Engine(NamedTuple):
    """A way to keep tables in a directory: write what comes step by step, read it all, read what is of one job."""

    write: Callable[[Path, Iterator[tuple[pa.Table, pa.Table]]], None]
    read: Callable[[Path], Any]
    pick: Callable[[Path], Any]


def _steps(executions: int, each: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    for begin in range(0, executions, STEP):
        places = range(begin, min(begin + STEP, executions))
        yield pulled_executions(places, None), pulled_events(ids(places), each, begin)


def _write_store(directory: Path, steps: Iterator[tuple[pa.Table, pa.Table]]) -> None:
    store = Store(directory)
    for executions, events in steps:
        store.add_executions("account", executions, total=executions.num_rows)
        store.add_events(events, [(name, 1) for name in executions.column("execution_id").to_pylist()])


def _read_store(directory: Path) -> Any:
    store = Store(directory)
    return store.executions("account"), store.events()


def _pick_store(directory: Path) -> Any:
    store = Store(directory)
    executions = store.executions("account")
    chosen = executions.filter(pc.equal(executions.column("job_id").cast(pa.large_string()), JOB))
    return chosen, store.events(chosen.column("execution_id"))


def _write_duckdb(directory: Path, steps: Iterator[tuple[pa.Table, pa.Table]]) -> None:
    with duckdb.connect(directory / "histories.duckdb") as connection:
        for number, step in enumerate(steps):
            for name, rows in zip(("executions", "events"), step, strict=True):
                verb = f"INSERT INTO {name}" if number else f"CREATE TABLE {name} AS"
                connection.register("rows", rows)
                connection.execute(f"{verb} SELECT * FROM rows")


def _read_duckdb(directory: Path, where: str = "") -> Any:
    with duckdb.connect(directory / "histories.duckdb", read_only=True) as connection:
        queries = (f"SELECT * FROM {name} {where}" for name in ("executions", "events"))
        return [connection.sql(query).to_arrow_table() for query in queries]


def _write_sqlite(directory: Path, steps: Iterator[tuple[pa.Table, pa.Table]]) -> None:
    with closing(sqlite3.connect(directory / "histories.sqlite")) as connection:
        for number, step in enumerate(steps):
            for name, rows in zip(("executions", "events"), step, strict=True):
                if not number:
                    columns = ", ".join(f'"{column}"' for column in rows.column_names)
                    connection.execute(f"CREATE TABLE {name} ({columns})")
                    connection.execute(f"CREATE INDEX {name}_by_job ON {name} (job_id)")
                marks = ", ".join("?" * rows.num_columns)
                columns_of_rows = [_plain(column) for column in rows.columns]
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", zip(*columns_of_rows, strict=True))
            connection.commit()


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Return values that SQLite takes: times as numbers, lists as JSON."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    values: list[Any] = column.to_pylist()
    return [json.dumps(value, default=str) for value in values] if pa.types.is_large_list(column.type) else values


def _read_sqlite(directory: Path, where: str = "") -> Any:
    with closing(sqlite3.connect(directory / "histories.sqlite")) as connection:
        queries = (f"SELECT * FROM {name} {where}" for name in ("executions", "events"))
        rows = [connection.execute(query).fetchall() for query in queries]
        return [[pa.array(column) for column in zip(*its, strict=True)] for its in rows]


OF_ONE_JOB = f"WHERE job_id = '{JOB}'"
ENGINES = {
    "Parquet parts (the store)": Engine(_write_store, _read_store, _pick_store),
    "DuckDB file": Engine(_write_duckdb, _read_duckdb, lambda path: _read_duckdb(path, OF_ONE_JOB)),
    "SQLite": Engine(_write_sqlite, _read_sqlite, lambda path: _read_sqlite(path, OF_ONE_JOB)),
}


def measure_engines(executions: int, events: int) -> str:
    """Write and read as many executions, and events of each, with every engine, and return the table."""
    lines = [
        f"{executions:,} executions with {events} events each, added {STEP:,} at a time; CPU seconds, all threads",
        f"{'':28}{'write':>10}{'on disk':>12}{'read all':>10}{'one of 50 jobs':>16}",
    ]
    made = _seconds(lambda: [None for _ in _steps(executions, events)])
    for name, engine in ENGINES.items():
        with tempfile.TemporaryDirectory(prefix="bench-engines-") as place:
            directory = Path(place)
            # What makes the tables is not the engine's.
            written = _seconds(partial(engine.write, directory, _steps(executions, events))) - made
            size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
            read, picked = (_seconds(partial(work, directory)) for work in (engine.read, engine.pick))
        lines.append(f"{name:28}{written:10.1f}{size / 1e6:9.1f} MB{read:10.2f}{picked:16.2f}")
    return "\n".join(lines)


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measure_load_history(count: int, executions: int) -> str:
    """Measure `count` pairs of loads of the executions into pandas, from the store and from one plain Parquet file."""
    with tempfile.TemporaryDirectory(prefix="bench-load-") as place:
        directory = Path(place)
        store = Store(directory / "store")
        for begin in range(0, executions, STEP):
            rows = pulled_executions(range(begin, min(begin + STEP, executions)), None)
            store.add_executions("account", rows, total=executions)
        plain = directory / "plain.parquet"
        # The frame's columns, as anybody would have saved them.
        frame = executions_frame(store.executions("account"))
        pq.write_table(to_arrow(frame, "executions"), plain, compression="zstd")
        del frame

        def from_store() -> float:
            return _wall(lambda: executions_frame(Store(store.directory).executions("account")))

        def by_pandas() -> float:
            return _wall(lambda: pd.read_parquet(plain))

        def by_arrow() -> float:
            return _wall(lambda: to_pandas(pq.read_table(plain), "executions"))

        naive, arrow = measure_pairs(from_store, by_pandas, count), measure_pairs(from_store, by_arrow, count)
        known = [_wall(lambda: Store(store.directory).known("account")) for _ in range(count)]
    rows_of_table = {
        "the store, into the frame": naive.measured,
        "pandas.read_parquet": naive.reference,
        "pyarrow, same dtypes": arrow.reference,
        "what is known": known,
    }
    ratios = {"pandas.read_parquet": median(naive.ratios), "pyarrow": median(arrow.ratios)}
    return "\n".join(
        [
            f"{executions:,} executions into pandas, {count} pairs each in alternating order",
            table(rows_of_table),
            *(f"median ratio to {name} {ratio:.3f}: {verdict(ratio, LIMIT, '')}" for name, ratio in ratios.items()),
        ]
    )


def _wall(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    # What was loaded is let go after the clock has stopped.
    loaded = work()
    seconds = time.perf_counter() - begun
    del loaded
    return seconds
