"""The frames ``executions``, ``runs`` and ``events``, made of what was pulled; `schema` describes their columns.

Pure, and without a loop over rows: a million executions take well under a second. ``tasks`` and ``hosts`` are made in
`ctl_jupyter.history.task_frames`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ctl_jupyter.documents import FINAL_STATUSES, Status
from ctl_jupyter.history.arrow_columns import (
    NOT_A_TIME,
    among,
    as_durations,
    as_numbers,
    as_times,
    difference,
    is_one_of,
    with_jobs,
)
from ctl_jupyter.history.dtypes import coded, to_pandas

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]
    Truths = npt.NDArray[np.bool_]

__all__ = ["events_frame", "executions_frame", "runs_frame"]


def executions_frame(
    pulled: "pa.Table", job_names: Mapping[str, str] | None = None, events_here: Iterable[str] | None = None
) -> "pd.DataFrame":
    """Return one row per execution, in the order given.

    Parameters
    ----------
    pulled
        Executions, as `ctl_jupyter.history.schema.pulled_executions_schema` says.
    job_names
        Names by job id; an id without one stands for itself.
    events_here
        The ids of the executions whose events are all there: others are not ``complete``. ``None`` where events
        were not asked for.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    timers = _timers(pulled)
    table = with_jobs(pulled, job_names)
    complete = is_one_of(table.column("status"), FINAL_STATUSES)
    if events_here is not None:
        here = pa.array(events_here, type=pa.large_string())
        complete &= pc.is_in(table.column("execution_id"), value_set=here).to_numpy()
    duration = np.where(
        _over_runs(np.logical_and, timers, timers.is_over), _over_runs(np.add, timers, timers.length), NOT_A_TIME
    )
    made = {
        "start": as_times(timers.start[timers.first]),
        "end": as_times(timers.end[timers.first + timers.count - 1]),
        "duration": as_durations(duration),
        "runs": pa.array(_over_runs(np.add, timers, timers.has_begun.astype(np.int64))),
        "complete": pa.array(complete),
    }
    for name, values in made.items():
        table = table.append_column(name, values)
    return to_pandas(table, "executions")


def runs_frame(
    pulled: "pa.Table", job_names: Mapping[str, str] | None = None, events: "pa.Table | None" = None
) -> "pd.DataFrame":
    """Return one row per run, executions in the order given, the runs of each from the first; one that waits has one.

    Parameters
    ----------
    pulled
        Executions, as `ctl_jupyter.history.schema.pulled_executions_schema` says.
    job_names
        Names by job id; an id without one stands for itself.
    events
        Status events of some or all of them: they say when a run was queued, and how an earlier one ended.
    """
    import numpy as np
    import pyarrow as pa

    timers = _timers(pulled)
    execution = np.repeat(np.arange(len(timers.first)), timers.count)
    number = np.arange(len(execution)) - timers.first[execution] + 1
    is_last = number == timers.count[execution]

    codes, dictionary = coded(pulled.column("status"))
    statuses = _Statuses(dictionary.to_pylist())
    status = np.where(is_last, codes[execution], statuses.code_of(Status.FAILURE))
    queued = np.full(len(execution), NOT_A_TIME)
    if events is not None:
        changes = _changes(events, pulled.column("execution_id"), timers)
        told = np.array([statuses.code_of(word) for word in changes.statuses], dtype=np.int64)
        is_pending = among(changes.statuses, [Status.PENDING])[changes.status]
        # The first that tells it counts: what is assigned last stays.
        queued[changes.run[is_pending][::-1]] = changes.timestamp[is_pending][::-1]
        is_final = among(changes.statuses, FINAL_STATUSES)[changes.status] & ~is_last[changes.run]
        status[changes.run[is_final]] = told[changes.status[is_final]]

    table = with_jobs(pulled.select(["execution_id", "job_id"]), job_names).take(pa.array(execution))
    # The document tells the commit of the last run alone.
    commit = pulled.column("commit").take(pa.array(execution, mask=~is_last))
    made = {
        "run": pa.array(number),
        "status": pa.DictionaryArray.from_arrays(
            pa.array(status.astype(np.int32), mask=status < 0), pa.array(statuses.words, pa.large_string())
        ),
        "queued": as_times(queued),
        "start": as_times(timers.start),
        "end": as_times(timers.end),
        "queue": as_durations(difference(queued, timers.start)),
        "duration": as_durations(difference(timers.start, timers.end)),
        "commit": commit,
    }
    for name, values in made.items():
        table = table.append_column(name, values)
    return to_pandas(table, "runs")


