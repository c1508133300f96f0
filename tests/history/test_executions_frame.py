"""Executions and their runs as DataFrames."""

from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pytest

from ctl_jupyter.documents import Execution, Status, StatusEvent, Timer
from ctl_jupyter.history import executions_frame, pulled_events, pulled_executions, runs_frame
from ctl_jupyter.history.schema import empty_frame
from tests.history.runner_documents import NOON, event_document, execution_document

LIFE = [str(status) for status in Status]


def pulled(*documents: dict[str, Any]) -> pa.Table:
    return pulled_executions([msgspec.convert(document, Execution) for document in documents], NOON)


def frame_of(*documents: dict[str, Any]) -> pd.DataFrame:
    return executions_frame(pulled(*documents), {"j1": "deploy"})


def one(**members: Any) -> dict[Any, Any]:
    frame = frame_of(execution_document("x1", **members))
    assert len(frame) == 1
    return frame.iloc[0].to_dict()


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [execution_document("x1")],
        [execution_document("x1", timers=None, start=None, end=None, failed_hosts=[])],
        [execution_document("x1", status="PAUSED"), execution_document("x2", job_id="gone")],
    ],
    ids=["empty", "one", "one not begun", "mixed"],
)
def test_the_columns_and_dtypes_are_always_the_same(documents: list[dict[str, Any]]) -> None:
    for make, name in ((executions_frame, "executions"), (runs_frame, "runs")):
        frame = make(pulled(*documents))
        assert list(frame.columns) == list(empty_frame(name).columns)
        assert frame.dtypes.astype(str).to_dict() == empty_frame(name).dtypes.astype(str).to_dict()
        assert len(frame) == len(documents)
    assert frame["status"].cat.categories.dtype == "str"


def test_a_row_says_what_its_document_says() -> None:
    row = one(
        status="FAILURE",
        failed_hosts=["web1", "web2"],
        repository_log={
            "recent_commit": [{"commit": "c0ffee", "author": "Ada", "message": "Fix"}, {"commit": "older"}],
            "tags": [],
        },
        schedule={"id": "s1", "fire_time": NOON},
    )
    assert (row["execution_id"], row["job_id"], row["job"], row["account"]) == ("x1", "j1", "deploy", "ACME")
    assert row["status"] == "FAILURE"
    assert row["start"] == pd.Timestamp("2026-05-02 09:30", tz="UTC")
    assert row["end"] - row["start"] == row["duration"] == pd.Timedelta(seconds=90)
    assert row["runs"] == 1
    assert row["failed_hosts"] == ["web1", "web2"]
    assert (row["commit"], row["commit_author"], row["commit_message"]) == ("c0ffee", "Ada", "Fix")
    assert row["schedule_id"] == "s1"
    assert row["checked"] == pd.Timestamp(NOON, unit="ms", tz="UTC")


def test_the_order_given_is_kept() -> None:
    frame = frame_of(execution_document("x3"), execution_document("x1"), execution_document("x2"))
    assert frame["execution_id"].tolist() == ["x3", "x1", "x2"]


def test_a_job_without_a_name_goes_by_its_id() -> None:
    assert one(job_id="gone")["job"] == "gone"


def test_unknown_statuses_stand_behind_the_known_ones() -> None:
    frame = frame_of(
        *(execution_document(f"x{n}", status=s) for n, s in enumerate(["PAUSED", "SUCCESS", "ODD", "PAUSED"]))
    )
    assert frame["status"].tolist() == ["PAUSED", "SUCCESS", "ODD", "PAUSED"]
    assert frame["status"].cat.categories.tolist() == [*LIFE, "PAUSED", "ODD"]


def test_a_missing_status_is_missing() -> None:
    assert pd.isna(one(status="")["status"])


@pytest.mark.parametrize("hosts", [[0], [], [None]])
def test_the_documentations_empty_failed_hosts_are_empty(hosts: list[Any]) -> None:
    assert one(failed_hosts=hosts)["failed_hosts"] == []


def test_the_older_form_of_times_gives_the_same_row() -> None:
    assert one(timers=None, start=NOON, end=NOON + 90_000) == one()


def test_a_restart_adds_its_time_without_the_pause() -> None:
    row = one(timers=[{"start": NOON, "end": NOON + 10_000}, {"start": NOON + 60_000, "end": NOON + 65_000}])
    assert row["duration"] == pd.Timedelta(seconds=15)
    assert row["end"] - row["start"] == pd.Timedelta(seconds=65)
    assert row["runs"] == 2


@pytest.mark.parametrize(
    ("timers", "runs"),
    [
        (None, 0),
        ([], 0),
        ([{"start": None, "end": None}], 0),
        ([{"start": NOON, "end": None}], 1),
        ([{"start": NOON, "end": NOON + 1}, {"start": None, "end": None}], 1),
        ([{"start": NOON, "end": NOON + 1}, {"start": NOON + 2, "end": None}], 2),
    ],
)
def test_what_has_not_ended_has_no_end_and_no_duration(timers: Any, runs: int) -> None:
    row = one(status="PENDING", timers=timers)
    assert pd.isna(row["end"])
    assert pd.isna(row["duration"])
    assert row["runs"] == runs


@pytest.mark.parametrize("value", ["soon", "", True, [1], {}, float("nan"), float("inf"), 10**30, -(10**30)])
def test_what_is_no_time_is_missing(value: Any) -> None:
    bad = Execution(execution_id="x1", status="SUCCESS", timers=[Timer(start=value, end=NOON)])
    frame = executions_frame(pulled_executions([bad, msgspec.convert(execution_document("x2"), Execution)]))
    assert frame["start"].isna().tolist() == [True, False]
    assert frame["duration"].isna().tolist() == [True, False]


