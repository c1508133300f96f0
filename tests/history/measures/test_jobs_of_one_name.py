"""Two jobs with the same name are two: each measure tells them apart by their ids, and shows both."""

import pandas as pd
import pytest

from tests.history.measures.every_measure import IDS, given_to, measure, names

# Those take one job, or group by other columns.
BY_JOB = names("time_left", "failure_groups")


@pytest.mark.parametrize("name", BY_JOB)
def test_jobs_of_one_name_are_told_apart(name: str) -> None:
    given = given_to(name)
    answer = measure(name)(given)
    assert sorted(answer["job_id"].unique()) == IDS
    assert set(answer["job"]) == {"web"}
    # Of all tasks the share of one job's is less than of its own.
    told = answer.columns.drop(["job_id", *(["share"] if name == "slowest_tasks" else [])])
    pd.testing.assert_frame_equal(
        answer.loc[answer["job_id"] == "id-1", told].reset_index(drop=True),
        measure(name)(given[given["job_id"] == "id-1"])[told],
    )


@pytest.mark.parametrize("name", BY_JOB)
def test_a_frame_without_ids_is_grouped_by_name(name: str) -> None:
    answer = measure(name)(given_to(name).drop(columns="job_id"))
    assert "job_id" not in answer.columns
    assert set(answer["job"]) == {"web"}
