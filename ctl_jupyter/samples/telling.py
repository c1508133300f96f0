"""The status events of simulated runs, as columns of numbers; `ctl_jupyter.samples.tables` makes Arrow of them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ctl_jupyter.documents import Status
from ctl_jupyter.history.schema import OUTCOMES, STATUSES
from ctl_jupyter.samples.failures import IGNORED, Messages
from ctl_jupyter.samples.plan import JobPlan
from ctl_jupyter.samples.runs import Failure, Fates, Runs

__all__ = ["EVENT_TYPES", "Columns", "Place", "Spans", "tell"]

Ints = npt.NDArray[np.int64]

EVENT_TYPES = (
    "status_change",
    "playbook_on_start",
    "playbook_on_play_start",
    "playbook_on_task_start",
    "runner_on_ok",
    "runner_on_failed",
    "runner_on_unreachable",
    "runner_on_skipped",
    "playbook_on_stats",
    "playbook_result",
)
_TYPE = {name: number for number, name in enumerate(EVENT_TYPES)}
_STATUS = {name: number for number, name in enumerate(STATUSES)}
_OUTCOME = {name: number for number, name in enumerate(OUTCOMES)}
#: The event type of each outcome.
_TYPE_OF = np.array(
    [
        _TYPE[f"runner_on_{'failed' if name == 'ignored' else name}"] if name != "changed" else _TYPE["runner_on_ok"]
        for name in OUTCOMES
    ]
)

#: What comes after what in a run: four steps before the first task, three of each task, three at the end.
PENDING, INITIALIZING, RUNNING, PLAYBOOK, FIRST_TASK, STATS, ENDED, RESULT = 0, 1, 2, 3, 4, 124, 125, 126
#: Play, task, role, module and path.
Place = tuple[str, str | None, str | None, str | None, str | None]

#: The columns of events and their NumPy types, -1 where there is nothing: ``rank`` is the execution's, newest 0.
COLUMNS = {
    "rank": np.int32,
    "run": np.int8,
    "step": np.int8,
    "time": np.int64,
    "type": np.int8,
    "status": np.int8,
    "host": np.int16,
    "place": np.int32,
    "outcome": np.int8,
    "changed": np.int8,
    "start": np.int64,
    "rc": np.int32,
    "message": np.int32,
}


@dataclass
class Columns:
    """Events as they are told, in any order, and the places and messages that they name by number."""

    messages: Messages = field(default_factory=Messages)
    places: dict[Place, int] = field(default_factory=dict)
    parts: dict[str, list[npt.NDArray[Any]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def place(self, place: Place) -> int:
        """Return the number of a place in a playbook."""
        return self.places.setdefault(place, len(self.places))

    def add(self, rank: Ints, **values: Any) -> None:
        """Add one event for each rank; what is not given is -1."""
        for name, kind in COLUMNS.items():
            value = rank if name == "rank" else values.get(name, -1)
            column = np.empty(rank.shape, dtype=kind)
            column[:] = value
            self.parts[name].append(column)

    def whole(self, name: str) -> npt.NDArray[Any]:
        """Return a column, and forget its parts."""
        parts = self.parts.pop(name)
        return np.concatenate(parts) if parts else np.zeros(0, dtype=COLUMNS[name])


@dataclass
class Spans:
    """When runs were queued, began and ended, epoch milliseconds, and with which status they end."""

    rank: Ints
    number: int
    queued: Ints
    start: Ints
    end: Ints
    status: Ints
    #: The number of the message of ``playbook_result``.
    reason: Ints
    #: Which of the job's hosts failed.
    failed: npt.NDArray[np.bool_]


def spans_of(
    rng: np.random.Generator, columns: Columns, job: JobPlan, names: list[str], fates: Fates, runs: Runs
) -> tuple[Ints, Ints, Ints]:
    """Return the final status of each run, the number of its reason, and those of the messages of its failures."""
    tasks = len(job.tasks)
    failed = fates.failure != Failure.NONE
    said = np.full(failed.shape, -1)
    for row, host in zip(*np.nonzero(failed), strict=True):
        action = job.tasks[fates.task[row, host]].action
        said[row, host] = columns.messages.said(rng, int(fates.failure[row, host]), action, names[job.hosts[host]])
    fails = failed.any(axis=1)
    status = np.full(len(failed), _STATUS[Status.SUCCESS])
    reason = np.full(len(failed), -1)
    for chosen, word, text in (
        (fates.stopped < tasks, Status.STOPPED, "It was stopped as asked."),
        (fates.killed < tasks, Status.KILLED, "It was killed as asked."),
        (fates.no_begin, Status.INIT_FAILURE, f"git repository not found: {job.repository}"),
    ):
        status[chosen] = _STATUS[word]
        reason[chosen] = columns.messages.code_of(text)
    status[fails] = _STATUS[Status.FAILURE]
    texts = columns.messages.texts
    for row in np.flatnonzero(fails):
        hosts = np.flatnonzero(failed[row])
        host = hosts[runs.end[row, fates.task[row, hosts], hosts].argmin()]
        task = fates.task[row, host]
        verb = "could not be reached" if fates.failure[row, host] == Failure.UNREACHABLE else "failed"
        text = f"{names[job.hosts[host]]} {verb} in task {job.tasks[task].task!r}: {texts[said[row, host]]}"
        reason[row] = columns.messages.code_of(text)
    return status, reason, said


def tell(columns: Columns, job: JobPlan, fates: Fates, runs: Runs, spans: Spans, said: Ints) -> None:
    """Add the events of a job's runs."""
    _tell_ends(columns, fates, runs, spans)
    begun = np.flatnonzero(~fates.no_begin)
    for number, task in enumerate(job.tasks):
        rows = begun[runs.started[begun, number]]
        at = spans.start[rows] + runs.begin[rows, number]
        common = {"run": spans.number, "time": at}
        step = FIRST_TASK + 3 * number
        place = columns.place((task.play, task.task, task.role, task.action, task.path))
        if task.play_begins:
            play = columns.place((task.play, None, None, None, None))
            columns.add(spans.rank[rows], step=step, type=_TYPE["playbook_on_play_start"], place=play, **common)
        columns.add(spans.rank[rows], step=step + 1, type=_TYPE["playbook_on_task_start"], place=place, **common)
        _tell_results(columns, job, number, place, fates, runs, spans, said)


