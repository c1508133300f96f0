"""Reading the schedules of all jobs, which Runner lists job by job; it can be stopped. No widgets here."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from ctl_jupyter.client import NotFound, Session
from ctl_jupyter.documents import Job, Schedule
from ctl_jupyter.panel.schedules.listing import key_of

__all__ = ["Found", "Pair", "Reading", "changed", "read_all"]

Pair = tuple[Job, Schedule]
Found = list[Pair]
#: Jobs that are asked for at once, and in one go.
ASKING_AT_A_TIME, JOBS_IN_A_GO = 4, 20
#: Seconds between two times that what came is told.
PAUSE = 0.5


def changed(found: Found, changes: Mapping[str, Pair | None]) -> Found:
    """Return what was found with what was saved or deleted meanwhile.

    Parameters
    ----------
    changes
        By the row's key, the schedule as it was saved; ``None`` for one that was deleted.
    """
    rest = dict(changes)
    kept = [rest.pop(key_of(*pair), pair) for pair in found]
    return [pair for pair in [*rest.values(), *kept] if pair is not None]


@dataclass
class Reading:
    """How far the reading of all schedules came.

    Parameters
    ----------
    found
        Jobs newest first.
    asked, jobs
        How many jobs were asked, and how many there were when it began.
    is_whole
        Whether every job was asked.
    """

    found: Found = field(default_factory=list)
    asked: int = 0
    jobs: int = 0
    is_whole: bool = False

    @property
    def words(self) -> str:
        """How many jobs were asked."""
        return f"{self.asked:,} of {max(self.jobs, self.asked):,} jobs were asked"


def read_all(session: Session, reading: Reading, tell: Callable[[], None], is_stopped: Callable[[], bool]) -> None:
    """Read the schedules of every job into `reading`: ``GET /jobs/{alias}/{jobId}/schedules`` for each.

    Parameters
    ----------
    tell
        Called now and then while they come.
    is_stopped
        Asked before each few jobs; what came until then stays.

    Raises
    ------
    RunnerError
        When Runner does not answer; what came until then is in `reading`.
    """

    def ask(job: Job) -> Found:
        try:
            return [(job, schedule) for schedule in session.calls.schedules(str(job.id))]
        except NotFound:
            return []  # deleted since it was listed

    jobs = iter(session.calls.jobs())
    reading.jobs = session.calls.jobs_page(size=1).total_size
    told = time.monotonic()
    with ThreadPoolExecutor(ASKING_AT_A_TIME, thread_name_prefix="ctl-jupyter-schedules") as workers:
        while some := list(islice(jobs, JOBS_IN_A_GO)):
            if is_stopped():
                return
            for found in workers.map(ask, some):
                reading.found = [*reading.found, *found]
                reading.asked += 1
            if time.monotonic() - told > PAUSE:
                tell()
                told = time.monotonic()
    reading.is_whole = True
