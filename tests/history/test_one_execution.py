"""The events of one execution as DataFrames, against a hosted Runner."""

import json
from collections.abc import Iterator

import msgspec
import pandas as pd
import pytest

from ctl_jupyter.client import ExecutionHandle, connect
from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.history import events as module
from ctl_jupyter.history import (
    events_of,
    hosts_frame,
    hosts_of,
    pulled_events,
    status_events_frame,
    status_events_of,
    tasks_of,
)
from tests.fake_runner import FakeRunner

DTYPES = {
    "seq": "Int64",
    "timestamp": "datetime64[ms, UTC]",
    "event_type": "category",
    "host": "str",
    "play": "str",
    "task": "str",
    "message": "str",
    "event_id": "str",
    "execution_id": "str",
    "job_id": "str",
}
TOLD = (
    ("playbook_on_start", None),
    ("runner_on_ok", {"host": "web1", "task": "one", "play": "web", "res": {"deep": [1, None]}}),
    ("runner_on_failed", {"host": "web2", "task": "one", "msg": "broken"}),
    ("playbook_result", "it failed"),
)


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExecutionHandle]:
    with FakeRunner() as runner:
        monkeypatch.setenv("CLC_V2_API_PASSWD", runner.password)
        session = connect(runner.url, username=runner.username)
        job_id = runner.add_job("deploy")
        execution_id = runner.add_execution(job_id, status="FAILURE")
        for kind, message in TOLD:
            runner.add_event(execution_id, kind, message)
        runner.forms.newest_event_first = True
        yield session.execution(execution_id)


def test_the_columns_and_dtypes_are_always_the_same(handle: ExecutionHandle) -> None:
    for frame in (status_events_frame([]), status_events_of(handle)):
        assert frame.dtypes.astype(str).to_dict() == DTYPES
    described = [line.split()[0] for line in (module.__doc__ or "").splitlines() if line and line[0].isalpha()]
    assert [name for name in described if name in DTYPES] == list(DTYPES)


def test_every_event_as_it_was_sent_in_order(handle: ExecutionHandle) -> None:
    frame = status_events_of(handle)
    assert frame["event_type"].tolist() == [kind for kind, _ in TOLD]
    assert frame["host"].dropna().tolist() == ["web1", "web2"]
    assert json.loads(frame["message"][1]) == TOLD[1][1]
    assert frame["message"][3] == "it failed"
    assert pd.isna(frame["message"][0])
    assert frame["timestamp"].is_monotonic_increasing
    assert frame["seq"].isna().all()
    assert set(frame["execution_id"]) == {handle.execution_id}


def test_the_frames_of_one_execution(handle: ExecutionHandle) -> None:
    hosts = hosts_of(handle)
    assert hosts[["host", "outcome", "job"]].astype(str).to_numpy().tolist() == [
        ["web1", "ok", "deploy"],
        ["web2", "failed", "deploy"],
    ]
    events = events_of(handle)
    assert events["event_type"].tolist() == [kind for kind, _ in TOLD]
    assert events["message"].tolist()[2:] == ["broken", "it failed"]
    assert tasks_of(handle)["hosts"].tolist() == [1, 1]
    for frame in (hosts, events, tasks_of(handle)):
        assert set(frame["execution_id"]) == {handle.execution_id}


def test_a_number_that_no_column_can_hold_is_left_out() -> None:
    document = {"event_type": "runner_on_failed", "message": {"host": "web1", "res": {"rc": 2**70}}}
    frame = hosts_frame(pulled_events([msgspec.convert(document, StatusEvent)], "x1", "j1"))
    assert frame["rc"].isna().tolist() == [True]