def _tell_ends(columns: Columns, fates: Fates, runs: Runs, spans: Spans) -> None:
    """Add the changes of status, the begin of the playbook and what comes last."""
    change, every = _TYPE["status_change"], np.arange(len(spans.rank))
    begun = np.flatnonzero(~fates.no_begin)
    killed = spans.status == _STATUS[Status.KILLED]
    ordered = np.flatnonzero(runs.ordered >= 0)
    playing, over = spans.start + runs.playing, spans.end
    tasks = runs.begin.shape[1]
    at_order = FIRST_TASK + 3 * np.minimum(np.where(killed, fates.killed, fates.stopped), tasks - 1) + 2
    going = np.where(killed, _STATUS[Status.KILLING], _STATUS[Status.STOPPING])
    for rows, step, time, kind, status in (
        (every, PENDING, spans.queued, change, _STATUS[Status.PENDING]),
        (every, INITIALIZING, spans.start, change, _STATUS[Status.INITIALIZING]),
        (begun, RUNNING, playing, change, _STATUS[Status.RUNNING]),
        (begun, PLAYBOOK, playing + 120, _TYPE["playbook_on_start"], -1),
        (ordered, at_order, spans.start + runs.ordered, change, going),
        (np.flatnonzero(~fates.no_begin & ~killed), STATS, over - 60, _TYPE["playbook_on_stats"], -1),
        (every, ENDED, over, change, spans.status),
    ):
        columns.add(
            spans.rank[rows],
            run=spans.number,
            step=_of(step, rows),
            time=time[rows],
            type=kind,
            status=_of(status, rows),
        )
    columns.add(
        spans.rank,
        run=spans.number,
        step=RESULT,
        time=over,
        type=_TYPE["playbook_result"],
        status=spans.status,
        message=spans.reason,
    )


def _of(value: Any, rows: Ints) -> Any:
    return value[rows] if isinstance(value, np.ndarray) else value


def _tell_results(
    columns: Columns, job: JobPlan, number: int, place: int, fates: Fates, runs: Runs, spans: Spans, said: Ints
) -> None:
    """Add how one task ended on the hosts."""
    rows, hosts = np.nonzero(runs.told[:, number])
    fails = fates.task[rows, hosts] == number
    skipped, ignored, changed = (flags[rows, number, hosts] for flags in (runs.skipped, runs.ignored, runs.changed))
    outcome = np.select(
        [fails & (fates.failure[rows, hosts] == Failure.UNREACHABLE), fails, skipped, ignored, changed],
        [_OUTCOME[name] for name in ("unreachable", "failed", "skipped", "ignored", "changed")],
        _OUTCOME["ok"],
    )
    message = np.where(fails, said[rows, hosts], -1)
    if ignored.any():
        message[ignored] = columns.messages.code_of(IGNORED.message, IGNORED.rc)
    is_command = job.tasks[number].action.endswith(("command", "shell"))
    columns.add(
        spans.rank[rows],
        run=spans.number,
        step=FIRST_TASK + 3 * number + 2,
        time=spans.start[rows] + runs.end[rows, number, hosts],
        type=_TYPE_OF[outcome],
        host=job.hosts[hosts],
        place=place,
        outcome=outcome,
        changed=outcome == _OUTCOME["changed"],
        start=spans.start[rows] + runs.start[rows, number, hosts],
        # A failure's exit code comes with its message.
        rc=np.where((message < 0) & ~skipped & is_command, 0, -1),
        message=message,
    )
