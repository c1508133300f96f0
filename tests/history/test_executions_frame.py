from typing import Any

import msgspec
import pandas as pd
import pytest

from ctl_jupyter.documents import Execution, Status, Timer
from ctl_jupyter.history import executions_frame
from tests.history.runner_documents import NOON, execution_document

DTYPES = {
    "execution_id": "str",
    "job_id": "str",
    "job": "str",
    "account": "category",
    "status": "category",
    "start": "datetime64[ms, UTC]",
    "end": "datetime64[ms, UTC]",
    "duration": "timedelta64[ms]",
    "runs": "Int64",
    "failed_hosts": "object",
    "commit": "str",
}
LIFE = [str(status) for status in Status]


def frame_of(*documents: dict[str, Any]) -> pd.DataFrame:
    return executions_frame([msgspec.convert(document, Execution) for document in documents], {"j1": "deploy"})


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
    frame = frame_of(*documents)
    assert frame.dtypes.astype(str).to_dict() == DTYPES
    assert len(frame) == len(documents)
    assert frame["status"].cat.categories.dtype == "str"


def test_a_row_says_what_its_document_says() -> None:
    row = one(
        status="FAILURE",
        failed_hosts=["web1", "web2"],
        repository_log={"recent_commit": [{"commit": "c0ffee"}, {"commit": "older"}], "tags": []},
    )
    assert (row["execution_id"], row["job_id"], row["job"], row["account"]) == ("x1", "j1", "deploy", "ACME")
    assert row["status"] == "FAILURE"
    assert row["start"] == pd.Timestamp("2026-05-02 09:30", tz="UTC")
    assert row["end"] - row["start"] == row["duration"] == pd.Timedelta(seconds=90)
    assert row["runs"] == 1
    assert row["failed_hosts"] == ["web1", "web2"]
    assert row["commit"] == "c0ffee"


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
    frame = executions_frame([bad, msgspec.convert(execution_document("x2"), Execution)])
    assert frame.dtypes.astype(str).to_dict() == DTYPES
    assert frame["start"].isna().tolist() == [True, False]
    assert frame["duration"].isna().tolist() == [True, False]


def test_digits_in_a_text_are_a_time() -> None:
    frame = executions_frame([Execution(execution_id="x1", start=str(NOON))])  # type: ignore[arg-type]
    assert frame["start"].tolist() == [pd.Timestamp(NOON, unit="ms", tz="UTC")]
