"""Hosts x tasks of one run, folded from its events into a matrix of bytes; pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ctl_jupyter.documents import FINAL_STATUSES, StatusEvent
from ctl_jupyter.panel.executions.outcomes import CODES, OUTCOMES, outcome_of, worst

__all__ = ["Cell", "Grid", "Snapshot", "TaskColumn"]

WAITING, RUNNING = CODES["waiting"], CODES["running"]
#: Where a host stands by the worst of its tasks: those that need a look first.
HOST_RANK = {CODES["failed"]: 0, CODES["unreachable"]: 1}
#: What takes a host out of its play.
OUT = frozenset({CODES["failed"], CODES["unreachable"]})


@dataclass(frozen=True)
class TaskColumn:
    """A task, and the group that it is folded into: its role, or its play where it has none."""

    task: str
    group: str


@dataclass(frozen=True)
class Snapshot:
    """The whole grid at one moment.

    Parameters
    ----------
    hosts
        From top to bottom: failing ones first, then by name.
    tasks
        From left to right: as they were started.
    cells
        ``len(hosts) * len(tasks)`` codes of `OUTCOMES`, row by row.
    count
        How many events were folded in.
    """

    hosts: tuple[str, ...]
    tasks: tuple[TaskColumn, ...]
    cells: bytes
    count: int

    def outcome(self, host: str, task: int) -> str:
        """Return the word of one cell."""
        return OUTCOMES[self.cells[self.hosts.index(host) * len(self.tasks) + task]]


@dataclass(frozen=True)
class Cell:
    """What one task came to on one host."""

    host: str
    task: str
    outcome: str
    seconds: float | None = None
    message: str = ""


class Grid:
    """The matrix of one run; `add` takes its events in the order they happened."""

    def __init__(self, events: Iterable[StatusEvent] = ()) -> None:
        #: How many events were folded in.
        self.count = 0
        self._tasks: list[TaskColumn] = []
        self._rows: dict[str, bytearray] = {}
        self._told: dict[tuple[str, int], StatusEvent] = {}
        self._columns: dict[tuple[str, ...], int] = {}
        #: How often each task was started since the play began, or its present batch of hosts (`serial`).
        self._started: Counter[tuple[str, ...]] = Counter()
        self._play = ""
        self._current = -1
        self._in_play: set[str] = set()
        self._has_ended = False
        for event in events:
            self.add(event)

    def add(self, event: StatusEvent) -> None:
        """Fold one event in."""
        self.count += 1
        kind, details = event.event_type, event.details
        if kind == "playbook_on_play_start":
            self._play = str(details.get("play") or "")
            self._started.clear()
            self._in_play = set()
            self._current = -1
        elif kind == "playbook_on_task_start":
            self._start(details)
        elif kind == "status_change":
            self._has_ended = details.get("status") in FINAL_STATUSES
        else:
            word = outcome_of(event)
            if word and details.get("host"):
                self._settle(str(details["host"]), self._column(details), CODES[word], event)

    def _start(self, details: dict[str, object]) -> None:
        key = self._key(details)
        self._started[key] += 1
        self._current = self._column(details)

    def _column(self, details: dict[str, object]) -> int:
        """Return the column of a task: the same one for each batch of hosts, another one when it is started again."""
        key = self._key(details)
        place = (*key, str(max(self._started[key], 1)))
        found = self._columns.get(place)
        if found is None:
            found = self._columns[place] = len(self._tasks)
            self._tasks.append(TaskColumn(key[2] or "unnamed", key[1] or key[0] or "tasks"))
        return found

    def _key(self, details: dict[str, object]) -> tuple[str, ...]:
        members = ("role", "task", "path")
        return (str(details.get("play") or self._play), *(str(details.get(member) or "") for member in members))

    def _settle(self, host: str, column: int, code: int, event: StatusEvent) -> None:
        row = self._rows.setdefault(host, bytearray())
        if len(row) <= column:
            row.extend(bytes(column + 1 - len(row)))
        row[column] = code
        self._told[host, column] = event
        if code in OUT:
            self._in_play.discard(host)
        else:
            self._in_play.add(host)

    def snapshot(self) -> Snapshot:
        """Return the grid as it is by now."""
        width = len(self._tasks)
        rows = {host: self._whole(host, row, width) for host, row in self._rows.items()}
        hosts = sorted(rows, key=lambda host: (HOST_RANK.get(worst(rows[host]), 2), host))
        return Snapshot(tuple(hosts), tuple(self._tasks), b"".join(rows[host] for host in hosts), self.count)

    def _whole(self, host: str, row: bytearray, width: int) -> bytes:
        cells = row.ljust(width, b"\0")
        current = self._current
        if current >= 0 and not self._has_ended and cells[current] == WAITING and host in self._in_play:
            # No event tells that a task begins on a host: it does on those that are still in the play.
            cells[current] = RUNNING
        return bytes(cells)

    def cell(self, host: str, column: int) -> Cell:
        """Return what is known of one cell.

        Parameters
        ----------
        column
            The task's place, from 0.
        """
        event = self._told.get((host, column))
        task = self._tasks[column].task if 0 <= column < len(self._tasks) else ""
        if event is None:
            row = self._rows.get(host)
            code = self._whole(host, row, len(self._tasks))[column] if row is not None and task else WAITING
            return Cell(host, task, OUTCOMES[code])
        details = event.details
        start, end = details.get("start"), details.get("end")
        seconds = None
        if isinstance(start, (int, float)) and isinstance(end, (int, float)):
            seconds = max(0.0, (end - start) / 1000)
        return Cell(host, task, outcome_of(event), seconds, str(details.get("msg") or ""))
