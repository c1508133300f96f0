from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import theilslopes
from scipy.stats.mstats import sen_seasonal_slopes

from ctl_jupyter.history.measures import trend
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.small_frames import series_of

WEEK = pd.Timedelta(7, "D")


def test_a_line_is_found_and_a_wild_value_does_not_move_it() -> None:
    # A second more each day, and one day wild: of the pairs of seven days, 15 of 21 are without it.
    executions = series_of([60, 61, 62, 900, 64, 65, 66], every="1D")
    found = trend(executions).iloc[0]
    assert (found["n"], found["points"]) == (7, 7)
    assert found["median"] == pd.Timedelta(64, "s")
    assert found["slope"] == pd.Timedelta(7, "s")
    assert found["percent"] == pytest.approx(100 * 7 / 64)


@pytest.mark.parametrize("count", [2, 3, 10, 200])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_slope_and_interval_are_those_of_scipy(count: int, confidence: float) -> None:
    seconds = np.random.default_rng(count).integers(50, 80, count)
    executions = series_of(seconds, every="7h")
    found = trend(executions.sample(frac=1, random_state=1), confidence=confidence).iloc[0]
    weeks = np.arange(count) * 7 / (7 * 24)
    wanted = theilslopes(seconds * 1000, weeks, alpha=confidence)
    slopes = [found[name] / pd.Timedelta(1, "ms") for name in ("slope", "slope_low", "slope_high")]
    assert slopes == pytest.approx([wanted.slope, wanted.low_slope, wanted.high_slope], abs=0.51)


def test_of_many_executions_the_slope_is_that_of_their_medians() -> None:
    random = np.random.default_rng(3)
    hours = np.arange(20_000)
    executions = series_of(600 + hours / 24 / 7 + random.normal(0, 20, 20_000))
    found = trend(executions).iloc[0]
    assert (found["n"], found["points"]) == (20_000, 200)
    assert found["slope"] / pd.Timedelta(1, "s") == pytest.approx(1, abs=0.05)
    assert found["slope_low"] < found["slope"] < found["slope_high"]


def grows_on_two_levels(count: int) -> Any:
    """Return two levels of so many durations each, seconds; on both they grow by a fifth of a second an execution."""
    random = np.random.default_rng(4)
    return np.round(np.array([[60], [120]]) + np.arange(count) / 5 + random.normal(0, 1, (2, count)), 3)


def test_a_step_is_no_growth() -> None:
    random = np.random.default_rng(4)
    for count in (100, 2_000):
        seconds = np.where(np.arange(2 * count) < count, 60, 90) + random.normal(0, 2, 2 * count)
        found = trend(series_of(seconds)).iloc[0]
        assert found["changes"] == 1
        assert found["slope_low"] < pd.Timedelta(0) < found["slope_high"]
        assert abs(found["percent"]) < 2


def test_the_slope_beside_a_step_is_that_of_scipy_s_seasons() -> None:
    levels = grows_on_two_levels(40)
    found = trend(series_of(levels.ravel())).iloc[0]
    wanted = sen_seasonal_slopes(levels.T).inter_slope
    assert (found["points"], found["changes"]) == (80, 1)
    assert found["slope"] / pd.Timedelta(1, "s") == pytest.approx(wanted * 7 * 24, abs=1e-3)
    assert found["slope_low"] < found["slope"] < found["slope_high"]


def test_growth_beside_a_step_is_found_among_many_executions() -> None:
    found = trend(series_of(grows_on_two_levels(1_000).ravel() * 10, every="15min")).iloc[0]
    # 2 s an execution, 4 an hour.
    assert found["slope"] / pd.Timedelta(1, "s") == pytest.approx(2 * 4 * 24 * 7, rel=0.05)


def test_failed_restarted_and_unknown_ones_do_not_count() -> None:
    executions = series_of(
        [10, 11, 12, 500, 500, None],
        every="7D",
        status=["SUCCESS"] * 3 + ["FAILURE"] + ["SUCCESS"] * 2,
        runs=[1, 1, 1, 1, 2, 1],
    )
    found = trend(executions).iloc[0]
    assert (found["n"], found["slope"]) == (3, pd.Timedelta(1, "s"))


def test_with_fewer_than_two_there_is_no_slope() -> None:
    one, empty = trend(series_of([5])), trend(empty_frame("executions"))
    assert one["n"].tolist() == [1]
    assert one.loc[0, "slope":].isna().all()
    assert empty.empty
    assert one.dtypes[1:].equals(empty.dtypes[1:])
