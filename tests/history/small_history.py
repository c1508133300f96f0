"""A small history by hand, as documents and as the tables that frames are made of; times are seconds after noon."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa

from ctl_jupyter.documents import Execution, StatusEvent
from ctl_jupyter.history import (
    events_frame,
    executions_frame,
    hosts_frame,
    pulled_events,
    pulled_executions,
    runs_frame,
    tasks_frame,
)
from tests.history.runner_documents import NOON, execution_document

JOBS = {"j1": "deploy", "j2": "backup"}


def told(at: float, kind: str, message: Any = None, **members: Any) -> dict[str, Any]:
    """Return a status event."""
    whole = {**message, **members} if message or members else None
    return {"timestamp": NOON + round(at * 1_000), "event_type": kind, "message": whole}


def begin(at: float, task: str, play: str = "web", line: int = 1, **members: Any) -> dict[str, Any]:
    """Return the start of a task."""
    place = {"play": play, "task": task, "path": f"site.yml:{line}", "action": "command"}
    return told(at, "playbook_on_task_start", place, **members)


def ended(
    at: float, host: str, task: str, kind: str = "ok", play: str = "web", line: int = 1, **members: Any
) -> dict[str, Any]:
    """Return a host's result; it took half a second."""
    place = {"play": play, "task": task, "path": f"site.yml:{line}", "action": "command", "host": host}
    end = NOON + round(at * 1_000)
    return told(at, f"runner_on_{kind}", {**place, "changed": False, "start": end - 500, "end": end}, **members)


def changed_to(at: float, status: str) -> dict[str, Any]:
    """Return a change of status."""
    return told(at, "status_change", {"status": status})


def table_of(events: list[dict[str, Any]], execution_id: str = "x1", job_id: str = "j1") -> pa.Table:
    """Return events as they are pulled."""
    return pulled_events(msgspec.convert(events, list[StatusEvent]), execution_id, job_id)


@dataclass(frozen=True)
class SmallHistory:
    """The five frames, each made when it is looked at; ``looks`` says which were."""

    documents: list[dict[str, Any]]
    told: dict[str, list[dict[str, Any]]]
    looks: list[str]

    @cached_property
    def pulled(self) -> pa.Table:
        return pulled_executions(msgspec.convert(self.documents, list[Execution]), NOON)

    @cached_property
    def pulled_events(self) -> pa.Table:
        job_of = {document["execution_id"]: document["job_id"] for document in self.documents}
        return pa.concat_tables([table_of(events, name, job_of[name]) for name, events in self.told.items()])

    @property
    def executions(self) -> pd.DataFrame:
        self.looks.append("executions")
        return executions_frame(self.pulled, JOBS, self.told)

    @property
    def runs(self) -> pd.DataFrame:
        self.looks.append("runs")
        return runs_frame(self.pulled, JOBS, self.pulled_events)

    @property
    def events(self) -> pd.DataFrame:
        self.looks.append("events")
        return events_frame(self.pulled_events, JOBS)

    @property
    def tasks(self) -> pd.DataFrame:
        self.looks.append("tasks")
        return tasks_frame(self.pulled_events, JOBS)

    @property
    def hosts(self) -> pd.DataFrame:
        self.looks.append("hosts")
        return hosts_frame(self.pulled_events, JOBS)


def small_history() -> SmallHistory:
    """Return three executions: one restarted, one that lives, one that waits."""
    restarted = [
        changed_to(-5, "PENDING"),
        changed_to(0, "RUNNING"),
        told(0.1, "playbook_on_start"),
        begin(1, "install", role="base"),
        ended(2, "web1", "install", changed=True, role="base"),
        ended(3, "web2", "install", "failed", msg="no space left", res={"rc": 1}, role="base"),
        told(4, "playbook_result", {"status": "FAILURE", "reason": "web2 failed"}),
        changed_to(4.1, "FAILURE"),
        changed_to(10, "PENDING"),
        changed_to(12, "RUNNING"),
        told(12.1, "playbook_on_start"),
        begin(13, "install", role="base"),
        ended(14, "web2", "install", role="base"),
        told(15, "playbook_result", {"status": "SUCCESS"}),
        changed_to(15, "SUCCESS"),
    ]
    lives = [changed_to(20, "RUNNING"), begin(21, "dump", play="all"), ended(22, "db1", "dump", play="all")]
    lives.append(begin(23, "copy", play="all", line=2))
    return SmallHistory(
        documents=[
            execution_document("x3", status="PENDING", timers=[]),
            execution_document("x2", job_id="j2", status="RUNNING", timers=[{"start": NOON + 20_000, "end": None}]),
            execution_document(
                "x1",
                timers=[{"start": NOON, "end": NOON + 4_100}, {"start": NOON + 12_000, "end": NOON + 15_000}],
                failed_hosts=[],
                repository_log={"recent_commit": [{"commit": "bbb", "author": "Ada", "message": "Fix"}]},
            ),
        ],
        told={"x2": lives, "x1": restarted},
        looks=[],
    )