def test_digits_in_a_text_are_a_time() -> None:
    frame = executions_frame(pulled_executions([Execution(execution_id="x1", start=str(NOON))]))  # type: ignore[arg-type]
    assert frame["start"].tolist() == [pd.Timestamp(NOON, unit="ms", tz="UTC")]


def test_two_jobs_of_one_name_are_one_category() -> None:
    table = pulled(execution_document("x2", job_id="j2"), execution_document("x1"), execution_document("x0", job_id=""))
    frame = executions_frame(table, {"j1": "deploy", "j2": "deploy"})
    assert frame["job"].tolist()[:2] == ["deploy", "deploy"]
    assert frame["job"].cat.categories.tolist() == ["deploy"]
    assert frame["job_id"].isna().tolist() == frame["job"].isna().tolist() == [False, False, True]


def test_a_table_of_many_parts_is_one_frame() -> None:
    parts = [pulled(execution_document(f"x{number}", job_id=f"j{number % 3}")) for number in range(7)]
    frame = executions_frame(pa.concat_tables(parts), {"j1": "deploy"})
    assert frame["execution_id"].tolist() == [f"x{number}" for number in range(7)]
    assert frame["job"].tolist() == ["j0", "deploy", "j2"] * 2 + ["j0"]
    # And so is a part of a table.
    rest = executions_frame(pa.concat_tables(parts).slice(2, 3))
    assert rest["duration"].tolist() == [pd.Timedelta(seconds=90)] * 3


@pytest.mark.parametrize(
    ("status", "here", "complete"),
    [
        ("SUCCESS", None, True),
        ("KILLED", None, True),
        ("RUNNING", None, False),
        ("PAUSED", None, False),
        ("SUCCESS", {"x1"}, True),
        ("SUCCESS", {"x2"}, False),
        ("SUCCESS", set(), False),
        ("STOPPING", ["x1"], False),
    ],
)
def test_what_has_ended_is_complete_when_its_events_are_here(status: str, here: Any, complete: bool) -> None:
    frame = executions_frame(pulled(execution_document("x1", status=status)), events_here=here)
    assert frame["complete"].tolist() == [complete]


RESTARTED = execution_document(
    "x1",
    status="SUCCESS",
    repository_log={"recent_commit": [{"commit": "bbb"}]},
    timers=[{"start": NOON, "end": NOON + 10_000}, {"start": NOON + 60_000, "end": NOON + 65_000}],
)
LIVES = execution_document("x2", status="RUNNING", timers=[{"start": NOON, "end": None}])
WAITS = execution_document("x3", status="PENDING", timers=[])


def told_of_runs() -> pa.Table:
    changes = [
        ("status_change", {"status": "PENDING"}, -5_000),
        ("status_change", {"status": "RUNNING"}, 0),
        ("playbook_on_start", {}, 1),
        ("playbook_result", {"status": "FAILURE"}, 9_999),
        ("status_change", {"status": "INIT_FAILURE"}, 10_000),
        ("status_change", {"status": "PENDING"}, 40_000),
        ("playbook_on_start", {}, 60_001),
        ("playbook_result", {"status": "SUCCESS"}, 64_999),
        ("status_change", {"status": "SUCCESS"}, 65_000),
    ]
    documents = [
        event_document(0, kind, message, timestamp=NOON + at, execution_id="x1") for kind, message, at in changes
    ]
    elsewhere = [event_document(0, "status_change", {"status": "PENDING"}, execution_id="gone")]
    waits = [event_document(0, "status_change", {"status": "PENDING"}, execution_id="x3", timestamp=NOON - 1)]
    tables = [
        pulled_events(msgspec.convert(events, list[StatusEvent]), "", "j1") for events in (elsewhere, documents, waits)
    ]
    return pa.concat_tables(tables)


def test_each_run_is_a_row() -> None:
    runs = runs_frame(pulled(WAITS, LIVES, RESTARTED), {"j1": "deploy"})
    assert runs["execution_id"].tolist() == ["x3", "x2", "x1", "x1"]
    assert runs["run"].tolist() == [1, 1, 1, 2]
    assert runs["status"].tolist() == ["PENDING", "RUNNING", "FAILURE", "SUCCESS"]
    assert runs["duration"].isna().tolist() == [True, True, False, False]
    assert runs["duration"].tolist()[2:] == [pd.Timedelta(seconds=10), pd.Timedelta(seconds=5)]
    assert runs["start"].isna().tolist() == [True, False, False, False]
    assert runs["commit"].isna().tolist() == [True, True, True, False]
    assert runs[["queued", "queue"]].isna().all().all()
    assert set(runs["job"]) == {"deploy"}


def test_events_say_when_a_run_was_queued_and_how_an_earlier_one_ended() -> None:
    runs = runs_frame(pulled(WAITS, LIVES, RESTARTED), {}, told_of_runs())
    assert runs["status"].tolist() == ["PENDING", "RUNNING", "INIT_FAILURE", "SUCCESS"]
    queued = [-1, None, -5_000, 40_000]
    assert runs["queued"].tolist() == [
        pd.NaT if at is None else pd.Timestamp(NOON + at, unit="ms", tz="UTC") for at in queued
    ]
    assert runs["queue"].isna().tolist() == [True, True, False, False]
    assert runs["queue"].tolist()[2:] == [pd.Timedelta(seconds=5), pd.Timedelta(seconds=20)]


def test_events_of_more_runs_than_there_are_timers_are_passed_over() -> None:
    once = {**RESTARTED, "timers": RESTARTED["timers"][:1]}
    runs = runs_frame(pulled(once), {}, told_of_runs())
    assert runs["queued"].tolist() == [pd.Timestamp(NOON - 5_000, unit="ms", tz="UTC")]
    assert runs["status"].tolist() == ["SUCCESS"]
