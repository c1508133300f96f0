"""The runs of a job, simulated: which task took how long on which host, and where it failed.

All is worked out for every run of a job at once, in arrays of run x task x host; times are milliseconds from the run's
begin. Ansible's own order is kept: a task begins when the one before has ended on all hosts.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ctl_jupyter.samples.plan import CHANGED, FAILING, TRENDING, Hidden, JobPlan
from ctl_jupyter.samples.times import WEEK

__all__ = [
    "GROWTH",
    "Failure",
    "Fates",
    "Runs",
    "expected_slowing",
    "failing_task_of",
    "fates_of",
    "run",
    "slow_task_of",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: How long a run usually takes to get its repository before it begins, milliseconds.
PREPARING = 4_000
#: How much a task's time scatters: the standard deviation of its logarithm.
SCATTER = 0.14
#: How many times as long a task takes on a slow disk.
SLOWER = (3, 6)
#: 2 % a week.
GROWTH = 1.02
#: What writes to the disk: these modules are slow on a slow disk, and fail on a full one.
WRITING = frozenset(f"ansible.builtin.{module}" for module in ("copy", "unarchive", "apt"))
#: What always changes a host, and what never does; the others do in one of four runs.
ALWAYS = frozenset(f"ansible.builtin.{module}" for module in ("command", "shell", "reboot", "pip", "get_url"))
NEVER = frozenset(f"ansible.builtin.{module}" for module in ("setup", "stat", "uri", "wait_for"))


class Failure:
    """Why a host fails in a run."""

    NONE, CHANCE, FLAKY, BROKEN, UNREACHABLE, COMMIT, DISK_FULL = range(7)


@dataclass
class Fates:
    """What is to happen in each run: on which hosts, where each fails and why, and how the run ends.

    Parameters
    ----------
    in_play
        (runs, hosts)
    task, failure
        (runs, hosts): the task in which a host fails, the number of tasks for none; a constant of `Failure`.
    stopped, killed
        (runs): the task in which that happens, the number of tasks for never.
    no_begin
        (runs): whether the repository could not be had.
    """

    in_play: Bools
    task: Ints
    failure: Ints
    stopped: Ints
    killed: Ints
    no_begin: Bools

    def again(self, rng: np.random.Generator, rows: Ints, tasks: int) -> "Fates":
        """Return the fates of a restart of some runs: on the failed hosts, most of which work now."""
        failure = self.failure[rows]
        lasting = np.isin(failure, (Failure.BROKEN, Failure.UNREACHABLE, Failure.COMMIT))
        fails = (failure != Failure.NONE) & (lasting | (rng.random(failure.shape) < 0.15))
        never = np.full(len(rows), tasks)
        return Fates(
            in_play=failure != Failure.NONE,
            task=np.where(fails, self.task[rows], tasks),
            failure=np.where(fails, failure, Failure.NONE),
            stopped=never,
            killed=never.copy(),
            no_begin=np.zeros(len(rows), dtype=bool),
        )


@dataclass
class Runs:
    """What happened, in milliseconds from each run's begin.

    Parameters
    ----------
    told
        (runs, tasks, hosts): whether there is a result.
    start, end, begin
        (runs, tasks, hosts) of the task on the host, and (runs, tasks) of the task itself.
    started
        (runs, tasks): whether the task was started.
    skipped, ignored, changed
        (runs, tasks, hosts)
    playing, over, ordered
        (runs): when the playbook began, when the run ended, when it was told to stop or to be killed (-1: never).
    """

    told: Bools
    start: Ints
    end: Ints
    begin: Ints
    started: Bools
    skipped: Bools
    ignored: Bools
    changed: Bools
    playing: Ints
    over: Ints
    ordered: Ints


def fates_of(rng: np.random.Generator, job: JobPlan, hidden: Hidden) -> Fates:
    """Decide what happens in the first run of each execution of a job."""
    runs, hosts, tasks = len(job.queued), len(job.hosts), len(job.tasks)
    fates = Fates(
        in_play=np.ones((runs, hosts), dtype=bool),
        task=np.full((runs, hosts), tasks),
        failure=np.full((runs, hosts), Failure.NONE),
        stopped=np.full(runs, tasks),
        killed=np.full(runs, tasks),
        no_begin=np.zeros(runs, dtype=bool),
    )

    def fail(where: Bools, task: int | Ints, failure: int) -> None:
        earlier = where & (np.asarray(task) < fates.task)
        fates.task[earlier] = np.broadcast_to(task, where.shape)[earlier]
        fates.failure[earlier] = failure

    def during(host: int, since: int, until: int) -> Bools:
        return np.asarray((job.hosts == host) & ((job.queued >= since) & (job.queued < until))[:, None])

    anywhere = rng.integers(0, tasks, (runs, hosts))
    by_chance = rng.random((runs, hosts)) < rng.uniform(0.0005, 0.004)
    fail(by_chance, anywhere, Failure.CHANCE)
    fail(by_chance & (rng.random((runs, hosts)) < 0.1), 0, Failure.UNREACHABLE)

    flaky = during(hidden.flaky.host, hidden.flaky.since, hidden.flaky.until + 1)
    fail(flaky & (rng.random((runs, hosts)) < 0.12), anywhere, Failure.FLAKY)
    broken = during(hidden.broken.host, hidden.broken.since, hidden.broken.until)
    fail(broken, min(1, tasks - 1), Failure.BROKEN)
    fail(during(hidden.unreachable.host, hidden.unreachable.since, hidden.unreachable.until), 0, Failure.UNREACHABLE)

    writing = [number for number, task in enumerate(job.tasks) if task.action in WRITING]
    if writing:
        full = np.isin(job.hosts, hidden.disk_full) & (job.queued >= hidden.disk_full_since)[:, None]
        fail(full & (rng.random((runs, hosts)) < 0.03), rng.choice(writing, (runs, hosts)), Failure.DISK_FULL)
    if job.name == FAILING:
        number = np.arange(runs)[:, None]
        whole = (number >= hidden.failing[0]) & (number < hidden.failing[1]) & fates.in_play
        fail(whole, failing_task_of(job), Failure.COMMIT)

    ended = rng.random(runs)
    fails = (fates.failure != Failure.NONE).any(axis=1)
    by_hand = 3 if job.words.kind == "by hand" else 1
    somewhere = rng.integers(0, tasks, runs)
    fates.stopped = np.where(~fails & (ended < 0.002 * by_hand), somewhere, tasks)
    fates.killed = np.where(~fails & (ended > 1 - 0.001 * by_hand), somewhere, tasks)
    if job.commits:
        fates.no_begin = ~fails & (ended > 0.4) & (ended < 0.403)
    return fates


def failing_task_of(job: JobPlan) -> int:
    """Return the task in which the failing commit fails: the last one that writes a file from a template."""
    return max((number for number, task in enumerate(job.tasks) if task.action.endswith("template")), default=0)


def slow_task_of(job: JobPlan) -> int | None:
    """Return the task that a commit makes slow: the longest of the job; ``None`` when all change alike."""
    if CHANGED.get(job.name, 0) <= 1:
        return None
    return max(range(len(job.tasks)), key=lambda number: job.tasks[number].seconds)


def expected_slowing(job: JobPlan, hidden: Hidden) -> float:
    """Return the factor by which the slow disk lengthens a job: of 500 runs made up for it, with and without."""
    rng = np.random.default_rng(0)
    shape = (500, len(job.tasks), len(job.hosts))
    usual = np.where(_skips(job), 0, _base(job) * np.exp(rng.normal(0, SCATTER, shape)))
    slow = usual * np.where(_slows(job, hidden), rng.uniform(*SLOWER, shape), 1)
    with_it, without = ((PREPARING + lengths.max(axis=2).sum(axis=1)).mean() for lengths in (slow, usual))
    return float(with_it / without)


def run(rng: np.random.Generator, job: JobPlan, hidden: Hidden, rows: Ints, fates: Fates) -> Runs:
    """Simulate runs.

    Parameters
    ----------
    rows
        The execution of each run, counted from the job's oldest.
    """
    runs, tasks, hosts = len(rows), len(job.tasks), len(job.hosts)
    shape = (runs, tasks, hosts)
    number = np.arange(tasks)
    fails_here = fates.task[:, None, :] == number[:, None]
    told = fates.in_play[:, None, :] & (fates.task[:, None, :] >= number[:, None])
    told &= (number <= fates.stopped[:, None])[:, :, None] & (number < fates.killed[:, None])[:, :, None]
    told &= ~fates.no_begin[:, None, None]

    skipped = np.broadcast_to(_skips(job), shape) & ~fails_here
    lengths = _lengths(rng, job, hidden, rows, shape)
    lengths[skipped] = rng.uniform(15, 45, int(skipped.sum()))
    fails_unreachable = fails_here & (fates.failure == Failure.UNREACHABLE)[:, None, :]
    lengths[fails_unreachable] = 10_000 + rng.uniform(0, 60, int(fails_unreachable.sum()))

    playing = np.round(1_000 * (rng.uniform(2, 6, runs) if job.commits else rng.uniform(0.5, 1.5, runs))).astype(
        np.int64
    )
    begin, start, end, free = _schedule(rng, job.words.forks, playing, lengths.astype(np.int64), told)
    started = told.any(axis=2)
    started |= number == fates.killed[:, None]

    ordered, over = _ends(rng, fates, begin, free, tasks)
    ignores = np.array([task.ignore_errors for task in job.tasks])
    ignored = ignores[:, None] & (rng.random(shape) < 0.05) & ~skipped & ~fails_here
    chance = np.array([1.0 if t.action in ALWAYS else 0.0 if t.action in NEVER else 0.25 for t in job.tasks])
    changed = (rng.random(shape) < chance[:, None]) & ~skipped & ~fails_here & ~ignored
    return Runs(told, start, end, begin, started, skipped, ignored, changed, playing, over, ordered)


def _skips(job: JobPlan) -> Bools:
    """Return for each task and host whether its ``when`` is false, the same in every run; facts are always gathered."""
    task, host = np.arange(len(job.tasks))[:, None], job.hosts
    return np.asarray(((task * 7 + host * 3 + job.number) % 17 == 0) & (task > 0) & (len(job.hosts) > 2))


def _base(job: JobPlan) -> Floats:
    """Return how long each task usually takes on each host, in milliseconds: no two hosts are equally fast."""
    seconds = np.array([task.seconds for task in job.tasks])
    return np.asarray(1_000 * seconds[:, None] * np.exp(0.08 * np.sin(job.hosts * 2.4)))


def _slows(job: JobPlan, hidden: Hidden) -> Bools:
    """Return for each task and host whether the slow disk is in its way."""
    writing = np.array([task.action in WRITING for task in job.tasks])
    return np.asarray(writing[:, None] & (job.hosts == hidden.slow.host))


def _lengths(rng: np.random.Generator, job: JobPlan, hidden: Hidden, rows: Ints, shape: tuple[int, int, int]) -> Floats:
    """Return how long each task takes on each host, in milliseconds."""
    queued = job.queued[rows]
    of_run = np.exp(rng.normal(0, 0.09, len(rows)))
    # Now and then all is slow: a mirror, a busy network.
    of_run *= np.where(rng.random(len(rows)) < 0.01, rng.uniform(1.5, 3, len(rows)), 1)
    if job.name == TRENDING:
        of_run *= GROWTH ** ((queued - hidden.begin) / WEEK)
    lengths = _base(job) * of_run[:, None, None] * np.exp(rng.normal(0, SCATTER, shape))

    on_slow_disk = _slows(job, hidden) & (queued >= hidden.slow.since)[:, None, None]
    lengths *= np.where(on_slow_disk, rng.uniform(*SLOWER, shape), 1)
    if job.name in hidden.changes:
        factor, task = CHANGED[job.name], slow_task_of(job)
        since = (rows >= hidden.changes[job.name])[:, None]
        base = np.array([1_000 * task.seconds for task in job.tasks])
        # So much that the whole job takes `factor`, and not only what one task or all of them take of it.
        changing = base.sum() if task is None else base[task]
        more = (factor - 1) * (base.sum() + PREPARING) / changing
        chosen = slice(None) if task is None else slice(task, task + 1)
        lengths[:, chosen] *= np.where(since, 1 + more, 1)[:, :, None]
    return np.asarray(lengths)


def _schedule(
    rng: np.random.Generator, forks: int, playing: Ints, lengths: Ints, told: Bools
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return begin of the tasks, start and end of each on its hosts, and when the last task had ended."""
    runs, tasks, hosts = lengths.shape
    begin = np.zeros((runs, tasks), dtype=np.int64)
    start = np.zeros_like(lengths)
    now = playing + 300
    for task in range(tasks):
        here = told[:, task]
        begin[:, task] = now
        if hosts <= forks:
            # A fork is started about every 12 ms.
            start[:, task] = (now + 8)[:, None] + 12 * (np.cumsum(here, axis=1) - here)
        else:
            start[:, task] = _in_waves(forks, now + 8, lengths[:, task], here)
        ends = np.where(here, start[:, task] + lengths[:, task], 0).max(axis=1)
        now = np.where(here.any(axis=1), ends + rng.integers(20, 60, runs), now)
    return begin, start, start + lengths, now


