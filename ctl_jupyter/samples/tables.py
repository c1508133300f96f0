"""Arrow tables of what a pull would have brought, made of the simulation's columns."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ctl_jupyter.history.schema import OUTCOMES, STATUSES, pulled_events_schema, pulled_executions_schema
from ctl_jupyter.samples.telling import EVENT_TYPES, Columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ACCOUNT", "events_table", "executions_table"]

ACCOUNT = "ACME"
#: Bits of the time since a run was queued in the key by which events are sorted: half a year.
TIME_BITS = 34


def executions_table(columns: dict[str, Any], checked: int) -> "pa.Table":
    """Return executions as `pulled_executions_schema` says, newest first.

    Parameters
    ----------
    columns
        ``execution_id``, ``job`` (numbers), ``job_ids``, ``status`` (numbers), ``failed_hosts``, ``commit``,
        ``commit_author``, ``commit_message``, ``start`` and ``end`` of shape (executions, 2) with -1 for never,
        ``timers`` (how many of these there are), ``schedule_id``, ``events_expected``.
    checked
        When the service was asked, epoch milliseconds.
    """
    import pyarrow as pa

    count = len(columns["execution_id"])
    schema = pulled_executions_schema()
    time = pa.timestamp("ms", tz="UTC")
    is_there = np.arange(2) < columns["timers"][:, None]
    timers = pa.StructArray.from_arrays(
        [pa.array(columns[name][is_there], mask=columns[name][is_there] < 0).cast(time) for name in ("start", "end")],
        fields=list(schema.field("timers").type.value_type),
    )
    offsets = np.concatenate([[0], np.cumsum(columns["timers"])])
    text = pa.large_string()
    expected = columns["events_expected"]
    values = {
        "position": pa.array(np.arange(count)[::-1]),
        "execution_id": pa.array(columns["execution_id"], text),
        "job_id": _coded(columns["job"], columns["job_ids"]),
        "account": _coded(np.zeros(count), [ACCOUNT]),
        "status": _coded(columns["status"], STATUSES),
        "failed_hosts": pa.array(columns["failed_hosts"], pa.large_list(text)),
        "commit": pa.array(columns["commit"], text),
        "commit_author": pa.array(columns["commit_author"], text),
        "commit_message": pa.array(columns["commit_message"], text),
        "timers": pa.LargeListArray.from_arrays(pa.array(offsets), timers),
        "schedule_id": pa.array(columns["schedule_id"], text),
        "events_expected": pa.array(expected, mask=expected < 0),
        "events_complete": pa.array(expected >= 0),
        "checked": pa.array(np.full(count, checked)).cast(time),
    }
    return pa.table([values[name] for name in schema.names], schema=schema)


def events_table(
    columns: Columns,
    execution_ids: list[str],
    queued: npt.NDArray[Any],
    jobs: npt.NDArray[Any],
    job_ids: list[str],
    hosts: list[str],
    now: int,
) -> "pa.Table":
    """Return events as `pulled_events_schema` says: those of the newest execution first, each in the order it happened.

    Parameters
    ----------
    columns
        What was told; what would be told after ``now`` is left out.
    execution_ids, queued, jobs
        Id, first time and job's number of each execution, newest first.
    """
    import pyarrow as pa

    rank, run, step, time = (columns.whole(name) for name in ("rank", "run", "step", "time"))
    key = (rank.astype(np.int64) << 9 | run.astype(np.int64) << 7 | step) << TIME_BITS | (time - queued[rank])
    order = np.argsort(key)
    order = order[time[order] <= now]
    rank, time = rank[order], time[order]
    first = np.searchsorted(rank, np.arange(len(execution_ids)))
    seq = np.empty(len(order), dtype=np.int64)
    # Within one millisecond what was queued first is told first, and each execution's events in their order.
    seq[np.lexsort((np.arange(len(order)) - first[rank], -rank, time))] = np.arange(1, len(order) + 1)

    def taken(name: str) -> npt.NDArray[Any]:
        return np.asarray(columns.whole(name)[order])

    place, message, rc = taken("place"), taken("message"), taken("rc")
    exit_codes = np.array([*columns.messages.exit_codes, -1])
    rc = np.where(message >= 0, exit_codes[message], rc)
    words = list(columns.places)
    stamp = pa.timestamp("ms", tz="UTC")
    start, changed = taken("start"), taken("changed")
    values = {
        "position": pa.array(np.arange(len(order)) - first[rank]),
        "execution_id": _coded(rank, execution_ids),
        "job_id": _coded(jobs[rank], job_ids),
        "run": pa.array(run[order].astype(np.int64)),
        "seq": pa.array(seq),
        "timestamp": pa.array(time).cast(stamp),
        "event_type": _coded(taken("type"), EVENT_TYPES),
        "status": _coded(taken("status"), STATUSES),
        "host": _coded(taken("host"), hosts),
        **{name: _place(place, [row[part] for row in words]) for part, name in enumerate(PLACE)},
        "outcome": _coded(taken("outcome"), OUTCOMES),
        "changed": pa.array(changed == 1, mask=changed < 0),
        "start": pa.array(start, mask=start < 0).cast(stamp),
        "end": pa.array(time, mask=start < 0).cast(stamp),
        "rc": pa.array(rc.astype(np.int64), mask=rc < 0),
        "message": _coded(message, columns.messages.texts).cast(pa.large_string()),
    }
    schema = pulled_events_schema()
    return pa.table([values[name] for name in schema.names], schema=schema)


PLACE = ("play", "task", "role", "action", "path")


def _coded(codes: npt.NDArray[Any], words: Any) -> Any:
    """Return a column of names by their numbers; -1 is none."""
    import pyarrow as pa

    indices = pa.array(codes.astype(np.int32), mask=np.asarray(codes < 0))
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.large_string()))


def _place(place: npt.NDArray[Any], words: list[str | None]) -> Any:
    """Return one part of the places: many places have the same one, or none."""
    codes = {word: code for code, word in enumerate(dict.fromkeys(word for word in words if word is not None))}
    by_place = np.array([-1 if word is None else codes[word] for word in [*words, None]])
    return _coded(by_place[place], list(codes))
