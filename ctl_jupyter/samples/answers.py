"""What is hidden in a sample, written down as `ctl_jupyter.samples.truth` has it."""

from datetime import UTC, datetime

import numpy as np

from ctl_jupyter.samples.failures import DISK_FULL
from ctl_jupyter.samples.known import KnownExecutions
from ctl_jupyter.samples.plan import CHANGED, FAILING, FORK_BOUND, TRENDING, Hidden, HiddenHost, JobPlan, host_names
from ctl_jupyter.samples.runs import GROWTH, expected_slowing, failing_task_of, slow_task_of
from ctl_jupyter.samples.truth import BadHost, DurationChange, FailingCommit, SlowTrend, SpreadFailure, Truth

__all__ = ["truth_of"]

#: A slow disk counts as a change of a job's duration from 5 % on.
NOTABLE = 1.05


def truth_of(jobs: list[JobPlan], hidden: Hidden, known: KnownExecutions, ids: list[str]) -> Truth:
    """Return what is hidden, ids and moments of the account named.

    Parameters
    ----------
    ids
        Of all executions, newest first.
    """
    plans = {job.name: job for job in jobs}
    names = host_names()
    first = {
        job.name: int(begin)
        for job, begin in zip(plans.values(), np.cumsum([0, *(len(p.queued) for p in plans.values())]), strict=False)
    }

    def change(job: JobPlan, index: int, factor: float, task: int | None, commit: str | None) -> DurationChange:
        execution_id = ids[known.rank[first[job.name] + index]]
        return DurationChange(
            job.name, job.id, execution_id, index, factor, commit, None if task is None else job.tasks[task].task
        )

    def bad(host: HiddenHost) -> BadHost:
        jobs = tuple(job.name for job in plans.values() if host.host in job.hosts)
        return BadHost(names[host.host], jobs, _as_datetime(host.since), _as_datetime(host.until))

    changes = []
    for name, index in hidden.changes.items():
        job = plans[name]
        commit = job.commits[job.commit[index]].commit
        changes.append(change(job, index, CHANGED[name], slow_task_of(job), commit))
    for job in jobs:
        factor = expected_slowing(job, hidden)
        index = int(np.searchsorted(job.queued, hidden.slow.since))
        if factor >= NOTABLE and index < len(job.queued):
            changes.append(change(job, index, round(factor, 2), None, None))

    hosts = {"flaky_host": hidden.flaky, "broken_host": hidden.broken, "unreachable_host": hidden.unreachable}
    told = {name: bad(host) for name, host in hosts.items()}
    told["slow_host"] = bad(hidden.slow)
    touched = {job for host in told.values() for job in host.jobs}
    touched |= {*CHANGED, FAILING, FORK_BOUND, TRENDING}
    failing = plans[FAILING]
    return Truth(
        duration_changes=tuple(changes),
        failing_commit=FailingCommit(
            FAILING,
            failing.commits[failing.commit[hidden.failing[0]]].commit,
            failing.tasks[failing_task_of(failing)].task,
            *hidden.failing,
        ),
        fork_bound_job=FORK_BOUND,
        forks=plans[FORK_BOUND].words.forks,
        trend=SlowTrend(TRENDING, GROWTH - 1),
        disk_full=_disk_full(known, hidden),
        controls=tuple(name for name in plans if name not in touched),
        **told,
    )


def _disk_full(known: KnownExecutions, hidden: Hidden) -> SpreadFailure:
    jobs, hosts = zip(*known.disk_full, strict=True) if known.disk_full else ((), ())
    return SpreadFailure(
        words=DISK_FULL,
        hosts=tuple(sorted(set(hosts))),
        jobs=tuple(dict.fromkeys(jobs)),
        failures=len(hosts),
        since=_as_datetime(hidden.disk_full_since),
    )


def _as_datetime(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
