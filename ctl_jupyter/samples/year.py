"""A year of an account, made up: what is asked for, what comes of it, and what is hidden in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ctl_jupyter.documents import Status
from ctl_jupyter.history.schema import STATUSES
from ctl_jupyter.samples.failures import DISK_FULL
from ctl_jupyter.samples.plan import (
    CHANGED,
    FAILING,
    FORK_BOUND,
    TRENDING,
    Hidden,
    HiddenHost,
    JobPlan,
    hide,
    host_names,
    plan_jobs,
)
from ctl_jupyter.samples.queue import Turns, slots_for, take_turns
from ctl_jupyter.samples.runs import (
    GROWTH,
    Failure,
    Fates,
    Runs,
    expected_slowing,
    failing_task_of,
    fates_of,
    run,
    slow_task_of,
)
from ctl_jupyter.samples.tables import events_table, executions_table
from ctl_jupyter.samples.telling import Columns, Spans, spans_of, tell
from ctl_jupyter.samples.truth import BadHost, DurationChange, FailingCommit, SlowTrend, SpreadFailure, Truth

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ctl_jupyter.samples.documents import Documents

__all__ = ["Sample", "a_year"]

Ints = npt.NDArray[np.int64]

#: A Tuesday afternoon in the account's time zone.
END = datetime(2026, 3, 31, 13, 0, tzinfo=UTC)
#: The jobs in which something is hidden are among the first 30.
FEWEST_JOBS, MOST_EXECUTIONS = 30, 1_000_000
#: A slow disk counts as a change of a job's duration from 5 % on.
NOTABLE = 1.05


@dataclass(frozen=True, repr=False, eq=False)
class Sample:
    """A year of an account: as it would be pulled, as frames and as documents.

    Parameters
    ----------
    pulled_executions, pulled_events
        Arrow tables as `ctl_jupyter.history.schema` says; executions newest first.
    job_names
        Names by job id.
    repositories
        URLs of the jobs' repositories by job id; jobs of a playbook are not among them.
    truth
        What is hidden.
    """

    pulled_executions: "pa.Table"
    pulled_events: "pa.Table"
    job_names: dict[str, str]
    repositories: dict[str, str]
    truth: Truth

    def __repr__(self) -> str:
        executions, events = self.pulled_executions.num_rows, self.pulled_events.num_rows
        return f"<Sample: {executions:,} executions of {len(self.job_names)} jobs, {events:,} status events>"

    @cached_property
    def executions(self) -> "pd.DataFrame":
        """One row per execution, newest first."""
        from ctl_jupyter.history.frames import executions_frame

        return executions_frame(self.pulled_executions, self.job_names)

    @cached_property
    def runs(self) -> "pd.DataFrame":
        """One row per run of an execution."""
        from ctl_jupyter.history.frames import runs_frame

        return runs_frame(self.pulled_executions, self.job_names, self.pulled_events)

    @cached_property
    def events(self) -> "pd.DataFrame":
        """One row per status event."""
        from ctl_jupyter.history.frames import events_frame

        return events_frame(self.pulled_events, self.job_names)

    @cached_property
    def tasks(self) -> "pd.DataFrame":
        """One row per task of a run."""
        from ctl_jupyter.history.task_frames import tasks_frame

        return tasks_frame(self.pulled_events, self.job_names)

    @cached_property
    def hosts(self) -> "pd.DataFrame":
        """One row per task that ended on a host."""
        from ctl_jupyter.history.task_frames import hosts_frame

        return hosts_frame(self.pulled_events, self.job_names)

    @cached_property
    def documents(self) -> "Documents":
        """The same as Runner's JSON documents, for a server to answer with."""
        from ctl_jupyter.samples.documents import Documents

        return Documents(self)


@dataclass
class _Simulated:
    """A job with its first runs and its restarts; `again` are the executions that were restarted."""

    job: JobPlan
    fates: Fates
    runs: Runs
    again: Ints
    fates_again: Fates
    runs_again: Runs


