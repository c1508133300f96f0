from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from ctl_jupyter.history.measures import change_points
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.small_frames import many_series, series_of

COUNT = 240


def noise(shape: int | tuple[int, int], spread: float = 0.15) -> Any:
    """Return about a minute each; the same numbers at every call."""
    return 60 * np.exp(np.random.default_rng(7).normal(0, spread, shape))


def place_of(execution_id: str) -> int:
    """Return which execution it is, counted from the oldest."""
    return int(execution_id.split("-")[1])


def places(executions: pd.DataFrame, **options: Any) -> list[int]:
    return [place_of(name) for name in change_points(executions, **options)["execution_id"]]


def places_by_job(executions: pd.DataFrame) -> dict[int, list[int]]:
    found = change_points(executions)
    return {
        job: [place_of(name) for name in found["execution_id"][found["job"] == str(job)]]
        for job in range(executions["job"].nunique())
    }


def near(wanted: int, found: list[int], most: int) -> bool:
    return any(abs(place - wanted) <= most for place in found)


def test_a_change_by_hand_with_its_medians_and_its_commit() -> None:
    seconds = [10, 11, 10, 12, 10, 11, 10, 11, 10, 11, 12, 10, 20, 22, 20, 21, 20, 22, 20, 21, 20, 21, 20]
    commits = ["aaa"] * 12 + ["bbb"] * 11
    executions = series_of(seconds, commit=commits, commit_author=["Ann"] * 12 + ["Bob"] * 11)
    found = change_points(executions.set_index("execution_id", drop=False))
    assert len(found) == 1
    change = found.iloc[0]
    assert (change["job"], change["execution_id"], change["commit"]) == ("deploy", "deploy-12", "bbb")
    assert change["commit_author"] == "Bob"
    assert change["at"] == pd.Timestamp("2026-03-02T12:00Z")
    assert (change["before"], change["after"]) == (pd.Timedelta(10.5, "s"), pd.Timedelta(20, "s"))
    assert change["ratio"] == 20 / 10.5
    assert (change["n_before"], change["n_after"]) == (12, 11)
    wanted = mannwhitneyu(seconds[:12], seconds[12:], method="asymptotic").pvalue
    assert change["significance"] == pytest.approx(wanted, rel=1e-9)


def test_a_change_without_another_commit_has_none() -> None:
    seconds = [10, 11] * 10 + [20, 21] * 10
    for commits in (["aaa"] * 40, [None] * 40):
        found = change_points(series_of(seconds, commit=commits))
        assert found["execution_id"].tolist() == ["deploy-20"]
        assert found["commit"].isna().all()


def test_a_first_commit_is_another_one() -> None:
    found = change_points(series_of([10, 11] * 10 + [20, 21] * 10, commit=[None] * 20 + ["aaa"] * 20))
    assert found["commit"].tolist() == ["aaa"]


def test_of_places_that_fit_as_well_the_one_with_the_commit_is_taken() -> None:
    # The first slow execution is a quick one by chance.
    seconds = noise(COUNT)
    seconds[120:] *= 1.5
    seconds[120] = 67
    commits = ["aaa"] * 120 + ["bbb"] * 120
    assert places(series_of(seconds)) == [121]
    assert places(series_of(seconds, commit=commits)) == [120]


def test_noise_is_no_change() -> None:
    found = change_points(many_series(noise((200, COUNT))))
    assert found["job"].nunique() <= 10


@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_changes_are_found_where_they_are(factor: float) -> None:
    seconds = noise((40, COUNT))
    for job in range(40):
        seconds[job, 60 + job : 150 + job] *= factor
    found = places_by_job(many_series(seconds))
    hits = sum(near(wanted, found[job], 2) for job in range(40) for wanted in (60 + job, 150 + job))
    # 80 changes were made.
    assert hits >= 72
    assert hits >= 0.9 * sum(map(len, found.values()))


def test_a_few_slow_runs_among_many_are_found_and_so_is_their_end() -> None:
    seconds = noise(20_000)
    seconds[13_000:13_030] *= 2
    at = places(series_of(seconds, every="15min"))
    assert at == pytest.approx([13_000, 13_030], abs=2)


