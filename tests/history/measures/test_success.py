import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures import success_rate
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.small_frames import frame

COUNTS = ["executions", "decided", "succeeded", "failed", "stopped", "killed", "init_failures", "undecided"]


def statuses(*given: tuple[str, str | None]) -> pd.DataFrame:
    jobs, found = zip(*given, strict=True)
    return frame("executions", job=jobs, status=found)


def test_the_rate_is_over_decided_executions_and_the_others_are_counted_apart() -> None:
    executions = statuses(
        ("web", "SUCCESS"),
        ("db", "KILLED"),
        ("web", "FAILURE"),
        ("web", "SUCCESS"),
        ("web", "STOPPED"),
        ("web", "INIT_FAILURE"),
        ("web", "RUNNING"),
        ("web", "SUCCESS_WITH_REMARKS"),
        ("web", None),
    )
    found = success_rate(executions)
    assert list(found["job"]) == ["db", "web"]
    assert found[COUNTS].to_numpy().tolist() == [[1, 0, 0, 0, 0, 1, 0, 0], [8, 3, 2, 1, 1, 0, 1, 3]]
    assert found.loc[1, "rate"] == 2 / 3
    # p = 2/3, n = 3, z = 1.96: middle 0.666 + 0.640 = 1.307, reach 1.96 * sqrt(0.0741 + 0.1067) = 0.833, by 2.281.
    assert found.loc[1, "low"] == pytest.approx(0.2077, abs=1e-4)
    assert found.loc[1, "high"] == pytest.approx(0.9385, abs=1e-4)
    assert found.loc[0, ["rate", "low", "high"]].isna().all()


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize(("succeeded", "failed"), [(0, 1), (1, 0), (7, 3), (0, 50), (1000, 1)])
def test_the_interval_is_that_of_statsmodels(succeeded: int, failed: int, confidence: float) -> None:
    executions = statuses(*[("web", "SUCCESS")] * succeeded, *[("web", "FAILURE")] * failed)
    found = success_rate(executions, by=None, confidence=confidence).iloc[0]
    wanted = proportion_confint(succeeded, succeeded + failed, alpha=1 - confidence, method="wilson")
    assert (found["low"], found["high"]) == pytest.approx(wanted, abs=1e-12)


def test_counts_are_those_of_a_plain_group_by_whatever_the_index() -> None:
    random = np.random.default_rng(1)
    jobs = random.choice(["a", "b", "c"], 500)
    executions = frame(
        "executions",
        job=jobs,
        schedule_id=[None if job == "a" else f"nightly {job}" for job in jobs],
        status=random.choice(["SUCCESS", "FAILURE", "STOPPED"], 500),
    )
    some = executions[executions["status"] != "STOPPED"].sample(frac=0.7, random_state=1)
    found = success_rate(some, by=["job", "schedule_id"]).set_index("job")
    wanted = some.groupby("job", observed=True)["status"].value_counts().unstack()
    assert found["failed"].to_dict() == wanted["FAILURE"].to_dict()
    assert found["succeeded"].to_dict() == wanted["SUCCESS"].to_dict()
    assert found["schedule_id"].isna().to_dict() == {"a": True, "b": False, "c": False}


def test_periods_begin_in_the_time_zone_asked_for() -> None:
    # 23:30 UTC on Sunday, the first of March 2026, is Monday in Berlin.
    executions = frame(
        "executions",
        job=["web"] * 3,
        status=["SUCCESS", "FAILURE", "PENDING"],
        start=["2026-03-01T23:30:00Z", "2026-03-01T22:30:00Z", None],
    )
    berlin = success_rate(executions, every="W", tz="Europe/Berlin")
    assert list(berlin["period"][:2].map(str)) == ["2026-02-23 00:00:00+01:00", "2026-03-02 00:00:00+01:00"]
    assert berlin["period"][2] is pd.NaT
    assert berlin["decided"].tolist() == [1, 1, 0]
    utc = success_rate(executions, every="W")
    assert list(utc["period"][:1].map(str)) == ["2026-02-23 00:00:00+00:00"]
    assert utc["decided"].tolist() == [2, 0]


def test_an_hour_that_comes_twice_is_one_period() -> None:
    executions = frame(
        "executions",
        job=["web"] * 2,
        status=["SUCCESS"] * 2,
        start=["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
    )
    found = success_rate(executions, every="h", tz="Europe/Berlin")
    assert found["executions"].tolist() == [2]


@pytest.mark.parametrize("by", [None, "job", ["job", "commit"]])
def test_no_execution_gives_an_empty_table_with_the_same_dtypes(by: str | None) -> None:
    one = frame("executions", job=["web"], status=["SUCCESS"], start=["2026-03-01T23:30:00Z"])
    full, empty = success_rate(one, by=by, every="D"), success_rate(empty_frame("executions"), by=by, every="D")
    assert (len(full), len(empty)) == (1, 0)
    dtypes = {name: str(dtype) for name, dtype in full.dtypes.items()}
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == dtypes
    assert {dtypes[name] for name in COUNTS} == {"int64"}
    assert dtypes["period"] == "datetime64[ms, UTC]"


def test_what_cannot_be_done_is_said() -> None:
    executions = empty_frame("executions")
    with pytest.raises(DocumentError, match="has no 'status'"):
        success_rate(executions.drop(columns="status"))
    with pytest.raises(DocumentError, match="no column 'team' to group by"):
        success_rate(executions, by="team")
    with pytest.raises(ValueError, match="every='fortnight' is no period"):
        success_rate(executions, every="fortnight")
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        success_rate(executions, confidence=95)
