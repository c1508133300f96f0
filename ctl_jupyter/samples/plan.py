"""What a sample account consists of: its hosts, its jobs, their commits, and where something is hidden."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ctl_jupyter.samples.times import WEEK, YEAR, start_times
from ctl_jupyter.samples.words import AUTHORS, COMMIT_MESSAGES, HOST_GROUPS, JOBS, ROLES, JobWords

__all__ = ["Commit", "Hidden", "HiddenHost", "JobPlan", "Task", "hide", "host_names", "plan_jobs"]

ZONE = "Europe/Berlin"
#: The jobs whose duration changes with a commit, and by how much.
CHANGED = {
    "deploy web": 1.6,
    "migrate database": 1.6,
    "rotate logs": 1.6,
    "build installer": 1.6,
    "configure nginx": 0.5,
}
FAILING = "deploy search"
FORK_BOUND = "patch linux"
TRENDING = "reindex search"
#: Jobs of a playbook, which has no commits.
OF_A_PLAYBOOK = frozenset(
    {"sync exchange rates", "flush caches", "renew api keys", "report capacity", "check backups", "drain load balancer"}
)
#: What is left of all executions when each job has its least is shared out like this; ``by hand`` by chance.
SHARES = {"quarterly": 4 * 8_760, "hourly": 8_760, "nightly": 365, "weekly": 52, "by hand": 2_200}
LEAST = 40


@dataclass(frozen=True)
class Task:
    """A task of a job, as events tell it; ``play_begins`` where it is the first of its play."""

    play: str
    task: str
    role: str | None
    action: str
    path: str
    seconds: float
    ignore_errors: bool
    play_begins: bool


@dataclass(frozen=True)
class Commit:
    """A commit of a job's repository."""

    commit: str
    author: str
    message: str
    time: int


@dataclass(frozen=True)
class JobPlan:
    """A job and when it was started.

    Parameters
    ----------
    hosts
        Numbers of its hosts, in the order of `host_names`.
    queued
        When each execution was put in the queue, epoch milliseconds, the oldest first.
    commit
        Which of ``commits`` each execution ran; all 0 for a job of a playbook.
    """

    number: int
    id: str
    words: JobWords
    hosts: npt.NDArray[np.int64]
    tasks: tuple[Task, ...]
    queued: npt.NDArray[np.int64]
    commits: tuple[Commit, ...]
    commit: npt.NDArray[np.int64]
    schedule_id: str | None

    @property
    def name(self) -> str:
        """The job's name."""
        return self.words.name

    @property
    def repository(self) -> str | None:
        """Where its playbook comes from; ``None`` for a job of a playbook."""
        return f"https://git.example.com/ops/{self.name.replace(' ', '-')}.git" if self.commits else None


@dataclass(frozen=True)
class HiddenHost:
    """A host with something hidden, and from when to when, in epoch milliseconds."""

    host: int
    since: int
    until: int


@dataclass(frozen=True)
class Hidden:
    """What is hidden, as the simulation needs it.

    Parameters
    ----------
    changes
        From which execution of a job on its duration is another, counted from the job's oldest; by its name.
    failing
        The first execution with the failing commit, and that with the next commit, of `FAILING`.
    """

    begin: int
    flaky: HiddenHost
    broken: HiddenHost
    unreachable: HiddenHost
    slow: HiddenHost
    disk_full: tuple[int, ...]
    disk_full_since: int
    changes: dict[str, int]
    failing: tuple[int, int]


def host_names() -> list[str]:
    """Return the names of the account's hosts."""
    return [f"{group}{number}" for group, count in HOST_GROUPS.items() for number in range(1, count + 1)]


