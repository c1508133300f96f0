"""Frames made row by row, with the columns and dtypes of `ctl_jupyter.history.schema`; what is not given is missing."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa

from ctl_jupyter.history.arrow_columns import as_column
from ctl_jupyter.history.dtypes import to_pandas
from ctl_jupyter.history.schema import FRAMES, arrow_schema, empty_frame

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)><!-- \u202e ünï 漢 🐧 \" ' & {{ x }} ]]> </title></style>"


def made(frame: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return empty_frame(frame)
    known = [column.name for column in FRAMES[frame]]
    assert all(set(row) <= set(known) for row in rows)
    columns = [as_column([row.get(name) for row in rows], arrow_schema(frame).field(name).type) for name in known]
    return to_pandas(pa.table(columns, names=known), frame)


def execution(number: int, minutes: float = 0, took: float | None = 60, **members: Any) -> dict[str, Any]:
    """Return an execution that began so many minutes after `NOON` and took so many seconds."""
    start = NOON + timedelta(minutes=minutes)
    end = None if took is None else start + timedelta(seconds=took)
    usual = {
        "execution_id": f"x{number}", "job_id": "j1", "job": "deploy", "account": "ACME", "status": "SUCCESS",
        "start": start, "end": end, "duration": None if end is None else end - start, "runs": 1,
        "failed_hosts": [], "complete": end is not None,
    }  # fmt: skip
    return {**usual, **members}


def run(number: int, minutes: float = 0, queue: float | None = 5, took: float = 60, **members: Any) -> dict[str, Any]:
    start = NOON + timedelta(minutes=minutes)
    usual = {
        "execution_id": f"x{number}", "job_id": "j1", "job": "deploy", "run": 1, "status": "SUCCESS", "start": start,
        "end": start + timedelta(seconds=took), "duration": timedelta(seconds=took),
        "queue": None if queue is None else timedelta(seconds=queue),
    }  # fmt: skip
    return {**usual, **members}


def result(host: str, number: int = 1, outcome: str = "ok", execution_id: str = "x1", **members: Any) -> dict[str, Any]:
    """Return a host's result of the task of that number: each begins 10 seconds after the one before, and takes 2."""
    start = NOON + timedelta(seconds=10 * (number - 1))
    usual = {
        "execution_id": execution_id, "job_id": "j1", "job": "deploy", "run": 1, "number": number, "host": host,
        "play": "all", "task": f"task {number}", "action": "ansible.builtin.copy", "outcome": outcome, "start": start,
        "end": start + timedelta(seconds=2), "duration": timedelta(seconds=2),
        "timestamp": start + timedelta(seconds=2),
    }  # fmt: skip
    return {**usual, **members}


def task_of(number: int, execution_id: str = "x1", **members: Any) -> dict[str, Any]:
    start = NOON + timedelta(seconds=10 * (number - 1))
    usual = {
        "execution_id": execution_id, "job_id": "j1", "job": "deploy", "run": 1, "number": number, "play": "all",
        "task": f"task {number}", "start": start, "end": start + timedelta(seconds=2),
        "duration": timedelta(seconds=2), "hosts": 1,
    }  # fmt: skip
    return {**usual, **members}


def history_of(**rows: list[dict[str, Any]]) -> Any:
    """Return something with the five frames, as a `History` has them."""
    return SimpleNamespace(**{name: made(name, rows.get(name, [])) for name in FRAMES})


def small() -> Any:
    """Return a history of five executions of two jobs, of which one has failed and one lives."""
    return history_of(
        executions=[
            execution(5, 300, None, status="RUNNING", end=None),
            execution(4, 200, 90, job_id="j2", job="backup"),
            execution(3, 120, 80),
            execution(2, 60, 70, status="FAILURE", failed_hosts=["web2"], commit="c0ffee" * 6 + "cafe"),
            execution(1, 0, 60, commit="decade" * 6 + "cafe"),
        ],
        runs=[run(n, minutes) for n, minutes in ((4, 200), (3, 120), (2, 60), (1, 0))],
        tasks=[task_of(n, x) for x in ("x1", "x2", "x3") for n in (1, 2)],
        hosts=[
            *(result(h, n, execution_id=x) for x in ("x1", "x3") for n in (1, 2) for h in ("web1", "web2")),
            result("web1", 1, "changed", "x2"),
            result("web2", 1, "failed", "x2", message="No space left on device: '/tmp/x7'", rc=1),
            result("web1", 2, "skipped", "x2"),
        ],
    )


def hostile() -> Any:
    """Return a history in which every name comes from somebody who means harm."""
    members: dict[str, Any] = {"job": HOSTILE, "job_id": HOSTILE}
    names = {**members, "execution_id": HOSTILE}
    of_task = {**names, "task": HOSTILE, "play": HOSTILE}
    return history_of(
        executions=[
            execution(1, **names, account=HOSTILE, commit=HOSTILE, commit_author=HOSTILE, commit_message=HOSTILE),
            execution(2, 5, **members, status="FAILURE", failed_hosts=[HOSTILE]),
        ],
        runs=[run(1, **names)],
        tasks=[task_of(1, **of_task)],
        hosts=[
            result(HOSTILE, 1, "failed", **{**of_task, "message": HOSTILE, "role": HOSTILE, "path": HOSTILE}),
            result("web1", 1, **of_task),
        ],
    )


def many(count: int) -> Any:
    """Return a history of so many executions over some days, of which each tenth failed."""
    rows = [execution(n, -n * 7, 60 + n % 30, job_id=f"j{n % 3}", job=f"job {n % 3}") for n in range(count)]
    for row in rows[::10]:
        row["status"] = "FAILURE"
    return history_of(executions=rows, runs=[run(n, -n * 7, 5 + n % 4) for n in range(count)])