def _in_waves(forks: int, now: Ints, lengths: Ints, here: Bools) -> Ints:
    """Return when each host starts: the next host as soon as one of the forks is free."""
    free = np.repeat(now[:, None], forks, axis=1) + 12 * np.arange(forks)
    start = np.zeros_like(lengths)
    every = np.arange(len(now))
    for host in range(lengths.shape[1]):
        first = free.argmin(axis=1)
        start[:, host] = free[every, first]
        free[every, first] += np.where(here[:, host], lengths[:, host] + 6, 0)
    return start


def _ends(rng: np.random.Generator, fates: Fates, begin: Ints, free: Ints, tasks: int) -> tuple[Ints, Ints]:
    """Return when each run was told to stop or to be killed, and when it ended."""
    every, none = np.arange(len(free)), np.full(len(free), -1)
    over = free + rng.integers(150, 500, len(free))
    ordered = none
    is_stopped, is_killed = fates.stopped < tasks, fates.killed < tasks
    if tasks:
        at_stop = begin[every, np.minimum(fates.stopped, tasks - 1)]
        ordered = np.where(is_stopped, (at_stop + free) // 2, ordered)
        at_kill = begin[every, np.minimum(fates.killed, tasks - 1)] + rng.integers(200, 5_000, len(free))
        ordered = np.where(is_killed, at_kill, ordered)
        over = np.where(is_killed, at_kill + rng.integers(80, 200, len(free)), over)
    over = np.where(fates.no_begin, rng.integers(900, 15_000, len(free)), over)
    return ordered, over
