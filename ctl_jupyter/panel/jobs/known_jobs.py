"""What the panel knows of an account's jobs while pages of them come and the user changes some; no widgets here."""

import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ctl_jupyter.documents import Execution, Job
from ctl_jupyter.panel.jobs.standing import Standing

__all__ = ["KnownJobs", "is_gone"]


class KnownJobs:
    """The jobs and how they fare; what the user does while they are read is never undone by an older page.

    Pages come in one thread, changes in others.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._standings: dict[str, Standing] = {}
        #: Since the reading began: jobs that were created, replaced or deleted, oldest change first, and starts.
        self._changed: dict[object, Job] = {}
        self._started: dict[str, Execution] = {}

    @property
    def jobs(self) -> list[Job]:
        """The jobs, newest first."""
        return self._jobs

    @property
    def standings(self) -> Mapping[str, Standing]:
        """How jobs fare, by their ids."""
        return self._standings

    @property
    def has_lost_any(self) -> bool:
        """Whether a job was deleted since the reading began, so that pages may have skipped others."""
        with self._lock:
            return any(is_gone(job) for job in self._changed.values())

    def forget(self) -> None:
        """Know nothing any more."""
        with self._lock:
            self._jobs, self._standings, self._changed, self._started = [], {}, {}, {}

    def begin_reading(self) -> None:
        """Take what is changed from now on as newer than what is about to be read."""
        with self._lock:
            self._changed, self._started = {}, {}

    def take(self, read: Iterable[Job]) -> None:
        """Have the jobs that were read in place of those before, with what was changed since the reading began."""
        with self._lock:
            changed = dict(self._changed)
            jobs = [changed.pop(job.id, job) for job in read]
            self._jobs = [job for job in [*reversed(changed.values()), *jobs] if not is_gone(job)]

    def change(self, job: Job) -> None:
        """Take note of a job that was created, replaced or deleted."""
        with self._lock:
            self._changed.pop(job.id, None)
            self._changed[job.id] = job
            if is_gone(job):
                self._jobs = [known for known in self._jobs if known.id != job.id]
            elif any(known.id == job.id for known in self._jobs):
                self._jobs = [job if known.id == job.id else known for known in self._jobs]
            else:
                self._jobs = [job, *self._jobs]

    def learn(self, found: Mapping[str, Standing]) -> None:
        """Take note of how jobs fare; of a job that was started meanwhile the start stays the last one."""
        with self._lock:
            for job_id, standing in found.items():
                started = self._started.get(job_id)
                is_older = started is not None and not _is_later(standing.last, started)
                self._standings[job_id] = replace(standing, last=started) if started and is_older else standing

    def note(self, execution: Execution) -> None:
        """Take note of an execution that was started, or opened: an older one than the last changes nothing."""
        with self._lock:
            known = self._standings.get(execution.job_id)
            if known is None:
                self._standings[execution.job_id] = Standing(execution)
            elif known.last.execution_id == execution.execution_id or _is_newer(execution, known.last):
                self._standings[execution.job_id] = replace(known, last=execution)
            else:
                return
            self._started[execution.job_id] = execution


def is_gone(job: Job) -> bool:
    """Whether a job was deleted: it has no other status from then on."""
    return job.status == "DELETED"


def _is_later(one: Execution, other: Execution) -> bool:
    """Whether what is known of one is later: it is newer, or the same that has ended since."""
    return one.is_final if one.execution_id == other.execution_id else _is_newer(one, other)


def _is_newer(one: Execution, other: Execution) -> bool:
    return _begun(one) > _begun(other)


def _begun(execution: Execution) -> float:
    """Return when an execution began; one that waits comes after all that did."""
    return math.inf if execution.start is None and not execution.is_final else execution.start or 0