def test_wild_durations_are_no_change() -> None:
    seconds = noise((50, COUNT))
    for job in range(50):
        seconds[job, np.random.default_rng(job).integers(COUNT, size=8)] *= 20
    assert change_points(many_series(seconds))["job"].nunique() <= 3


def slow_on_mondays(starts: pd.DatetimeIndex) -> Any:
    return np.where(starts.day_of_week == 0, 1.4, 1)


def quick_at_weekends(starts: pd.DatetimeIndex) -> Any:
    return np.where(starts.day_of_week >= 5, 0.75, 1)


def slow_by_day(starts: pd.DatetimeIndex) -> Any:
    return np.exp(0.3 * np.sin(2 * np.pi * starts.hour.to_numpy() / 24))


def slower_each_week(starts: pd.DatetimeIndex) -> Any:
    return np.exp(0.8 * np.arange(len(starts)) / len(starts))


@pytest.mark.parametrize(
    ("load", "every"),
    [(slow_on_mondays, "1D"), (quick_at_weekends, "2h"), (slow_by_day, "1h"), (slower_each_week, "6h")],
)
def test_loads_that_come_again_and_slow_growth_are_no_change_and_hide_none(
    load: Callable[[pd.DatetimeIndex], Any], every: str
) -> None:
    seconds = noise((40, 730), 0.12) * load(pd.date_range("2026-03-02", periods=730, freq=every, tz="UTC"))
    assert change_points(many_series(seconds, every))["job"].nunique() <= 2
    for job in range(40):
        seconds[job, 300 + job :] *= 1.4
    found = places_by_job(many_series(seconds, every))
    assert sum(near(300 + job, found[job], 3) for job in range(40)) >= 36


def test_levels_without_any_noise_are_found() -> None:
    assert places(series_of([10] * 30 + [20] * 30)) == [30]
    assert places(series_of([10] * 60)) == []
    assert places(series_of([0] * 30 + [20] * 30)) == [30]


def test_small_changes_and_short_levels_are_found_when_asked_for() -> None:
    seconds = np.where(np.arange(400) < 200, 100.0, 106.0) + np.random.default_rng(1).normal(0, 1, 400)
    assert places(series_of(seconds)) == []
    assert places(series_of(seconds), smallest=0.05) == pytest.approx([200], abs=1)
    seconds = np.where(np.arange(40) < 34, 100.0, 300.0) + np.random.default_rng(1).normal(0, 1, 40)
    assert places(series_of(seconds)) == []
    assert places(series_of(seconds), shortest=5) == [34]


def test_each_job_is_a_series_of_its_own_and_only_whole_successes_count() -> None:
    slower = series_of([10, 11] * 15 + [20, 21] * 15, job="slower")
    same = series_of([50, 51] * 30, job="same")
    failed = series_of([1, 1.1] * 30, job="slower", status=["FAILURE"] * 60)
    restarted = series_of([900] * 60, job="slower", runs=[2] * 60)
    live = series_of([None] * 10, job="slower", status=["RUNNING"] * 10)
    executions = pd.concat([slower, same, failed, restarted, live], ignore_index=True)
    executions["job"] = executions["job"].astype("category")
    found = change_points(executions.sample(frac=1, random_state=1))
    assert (found["job"].tolist(), found["execution_id"].tolist()) == (["slower"], ["slower-30"])


@pytest.mark.parametrize("by", [None, "job", ["job", "schedule_id"]])
def test_nothing_gives_an_empty_table_with_the_same_dtypes(by: str | None) -> None:
    full = change_points(series_of([10, 11] * 10 + [20, 21] * 10), by=by)
    assert len(full) == 1
    for executions in (empty_frame("executions"), series_of([5]), series_of([None])):
        empty = change_points(executions, by=by)
        assert empty.empty
        assert [str(dtype) for dtype in empty.dtypes] == [str(dtype) for dtype in full.dtypes]


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(ValueError, match="2 executions or more"):
        change_points(empty_frame("executions"), shortest=1)
    with pytest.raises(ValueError, match="is a tenth"):
        change_points(empty_frame("executions"), smallest=-1)