def plan_jobs(rng: np.random.Generator, jobs: int, executions: int, end: datetime) -> list[JobPlan]:
    """Return the jobs with the moments of their starts, ``executions`` in all."""
    words = [
        chosen if not turn else chosen._replace(name=f"{chosen.name} {turn + 1}")
        for turn, chosen in ((number // len(JOBS), JOBS[number % len(JOBS)]) for number in range(jobs))
    ]
    counts = _counts(rng, words, executions)
    return [
        _plan(rng, number, chosen, int(count), end)
        for number, (chosen, count) in enumerate(zip(words, counts, strict=True))
    ]


def hide(rng: np.random.Generator, jobs: list[JobPlan], end: datetime) -> Hidden:
    """Choose where and when something is hidden."""
    names, last = host_names(), int(end.timestamp() * 1_000)
    begin = last - YEAR

    def at(low: float, high: float) -> int:
        return begin + int(rng.uniform(low, high) * YEAR)

    def one_of(group: str, low: int, high: int) -> int:
        return names.index(f"{group}{rng.integers(low, high + 1)}")

    broken, unreachable = at(0.76, 0.82), at(0.2, 0.5)
    flaky = HiddenHost(one_of("app", 1, 3), begin, last)
    full = [*range(names.index("web10"), names.index("web16")), *range(names.index("db1"), names.index("db6"))]
    planned = {job.name: job for job in jobs}
    return Hidden(
        begin=begin,
        flaky=flaky,
        broken=HiddenHost(one_of("web", 5, 8), broken, broken + 4 * WEEK),
        unreachable=HiddenHost(one_of("queue", 1, 4), unreachable, unreachable + 3 * WEEK),
        slow=HiddenHost(one_of("store", 1, 4), at(0.4, 0.6), last),
        disk_full=(*full, names.index("cache1"), names.index("lb1"), names.index("mon1")),
        disk_full_since=at(0.6, 0.7),
        changes={name: _change(rng, planned[name]) for name in CHANGED},
        failing=_failing(rng, planned[FAILING]),
    )


def _counts(rng: np.random.Generator, words: list[JobWords], executions: int) -> npt.NDArray[np.int64]:
    least = min(executions // (2 * len(words)), LEAST)
    shares = np.array(
        [SHARES[job.kind] * (rng.uniform(0.5, 1.5) if job.kind == "by hand" else 1) for job in words], dtype=float
    )
    left = executions - least * len(words)
    ends = np.round(np.cumsum(shares) / shares.sum() * left).astype(np.int64)
    return np.asarray(least + np.diff(ends, prepend=0))


def _plan(rng: np.random.Generator, number: int, words: JobWords, count: int, end: datetime) -> JobPlan:
    names = host_names()
    groups = [
        [place for place, name in enumerate(names) if name.rstrip("0123456789") == group] for group in words.groups
    ]
    hosts = np.array([place for group in groups for place in group][: words.hosts], dtype=np.int64)
    queued = start_times(rng, words.kind, count, end, ZONE)
    has_repository = words.name not in OF_A_PLAYBOOK
    commits = _commits(rng, end) if has_repository else ()
    times = np.array([commit.time for commit in commits[1:]], dtype=np.int64)
    return JobPlan(
        number=number,
        id=_id(rng),
        words=words,
        hosts=hosts,
        tasks=_tasks(words, has_repository),
        queued=queued,
        commits=commits,
        commit=np.searchsorted(times, queued, side="right"),
        schedule_id=None if words.kind == "by hand" else _id(rng),
    )


def _tasks(words: JobWords, has_repository: bool) -> tuple[Task, ...]:
    tasks: list[Task] = []
    for role in words.roles:
        # Facts are gathered for a play by itself, without a role.
        play = {"facts": words.name.capitalize(), "smoke": "Smoke test"}.get(role, words.name.capitalize())
        for line, task in enumerate(ROLES[role]):
            of_role = has_repository and role != "facts"
            path = f"roles/{role}/tasks/main.yml:{3 + 7 * line}" if of_role else f"site.yml:{2 + 6 * len(tasks)}"
            begins = not tasks or tasks[-1].play != play
            tasks.append(
                Task(
                    play,
                    task.task,
                    role if of_role else None,
                    task.action,
                    path,
                    task.seconds,
                    task.ignore_errors,
                    begins,
                )
            )
    return tuple(tasks)


def _commits(rng: np.random.Generator, end: datetime) -> tuple[Commit, ...]:
    last = int(end.timestamp() * 1_000)
    times = np.sort(rng.integers(last - YEAR, last, rng.integers(12, 24)))
    # The first was there before the year began.
    times = np.concatenate([[last - YEAR - WEEK], times])
    return tuple(
        Commit(rng.bytes(20).hex(), str(rng.choice(AUTHORS)), str(rng.choice(COMMIT_MESSAGES)), int(time))
        for time in times
    )


def _change(rng: np.random.Generator, job: JobPlan) -> int:
    """Return the first execution with a commit, one in the middle of the year's executions."""
    first = np.unique(job.commit, return_index=True)[1]
    count = len(job.commit)
    near = first[(first > 0.3 * count) & (first < 0.6 * count)]
    return int(rng.choice(near)) if len(near) else int(first[np.abs(first - count // 2).argmin()])


def _failing(rng: np.random.Generator, job: JobPlan) -> tuple[int, int]:
    """Return the first execution with a commit that is run several times, and that with the next commit."""
    first = np.unique(job.commit, return_index=True)[1]
    spans = [(int(a), int(b)) for a, b in pairwise(first[1:]) if a > 0.1 * len(job.commit)]
    long = [span for span in spans if span[1] - span[0] >= 3] or [max(spans, key=lambda span: span[1] - span[0])]
    return long[rng.integers(len(long))]


def _id(rng: np.random.Generator) -> str:
    text = rng.bytes(16).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
