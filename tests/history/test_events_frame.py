"""Results of hosts, tasks and all events as DataFrames."""

from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pytest

from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.history import events_frame, hosts_frame, pulled_events, tasks_frame
from ctl_jupyter.history.schema import OUTCOMES, empty_frame
from tests.history.runner_documents import NOON, event_document, result_message

MAKERS = {"events": events_frame, "tasks": tasks_frame, "hosts": hosts_frame}

WHOLE_RUN = [
    ("status_change", {"status": "RUNNING"}),
    ("playbook_on_start", {}),
    ("playbook_on_play_start", {"play": "all of it"}),
    ("playbook_on_task_start", {"play": "all of it", "task": "install"}),
    ("runner_on_ok", result_message("web1", "install", changed=True, role="base")),
    ("runner_item_on_ok", result_message("web2", "install")),
    ("runner_item_on_failed", result_message("web2", "install")),
    ("runner_on_failed", result_message("web2", "install", msg="no space left", res={"rc": 1})),
    ("runner_on_unreachable", {"host": "db1", "task": "install", "msg": "timed out"}),
    ("runner_on_skipped", result_message("web1", "reboot")),
    ("runner_on_failed", result_message("web1", "probe", ignore_errors=True, msg="not there")),
    ("runner_on_ok", result_message("web1", "check")),
    ("playbook_on_stats", {"stats": {"web1": {"ok": 2}}}),
    ("playbook_result", {"status": "FAILURE", "reason": "", "failed_hosts": ["web2", "db1"], "exit_code": 4}),
]


def pulled(*events: tuple[str, Any], execution_id: str = "x1") -> pa.Table:
    documents = [
        event_document(number, kind, message, execution_id=execution_id)
        for number, (kind, message) in enumerate(events)
    ]
    return pulled_events(msgspec.convert(documents, list[StatusEvent]), execution_id, "j1")


def frame_of(*events: tuple[str, Any]) -> pd.DataFrame:
    return hosts_frame(pulled(*events), {"j1": "deploy"})


@pytest.mark.parametrize(
    "events",
    [[], [WHOLE_RUN[4]], WHOLE_RUN, [("runner_on_ok", None)], [("runner_on_failed", "it broke")]],
    ids=["empty", "one", "a whole run", "no message", "a bare text"],
)
def test_the_columns_and_dtypes_are_always_the_same(events: list[tuple[str, Any]]) -> None:
    for name, make in MAKERS.items():
        frame = make(pulled(*events))
        assert list(frame.columns) == list(empty_frame(name).columns)
        assert frame.dtypes.astype(str).to_dict() == empty_frame(name).dtypes.astype(str).to_dict()
        if "outcome" in frame:
            assert frame["outcome"].cat.categories.tolist() == list(OUTCOMES)


def test_each_host_and_task_that_ended_is_one_row() -> None:
    frame = frame_of(*WHOLE_RUN)
    assert frame[["host", "task", "outcome"]].astype(str).to_numpy().tolist() == [
        ["web1", "install", "changed"],
        ["web2", "install", "failed"],
        ["db1", "install", "unreachable"],
        ["web1", "reboot", "skipped"],
        ["web1", "probe", "ignored"],
        ["web1", "check", "ok"],
    ]


def test_a_row_says_what_its_event_says() -> None:
    row = frame_of(*WHOLE_RUN).iloc[0].to_dict()
    assert (row["execution_id"], row["job_id"], row["job"], row["play"]) == ("x1", "j1", "deploy", "all of it")
    assert (row["role"], row["action"], row["path"]) == ("base", "ansible.builtin.command", "site.yml:7")
    assert row["changed"] is True
    assert row["timestamp"] == pd.Timestamp(NOON + 4_000, unit="ms", tz="UTC")
    assert row["start"] == pd.Timestamp(NOON, unit="ms", tz="UTC")
    assert row["duration"] == row["end"] - row["start"] == pd.Timedelta(milliseconds=250)
    assert pd.isna(row["message"])


def test_what_an_event_leaves_out_is_missing() -> None:
    row = frame_of(("runner_on_unreachable", {"host": "db1", "task": "install", "msg": "timed out"})).iloc[0]
    assert row["message"] == "timed out"
    assert row[["play", "role", "action", "path", "start", "end", "duration"]].isna().all()
    assert row["changed"] is pd.NA


def test_a_bare_text_is_the_message() -> None:
    row = frame_of(("runner_on_failed", "it broke")).iloc[0]
    assert (row["outcome"], row["message"]) == ("failed", "it broke")
    assert pd.isna(row["host"])


def test_ansibles_result_stands_in_for_what_was_not_repeated() -> None:
    row = frame_of(("runner_on_ok", {"host": "web1", "res": {"changed": True, "msg": "done"}})).iloc[0]
    assert (row["outcome"], row["changed"], row["message"]) == ("changed", True, "done")


@pytest.mark.parametrize(
    "bad",
    [
        {"start": "soon", "end": [], "changed": "yes", "msg": ["a", 1], "host": 5, "res": "gone"},
        {"start": 1e300, "end": True, "changed": 1, "msg": {"a": None}, "host": 5, "role": {}},
    ],
)
def test_values_of_the_wrong_kind_do_not_break_the_frame(bad: dict[str, Any]) -> None:
    frame = frame_of(("runner_on_ok", bad), WHOLE_RUN[4])
    assert frame.dtypes.astype(str).to_dict() == empty_frame("hosts").dtypes.astype(str).to_dict()
    row = frame.iloc[0]
    assert row[["start", "end", "duration"]].isna().all()
    assert row["changed"] is pd.NA
    assert (row["host"], row["outcome"]) == ("5", "ok")
    assert row["message"].startswith(("[", "{"))


def test_an_asynchronous_task_that_is_told_twice_is_one_row() -> None:
    told = result_message("web1", "long job", changed=True)
    frame = frame_of(("runner_on_async_ok", told), ("runner_on_ok", told))
    assert frame["outcome"].tolist() == ["changed"]
    assert frame["timestamp"].tolist() == [pd.Timestamp(NOON + 1_000, unit="ms", tz="UTC")]


def test_an_asynchronous_failure_that_is_ignored_is_one_row() -> None:
    told = result_message("web1", "long job")
    frame = frame_of(("runner_on_async_failed", told), ("runner_on_failed", {**told, "ignore_errors": True}))
    assert frame["outcome"].tolist() == ["ignored"]


@pytest.mark.parametrize(("kind", "outcome"), [("runner_on_async_ok", "ok"), ("runner_on_async_failed", "failed")])
def test_an_asynchronous_task_that_is_told_once_is_a_row(kind: str, outcome: str) -> None:
    frame = frame_of((kind, result_message("web1", "long job")), ("runner_on_ok", result_message("web2", "long job")))
    assert frame["outcome"].tolist() == [outcome, "ok"]
