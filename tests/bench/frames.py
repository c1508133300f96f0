"""How long the five frames take to be made of what was pulled, beside one plain group-by of each."""

import time
from collections.abc import Callable
from functools import partial
from resource import RUSAGE_SELF, getrusage
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ctl_jupyter.history import events_frame, executions_frame, hosts_frame, query, runs_frame, tasks_frame
from ctl_jupyter.history.schema import OUTCOMES, STATUSES, pulled_events_schema, pulled_executions_schema

__all__ = ["measure_frames"]

JOBS, HOSTS, TASKS = 50, 200, 20
#: Of each execution: a change of status, a task's start, two results of hosts, a result.
EVENTS = 5
TYPES = ("status_change", "playbook_on_task_start", "runner_on_ok", "playbook_result", "runner_on_failed")
#: 2024-01-01 in epoch milliseconds.
BEGIN = 1_704_067_200_000
TIME = pa.timestamp("ms", tz="UTC")


def measure_frames(executions: int) -> str:
    """Return CPU seconds of each, those of a plain group-by of the same frame, its size, and the process's peak."""
    pulled, events = _executions(executions), _events(executions)
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "executions": lambda: executions_frame(pulled),
        "runs": lambda: runs_frame(pulled, {}, events),
        "events": lambda: events_frame(events),
        "tasks": lambda: tasks_frame(events),
        "hosts": lambda: hosts_frame(events),
    }
    lines = [f"{executions:,} executions, {events.num_rows:,} events", f"{'':32}  CPU s  group-by   size    peak"]
    frames: dict[str, pd.DataFrame] = {}
    for name, make in makers.items():
        seconds, frames[name] = _timed(make)
        plain, _ = _timed(partial(_grouped, frames[name]))
        size, peak = int(frames[name].memory_usage(deep=True).sum()) >> 20, getrusage(RUSAGE_SELF).ru_maxrss >> 10
        lines.append(f"{name:16}{len(frames[name]):>11,} rows{seconds:7.2f}{plain:10.2f}{size:4} MB{peak:5} MB")
    sql = "select job, outcome, count(*) from hosts group by all"
    seconds, _ = _timed(lambda: query(SimpleNamespace(**frames), sql))
    return "\n".join([*lines, f"{'SQL group-by of hosts':32}{seconds:7.2f}"])


def _grouped(frame: pd.DataFrame) -> Any:
    return frame.groupby("job", observed=True).size()


def _timed(make: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.process_time()
    made = make()
    return time.process_time() - begin, made


def _categories(codes: npt.NDArray[Any], words: Any) -> pa.Array:
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.large_string()))


def _table(columns: dict[str, Any], rows: int, schema: pa.Schema) -> pa.Table:
    arrays = [columns[field.name] if field.name in columns else pa.nulls(rows, field.type) for field in schema]
    return pa.table(arrays, schema=schema)


def _ids(rows: int) -> list[str]:
    return [f"{number:08x}-0000-4000-8000-000000000000" for number in range(rows)]


def _executions(rows: int) -> pa.Table:
    """Return executions of 90 seconds, each tenth a failure, each fiftieth restarted."""
    number = np.arange(rows)
    offsets = np.concatenate([[0], np.cumsum(np.where(number % 50, 1, 2))])
    start = BEGIN + np.arange(offsets[-1]) * 60_000
    spans = [pa.array(times).cast(TIME) for times in (start, start + 90_000)]
    status = np.where(number % 10, STATUSES.index("SUCCESS"), STATUSES.index("FAILURE"))
    columns = {
        "position": pa.array(number[::-1]),
        "execution_id": pa.array(_ids(rows), pa.large_string()),
        "job_id": _categories(number % JOBS, [f"job {job}" for job in range(JOBS)]),
        "status": _categories(status, STATUSES),
        "timers": pa.LargeListArray.from_arrays(
            pa.array(offsets), pa.StructArray.from_arrays(spans, names=["start", "end"])
        ),
    }
    return _table(columns, rows, pulled_executions_schema())


def _events(executions: int) -> pa.Table:
    execution, place = np.repeat(np.arange(executions), EVENTS), np.tile(np.arange(EVENTS), executions)
    kind = np.choose(place, [0, 1, 2, 2, 3])
    kind[(kind == 2) & (execution % 10 == 0)] = 4
    is_result = (kind == 2) | (kind == 4)
    task = np.where((place >= 1) & (place <= 3), execution % TASKS, -1)
    moment = BEGIN + np.arange(len(place)) * 1_000
    outcome = np.select([kind == 2, kind == 4], [OUTCOMES.index("ok"), OUTCOMES.index("failed")], -1)
    columns = {
        "position": pa.array(place),
        "execution_id": _categories(execution, _ids(executions)),
        "job_id": _categories(execution % JOBS, [f"job {job}" for job in range(JOBS)]),
        "run": pa.array(np.ones(len(place), dtype=np.int64)),
        "timestamp": pa.array(moment).cast(TIME),
        "event_type": _categories(kind, TYPES),
        "host": _categories(np.where(is_result, (execution + place) % HOSTS, -1), [f"host{n}" for n in range(HOSTS)]),
        **{name: _categories(task, [f"{name} {n}" for n in range(TASKS)]) for name in ("play", "task", "path")},
        "outcome": _categories(outcome, OUTCOMES),
        "start": pa.array(moment - 500, mask=~is_result).cast(TIME),
        "end": pa.array(moment, mask=~is_result).cast(TIME),
        "message": _categories(np.where(kind == 4, 0, -1), ["it broke"]).cast(pa.large_string()),
    }
    return _table(columns, len(place), pulled_events_schema())
