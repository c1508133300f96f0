"""What a card says of an execution, read once so that all of its parts agree.

The events go on being read by another thread while a card is drawn; nothing here draws.
"""

import time
from collections import Counter
from dataclasses import dataclass

from ctl_jupyter.client import ExecutionHandle, HostProgress, Progress
from ctl_jupyter.documents import FINAL_STATUSES, Execution, Status

__all__ = ["FailureGroup", "Glance", "HostRow", "glance"]

#: The words that sum a host up, those that need a look first; ``done`` is it with the current task.
OUTCOMES = ("failed", "unreachable", "done", "running", "changed", "ok", "skipped")
#: What is going on in a status, for those in which no task says it.
PHASES = {
    "PENDING": "waiting for its turn",
    "INITIALIZING": "getting the playbook and the inventory ready",
    "STOPPING": "the running task ends, no other starts",
    "KILLING": "its processes are being ended",
}


@dataclass(frozen=True)
class HostRow:
    """A host, the one word that sums it up, and how many of its tasks ended how."""

    name: str
    outcome: str
    counts: HostProgress


@dataclass(frozen=True)
class FailureGroup:
    """The hosts that failed in the same task with the same message."""

    hosts: tuple[str, ...]
    task: str
    message: str
    unreachable: bool


@dataclass(frozen=True)
class Glance:
    """One consistent reading of an execution.

    Parameters
    ----------
    seconds
        From the start of the last run to its end, or to now; ``None`` before it started.
    usual
        Seconds that its job usually takes; ``None`` when that is not known, or it is no matter any more.
    activity
        What it is doing just now; empty when it has ended.
    hosts
        Failed and unreachable ones first, otherwise in the order they were met.
    reason
        Why it ended as it did, where no failure of a host says it.
    trouble
        Why nothing new arrives, empty when all is well.
    has_ended
        Whether the status is final, as far as it is known.
    is_read
        Whether nothing more will be read.
    """

    job_name: str
    execution_id: str
    status: str
    seconds: float | None
    usual: float | None
    activity: str
    tasks: int
    hosts: tuple[HostRow, ...]
    failures: tuple[FailureGroup, ...]
    reason: str
    trouble: str
    has_ended: bool
    is_read: bool

    @property
    def outcomes(self) -> dict[str, int]:
        """How many hosts each word sums up, those that need a look first; no zeros."""
        counted = Counter(host.outcome for host in self.hosts)
        return {outcome: counted[outcome] for outcome in OUTCOMES if counted[outcome]}


def glance(handle: ExecutionHandle, now: float | None = None) -> Glance:
    """Read what a handle knows by now; asks the service nothing.

    Parameters
    ----------
    now
        Epoch seconds; the clock's when absent.
    """
    is_read = handle.is_read
    execution, progress = handle.execution, handle.progress
    status = (execution.status if is_read and execution.is_final else progress.status) or "PENDING"
    has_ended = status in FINAL_STATUSES
    failures = _grouped(progress)
    return Glance(
        job_name=handle.job_name,
        execution_id=handle.execution_id,
        status=status,
        seconds=_seconds(progress, time.time() if now is None else now),
        usual=handle.usual_seconds if status in (Status.INITIALIZING, Status.RUNNING) and not is_read else None,
        # What is followed no longer may be doing something else by now.
        activity="" if is_read else _activity(status, progress),
        tasks=progress.tasks_started,
        hosts=_rows(progress, execution if has_ended else None),
        failures=failures,
        reason=_reason(status, progress, bool(failures)),
        trouble=handle.trouble,
        has_ended=has_ended,
        is_read=is_read,
    )


def _seconds(progress: Progress, now: float) -> float | None:
    if progress.started is None:
        return None
    end = now if progress.ended is None else progress.ended / 1000
    # The service's clock may be ahead of this one.
    return max(0.0, end - progress.started / 1000)


def _activity(status: str, progress: Progress) -> str:
    if status in FINAL_STATUSES:
        return ""
    if status == Status.RUNNING:
        return f"task {progress.tasks_started}: {progress.task or 'unnamed'}" if progress.tasks_started else "starting"
    return PHASES.get(status, "a status that is not known here, shown as the service gave it")


def _rows(progress: Progress, ended: Execution | None) -> tuple[HostRow, ...]:
    """Return the hosts met in events, and those that only the final document calls failed."""
    met = list(progress.hosts.items())
    rows = [HostRow(name, _outcome(name, counts, progress), counts) for name, counts in met]
    if ended is not None:
        known = {name for name, _ in met}
        unmet = dict.fromkeys(str(name) for name in ended.failed_hosts if str(name) not in known)
        rows += [HostRow(name, "failed", HostProgress()) for name in unmet]
    first = {"failed": 0, "unreachable": 1}
    return tuple(sorted(rows, key=lambda row: first.get(row.outcome, 2)))


def _outcome(name: str, counts: HostProgress, progress: Progress) -> str:
    outcome = progress.outcome_of(counts)
    return "done" if outcome == "running" and name in progress.done else outcome


def _grouped(progress: Progress) -> tuple[FailureGroup, ...]:
    groups: dict[tuple[str, str, bool], dict[str, None]] = {}
    for failure in list(progress.failures):
        groups.setdefault((failure.task, failure.message, failure.unreachable), {})[failure.host] = None
    return tuple(
        FailureGroup(tuple(hosts), task, message, unreachable) for (task, message, unreachable), hosts in groups.items()
    )


def _reason(status: str, progress: Progress, has_failures: bool) -> str:
    if status == Status.SUCCESS and progress.play and not progress.tasks_started and not progress.hosts:
        return "No task was run: do the tags, and the hosts of the plays, fit?"
    if status not in FINAL_STATUSES or status == Status.SUCCESS or (status == Status.FAILURE and has_failures):
        return ""
    given = progress.reason
    return given or ("The service gave no reason." if status in (Status.FAILURE, Status.INIT_FAILURE) else "")
