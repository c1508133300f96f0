"""Two jobs with the same name are two: each measure tells them apart by their ids, and shows both."""

from collections.abc import Callable

import pandas as pd
import pytest

from ctl_jupyter.history import measures
from ctl_jupyter.history.schema import FRAMES
from tests.history.measures.host_results import hosts_of, result
from tests.history.measures.small_frames import frame, series_of

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


GIVEN: dict[str, Callable[[], pd.DataFrame]] = {"executions": executions, "runs": runs, "hosts": hosts, "tasks": tasks}
BY_JOB = [
    name
    for name in measures.__all__
    if hasattr(getattr(measures, name), "takes") and name not in ("time_left", "failure_groups")
]


@pytest.mark.parametrize("name", BY_JOB)
def test_jobs_of_one_name_are_told_apart(name: str) -> None:
    measure = getattr(measures, name)
    given = GIVEN[measure.takes]()
    answer = measure(given)
    assert sorted(answer["job_id"].unique()) == IDS
    assert set(answer["job"]) == {"web"}
    alone = measure(given[given["job_id"] == "id-1"])
    pd.testing.assert_frame_equal(
        answer[answer["job_id"] == "id-1"].drop(columns=["job_id", "share"], errors="ignore").reset_index(drop=True),
        alone.drop(columns=["job_id", "share"], errors="ignore"),
    )


@pytest.mark.parametrize("name", BY_JOB)
def test_a_frame_without_ids_is_grouped_by_name(name: str) -> None:
    measure = getattr(measures, name)
    answer = measure(GIVEN[measure.takes]().drop(columns="job_id"))
    assert "job_id" not in answer.columns
    assert set(answer["job"]) == {"web"}


def test_each_frame_that_is_measured_has_ids_of_jobs() -> None:
    assert all("job_id" in [column.name for column in FRAMES[name]] for name in GIVEN)
