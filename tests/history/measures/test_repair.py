import pandas as pd
import pytest

from ctl_jupyter.history.measures import time_to_repair
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.small_frames import frame


def at(hour: float) -> str:
    return (pd.Timestamp("2026-03-02T00:00Z") + pd.Timedelta(hour, "h")).isoformat()


def executions(*rows: tuple[str, str, float | None, float | None]) -> pd.DataFrame:
    """Return executions of job, status, start and end in hours, given oldest first; ids are of job and number."""
    jobs, statuses, starts, ends = zip(*rows, strict=True)
    ids = [f"{job}{number}" for number, job in enumerate(jobs)]
    return frame(
        "executions",
        execution_id=ids,
        job=jobs,
        status=statuses,
        start=[None if hour is None else at(hour) for hour in starts],
        end=[None if hour is None else at(hour) for hour in ends],
        commit=[f"commit of {name}" for name in ids],
    ).iloc[::-1]


def test_streaks_by_hand() -> None:
    found = time_to_repair(
        executions(
            ("web", "SUCCESS", 0, 1),
            ("web", "FAILURE", 1, 2),
            ("db", "FAILURE", 1, 3),
            ("web", "STOPPED", 3, 4),
            ("web", "FAILURE", 4, 5),
            ("web", "SUCCESS", 5, 7.5),
            ("web", "SUCCESS", 8, 9),
            ("web", "FAILURE", 9, 10),
            ("web", "RUNNING", 10, None),
            ("web", "WHATEVER", 11, 12),
        )
    )
    assert found["job"].tolist() == ["db", "web", "web"]
    assert found["execution_id"].tolist() == ["db2", "web1", "web7"]
    assert found["failures"].tolist() == [1, 2, 1]
    assert found["failed_at"].tolist() == [pd.Timestamp(at(hour)) for hour in (3, 2, 10)]
    assert found["repaired_by"].isna().tolist() == [True, False, True]
    repaired = found.iloc[1]
    assert (repaired["repaired_by"], repaired["repaired_at"]) == ("web5", pd.Timestamp(at(7.5)))
    assert repaired["duration"] == pd.Timedelta(5.5, "h")
    assert (repaired["commit"], repaired["repair_commit"]) == ("commit of web1", "commit of web5")
    assert found["duration"].isna().tolist() == [True, False, True]
    assert found["repair_commit"].isna().tolist() == [True, False, True]


def test_the_end_says_what_came_first_and_the_start_where_it_is_not_known() -> None:
    found = time_to_repair(
        executions(
            ("web", "SUCCESS", 0, 9),
            ("web", "FAILURE", 1, 2),
            ("web", "FAILURE", 11, None),
            ("web", "SUCCESS", 10, 12),
            ("web", "FAILURE", None, None),
        )
    )
    assert found["execution_id"].tolist() == ["web1", "web2"]
    assert found["repaired_by"].tolist() == ["web0", "web3"]
    assert found["duration"].tolist() == [pd.Timedelta(7, "h"), pd.Timedelta(1, "h")]


def test_all_in_one_series() -> None:
    rows = executions(("web", "FAILURE", 0, 1), ("db", "FAILURE", 1, 2), ("web", "SUCCESS", 2, 3))
    found = time_to_repair(rows, by=None)
    assert found[["execution_id", "failures", "repaired_by"]].to_numpy().tolist() == [["web0", 2, "web2"]]


@pytest.mark.parametrize("by", [None, "job", ["job", "schedule_id"]])
def test_no_streak_gives_an_empty_table_with_the_same_dtypes(by: str | None) -> None:
    full = time_to_repair(executions(("web", "FAILURE", 0, 1)), by=by)
    assert len(full) == 1
    successes = executions(("web", "SUCCESS", 0, 1), ("web", "SUCCESS", 1, 2))
    undecided = executions(("web", "RUNNING", 0, None))
    for given in (empty_frame("executions"), successes, undecided):
        empty = time_to_repair(given, by=by)
        assert empty.empty
        assert [str(dtype) for dtype in empty.dtypes] == [str(dtype) for dtype in full.dtypes]
