"""What is hidden in a sample account: the answers that measures ought to find."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["BadHost", "DurationChange", "FailingCommit", "SlowTrend", "SpreadFailure", "Truth"]


@dataclass(frozen=True)
class DurationChange:
    """From one execution on a job takes longer, or less time.

    Parameters
    ----------
    index
        Which of the job's executions is the first, counted from its oldest, which is 0.
    factor
        Of the duration: 1.6 when it takes 60 % longer.
    commit
        What did it; ``None`` when it was a host's disk.
    task
        Which task takes the time; ``None`` when all do.
    """

    job: str
    job_id: str
    execution_id: str
    index: int
    factor: float
    commit: str | None
    task: str | None


@dataclass(frozen=True)
class BadHost:
    """A host that fails, or is slow, from one moment to another."""

    host: str
    jobs: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True)
class FailingCommit:
    """A commit with which a job fails on all hosts, until the next commit.

    Parameters
    ----------
    index, index_of_repair
        The first execution with it, and with the next one; counted like `DurationChange`'s.
    """

    job: str
    commit: str
    task: str
    index: int
    index_of_repair: int


@dataclass(frozen=True)
class SlowTrend:
    """A job that takes a little longer every week."""

    job: str
    growth_per_week: float


@dataclass(frozen=True)
class SpreadFailure:
    """One cause on many hosts in many jobs; its message has other numbers each time."""

    words: str
    hosts: tuple[str, ...]
    jobs: tuple[str, ...]
    failures: int
    since: datetime


@dataclass(frozen=True)
class Truth:
    """What the generator hid.

    Parameters
    ----------
    duration_changes
        By commits, and by the slow disk where a job takes at least 5 % longer for it.
    flaky_host
        Fails now and then and works again with the same commit, all year.
    broken_host
        Fails whenever it is used, until it is repaired.
    unreachable_host
        Cannot be reached for a while.
    slow_host
        Its disk is slow from a day on: tasks that copy, unpack or install take 3 to 6 times as long.
    fork_bound_job, forks
        A job whose hosts wait for one another: so many at a time of far more.
    controls
        Jobs in which nothing is hidden, but for `disk_full`; what goes wrong there is chance.
    """

    duration_changes: tuple[DurationChange, ...]
    failing_commit: FailingCommit
    flaky_host: BadHost
    broken_host: BadHost
    unreachable_host: BadHost
    slow_host: BadHost
    fork_bound_job: str
    forks: int
    trend: SlowTrend
    disk_full: SpreadFailure
    controls: tuple[str, ...]
