"""How every task went on every host, folded from status events, and as bytes for the grid; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.documents import FINAL_STATUSES, StatusEvent

__all__ = ["OUTCOMES", "Cell", "Matrix", "Snapshot"]

#: What a cell says, by its byte; of two the larger one is the worse, which a folded column shows.
OUTCOMES = ("waiting", "skipped", "ok", "changed", "running", "ignored", "failed", "unreachable")
CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}
WAITING, RUNNING, FAILED, UNREACHABLE = CODES["waiting"], CODES["running"], CODES["failed"], CODES["unreachable"]


@dataclass(frozen=True)
class Cell:
    """What is known of a task on a host.

    Parameters
    ----------
    outcome
        One of `OUTCOMES`.
    seconds
        From the task's start to the host's result, where both are known.
    message
        What Ansible said.
    """

    host: str
    task: str
    outcome: str
    seconds: float | None
    message: str


@dataclass
class _Task:
    """A task that was started, and each host's result of it."""

    name: str
    group: str
    started: int | None
    codes: dict[str, int] = field(default_factory=dict)
    events: dict[str, StatusEvent] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """The grid at one moment.

    Parameters
    ----------
    hosts
        Names, failing ones first.
    columns
        The label of each column and the group it belongs to: role, or play.
    cells
        One byte a cell, host after host; `OUTCOMES` says what it means.
    """

    hosts: list[str]
    columns: list[tuple[str, str]]
    cells: bytes


class Matrix:
    """The results of one run; `take` folds events in, the order in which they happened."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._tasks: list[_Task] = []
        self._last: dict[tuple[str, str, str], _Task] = {}
        self._hosts: dict[str, int] = {}
        self._of_play: dict[str, None] = {}
        self._play = ""
        self._is_over = False

    def take(self, events: Iterable[StatusEvent]) -> None:
        """Fold events in; a restart begins anew."""
        for event in events:
            self._take(event)

    def snapshot(self, *, is_folded: bool = False) -> Snapshot:
        """Return the grid as it is now.

        Parameters
        ----------
        is_folded
            Whether neighbouring tasks of a role, or of a play outside of roles, are one column, which shows the worst.
        """
        hosts = sorted(self._hosts, key=lambda host: (-self._hosts[host], _natural(host)))
        groups = self._groups() if is_folded else [[task] for task in self._tasks]
        live = None if self._is_over or not self._tasks else self._tasks[-1]
        running = self._running(live)
        cells = bytearray(len(hosts) * len(groups))
        width = len(groups)
        places = {host: row * width for row, host in enumerate(hosts)}
        for column, tasks in enumerate(groups):
            for task in tasks:
                for host, code in task.codes.items():
                    place = places[host] + column
                    cells[place] = max(cells[place], code)
            if live is not None and live in tasks:
                for host in running:
                    place = places[host] + column
                    cells[place] = max(cells[place], RUNNING)
        columns = [(_label(tasks, is_folded=is_folded), tasks[0].group) for tasks in groups]
        return Snapshot(hosts, columns, bytes(cells))

    def cell(self, host: str, column: int, *, is_folded: bool = False) -> Cell | None:
        """Return what is known of a cell of `snapshot`; of a folded one, of its worst task."""
        groups = self._groups() if is_folded else [[task] for task in self._tasks]
        if not 0 <= column < len(groups) or host not in self._hosts:
            return None
        task = max(groups[column], key=lambda task: task.codes.get(host, WAITING))
        code = task.codes.get(host, WAITING)
        if not code and task is self._tasks[-1] and host in self._running(task) and not self._is_over:
            code = RUNNING
        event = task.events.get(host)
        details = event.details if event else {}
        return Cell(host, task.name, OUTCOMES[code], _seconds(task, event), str(details.get("msg") or ""))

    @property
    def size(self) -> tuple[int, int]:
        """How many hosts and tasks there are."""
        return len(self._hosts), len(self._tasks)

    def _groups(self) -> list[list[_Task]]:
        groups: list[list[_Task]] = []
        for task in self._tasks:
            if groups and groups[-1][0].group == task.group:
                groups[-1].append(task)
            else:
                groups.append([task])
        return groups

    def _running(self, task: _Task | None) -> list[str]:
        """Return the hosts of the play that have no result of its last task yet and can still have one."""
        if task is None:
            return []
        return [host for host in self._of_play if host not in task.codes and self._hosts[host] < FAILED]

    def _take(self, event: StatusEvent) -> None:
        details, kind = event.details, event.event_type
        if kind == "status_change":
            self._change_status(str(details.get("status") or ""))
        elif kind == "playbook_on_play_start":
            self._play = str(details.get("play") or "")
            # The event has the play's pattern; which hosts it meets, their results tell.
            self._of_play = {}
        elif kind == "playbook_on_task_start":
            self._start(details, event.timestamp)
        elif kind in RESULT_EVENTS and details.get("host"):
            self._count(RESULT_EVENTS[kind], event)

    def _change_status(self, status: str) -> None:
        if status == "PENDING" and self._is_over:
            # A restart: what the last run told is over.
            self._begin()
        self._is_over = status in FINAL_STATUSES

    def _start(self, details: dict[str, Any], timestamp: int | None) -> _Task:
        name = str(details.get("task") or "")
        group = str(details.get("role") or details.get("play") or self._play)
        task = _Task(name, group, timestamp)
        self._tasks.append(task)
        self._last[_place_of(details)] = task
        return task

    def _count(self, outcome: str, event: StatusEvent) -> None:
        details = event.details
        host = str(details["host"])
        if outcome == "failed" and details.get("ignore_errors"):
            outcome = "ignored"
        elif outcome == "ok" and details.get("changed"):
            outcome = "changed"
        code = CODES[outcome]
        self._hosts[host] = max(self._hosts.get(host, 0), code if code >= FAILED else 0)
        self._of_play[host] = None
        # Under another strategy than the linear one, results of several tasks come mixed.
        task = self._last.get(_place_of(details)) or self._start(details, event.timestamp)
        task.codes[host] = code
        task.events[host] = event


def _place_of(details: dict[str, Any]) -> tuple[str, str, str]:
    return str(details.get("play") or ""), str(details.get("task") or ""), str(details.get("path") or "")


def _natural(host: str) -> list[Any]:
    """Return by what names sort so that web10 comes after web9."""
    parts: list[Any] = []
    digits = ""
    for letter in host:
        if letter.isdecimal():
            digits += letter
        else:
            parts += [(1, int(digits), "")] if digits else []
            parts.append((0, 0, letter))
            digits = ""
    return [*parts, (1, int(digits), "")] if digits else parts


def _label(tasks: Sequence[_Task], *, is_folded: bool) -> str:
    if not is_folded or len(tasks) == 1:
        return tasks[0].name
    return f"{tasks[0].group or 'tasks'}: {len(tasks)} tasks"


def _seconds(task: _Task, event: StatusEvent | None) -> float | None:
    if event is None:
        return None
    details = event.details
    start, end = details.get("start"), details.get("end")
    if not (isinstance(start, int | float) and isinstance(end, int | float)):
        start, end = task.started, event.timestamp
    return None if start is None or end is None else max(end - start, 0) / 1000
