"""Every measure by name, and small frames of two jobs with one name in which each has something to say."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from ctl_jupyter.history import measures
from tests.history.measures.host_results import hosts_of, result
from tests.history.measures.small_frames import frame, series_of

__all__ = ["IDS", "given_to", "measure", "names"]

IDS = ["id-1", "id-2"]
LEVELS = [10, 11] * 10 + [20, 21] * 10


def executions() -> pd.DataFrame:
    """Return the same executions, one of them a failure, of two jobs of one name."""
    status = ["SUCCESS"] * 39 + ["FAILURE"]
    jobs = [series_of(LEVELS, job="web", job_id=[job_id] * 40, status=status) for job_id in IDS]
    return pd.concat(jobs, ignore_index=True).astype({"job_id": "category", "status": "category"})


def runs() -> pd.DataFrame:
    return frame("runs", job=["web"] * 2, job_id=IDS, queue=[1, 2], duration=[3, 4])


def hosts() -> pd.DataFrame:
    """Return a task of two jobs on three hosts, two at a time; the last host is a second late."""
    rows = []
    for execution_id, job_id in zip(("x1", "x2"), IDS, strict=True):
        times = (("a", 0, 4), ("b", 0, 5), ("c", 4, 9))
        rows += [
            result(execution_id, host, job="web", job_id=job_id, start=start, end=end) for host, start, end in times
        ]
    return hosts_of(*rows)


def tasks() -> pd.DataFrame:
    return frame("tasks", execution_id=["x1", "x2"], job=["web"] * 2, job_id=IDS, task=["Copy"] * 2, duration=[1, 2])


_GIVEN: dict[str, Callable[[], pd.DataFrame]] = {"executions": executions, "runs": runs, "hosts": hosts, "tasks": tasks}


def names(*without: str) -> list[str]:
    """Return the names of all measures of one frame, but for some."""
    return [name for name in measures.__all__ if hasattr(measure(name), "takes") and name not in without]


def measure(name: str) -> Any:
    """Return a measure."""
    return getattr(measures, name)


def given_to(name: str) -> pd.DataFrame:
    """Return the frame that a measure takes."""
    return _GIVEN[measure(name).takes]()
