"""The frames ``tasks`` and ``hosts``, made of status events; `schema` describes their columns.

Only the results of hosts count, not the items of loops. A result belongs to the latest start of its play, task and
path in its run. The strategy ``free`` tells a start for each host: two in a row at one place give it away, and there
a host's first result at a place belongs to the first start of it, its second to the next time, and so on.

Pure, and without a loop over rows.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.history.arrow_columns import (
    NOT_A_TIME,
    as_durations,
    as_numbers,
    as_times,
    difference,
    is_one_of,
    with_jobs,
)
from ctl_jupyter.history.dtypes import coded, to_pandas
from ctl_jupyter.history.schema import OUTCOMES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]
    Truths = npt.NDArray[np.bool_]

__all__ = ["hosts_frame", "tasks_frame"]

START = "playbook_on_task_start"
ASYNC_RESULTS = [kind for kind in RESULT_EVENTS if "_async_" in kind]
PLACE = ("play", "task", "path")


def hosts_frame(events: "pa.Table", job_names: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Return one row per task that ended on a host, in the order of the events.

    Ansible tells the end of an asynchronous task that it waited for twice, as ``runner_on_async_ok`` and then as
    ``runner_on_ok``: that is one row, the plain one.

    Parameters
    ----------
    events
        Status events, those of each execution in the order they happened, as
        `ctl_jupyter.history.schema.pulled_events_schema` says.
    job_names
        Names by job id; an id without one stands for itself.
    """
    import pyarrow as pa

    found = _find_tasks(events)
    number = found.number[found.task]
    table = with_jobs(events.filter(pa.array(found.is_result)), job_names)
    start, end = (as_numbers(table.column(name)) for name in ("start", "end"))
    table = table.append_column("number", pa.array(number, mask=number == 0))
    table = table.append_column("duration", as_durations(difference(start, end)))
    return to_pandas(table, "hosts")


