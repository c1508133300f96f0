"""What an execution has done so far, folded from its status events; apart from how it is shown."""

from dataclasses import dataclass, field

from ctl_jupyter.documents import FINAL_STATUSES, StatusEvent

__all__ = ["Failure", "HostProgress", "Progress"]

#: Event types of one host's result for one task, and the word for its outcome.
RESULT_EVENTS = {
    "runner_on_ok": "ok",
    "runner_on_async_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_async_failed": "failed",
    "runner_on_unreachable": "unreachable",
}


@dataclass
class HostProgress:
    """How many tasks of a host ended how."""

    ok: int = 0
    changed: int = 0
    skipped: int = 0
    failed: int = 0
    unreachable: int = 0
    ignored: int = 0


@dataclass(frozen=True)
class Failure:
    """A host's failed (or unreachable) task and what Ansible said about it."""

    host: str
    task: str
    message: str
    unreachable: bool = False
    #: What told it.
    event: StatusEvent | None = field(default=None, compare=False, repr=False)


@dataclass
class Progress:
    """The state of one execution as its events tell it.

    `add` takes events in the order they happened; a restart begins again with the hosts it runs.
    """

    status: str = "PENDING"
    play: str = ""
    task: str = ""
    tasks_started: int = 0
    #: The hosts that are done with the current task.
    done: set[str] = field(default_factory=set)
    hosts: dict[str, HostProgress] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    reason: str = ""
    events: int = 0
    started: int | None = None
    ended: int | None = None
    _told: set[tuple[str, str]] = field(default_factory=set, repr=False)
    #: Each host's failures that were not ignored, with how many events had been read by then.
    _failed: dict[str, list[tuple[int, Failure]]] = field(default_factory=dict, repr=False)

    @property
    def is_final(self) -> bool:
        """Whether the last status seen is a final one."""
        return self.status in FINAL_STATUSES

    def add(self, event: StatusEvent) -> None:
        """Fold one event in."""
        self.events += 1
        details = event.details
        kind = event.event_type
        if kind == "status_change":
            self._change_status(str(details.get("status") or self.status), event.timestamp)
        elif kind == "playbook_on_play_start":
            self.play = str(details.get("play") or "")
        elif kind == "playbook_on_task_start":
            self.task = str(details.get("task") or "")
            self.tasks_started += 1
            self.done = set()
        elif kind == "playbook_on_stats":
            self._settle(details.get("stats"))
        elif kind == "playbook_result":
            self.reason = str(details.get("reason") or details.get("msg") or "")
        elif kind in RESULT_EVENTS and details.get("host") and not self._is_told_again(kind, details):
            self._count(RESULT_EVENTS[kind], event)

    def failures_of(self, host: str) -> list[Failure]:
        """Return every failure of a host that was not ignored, rescued ones among them, in the order they happened."""
        return [failure for _, failure in self._failed.get(host, ())]

    def _change_status(self, status: str, timestamp: int | None) -> None:
        if status == "PENDING" and self.is_final:
            # A restart: what the last run told is over.
            self.hosts, self.failures, self.tasks_started, self.reason = {}, [], 0, ""
            self._told, self._failed = set(), {}
            self.play = self.task = ""
            self.done = set()
            self.started = self.ended = None
        self.status = status
        if status == "INITIALIZING":
            self.started, self.ended = timestamp, None
        elif self.is_final:
            self.ended = timestamp

    def _is_told_again(self, kind: str, details: dict[str, object]) -> bool:
        """Whether this is the plain result of an asynchronous task, which Ansible sends after the asynchronous one."""
        place = (str(details["host"]), str(details.get("task")))
        if "_async_" in kind:
            self._told.add(place)
            return False
        if place not in self._told:
            return False
        self._told.remove(place)
        if details.get("ignore_errors"):
            # Only now it is said that the failure counted before is ignored.
            self._ignore_failure(place)
        return True

    def _ignore_failure(self, place: tuple[str, str]) -> None:
        host = self.hosts[place[0]]
        if host.failed:
            host.failed -= 1
            host.ignored += 1
        self.failures = [failure for failure in self.failures if (failure.host, failure.task) != place]
        self._failed[place[0]] = [told for told in self._failed.get(place[0], ()) if told[1].task != place[1]]

    def _count(self, outcome: str, event: StatusEvent) -> None:
        details = event.details
        host = self.hosts.setdefault(str(details["host"]), HostProgress())
        if str(details.get("task") or "") == self.task:
            self.done.add(str(details["host"]))
        if outcome == "failed" and details.get("ignore_errors"):
            host.ignored += 1
            return
        setattr(host, outcome, getattr(host, outcome) + 1)
        if outcome == "ok" and details.get("changed"):
            host.changed += 1
        if outcome in ("failed", "unreachable"):
            failure = Failure(
                host=str(details["host"]),
                task=str(details.get("task") or self.task),
                message=str(details.get("msg") or "no message"),
                unreachable=outcome == "unreachable",
                event=event,
            )
            self._failed.setdefault(failure.host, []).append((self.events, failure))
            # Until Ansible's closing count the last of a host's failures counts: a rescue block mended those before it.
            self.failures = [before for before in self.failures if before.host != failure.host]
            self.failures.append(failure)

    def _settle(self, stats: object) -> None:
        """Take Ansible's closing count: what a rescue block mended is no failure; of the others the first counts."""
        if not isinstance(stats, dict):
            return
        settled: list[tuple[int, Failure]] = []
        for name, host in self.hosts.items():
            told, counted, count = self._failed.get(name, []), 1, stats.get(name)
            if isinstance(count, dict):
                host.failed = _number(count.get("failures"), host.failed)
                host.unreachable = _number(count.get("unreachable"), host.unreachable)
                # Those that were mended came first; an 'always' section may fail after the failure that leads to it.
                counted = host.failed + host.unreachable
            if told and (host.failed or host.unreachable):
                settled.append(told[-min(counted, len(told))])
        self.failures = [failure for _, failure in sorted(settled, key=lambda place: place[0])]

    def outcome_of(self, host: HostProgress) -> str:
        """Return the one word that sums a host up."""
        if host.unreachable:
            return "unreachable"
        if host.failed:
            return "failed"
        if not self.is_final:
            return "running"
        return "changed" if host.changed else "ok" if host.ok or host.ignored else "skipped"


def _number(said: object, known: int) -> int:
    return int(said) if isinstance(said, (int, float)) else 0 if said is None else known
