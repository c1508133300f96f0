"""A Runner within the process: real sessions and handles speak to it through httpx's mock transport.

Tests add status events to it; notebooks that tests execute import it in their kernel.
"""

import threading
from typing import Any

import httpx
import msgspec

from ctl_jupyter.client import ExecutionHandle, RunnerCalls, Session
from ctl_jupyter.client.auth import BearerAuth
from ctl_jupyter.client.profiles import Profile
from ctl_jupyter.documents import FINAL_STATUSES, Execution, Job, StatusEvent, read_job

__all__ = ["URL", "StubRunner", "event", "result", "status"]

URL = "http://127.0.0.1:1"
STARTED = 1_700_000_000_000


def event(event_type: str, at: float = 0.0, **message: Any) -> StatusEvent:
    """A status event, `at` seconds after the start."""
    return StatusEvent(timestamp=STARTED + int(at * 1000), event_type=event_type, message=message)


def status(word: str, at: float = 0.0) -> StatusEvent:
    return event("status_change", at, status=word)


def result(outcome: str, host: str, task: str = "Install nginx", **more: Any) -> StatusEvent:
    return event(f"runner_on_{outcome}", host=host, task=task, **more)


class StubRunner:
    """The account ACME with its jobs and executions; the cursor of the embedded service included."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.jobs: list[Job] = []
        self.executions: dict[str, Execution] = {}
        self.events: dict[str, list[StatusEvent]] = {}
        self.starts: list[Any] = []
        self.restarts: list[Any] = []
        #: The orders that came, as ``stop`` or ``kill`` and the execution's id.
        self.orders: list[tuple[str, str]] = []
        #: What a job's executions were before, newest first.
        self.history: list[Execution] = []
        #: Answers an order in place of carrying it out.
        self.refusal = ""
        self.requests: list[str] = []
        self.is_down = False
        #: Set whenever the events were asked for.
        self.asked = threading.Event()
        #: Set whenever anything was asked for.
        self.requested = threading.Event()
        #: Cleared, it holds every answer back.
        self.may_answer = threading.Event()
        self.may_answer.set()
        auth = BearerAuth(URL, token="t")
        calls = RunnerCalls(URL, auth, "ACME", httpx.MockTransport(self._answer))
        self.session = Session(Profile("stub", URL, URL), calls, auth)

    def add_job(self, name: str, job_id: str | None = None) -> Job:
        job = Job(id=job_id or f"job-{len(self.jobs) + 1:04}", name=name)
        self.jobs.append(job)
        return job

    def add_execution(self, execution_id: str = "5f0c1b2a77e94d3e8f6a90cd", job_id: str = "job-0001") -> Execution:
        execution = Execution(execution_id=execution_id, job_id=job_id, account_alias="ACME", status="PENDING")
        with self.changed:
            self.executions[execution_id] = execution
            self.events[execution_id] = []
        return execution

    def handle(self, job_name: str = "deploy-web", execution_id: str = "5f0c1b2a77e94d3e8f6a90cd") -> ExecutionHandle:
        """The handle of a new execution."""
        return ExecutionHandle(self.session.calls, self.add_execution(execution_id), job_name)

    def tell(self, *events: StatusEvent, execution_id: str = "5f0c1b2a77e94d3e8f6a90cd") -> None:
        """Let events happen; the execution's status follows them."""
        with self.changed:
            self.events[execution_id].extend(events)
            for told in events:
                if told.event_type == "status_change":
                    self.executions[execution_id].status = told.details["status"]
            self.changed.notify_all()

    def end_everything(self) -> None:
        """End every execution, so that the threads that follow them end, too."""
        self.is_down = False
        self.may_answer.set()
        for execution_id, execution in self.executions.items():
            if execution.status not in FINAL_STATUSES:
                self.tell(status("KILLED"), execution_id=execution_id)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        self.requested.set()
        if self.is_down:
            raise httpx.ConnectError("connection refused")
        self.may_answer.wait(30)
        kind, _, *parts = request.url.path.strip("/").split("/")
        document: Any
        match kind, request.method, parts:
            case "jobs", "GET", []:
                document = {
                    "totalSize": len(self.jobs),
                    "size": 100,
                    "results": [job.to_wire() for job in self.jobs],
                }
            case "jobs", "POST", []:
                self.jobs.append(
                    read_job(msgspec.json.decode(request.content) | {"id": f"job-{len(self.jobs) + 1:04}"})
                )
                document = self.jobs[-1].to_wire()
            case "jobs", "POST", [job_id, "start"]:
                self.starts.append(msgspec.json.decode(request.content))
                document = msgspec.to_builtins(self.add_execution(f"{job_id}-execution-{len(self.starts)}", job_id))
            case "jobs", "GET", ["executions"]:
                document = [msgspec.to_builtins(execution) for execution in self.executions.values()]
            case "jobs", "GET", [_, "executions"]:
                document = [msgspec.to_builtins(execution) for execution in self.history]
            case "jobs", "POST", [_, "executions", execution_id, "restart"]:
                if self.refusal:
                    return httpx.Response(400, json={"message": self.refusal})
                self.restarts.append(msgspec.json.decode(request.content))
                self.tell(status("PENDING"), execution_id=execution_id)
                document = msgspec.to_builtins(self.executions[execution_id])
            case "jobs", "POST", [_, "executions", execution_id, order]:
                self.orders.append((order, execution_id))
                if self.refusal:
                    return httpx.Response(400, json={"message": self.refusal})
                self.tell(status({"stop": "STOPPING", "kill": "KILLING"}[order]), execution_id=execution_id)
                document = msgspec.to_builtins(self.executions[execution_id])
            case "jobs", "GET", [_, "executions", execution_id]:
                document = msgspec.to_builtins(self.executions[execution_id])
            case "status", "GET", [_, _, _, execution_id]:
                document = self._events(execution_id, request.url.params)
            case _:
                return httpx.Response(404, json={"message": f"There is no {request.url.path}."})
        return httpx.Response(200, json=document, headers={"Runner-Cursor": "1"})

    def _events(self, execution_id: str, asked: httpx.QueryParams) -> dict[str, Any]:
        self.asked.set()
        after = int(asked.get("after", 0))
        with self.changed:
            self.changed.wait_for(
                lambda: len(self.events[execution_id]) > after or self._has_ended(execution_id),
                float(asked.get("wait", 0)),
            )
            events = self.events[execution_id]
            return {
                "totalSize": len(events),
                "results": [msgspec.to_builtins(told) for told in events[after:]],
                "cursor": len(events),
                "complete": self._has_ended(execution_id),
            }

    def _has_ended(self, execution_id: str) -> bool:
        return self.executions[execution_id].status in FINAL_STATUSES
