"""What the service knows of each execution at the moment at which it is asked."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ctl_jupyter.documents import FINAL_STATUSES, Status
from ctl_jupyter.history.schema import STATUSES
from ctl_jupyter.samples.plan import JobPlan
from ctl_jupyter.samples.runs import Fates, Runs
from ctl_jupyter.samples.telling import Spans

__all__ = ["KnownExecutions"]

Ints = npt.NDArray[np.int64]


class KnownExecutions:
    """What is known of each execution, in the order of the jobs, filled run by run as of ``now``."""

    def __init__(self, rank: Ints, job: Ints, now: int) -> None:
        count = len(rank)
        self.rank, self.job, self.now = rank, job, now
        self.status = np.zeros(count, dtype=np.int64)
        self.timers = np.zeros(count, dtype=np.int64)
        self.start, self.end = np.full((count, 2), -1), np.full((count, 2), -1)
        self.failed: dict[int, list[str]] = {}
        self.no_commit = np.zeros(count, dtype=bool)
        #: Job and host of each failure for want of room on a disk.
        self.disk_full: list[tuple[str, str]] = []

    def add(self, rows: Ints, spans: Spans, runs: Runs, fates: Fates, hosts: list[str]) -> None:
        """Take the runs of some executions into account, as far as they are known now."""
        has_begun, is_over = spans.start <= self.now, spans.end <= self.now
        plays = spans.start + runs.playing <= self.now
        ordered = (runs.ordered >= 0) & (spans.start + runs.ordered <= self.now)
        is_killed = spans.status == STATUSES.index(Status.KILLED)
        going = np.where(is_killed, STATUSES.index(Status.KILLING), STATUSES.index(Status.STOPPING))
        status = np.select(
            [is_over, ordered, plays & ~fates.no_begin, has_begun],
            [spans.status, going, STATUSES.index(Status.RUNNING), STATUSES.index(Status.INITIALIZING)],
            STATUSES.index(Status.PENDING),
        )
        known = spans.queued <= self.now
        place = spans.number - 1
        self.status[rows[known]] = status[known]
        self.timers[rows[known]] = spans.number
        self.start[rows, place] = np.where(known & has_begun, spans.start, -1)
        self.end[rows, place] = np.where(known & is_over, spans.end, -1)
        self.no_commit[rows] |= fates.no_begin | ~has_begun & (place == 0)
        for place_of_run in np.flatnonzero(is_over & known):
            names = [hosts[host] for host in np.flatnonzero(spans.failed[place_of_run])]
            self.failed[int(rows[place_of_run])] = sorted(names)

    def columns(self, ids: list[str], plans: list[JobPlan], events: Ints) -> dict[str, Any]:
        """Return the columns of `executions_table`, newest first."""
        order = np.argsort(self.rank)
        commits = [plan.commits[number] if plan.commits else None for plan in plans for number in plan.commit]
        known = [None if self.no_commit[row] else commits[row] for row in order]
        schedules = [plan.schedule_id for plan in plans]
        is_final = np.isin(self.status[order], [STATUSES.index(status) for status in FINAL_STATUSES])
        return {
            "execution_id": ids,
            "job": self.job[order],
            "job_ids": [plan.id for plan in plans],
            "status": self.status[order],
            "failed_hosts": [self.failed.get(int(row), []) for row in order],
            "commit": [commit and commit.commit for commit in known],
            "commit_author": [commit and commit.author for commit in known],
            "commit_message": [commit and commit.message for commit in known],
            "start": self.start[order],
            "end": self.end[order],
            "timers": self.timers[order],
            "schedule_id": [schedules[number] for number in self.job[order]],
            "events_expected": np.where(is_final, events, -1),
        }
