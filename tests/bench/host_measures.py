"""Measures over hosts and tasks beside a plain group-by of the same frame, and the memory that they need.

The account is made up: 50 jobs of 5 to 20 hosts (of 500 in all), 10 tasks a run, a flaky host, one that is slow, and
in one run of 50 a commit that fails everywhere.
"""

from collections.abc import Callable
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
from tests.bench.beside_group_by import Case, measure_cases

__all__ = ["made_account", "measure_host_measures"]

JOBS, HOSTS, TASKS = 50, 500, 10
MESSAGES = (
    "non-zero return code",
    "Failed to connect to the host via ssh: ssh: connect to host {host} port 22: Connection timed out",
    "Timeout when waiting for {host}:8080 after {number} seconds",
    "Unable to write /var/lib/app/tmp{number}/state: No space left on device",
    "The task includes an option with an undefined variable: 'dict object' has no attribute 'port'",
)
BEGIN = 1_700_000_000_000


def measure_host_measures(events: int, count: int) -> str:
    """Return time and memory of each, beside a plain group-by and the frame.

    Parameters
    ----------
    events
        About how many results of hosts.
    count
        How many pairs of each.
    """
    account = made_account(events)
    executions, tasks, hosts = account.executions, account.tasks, account.hosts
    shuffled = hosts.sample(frac=1, random_state=1)
    ids = list(executions["execution_id"].iloc[[0, -1]])

    def by_host(rows: pd.DataFrame) -> Callable[[], Any]:
        return lambda: rows.groupby(["job", "host", "outcome"], observed=True).size()

    def by_task(rows: pd.DataFrame) -> Callable[[], Any]:
        return lambda: rows.groupby(["execution_id", "run", "number"], observed=True)["end"].agg(["max", "size"])

    def of_tasks() -> Any:
        return tasks.groupby(["job", "play", "task"], observed=True)["duration"].agg(["sum", "median"])

    cases = [
        Case("flaky_hosts", lambda: flaky_hosts(hosts, executions), by_host(hosts), hosts),
        Case("slowest_tasks", lambda: slowest_tasks(tasks), of_tasks, tasks),
        Case("stragglers", lambda: stragglers(hosts, tasks), by_task(hosts), hosts),
        Case("stragglers, shuffled", lambda: stragglers(shuffled, tasks), by_task(shuffled), shuffled),
        Case("fork_bound", lambda: fork_bound(hosts, tasks), by_task(hosts), hosts),
        Case("fork_bound, shuffled", lambda: fork_bound(shuffled, tasks), by_task(shuffled), shuffled),
        Case("failure_groups", lambda: failure_groups(hosts, executions), by_host(hosts), hosts),
        Case("difference", lambda: difference(account, *ids), by_host(hosts), hosts),
    ]
    return f"{len(hosts):,} results of hosts, {len(executions):,} executions\n" + measure_cases(cases, count)


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
    tasks["duration"] = pd.to_timedelta(stop - begin, unit="ms").as_unit("us")
    tasks["hosts"] = pd.array(np.diff(np.append(first, len(hosts))), dtype="Int64")
    return tasks