def events_frame(pulled: "pa.Table", job_names: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Return one row per status event, in the order given.

    Parameters
    ----------
    pulled
        Status events, as `ctl_jupyter.history.schema.pulled_events_schema` says.
    job_names
        Names by job id; an id without one stands for itself.
    """
    return to_pandas(with_jobs(pulled, job_names), "events")


@dataclass(frozen=True)
class _Timers:
    """The timers of all executions in one row; an execution without any has one that has not begun."""

    #: Of each execution: where its timers begin, and how many it has.
    first: "Numbers"
    count: "Numbers"
    #: Of each timer, epoch milliseconds.
    start: "Numbers"
    end: "Numbers"

    @property
    def is_over(self) -> "Truths":
        answer: Truths = (self.start != NOT_A_TIME) & (self.end != NOT_A_TIME)
        return answer

    @property
    def has_begun(self) -> "Truths":
        answer: Truths = (self.start != NOT_A_TIME) | (self.end != NOT_A_TIME)
        return answer

    @property
    def length(self) -> "Numbers":
        import numpy as np

        return np.where(self.is_over, self.end - self.start, 0)


def _timers(pulled: "pa.Table") -> _Timers:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    timers = pulled.column("timers")
    told = pc.list_value_length(timers).cast(pa.int64()).fill_null(0).to_numpy()
    flat = pc.list_flatten(timers)
    count = np.maximum(told, 1)
    is_told = np.repeat(told > 0, count)

    def times(member: str) -> "Numbers":
        values = np.full(len(is_told), NOT_A_TIME)
        values[is_told] = as_numbers(pc.struct_field(flat, member))
        return values

    return _Timers(np.cumsum(count) - count, count, times("start"), times("end"))


def _over_runs(operation: "np.ufunc", timers: _Timers, values: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
    """Return one value for each execution, folded from those of its timers."""
    folded: npt.NDArray[Any] = operation.reduceat(values, timers.first) if len(values) else values
    return folded


class _Statuses:
    """Statuses by number; new words get new numbers."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)

    def code_of(self, word: str) -> int:
        if word not in self.words:
            self.words.append(str(word))
        return self.words.index(word)


class _Changes(NamedTuple):
    """Changes of status: of which run (a place among the timers), to which status, when (epoch milliseconds)."""

    run: "Numbers"
    status: "npt.NDArray[np.int32]"
    statuses: list[str]
    timestamp: "Numbers"


def _changes(events: "pa.Table", execution_ids: "pa.ChunkedArray", timers: _Timers) -> _Changes:
    """Return the changes of status of the executions that are there, in order."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    is_change = is_one_of(events.column("event_type"), ["status_change"])
    changes = events.select(["execution_id", "run", "status", "timestamp"]).filter(pa.array(is_change))
    codes, dictionary = coded(changes.column("execution_id"))
    status, statuses = coded(changes.column("status"))
    places = pc.index_in(dictionary, value_set=execution_ids.combine_chunks()).fill_null(-1).to_numpy()
    execution = np.append(places, -1)[codes].astype(np.int64)
    number = changes.column("run").fill_null(0).to_numpy()
    known = (execution >= 0) & (number >= 1) & (status >= 0)
    known[known] = number[known] <= timers.count[execution[known]]
    run = timers.first[execution[known]] + number[known] - 1
    return _Changes(run, status[known], statuses.to_pylist(), as_numbers(changes.column("timestamp"))[known])
