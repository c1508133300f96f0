"""A sample is the same for a seed, and consistent in itself."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter import samples
from ctl_jupyter.history.schema import FRAMES, empty_frame, pulled_events_schema, pulled_executions_schema
from tests.samples.sample_years import small_year

FINAL = ["SUCCESS", "FAILURE", "INIT_FAILURE", "STOPPED", "KILLED"]


def test_the_same_seed_makes_the_same_year() -> None:
    again = samples.a_year(executions=2_000)

    assert again.pulled_executions.equals(small_year().pulled_executions)
    assert again.pulled_events.equals(small_year().pulled_events)
    assert again.truth == small_year().truth
    assert again.job_names == small_year().job_names


def test_another_seed_makes_another_year() -> None:
    other = small_year(8)

    assert not other.pulled_executions.equals(small_year().pulled_executions)
    assert other.truth != small_year().truth


def test_what_is_pulled_has_the_columns_of_the_schema() -> None:
    assert small_year().pulled_executions.schema.equals(pulled_executions_schema())
    assert small_year().pulled_events.schema.equals(pulled_events_schema())
    small_year().pulled_executions.validate(full=True)
    small_year().pulled_events.validate(full=True)


@pytest.mark.parametrize("name", FRAMES)
def test_frames_have_the_dtypes_of_the_schema(name: str) -> None:
    def kinds(frame: pd.DataFrame) -> dict[Any, Any]:
        return {column: "category" if str(kind) == "category" else kind for column, kind in frame.dtypes.items()}

    frame = getattr(small_year(), name)

    assert len(frame) > 0
    assert kinds(frame) == kinds(empty_frame(name))


def test_as_many_jobs_and_executions_as_asked_for() -> None:
    year = samples.a_year(jobs=60, executions=1_500, events_for=["deploy web"])

    assert len(year.executions) == 1_500
    assert year.executions["execution_id"].is_unique
    assert year.executions["job"].nunique() == 60
    assert list(year.events["job"].unique()) == ["deploy web"]


def test_it_says_how_much_it_holds() -> None:
    assert repr(small_year()).startswith("<Sample: 2,000 executions of 50 jobs, ")


def test_executions_are_the_same_without_events() -> None:
    bare = samples.a_year(executions=2_000, events_for=())

    assert len(bare.events) == 0
    left_out = ["complete"]
    pd.testing.assert_frame_equal(
        bare.executions.drop(columns=left_out), small_year().executions.drop(columns=left_out)
    )


def test_it_ends_at_the_moment_asked_for() -> None:
    end = datetime(2024, 2, 29, 12, tzinfo=UTC)
    year = samples.a_year(executions=1_000, end=end)

    assert year.events["timestamp"].max() <= end
    assert year.executions["start"].max() > pd.Timestamp(end) - pd.Timedelta("1h")
    assert year.executions["start"].min() < pd.Timestamp(end) - pd.Timedelta("350D")


def test_some_executions_are_alive_and_have_not_ended() -> None:
    executions = small_year().executions
    alive = executions[~executions["status"].isin(FINAL)]

    assert {"PENDING", "RUNNING"} <= set(alive["status"])
    assert alive["end"].isna().all()
    assert not alive["complete"].any()
    assert executions.loc[executions["status"].isin(FINAL), "end"].notna().all()


def test_every_way_to_end_is_there() -> None:
    assert set(FINAL) <= set(small_year().executions["status"])


def test_the_newest_execution_comes_first() -> None:
    queued = small_year().runs.query("run == 1")["queued"]

    assert queued.is_monotonic_decreasing
    assert small_year().pulled_executions.column("position").to_pylist() == list(range(1_999, -1, -1))


def test_times_are_in_order() -> None:
    runs, hosts, tasks = small_year().runs, small_year().hosts, small_year().tasks
    begun = runs[runs["start"].notna()]

    assert (begun["queue"] > pd.Timedelta(0)).all()
    assert (runs["duration"].dropna() > pd.Timedelta(0)).all()
    assert (hosts["duration"] > pd.Timedelta(0)).all()
    ended = tasks[tasks["end"].notna()]
    assert (ended["end"] > ended["start"]).all()


def test_events_stand_in_the_order_in_which_they_happened() -> None:
    events = small_year().events
    of_execution = events.groupby("execution_id", observed=True)

    assert of_execution["timestamp"].agg(lambda values: values.is_monotonic_increasing).all()
    assert of_execution["seq"].agg(lambda values: values.is_monotonic_increasing).all()
    assert sorted(events["seq"]) == list(range(1, len(events) + 1))
    assert events.sort_values("seq")["timestamp"].is_monotonic_increasing


def test_every_execution_has_the_events_it_is_said_to_have() -> None:
    pulled = small_year().pulled_executions.to_pandas().set_index("execution_id")
    counts = small_year().events["execution_id"].astype("str").value_counts()

    assert set(counts.index) == set(pulled.index)
    ended = pulled[pulled["status"].isin(FINAL)]
    assert (counts[ended.index] == ended["events_expected"].astype("int64")).all()
    assert pulled.loc[~pulled["status"].isin(FINAL), "events_expected"].isna().all()


def test_the_status_is_what_the_last_event_told() -> None:
    events = small_year().events
    told = events[events["status"].notna()].drop_duplicates("execution_id", keep="last")
    by_id = small_year().executions.set_index("execution_id")["status"]

    assert (by_id[told["execution_id"].astype("str")].astype("str").to_numpy() == told["status"].astype("str")).all()


def test_the_failed_hosts_are_those_that_failed_in_the_last_run() -> None:
    executions, hosts = small_year().executions, small_year().hosts
    ended = executions[executions["status"].isin(FINAL)].set_index("execution_id")
    last = hosts[hosts["run"].to_numpy() == _runs_of(hosts, executions)]
    failed = last[last["outcome"].isin(["failed", "unreachable"])]
    by_events = failed.groupby(failed["execution_id"].astype("str"))["host"].agg(lambda names: sorted(set(names)))

    by_document = {key: list(names) for key, names in ended["failed_hosts"].items() if len(names)}
    assert by_document == {key: names for key, names in by_events.items() if key in ended.index}
    assert set(by_document) == set(ended.index[ended["status"] == "FAILURE"])


def _runs_of(hosts: pd.DataFrame, executions: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.int64]]":
    runs = executions.set_index("execution_id")["runs"]
    return runs[hosts["execution_id"].astype("str")].to_numpy(dtype="int64")


def test_a_restart_runs_on_the_failed_hosts_alone() -> None:
    hosts = small_year().hosts
    seconds = hosts[hosts["run"] == 2]

    assert len(seconds) > 0
    for execution_id, again in seconds.groupby("execution_id", observed=True):
        first = hosts[(hosts["execution_id"] == execution_id) & (hosts["run"] == 1)]
        failed = first[first["outcome"].isin(["failed", "unreachable"])]
        assert set(again["host"]) <= set(failed["host"])


def test_a_host_does_nothing_more_in_a_run_after_it_failed() -> None:
    hosts = small_year().hosts
    keys = ["execution_id", "run", "host"]
    failed = hosts["outcome"].isin(["failed", "unreachable"])
    last = ~hosts.duplicated(keys, keep="last")

    assert failed.any()
    assert last[failed].all()


def test_at_most_four_run_at_a_time() -> None:
    runs = small_year().runs.dropna(subset=["start", "end"])
    changes = pd.concat([pd.Series(1, index=runs["start"]), pd.Series(-1, index=runs["end"])])
    # One that ends makes room for the one that begins at the same moment.
    at_once = changes.groupby(level=0).sum().cumsum()

    assert at_once.max() == 4


def test_nightly_jobs_wait_for_one_another() -> None:
    runs = small_year().runs.query("run == 1")
    nightly = runs["job"].isin(["nightly backup", "nightly build", "base configuration", "update mirror"])

    seconds = runs["queue"].dt.total_seconds()
    assert seconds[nightly].quantile(0.9) > 10
    assert seconds[~nightly].median() < 1


def test_people_start_jobs_in_office_hours_and_schedules_at_night() -> None:
    runs = small_year().runs.query("run == 1")
    hours = runs["queued"].dt.tz_convert("Europe/Berlin").dt.hour
    by_hand = small_year().executions["schedule_id"].isna().to_numpy()

    assert hours[by_hand].between(7, 19).mean() > 0.9
    assert hours[(runs["job"] == "nightly backup").to_numpy()].between(1, 2).all()


def test_jobs_of_a_repository_have_commits_and_others_have_none() -> None:
    executions = small_year().executions
    of_playbook = executions[executions["job"] == "renew api keys"]
    of_repository = executions[(executions["job"] == "deploy web") & executions["start"].notna()]

    assert of_playbook["commit"].isna().all()
    assert of_repository.loc[of_repository["status"] != "INIT_FAILURE", "commit"].str.fullmatch("[0-9a-f]{40}").all()
    assert of_repository["commit"].nunique() > 3


def test_what_is_hidden_is_there() -> None:
    executions, truth = small_year().executions, small_year().truth
    oldest_first = executions.iloc[::-1]
    for change in truth.duration_changes:
        of_job = oldest_first[oldest_first["job"] == change.job].reset_index(drop=True)
        first = of_job.loc[change.index]
        assert first["execution_id"] == change.execution_id
        if change.commit:
            assert first["commit"] == change.commit
        seconds = of_job["duration"].dt.total_seconds().where(of_job["status"] == "SUCCESS")
        ratio = seconds[change.index :].median() / seconds[: change.index].median()
        assert ratio == pytest.approx(change.factor, rel=0.25)


def test_the_failing_commit_fails_on_all_hosts_until_the_next() -> None:
    failing = small_year().truth.failing_commit
    executions = small_year().executions
    of_job = executions.iloc[::-1].query("job == @failing.job").reset_index(drop=True)
    of_commit = of_job[of_job["commit"] == failing.commit]

    assert list(of_commit.index) == list(range(failing.index, failing.index_of_repair))
    assert (of_commit["status"] == "FAILURE").all()
    assert of_commit["failed_hosts"].map(len).nunique() == 1


def test_nothing_is_hidden_in_a_control() -> None:
    truth = small_year().truth
    bad = {host.host for host in (truth.flaky_host, truth.broken_host, truth.unreachable_host, truth.slow_host)}
    of_controls = small_year().hosts[small_year().hosts["job"].isin(truth.controls)]

    assert len(truth.controls) > 10
    assert not bad & set(of_controls["host"])
    assert not {change.job for change in truth.duration_changes} & set(truth.controls)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"jobs": 5}, "at least 30 jobs"),
        ({"executions": 100}, "1,000 to 1,000,000 executions: not 100"),
        ({"executions": 2_000_000}, "not 2,000,000"),
        ({"end": datetime(2026, 1, 1)}, "needs a time zone"),
        ({"executions": 2_000, "events_for": ["nonsense"]}, "no job named 'nonsense'"),
    ],
)
def test_what_cannot_be_made_is_said(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        samples.a_year(**options)


def test_one_name_is_no_list_of_names() -> None:
    with pytest.raises(TypeError, match="'deploy web'"):
        samples.a_year(executions=2_000, events_for="deploy web")