def a_year(
    seed: int = 7,
    jobs: int = 50,
    executions: int = 100_000,
    end: datetime = END,
    events_for: Collection[str] | None = None,
) -> Sample:
    """Make up a year of an account.

    The same arguments give the same account. 100,000 executions have some 5,000,000 status events.

    Parameters
    ----------
    seed
        Of all that is left to chance, what is hidden among it.
    jobs
        How many jobs, 30 or more: there is something hidden in some of the first 30.
    executions
        How many executions in all, at least 20 for each job and 1,000,000 at most; a part of the same year when
        there are fewer.
    end
        The moment at which the service was asked, with a time zone: what runs then is still alive.
    events_for
        Names of the jobs whose status events are wanted; of all when it is ``None``.

    Raises
    ------
    ValueError
        When there are too few jobs or executions to hide anything in, ``end`` has no time zone, or there is no job
        of a name in ``events_for``.
    TypeError
        When ``events_for`` is one text.
    """
    _check(jobs, executions, end)
    now = int(end.timestamp() * 1_000)
    plans = plan_jobs(np.random.default_rng([seed, 0]), jobs, executions, end)
    _check_names(events_for, plans)
    hidden = hide(np.random.default_rng([seed, 1]), plans, end)
    _start_some_now(plans, now)
    simulated = [_simulate(np.random.default_rng([seed, 2, plan.number]), plan, hidden) for plan in plans]

    queued = np.concatenate([plan.queued for plan in plans])
    oldest_first = np.argsort(queued, kind="stable")
    rank = np.empty(executions, dtype=np.int64)
    rank[oldest_first] = np.arange(executions)[::-1]
    turns = _turns(np.random.default_rng([seed, 3]), simulated, oldest_first, now)

    columns, table = Columns(), _Table(rank, np.concatenate([np.full(len(p.queued), p.number) for p in plans]), now)
    first = 0
    for one in simulated:
        rng = np.random.default_rng([seed, 4, one.job.number])
        wanted = events_for is None or one.job.name in events_for
        _tell_job(rng, columns, table, one, first, turns, wanted=wanted)
        first += len(one.job.queued)

    ids = _ids(np.random.default_rng([seed, 5]), executions)
    job_ids = [plan.id for plan in plans]
    by_rank = np.argsort(rank)
    events = events_table(columns, ids, queued[by_rank], table.job[by_rank], job_ids, host_names(), now)
    counts = _events_of(events, executions)
    pulled = executions_table(table.columns(ids, plans, counts), now)
    return Sample(
        pulled_executions=pulled,
        pulled_events=events,
        job_names={plan.id: plan.name for plan in plans},
        repositories={plan.id: plan.repository for plan in plans if plan.repository},
        truth=_truth(simulated, hidden, table, ids),
    )


def _check(jobs: int, executions: int, end: datetime) -> None:
    if jobs < FEWEST_JOBS:
        raise ValueError(f"A sample has at least {FEWEST_JOBS} jobs, so that something can be hidden: not {jobs}.")
    if not 20 * jobs <= executions <= MOST_EXECUTIONS:
        raise ValueError(
            f"A sample of {jobs} jobs has {20 * jobs:,} to {MOST_EXECUTIONS:,} executions: not {executions:,}."
        )
    if end.tzinfo is None:
        raise ValueError(f"The end of the year needs a time zone: {end.isoformat()} has none.")


def _check_names(events_for: Collection[str] | None, plans: list[JobPlan]) -> None:
    if isinstance(events_for, str):
        raise TypeError(f"events_for takes several names of jobs: [{events_for!r}] for one.")
    unknown = sorted(set(events_for or ()) - {plan.name for plan in plans})
    if unknown:
        raise ValueError(f"The sample has no job named {unknown[0]!r}; see its job_names.")


def _start_some_now(plans: list[JobPlan], now: int) -> None:
    """Let the last start of some jobs be so shortly ago that it waits or runs."""
    by_hand = [plan for plan in plans if plan.words.kind == "by hand"]
    for plan, ago in zip(by_hand, (30, 2_500, 20_000, 45_000), strict=False):
        plan.queued[-1] = now - ago


def _simulate(rng: np.random.Generator, job: JobPlan, hidden: Hidden) -> _Simulated:
    rows = np.arange(len(job.queued))
    fates = fates_of(rng, job, hidden)
    runs = run(rng, job, hidden, rows, fates)
    chance = 0.4 if job.words.kind == "by hand" else 0.08
    fails = (fates.failure != Failure.NONE).any(axis=1)
    again = np.flatnonzero(fails & (rng.random(len(rows)) < chance))
    fates_again = fates.again(rng, again, len(job.tasks))
    return _Simulated(job, fates, runs, again, fates_again, run(rng, job, hidden, again, fates_again))


