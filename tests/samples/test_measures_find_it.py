"""What is hidden in a sample is found by the measures, and where nothing is hidden next to nothing is found."""

from datetime import datetime

import pandas as pd
import pytest

from ctl_jupyter.history.measures import (
    change_points,
    failure_groups,
    flaky_hosts,
    fork_bound,
    slowest_tasks,
    stragglers,
    success_rate,
    time_to_repair,
    trend,
)
from ctl_jupyter.samples import Sample
from tests.samples.sample_years import whole_year

SEEDS = (7, 8, 9)
YEARS = pytest.mark.parametrize("year", [pytest.param(seed, id=f"seed {seed}") for seed in SEEDS], indirect=True)
#: How many executions a change may be off.
NEAR = 5


@pytest.fixture
def year(request: pytest.FixtureRequest) -> Sample:
    return whole_year(request.param)


def verdicts(hosts: pd.DataFrame, executions: pd.DataFrame) -> pd.DataFrame:
    found = flaky_hosts(hosts, executions)
    return found.assign(job=found["job"].astype("str"), host=found["host"].astype("str"))


def changes_with_their_place(year: Sample) -> pd.DataFrame:
    """Return the change points with ``index``, the place of each among the job's executions from the oldest."""
    oldest_first = year.executions.iloc[::-1]
    place = oldest_first.groupby("job", observed=True).cumcount()
    index = pd.Series(place.to_numpy(), index=oldest_first["execution_id"])
    found = change_points(year.executions)
    return found.assign(index=index[found["execution_id"]].to_numpy())


def test_change_points_are_found_and_few_others() -> None:
    hidden = hits = found = 0
    for seed in SEEDS:
        year = whole_year(seed)
        changes = changes_with_their_place(year)
        found += len(changes)
        for change in year.truth.duration_changes:
            hidden += 1
            of_job = changes[changes["job"] == change.job]
            hits += int(((of_job["index"] - change.index).abs() <= NEAR).any())

    assert hidden >= 8 * len(SEEDS)
    assert hits / hidden >= 0.9
    assert hits / found >= 0.8


@YEARS
def test_a_change_comes_with_the_commit_that_made_it(year: Sample) -> None:
    changes = change_points(year.executions)
    by_commit = [change for change in year.truth.duration_changes if change.commit]
    right = sum(
        bool(((changes["job"] == change.job) & (changes["commit"] == change.commit)).any()) for change in by_commit
    )

    assert right >= len(by_commit) - 1


@YEARS
def test_the_change_is_as_large_as_it_was_made(year: Sample) -> None:
    changes = changes_with_their_place(year)
    for change in year.truth.duration_changes:
        near = (changes["job"] == change.job) & ((changes["index"] - change.index).abs() <= NEAR)
        assert changes.loc[near, "ratio"].tolist() == pytest.approx([change.factor] * near.sum(), rel=0.15)


@YEARS
def test_the_flaky_host_is_flaky(year: Sample) -> None:
    found = verdicts(year.hosts, year.executions)
    of_host = found[found["host"] == year.truth.flaky_host.host]

    assert set(of_host["job"]) == set(year.truth.flaky_host.jobs)
    # Where it took part in few runs, it may be that nothing can be said yet.
    assert (of_host.loc[of_host["n"] >= 100, "verdict"] == "flaky").all()
    assert not of_host["verdict"].isin(["broken", "unreachable"]).any()


@YEARS
def test_healthy_hosts_are_healthy(year: Sample) -> None:
    truth = year.truth
    found = verdicts(year.hosts, year.executions)
    bad = {truth.flaky_host.host, truth.broken_host.host, truth.unreachable_host.host, *truth.disk_full.hosts}
    others = found[~found["host"].isin(bad)]

    assert len(others) > 100
    assert (others["verdict"] == "healthy").mean() > 0.99


@YEARS
def test_of_flaky_hosts_the_flaky_one_comes_first(year: Sample) -> None:
    found = verdicts(year.hosts, year.executions)

    assert found.iloc[0]["host"] == year.truth.flaky_host.host
    assert found.iloc[0]["verdict"] == "flaky"


def jobs_with_three_runs(hosts: pd.DataFrame, host: str, since: datetime) -> list[str]:
    rows = hosts[(hosts["host"] == host) & (hosts["timestamp"] >= pd.Timestamp(since))]
    runs = rows.drop_duplicates(["execution_id", "run"])["job"].astype("str").value_counts()
    return list(runs.index[runs >= 3])


