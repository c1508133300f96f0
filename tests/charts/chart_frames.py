"""Frames of executions to draw, made of documents."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from ctl_jupyter.documents import Commit, Execution, RepositoryLog, Timer
from ctl_jupyter.history import executions_frame, pulled_executions

NOW = datetime(2026, 5, 2, 9, 30, tzinfo=UTC)
MINUTE = 60_000
LONG_NAME = "patch kernels and reboot, one rack after the other, all data centers"


def execution(number: int, start: float | None, end: float | None, **members: Any) -> Execution:
    """Return an execution that started and ended so many minutes before `NOW`."""

    def ago(minutes: float | None) -> int | None:
        return None if minutes is None else int(NOW.timestamp() * 1_000 - minutes * MINUTE)

    timers = [Timer(start=ago(start), end=ago(end))]
    return Execution(**{"execution_id": f"x{number}", "job_id": "j1", "status": "SUCCESS", "timers": timers, **members})


def frame_of(*executions: Execution) -> pd.DataFrame:
    return executions_frame(
        pulled_executions(executions), {"j1": "deploy", "j2": LONG_NAME, "j3": 'say "hi"\\, {{ x }}'}
    )


def mixed() -> pd.DataFrame:
    log = RepositoryLog(recent_commit=[Commit(commit="c0ffee" * 6 + "cafe")])
    return frame_of(
        execution(6, None, None, status="PENDING"),
        execution(5, 8, None, status="RUNNING", repository_log=log),
        execution(4, 20, 14, status="FAILURE", failed_hosts=[f"web{n}" for n in range(7)]),
        execution(3, 30, 25, status="PAUSED", job_id="j3"),
        execution(2, 60, 10, job_id="j2", repository_log=log),
        execution(1, 50, 20, job_id="j2"),
        execution(0, 90, 90 - 1e-3, status="INIT_FAILURE", job_id="gone"),
    )