def tasks_frame(events: "pa.Table", job_names: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Return one row per task of a run, in the order they began, also of one that has not ended on any host.

    Parameters
    ----------
    events
        Status events, those of each execution in the order they happened, as
        `ctl_jupyter.history.schema.pulled_events_schema` says.
    job_names
        Names by job id; an id without one stands for itself.
    """
    import numpy as np
    import pyarrow as pa

    found = _find_tasks(events)
    count, row, task = len(found.row), np.flatnonzero(found.is_result), found.task
    timestamp = as_numbers(events.column("timestamp"))
    begin, end = (as_numbers(events.column(name))[row] for name in ("start", "end"))

    is_told = found.number > 0
    first_begin = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first_begin, task[begin != NOT_A_TIME], begin[begin != NOT_A_TIME])
    first_begin[first_begin == np.iinfo(np.int64).max] = NOT_A_TIME
    start = np.where(is_told, timestamp[found.row], first_begin)
    last_end = np.full(count, NOT_A_TIME)
    # A host that could not be reached has no end of its own: then it is when the service was told.
    np.maximum.at(last_end, task, np.where(end != NOT_A_TIME, end, timestamp[row]))

    codes, dictionary = coded(events.column("outcome"))
    known = np.array([OUTCOMES.index(word) for word in dictionary.to_pylist()] or [0])
    ended = np.bincount(task * len(OUTCOMES) + known[codes[row]], minlength=count * len(OUTCOMES))
    ended = ended.reshape(count, len(OUTCOMES))

    names = ["execution_id", "job_id", "run", "play", "task", "role", "action", "path"]
    table = with_jobs(events.select(names).take(pa.array(found.row)), job_names)
    made = {
        "number": pa.array(found.number, mask=~is_told),
        "start": as_times(start),
        "end": as_times(last_end),
        "duration": as_durations(difference(start, last_end)),
        "hosts": pa.array(ended.sum(axis=1)),
        **{outcome: pa.array(ended[:, place]) for place, outcome in enumerate(OUTCOMES)},
    }
    for name, values in made.items():
        table = table.append_column(name, values)
    return to_pandas(table, "tasks")


class _Tasks(NamedTuple):
    """The tasks that events tell of, and whose results are whose."""

    #: Of each task: the event that stands for it, its start or, where none was told, its first result.
    row: "Numbers"
    #: Its number in its run, from 1; 0 where its start was not told.
    number: "Numbers"
    #: Of each event: whether it is a host's result that counts.
    is_result: "Truths"
    #: Of each such result, in order: the place of its task in ``row``.
    task: "Numbers"


def _find_tasks(events: "pa.Table") -> _Tasks:
    import numpy as np

    kind = events.column("event_type")
    is_start, is_result = is_one_of(kind, [START]), is_one_of(kind, RESULT_EVENTS)
    run = events.column("run").fill_null(0).to_numpy()
    execution = coded(events.column("execution_id"))[0]
    host = coded(events.column("host"))[0].astype(np.int64)
    parts = [coded(events.column(name))[0] for name in PLACE]

    rows = np.flatnonzero(is_start | is_result)
    place = _numbered(execution[rows], run[rows], *(part[rows] for part in parts))
    # From here on, one place after the other, each in the order it happened.
    order = np.argsort(place, kind="stable")
    rows, place = rows[order], place[order]
    starts = is_start[rows]

    is_async = is_one_of(kind, ASYNC_RESULTS)[rows]
    if is_async.any():
        repeated = _told_again(place, host[rows], starts, is_async)
        is_result[rows[repeated]] = False
        rows, place, starts = rows[~repeated], place[~repeated], starts[~repeated]

    at = np.arange(len(rows))
    first = _first_of_each(place)[place] if len(rows) else at
    latest = np.maximum.accumulate(np.where(starts, at, -1))
    latest[latest < first] = -1
    free = _is_free(place, starts, np.column_stack([execution[rows], run[rows], parts[0][rows]]))
    begins = np.where(starts | (latest < 0), at, latest)
    by_turn = np.flatnonzero(~starts & (free | (latest < 0)))
    if len(by_turn):
        begins[by_turn] = _by_turn(by_turn, place, host[rows], first, latest, starts, free)

    # Starts to which no result belongs are tasks too, unless they tell again of one that another start stands for.
    is_task = starts & ~free
    is_task[begins[~starts]] = True
    return _in_order(rows, starts, begins, is_task, is_result, _numbered(execution[rows], run[rows]))


def _in_order(
    rows: "Numbers", starts: "Truths", begins: "Numbers", is_task: "Truths", is_result: "Truths", runs: "Numbers"
) -> _Tasks:
    """Return the tasks in the order of the events."""
    import numpy as np
    import pandas as pd

    places = np.flatnonzero(is_task)
    places = places[np.argsort(rows[places])]
    number = np.zeros(len(places), dtype=np.int64)
    told = starts[places]
    number[told] = pd.Series(runs[places[told]]).groupby(runs[places[told]]).cumcount().to_numpy() + 1
    task_at = np.empty(len(rows), dtype=np.int64)
    task_at[places] = np.arange(len(places))
    task_of = np.empty(len(is_result), dtype=np.int64)
    task_of[rows] = task_at[begins]
    return _Tasks(rows[places], number, is_result, task_of[is_result])


def _told_again(place: "Numbers", host: "Numbers", starts: "Truths", is_async: "Truths") -> "Truths":
    """Return which results of asynchronous tasks are told again by the same host's next, plain one."""
    import numpy as np

    repeated = np.zeros(len(place), dtype=bool)
    of = _numbered(place, host)
    at = np.flatnonzero(np.isin(of, of[is_async]) & ~starts)
    at = at[np.argsort(of[at], kind="stable")]
    here, after = at[:-1], at[1:]
    repeated[here] = is_async[here] & ~is_async[after] & (of[here] == of[after])
    return repeated


def _is_free(place: "Numbers", starts: "Truths", plays: "npt.NDArray[np.int64]") -> "Truths":
    """Return for each event whether its play of its run has the strategy ``free``, and its place has a result."""
    import numpy as np

    twice = np.zeros(len(place), dtype=bool)
    twice[1:] = starts[1:] & starts[:-1] & (place[1:] == place[:-1])
    if not twice.any():
        return twice
    has_result = np.zeros(int(place.max()) + 1, dtype=bool)
    has_result[place[~starts]] = True
    play = _numbered(*plays.T)
    is_free = np.zeros(int(play.max()) + 1, dtype=bool)
    is_free[play[twice & has_result[place]]] = True
    answer: Truths = is_free[play] & has_result[place]
    return answer


def _by_turn(
    at: "Numbers",
    place: "Numbers",
    host: "Numbers",
    first: "Numbers",
    latest: "Numbers",
    starts: "Truths",
    free: "Truths",
) -> "Numbers":
    """Return what stands for the task of each of these results: the n-th of every host at a place is one task."""
    import numpy as np
    import pandas as pd

    turn = pd.Series(at).groupby(_numbered(place[at], host[at])).cumcount().to_numpy()
    task = _numbered(place[at], turn)
    first_result = at[_first_of_each(task)]
    begin = np.where(turn[_first_of_each(task)] == 0, first[first_result], latest[first_result])
    is_told = free[first_result] & (begin >= 0) & starts[begin]
    begins: Numbers = np.where(is_told, begin, first_result)[task]
    return begins


def _first_of_each(numbers: "Numbers") -> "Numbers":
    """Return where each of the numbers 0, 1, 2 … stands first."""
    import numpy as np

    firsts = np.empty(int(numbers.max()) + 1, dtype=np.int64)
    firsts[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return firsts


def _numbered(*columns: "npt.NDArray[np.integer]") -> "Numbers":
    """Return a number for each row, from 0: the same for rows that are the same in all columns."""
    import numpy as np
    import pandas as pd

    key, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        # Codes are -1 where there is none.
        width = int(column.max(initial=-1)) + 2
        if size > np.iinfo(np.int64).max // width:
            key, size = pd.factorize(key)[0].astype(np.int64), len(key)
        key, size = key * width + (column.astype(np.int64) + 1), size * width
    return pd.factorize(key)[0].astype(np.int64)