@YEARS
def test_the_broken_host_is_broken_until_its_repair(year: Sample) -> None:
    broken = year.truth.broken_host
    while_broken = year.hosts[year.hosts["timestamp"] < pd.Timestamp(broken.until)]
    then = verdicts(while_broken, year.executions)
    now = verdicts(year.hosts, year.executions)

    of_host = then[then["host"] == broken.host]
    assert set(of_host["job"]) == set(broken.jobs)
    # Two runs of a job that seldom runs do not make a host broken.
    of_host = of_host[of_host["job"].isin(jobs_with_three_runs(while_broken, broken.host, broken.since))]
    assert len(of_host) >= 3
    assert (of_host["verdict"] == "broken").all()
    assert (of_host["since"] >= pd.Timestamp(broken.since)).all()
    assert set(then.loc[then["verdict"] == "broken", "host"]) == {broken.host}
    # One failure by chance beside the long one can look flaky in a job of few runs.
    repaired = now.loc[now["host"] == broken.host, "verdict"]
    assert "broken" not in set(repaired)
    assert (repaired != "healthy").sum() <= 1


@YEARS
def test_the_unreachable_host_is_unreachable_while_it_is(year: Sample) -> None:
    lost = year.truth.unreachable_host
    while_lost = year.hosts[year.hosts["timestamp"] < pd.Timestamp(lost.until)]
    then = verdicts(while_lost, year.executions)

    assert set(then.loc[then["verdict"] == "unreachable", "host"]) == {lost.host}


@YEARS
def test_the_host_with_the_slow_disk_is_the_first_straggler(year: Sample) -> None:
    found = stragglers(year.hosts, year.tasks)
    slow = year.truth.slow_host

    assert found.iloc[0]["host"] == slow.host
    assert found.iloc[0]["job"] in slow.jobs
    # It also is the last one by chance, in tasks that do not write.
    assert found.iloc[0]["excess"] > 1.3
    assert (found.loc[found["host"] != slow.host, "share"].fillna(0) < found.iloc[0]["share"]).all()


@YEARS
def test_the_fork_bound_job_is_found_alone(year: Sample) -> None:
    found = fork_bound(year.hosts, year.tasks)

    assert set(found["job"].astype("str")) == {year.truth.fork_bound_job}
    assert (found["forks"] == year.truth.forks).all()


@YEARS
def test_a_full_disk_is_one_cause_whatever_numbers_are_in_its_message(year: Sample) -> None:
    found = failure_groups(year.hosts)
    full = found[found["cause"].str.contains(year.truth.disk_full.words, regex=False)]
    messages = year.hosts.loc[year.hosts["message"].str.contains(year.truth.disk_full.words, na=False), "message"]

    assert messages.nunique() > 10
    assert len(full) == 1
    assert full["tasks"].iloc[0] > 1
    assert full["n"].sum() == year.truth.disk_full.failures


@YEARS
def test_the_failing_commit_is_repaired_by_the_next(year: Sample) -> None:
    failing = year.truth.failing_commit
    of_commit = year.executions[year.executions["commit"] == failing.commit]
    found = time_to_repair(year.executions)
    began, repaired = found["failed_at"], found["repaired_at"]
    # It may be that a failure by chance came right before or after, and belongs to the same streak.
    streaks = found[
        (found["job"] == failing.job) & (began <= of_commit["end"].min()) & (repaired > of_commit["end"].max())
    ]

    assert len(streaks) == 1
    assert streaks.iloc[0]["failures"] >= failing.index_of_repair - failing.index
    assert streaks.iloc[0]["repair_commit"] not in (failing.commit, None)
    groups = failure_groups(year.hosts)
    assert groups.loc[groups["task"] == failing.task, "cause"].str.contains("pool_size").any()


@YEARS
def test_the_job_that_grows_is_the_first_by_trend(year: Sample) -> None:
    found = trend(year.executions).sort_values("percent_low", ascending=False)

    first = found.iloc[0]
    assert first["job"] == year.truth.trend.job
    assert first["percent_low"] > 3 * found["percent_low"].iloc[1]
    # Growth is compound and the slope is of the median duration.
    assert first["percent"] == pytest.approx(100 * year.truth.trend.growth_per_week, rel=0.3)


@YEARS
def test_the_slow_task_has_the_greatest_part_in_what_became_slower(year: Sample) -> None:
    for change in year.truth.duration_changes:
        if change.task:
            tasks = year.tasks[year.tasks["job"] == change.job]
            assert slowest_tasks(tasks).iloc[0]["task"] == change.task


@YEARS
def test_jobs_in_which_nothing_is_hidden_mostly_succeed(year: Sample) -> None:
    rates = success_rate(year.executions).set_index("job")["rate"]
    controls = rates[list(year.truth.controls)]

    assert controls.median() > 0.95
    assert rates[list(year.truth.flaky_host.jobs)].median() < controls.median()