def _turns(rng: np.random.Generator, simulated: list[_Simulated], oldest_first: Ints, now: int) -> Turns:
    """Let all executions wait in one queue; the turns are in the order of the jobs."""
    again_after = [np.full(len(one.job.queued), -1) for one in simulated]
    again_length = [np.zeros(len(one.job.queued), dtype=np.int64) for one in simulated]
    for after, length, one in zip(again_after, again_length, simulated, strict=True):
        after[one.again] = rng.integers(60_000, 3_600_000, len(one.again))
        length[one.again] = one.runs_again.over
    queued = np.concatenate([one.job.queued for one in simulated])
    length = np.concatenate([one.runs.over for one in simulated])
    slots = slots_for(length, now - int(queued.min()))
    turns = take_turns(
        queued[oldest_first],
        rng.integers(80, 600, len(queued)),
        length[oldest_first],
        np.concatenate(again_after)[oldest_first],
        np.concatenate(again_length)[oldest_first],
        slots,
    )
    back = np.argsort(oldest_first)
    return Turns(*(moments[back] for moments in turns))


class _Table:
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
        is_final = np.isin(self.status[order], [STATUSES.index(status) for status in _FINAL])
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


_FINAL = (Status.SUCCESS, Status.FAILURE, Status.INIT_FAILURE, Status.STOPPED, Status.KILLED)


def _tell_job(
    rng: np.random.Generator, columns: Columns, table: _Table, one: _Simulated, first: int, turns: Turns, wanted: bool
) -> None:
    """Put a job's runs into the table of executions and, where wanted, their events into the columns."""
    job, names = one.job, host_names()
    hosts = [names[host] for host in job.hosts]
    firsts = np.arange(first, first + len(job.queued))
    restarts = firsts[one.again]
    for number, rows, fates, runs, queued, start in (
        (1, firsts, one.fates, one.runs, job.queued, turns.start[firsts]),
        (2, restarts, one.fates_again, one.runs_again, turns.queued_again[restarts], turns.start_again[restarts]),
    ):
        status, reason, said = spans_of(rng, columns, job, names, fates, runs)
        failed = fates.failure != Failure.NONE
        spans = Spans(table.rank[rows], number, queued, start, start + runs.over, status, reason, failed)
        table.add(rows, spans, runs, fates, hosts)
        full, on = np.nonzero(fates.failure == Failure.DISK_FULL)
        is_told = start[full] + runs.end[full, fates.task[full, on], on] <= table.now
        table.disk_full += [(job.name, hosts[host]) for host in on[is_told]]
        if wanted:
            tell(columns, job, fates, runs, spans, said)


def _events_of(events: "pa.Table", executions: int) -> Ints:
    """Return how many events each execution has, newest first."""
    codes = events.column("execution_id").combine_chunks().indices.to_numpy()
    return np.bincount(codes, minlength=executions)


def _ids(rng: np.random.Generator, count: int) -> list[str]:
    digits = rng.bytes(16 * count).hex()
    return [
        f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}"
        for one in (digits[place : place + 32] for place in range(0, 32 * count, 32))
    ]


def _truth(simulated: list[_Simulated], hidden: Hidden, table: _Table, ids: list[str]) -> Truth:
    plans = {one.job.name: one.job for one in simulated}
    names = host_names()
    first = {
        job.name: int(begin)
        for job, begin in zip(plans.values(), np.cumsum([0, *(len(p.queued) for p in plans.values())]), strict=False)
    }

    def change(job: JobPlan, index: int, factor: float, task: int | None, commit: str | None) -> DurationChange:
        execution_id = ids[table.rank[first[job.name] + index]]
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
    for one in simulated:
        factor = expected_slowing(one.job, hidden)
        index = int(np.searchsorted(one.job.queued, hidden.slow.since))
        if factor >= NOTABLE and index < len(one.job.queued):
            changes.append(change(one.job, index, round(factor, 2), None, None))

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
        disk_full=_disk_full(table, hidden),
        controls=tuple(name for name in plans if name not in touched),
        **told,
    )


def _disk_full(table: _Table, hidden: Hidden) -> SpreadFailure:
    jobs, hosts = zip(*table.disk_full, strict=True) if table.disk_full else ((), ())
    return SpreadFailure(
        words=DISK_FULL,
        hosts=tuple(sorted(set(hosts))),
        jobs=tuple(dict.fromkeys(jobs)),
        failures=len(hosts),
        since=_as_datetime(hidden.disk_full_since),
    )


def _as_datetime(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
