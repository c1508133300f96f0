"""Tables as they are pulled, with as many rows as wanted, and the same for the same seed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from ctl_jupyter.history.schema import pulled_events_schema, pulled_executions_schema

__all__ = ["ids", "pulled_events", "pulled_executions"]

#: 2025-06-15, in epoch milliseconds; each execution begins a minute after the one before.
BEGIN = 1_750_000_000_000
MINUTE = 60_000
STATUSES = ("SUCCESS", "FAILURE", "STOPPED", "RUNNING")
EVENT_TYPES = ("status_change", "playbook_on_task_start", "runner_on_ok", "runner_on_failed", "playbook_result")


def ids(positions: "Sequence[int] | np.ndarray[Any, Any]", kind: str = "") -> list[str]:
    """Return the id of the execution at each position; those of another kind are others."""
    salt = sum(map(ord, kind)) << 64
    # An odd factor: different numbers stay different, and look like chance.
    factor = 0x9E3779B97F4A7C15F39CC0605CEDC835
    return [str(UUID(int=(salt + int(place) + 1) * factor % (1 << 128))) for place in positions]


def pulled_executions(
    positions: "Sequence[int] | np.ndarray[Any, Any]",
    status: str | Sequence[str | None] | None = "SUCCESS",
    **columns: Any,
) -> pa.Table:
    """Return executions at some positions of a list.

    Parameters
    ----------
    status
        Of all, or of each; of every kind when ``None``.
    columns
        What else stands in a column.
    """
    places = np.asarray(positions, np.int64)
    count = len(places)
    starts = BEGIN + places * MINUTE
    timers = pa.StructArray.from_arrays(
        [pa.array(times).cast(pa.timestamp("ms", tz="UTC")) for times in (starts, starts + 1000 + places % 50_000)],
        names=["start", "end"],
    )
    found: list[Any] | pa.Array = [status] * count if isinstance(status, str) else list(status or ())
    if status is None:
        codes = np.where(places % 7 == 0, 1 + places // 7 % 2, 0).astype(np.int32)
        found = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(STATUSES, pa.large_string()))
    values: dict[str, Any] = {
        "position": places,
        "execution_id": ids(places),
        "job_id": _category(places % 50, [f"job-{number}" for number in range(50)]),
        "account": _category(places * 0, ["LOCAL"]),
        "status": found,
        "failed_hosts": pa.LargeListArray.from_arrays(
            np.concatenate(([0], np.cumsum(places % 7 == 0))), ["web1"] * int((places % 7 == 0).sum())
        ),
        "commit": [f"{commit * 7919:040x}" for commit in places // 100],
        "commit_author": [f"author {commit % 11}" for commit in places // 100],
        "commit_message": [f"change number {commit}" for commit in places // 100],
        "timers": pa.LargeListArray.from_arrays(np.arange(count + 1), timers),
        "schedule_id": [f"schedule-{place % 3}" if place % 2 else None for place in places.tolist()],
        "events_expected": pa.nulls(count, pa.int64()),
        "events_complete": pa.nulls(count, pa.bool_()),
        "checked": np.full(count, BEGIN, np.int64),
        **columns,
    }
    return _table(values, pulled_executions_schema())


def pulled_events(executions: Sequence[str], each: int = 5, begin: int = 0, **columns: Any) -> pa.Table:
    """Return `each` events of every execution; the first execution is as old as that at position `begin`."""
    count = len(executions) * each
    of_execution = np.repeat(np.arange(len(executions)), each)
    places = np.tile(np.arange(each), len(executions))
    times = BEGIN + (begin + of_execution) * MINUTE + places * 1000
    values: dict[str, Any] = {
        "position": places,
        "execution_id": _category(of_execution, executions),
        "job_id": _category(of_execution % 50, [f"job-{number}" for number in range(50)]),
        "run": np.ones(count, np.int64),
        "timestamp": times,
        "event_type": _category(np.minimum(places, 4), EVENT_TYPES),
        "host": _category(places % 3, ["web1", "web2", "web3"]),
        "task": _category((of_execution + places) % 40, [f"Install part {number}" for number in range(40)]),
        "start": times - 900,
        "end": times,
        "rc": places * 0,
        "message": [f"result {number % 1000}" for number in range(count)],
        **columns,
    }
    return _table(values, pulled_events_schema(), count)


def _category(codes: "np.ndarray[Any, Any]", names: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.large_string()))


def _table(values: dict[str, Any], schema: pa.Schema, count: int = 0) -> pa.Table:
    columns = []
    for field in schema:
        column = values.get(field.name)
        if column is None:
            columns.append(pa.nulls(count, field.type))
            continue
        array = column if isinstance(column, pa.Array) else pa.array(column)
        columns.append(array.cast(field.type))
    return pa.Table.from_arrays(columns, schema=schema)
