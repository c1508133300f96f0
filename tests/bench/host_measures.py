"""Measures over hosts and tasks beside a plain group-by of the same frame, and the memory that they need.

The account is made up: 50 jobs of 5 to 20 hosts (of 500 in all), 10 tasks a run, a flaky host, one that is slow, and
in one run of 50 a commit that fails everywhere. Memory is the most that the process holds beyond what it held before.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ctl_jupyter.history.dtypes import to_pandas
from ctl_jupyter.history.measures import (
    difference,
    failure_groups,
    flaky_hosts,
    fork_bound,
    slowest_tasks,
    stragglers,
)
from ctl_jupyter.history.schema import OUTCOMES, arrow_schema
from tests.bench.pairs import measure_pairs, verdict

__all__ = ["HostMeasures", "made_account", "measure_host_measures"]

JOBS, HOSTS, TASKS = 50, 500, 10
#: Times a plain group-by, and times the frame.
TIME, MEMORY = 3, 2
MESSAGES = (
    "non-zero return code",
    "Failed to connect to the host via ssh: ssh: connect to host {host} port 22: Connection timed out",
    "Timeout when waiting for {host}:8080 after {number} seconds",
    "Unable to write /var/lib/app/tmp{number}/state: No space left on device",
    "The task includes an option with an undefined variable: 'dict object' has no attribute 'port'",
)
BEGIN = 1_700_000_000_000


@dataclass(frozen=True)
class HostMeasures:
    """What was measured: by measure, seconds, times a plain group-by, bytes and times the frame."""

    rows: dict[str, tuple[float, float, float, float]]
    events: int

    def __str__(self) -> str:
        width = max(map(len, self.rows))
        lines = [f"{self.events:,} results of hosts; times a plain group-by and memory beyond the frame, by the frame"]
        lines += [
            f"{name:{width}}  {seconds:7.3f} s  {ratio:7.3f} x  {held / 1e6:7.0f} MB  {share:6.3f} x"
            for name, (seconds, ratio, held, share) in self.rows.items()
        ]
        slowest, greatest = (max(row[place] for row in self.rows.values()) for place in (1, 3))
        lines += [
            f"worst ratio of the time {slowest:.3f}: {verdict(slowest, TIME, '')}",
            f"worst ratio of the memory {greatest:.3f}: {verdict(greatest, MEMORY, '')}",
        ]
        return "\n".join(lines)


def measure_host_measures(events: int, count: int) -> HostMeasures:
    """Measure each in pairs with a plain group-by of its frame, and once the memory that it needs.

    Parameters
    ----------
    events
        About how many results of hosts.
    count
        How many pairs of each.
    """
    account = made_account(events)
    executions, tasks, hosts = account.executions, account.tasks, account.hosts
    ids = list(executions["execution_id"].iloc[[0, -1]])

    def by_host() -> Any:
        return hosts.groupby(["job", "host", "outcome"], observed=True).size()

    def by_task() -> Any:
        return hosts.groupby(["execution_id", "run", "number"], observed=True)["end"].agg(["max", "size"])

    def of_tasks() -> Any:
        return tasks.groupby(["job", "play", "task"], observed=True)["duration"].agg(["sum", "median"])

    measures: dict[str, tuple[Callable[[], Any], Callable[[], Any], pd.DataFrame]] = {
        "flaky_hosts": (lambda: flaky_hosts(hosts, executions), by_host, hosts),
        "slowest_tasks": (lambda: slowest_tasks(tasks), of_tasks, tasks),
        "stragglers": (lambda: stragglers(hosts, tasks), by_task, hosts),
        "fork_bound": (lambda: fork_bound(hosts, tasks), by_task, hosts),
        "failure_groups": (lambda: failure_groups(hosts, executions), by_host, hosts),
        "difference": (lambda: difference(account, *ids), by_host, hosts),
    }
    rows = {}
    for name, (measure, reference, frame) in measures.items():
        pairs = measure_pairs(lambda: _seconds(measure), lambda: _seconds(reference), count)  # noqa: B023
        held = _held(measure)
        share = held / float(frame.memory_usage(deep=True).sum())
        rows[name] = (median(pairs.measured), median(pairs.ratios), held, share)
    return HostMeasures(rows, len(hosts))


def _seconds(act: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _held(act: Callable[[], Any]) -> float:
    """Return how many bytes more than before the process held at most, as Linux counts them."""
    gc.collect()
    # Makes the highest mark what is held now.
    Path("/proc/self/clear_refs").write_text("5")
    before = _of_process("VmRSS")
    act()
    return _of_process("VmHWM") - before


def _of_process(what: str) -> float:
    status = Path("/proc/self/status").read_text()
    return 1024.0 * int(next(line for line in status.splitlines() if line.startswith(what)).split()[1])


def made_account(events: int, seed: int = 1) -> Any:
    """Return an account's frames, ``executions``, ``tasks`` and ``hosts``, with about so many rows of the last."""
    rng = np.random.default_rng(seed)
    width = rng.integers(5, 21, JOBS)
    many = max(2, round(events / (width.mean() * TASKS)))
    job = rng.integers(0, JOBS, many)
    sizes = width[job] * TASKS
    execution = np.repeat(np.arange(many), sizes)
    place = np.arange(len(execution)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    number, nth = place // width[job][execution] + 1, place % width[job][execution]
    host = (job[execution] * 10 + nth) % HOSTS
    duration = np.where(host == 7, 4000, 1000) + rng.integers(0, 800, len(host))
    # Of five forks: each host begins when the fifth before it has ended.
    start = BEGIN + execution * 300_000 + number * 20_000
    for wave in range(1, 4):
        late = np.flatnonzero(nth // 5 == wave)
        start[late] = start[late - 5] + duration[late - 5] + 5
    fails = rng.random(len(host)) < np.where(host == 3, 0.02, 0.001)
    fails |= (execution % 50 == 0) & (number == TASKS)
    outcome = np.where(fails, 2, np.where(rng.random(len(host)) < 0.001, 3, 0))
    # What failed goes no further.
    run_host = execution * HOSTS + host
    stopped = np.full(many * HOSTS, TASKS)
    np.minimum.at(stopped, run_host[outcome > 0], number[outcome > 0])
    going = number <= stopped[run_host]
    rows = (each[going] for each in (execution, number, host, start, start + duration, outcome))
    hosts = _hosts(job, rng, *rows)
    return SimpleNamespace(executions=_executions(job), tasks=_tasks(hosts), hosts=hosts)


def _frame(name: str, many: int, **columns: Any) -> pd.DataFrame:
    """Return a frame with all its columns, those that are not given without a value."""
    arrays = {
        field.name: pa.array(columns[field.name]).cast(field.type)
        if field.name in columns
        else pa.nulls(many, field.type)
        for field in arrow_schema(name)
    }
    return to_pandas(pa.table(arrays), name)


def _names(codes: Any, values: list[str]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(values, pa.large_string()))


def _jobs(job: Any) -> Any:
    return _names(job, [f"job {number}" for number in range(JOBS)])


def _ids(many: int) -> list[str]:
    return [f"{number:032x}" for number in range(many)]


def _executions(job: Any) -> pd.DataFrame:
    rows = np.arange(len(job))
    start = BEGIN + rows * 300_000
    return _frame(
        "executions",
        len(job),
        execution_id=pa.array(_ids(len(job)), pa.large_string()),
        job_id=_jobs(job),
        job=_jobs(job),
        status=_names(np.where(rows % 50 == 0, 1, 0), ["SUCCESS", "FAILURE"]),
        start=start,
        end=start + 250_000,
        duration=np.full(len(job), 250_000),
        runs=np.ones(len(job), dtype=np.int64),
        commit=pa.array([f"commit {number // 5000}" for number in rows], pa.large_string()),
    )


def _hosts(
    job: Any, rng: Any, execution: Any, number: Any, host: Any, start: Any, end: Any, outcome: Any
) -> pd.DataFrame:
    said = np.full(len(host), None, dtype=object)
    failed = np.flatnonzero(outcome)
    word = np.where(outcome[failed] == 3, 1, np.where(number[failed] == TASKS, 4, rng.integers(0, 4, len(failed))))
    numbers = rng.integers(0, 10**6, len(failed))
    said[failed] = [
        MESSAGES[each].format(host=f"web{at}", number=some)
        for each, at, some in zip(word, host[failed], numbers, strict=True)
    ]
    return _frame(
        "hosts",
        len(host),
        execution_id=_names(execution, _ids(len(job))),
        job_id=_jobs(job[execution]),
        job=_jobs(job[execution]),
        run=np.ones(len(host), dtype=np.int64),
        number=number,
        host=_names(host, [f"web{each}" for each in range(HOSTS)]),
        play=_names(np.zeros(len(host)), ["Site"]),
        task=_names(number - 1, [f"Task {each}" for each in range(TASKS)]),
        action=_names(np.zeros(len(host)), ["command"]),
        path=_names(number - 1, [f"site.yml:{each}" for each in range(TASKS)]),
        outcome=_names(outcome, list(OUTCOMES)),
        start=start,
        end=end,
        duration=end - start,
        timestamp=end,
        message=pa.array(said, pa.large_string()),
    )


def _tasks(hosts: pd.DataFrame) -> pd.DataFrame:
    """Return the tasks; the rows of `hosts` stand in the order of executions and tasks."""
    number = hosts["number"].to_numpy(dtype=np.int64)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    start, end = (hosts[column].to_numpy(dtype="datetime64[ms]").view(np.int64) for column in ("start", "end"))
    place = ["execution_id", "job_id", "job", "run", "number", "play", "task", "role", "action", "path"]
    tasks = hosts[place].iloc[first].reset_index(drop=True)
    begin, stop = np.minimum.reduceat(start, first), np.maximum.reduceat(end, first)
    tasks["start"] = pd.to_datetime(begin, unit="ms", utc=True).as_unit("ms")
    tasks["end"] = pd.to_datetime(stop, unit="ms", utc=True).as_unit("ms")
    tasks["duration"] = pd.to_timedelta(stop - begin, unit="ms").as_unit("ms")
    tasks["hosts"] = pd.array(np.diff(np.append(first, len(hosts))), dtype="Int64")
    return tasks
