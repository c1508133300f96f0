from typing import Any

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter.history.measures import duration_quantiles, queue_and_run
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.small_frames import frame, series_of


def test_quantiles_of_the_successful_ones_by_hand() -> None:
    executions = frame(
        "executions",
        job=["web"] * 7 + ["db"],
        status=["SUCCESS"] * 6 + ["FAILURE", "FAILURE"],
        duration=[4, 0, 2, 6, None, -5, 100, 100],
    )
    # 0, 2, 4, 6: the middle of 2 and 4; 0.9 * 3 = 2.7, so 0.7 on the way from 4 to 6.
    found = duration_quantiles(executions[::-1], quantiles=(0.5, 0.9, 1))
    assert list(found.columns) == ["job", "job_id", "n", "q50", "q90", "q100"]
    assert found["n"].tolist() == [0, 4]
    assert found.loc[0, ["q50", "q90", "q100"]].isna().all()
    assert list(found.loc[1, ["q50", "q90", "q100"]]) == [pd.Timedelta(seconds, "s") for seconds in (3, 5.4, 6)]
    both = duration_quantiles(executions, statuses=("SUCCESS", "FAILURE"))
    assert both["n"].tolist() == [1, 5]


@pytest.mark.parametrize("longest", [1e3, 1e15])
def test_quantiles_are_those_of_numpy(longest: float) -> None:
    # The longer ones do not fit in one number with their group's: both ways of sorting are met.
    random = np.random.default_rng(2)
    jobs, seconds = random.choice(list("abcdefghijklmnopq"), 2000), random.integers(0, int(longest), 2000)
    executions = frame("executions", job=jobs, status=["SUCCESS"] * 2000, duration=[0] * 2000)
    executions["duration"] = seconds.astype("timedelta64[ms]")
    found = duration_quantiles(executions, quantiles=(0.01, 0.5, 0.99)).set_index("job")
    for job, name, quantile in (("a", "q1", 0.01), ("c", "q50", 0.5), ("q", "q99", 0.99)):
        wanted = np.quantile(seconds[jobs == job], quantile)
        assert found[name][job] / pd.Timedelta(1, "ms") == pytest.approx(wanted, abs=0.51, rel=1e-12)


def test_queue_against_run_by_hand() -> None:
    runs = frame("runs", job=["web"] * 4 + ["db"], queue=[10, 20, None, -3, None], duration=[30, 40, 60, 50, None])
    found = queue_and_run(runs.iloc[[3, 0, 2, 4, 1]])
    second = pd.Timedelta(1, "s")
    assert list(found.loc[0, ["runs", "queue_known", "run_known"]]) == [1, 0, 0]
    assert found.loc[0, "queue_median":].isna().all()
    web: Any = found.loc[1]
    assert web[["runs", "queue_known", "run_known"]].tolist() == [4, 2, 4]
    assert [web[f"queue_{name}"] / second for name in ("median", "p90", "total")] == [15, 19, 30]
    assert [web[f"run_{name}"] / second for name in ("median", "p90", "total")] == [45, 57, 180]
    assert web["queue_share"] == 30 / (30 + 70)


def test_no_row_gives_empty_tables_with_the_same_dtypes() -> None:
    one = series_of([5])
    assert duration_quantiles(one).dtypes[1:].equals(duration_quantiles(empty_frame("executions")).dtypes[1:])
    run = frame("runs", job=["web"], queue=[1], duration=[2])
    assert queue_and_run(run).dtypes[1:].equals(queue_and_run(empty_frame("runs")).dtypes[1:])
    assert queue_and_run(empty_frame("runs"), by=None).empty
    assert str(duration_quantiles(one, by=None)["q50"].dtype) == "timedelta64[ms]"


def test_a_quantile_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="90 is not from 0 to 1"):
        duration_quantiles(empty_frame("executions"), quantiles=(0.5, 90))
