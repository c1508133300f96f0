"""A year of an account, made up: what is asked for, what comes of it, and what is hidden in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ctl_jupyter.samples.answers import truth_of
from ctl_jupyter.samples.known import KnownExecutions
from ctl_jupyter.samples.plan import Hidden, JobPlan, hide, host_names, plan_jobs
from ctl_jupyter.samples.queue import Turns, slots_for, take_turns
from ctl_jupyter.samples.runs import Failure, Fates, Runs, fates_of, run
from ctl_jupyter.samples.sample import Sample
from ctl_jupyter.samples.tables import events_table, executions_table
from ctl_jupyter.samples.telling import Columns, Spans, spans_of, tell

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["a_year"]

Ints = npt.NDArray[np.int64]

#: A Tuesday afternoon in the account's time zone.
END = datetime(2026, 3, 31, 13, 0, tzinfo=UTC)
#: The jobs in which something is hidden are among the first 30.
FEWEST_JOBS, MOST_EXECUTIONS = 30, 1_000_000


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

    columns, known = (
        Columns(),
        KnownExecutions(rank, np.concatenate([np.full(len(p.queued), p.number) for p in plans]), now),
    )
    first = 0
    for one in simulated:
        rng = np.random.default_rng([seed, 4, one.job.number])
        wanted = events_for is None or one.job.name in events_for
        _tell_job(rng, columns, known, one, first, turns, wanted=wanted)
        first += len(one.job.queued)

    ids = _ids(np.random.default_rng([seed, 5]), executions)
    job_ids = [plan.id for plan in plans]
    by_rank = np.argsort(rank)
    events = events_table(columns, ids, queued[by_rank], known.job[by_rank], job_ids, host_names(), now)
    counts = _events_of(events, executions)
    pulled = executions_table(known.columns(ids, plans, counts), now)
    return Sample(
        pulled_executions=pulled,
        pulled_events=events,
        job_names={plan.id: plan.name for plan in plans},
        repositories={plan.id: plan.repository for plan in plans if plan.repository},
        truth=truth_of(plans, hidden, known, ids),
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


def _tell_job(
    rng: np.random.Generator,
    columns: Columns,
    known: KnownExecutions,
    one: _Simulated,
    first: int,
    turns: Turns,
    wanted: bool,
) -> None:
    """Make a job's runs known and, where wanted, tell their events."""
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
        spans = Spans(known.rank[rows], number, queued, start, start + runs.over, status, reason, failed)
        known.add(rows, spans, runs, fates, hosts)
        full, on = np.nonzero(fates.failure == Failure.DISK_FULL)
        is_told = start[full] + runs.end[full, fates.task[full, on], on] <= known.now
        known.disk_full += [(job.name, hosts[host]) for host in on[is_told]]
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
