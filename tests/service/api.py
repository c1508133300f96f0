"""Runner's HTTP API, spoken plainly: what a program of somebody else's would send."""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

__all__ = ["LOCAL", "FinishedRun", "RunnerApi", "StartedRun", "local_hosts", "to_base64"]

Document = dict[str, Any]

#: Hosts of a job that needs none but this machine.
LOCAL: list[Document] = [{"id": "localhost"}]
#: Seconds that an execution may take.
PATIENCE = 120.0


def to_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def local_hosts(*names: str, **variables: Any) -> list[Document]:
    """Return host entities that Ansible reaches without ssh, whatever their names."""
    return [{"id": name, "hostVars": {"ansible_connection": "local", **variables}} for name in names]


class StartedRun(NamedTuple):
    """An execution, however far it is."""

    job_id: str
    execution_id: str


@dataclass(frozen=True)
class FinishedRun:
    """An execution that has ended: its document and all of its events, in order."""

    execution: Document
    events: list[Document]

    def messages(self, *event_types: str, **members: Any) -> list[Document]:
        """Return the messages of events of these types whose members have these values."""
        return [
            event["message"]
            for event in self.events
            if event["event_type"] in event_types
            and all(event["message"].get(name) == value for name, value in members.items())
        ]

    def types_of(self, task: str, host: str | None = None) -> list[str]:
        """Return the types of the events of a task (and host)."""
        return [
            event["event_type"]
            for event in self.events
            if event["message"].get("task") == task and host in (None, event["message"].get("host"))
        ]

    @property
    def status(self) -> str:
        return str(self.execution["status"])

    @property
    def statuses(self) -> list[str]:
        return [message["status"] for message in self.messages("status_change")]

    @property
    def result(self) -> Document:
        """The message of ``playbook_result``, of which there is one, at the end."""
        (message,) = self.messages("playbook_result")
        assert self.events[-1]["event_type"] == "playbook_result"
        return message

    @property
    def reason(self) -> str:
        return str(self.result["reason"])


class RunnerApi:
    """One account's API, logged in; a context that closes its connections."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        answer = self.http.post("/v2/authentication/login", json={"username": username, "password": password})
        log_in = answer.raise_for_status().json()
        self.account = str(log_in["accountAlias"])
        self.token = str(log_in["bearerToken"])
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def call(self, method: str, path: str, document: Any = None, **query: Any) -> Any:
        """Send a call that must succeed and return its document; ``{alias}`` stands for the account."""
        response = self.http.request(method, path.format(alias=self.account), json=document, params=query)
        assert response.status_code in (200, 204), response.text
        return response.json() if response.content else None

    # --- jobs and starts -------------------------------------------------------------------------------------

    def create(self, playbook: str | None = None, *, name: str = "job", **members: Any) -> Document:
        """Create a job from the text of a playbook, or from other members."""
        if playbook is not None:
            members["playbook"] = to_base64(playbook)
        created: Document = self.call("POST", "/jobs/{alias}", {"name": name, **members})
        return created

    def start(self, job_id: str, **body: Any) -> StartedRun:
        execution = self.call("POST", f"/jobs/{{alias}}/{job_id}/start", body)
        return StartedRun(job_id, execution["execution_id"])

    def begin(self, playbook: str | None = None, hosts: Sequence[Document] = LOCAL, **members: Any) -> StartedRun:
        """Create a job and start it."""
        keys = {name: members.pop(name) for name in ("sshPrivateKey",) if name in members}
        job = self.create(playbook, hosts=list(hosts), **members)
        return self.start(job["id"], **keys)

    def run(self, playbook: str | None = None, hosts: Sequence[Document] = LOCAL, **members: Any) -> FinishedRun:
        """Create a job, start it and wait for its end."""
        return self.finish(self.begin(playbook, hosts, **members))

    # --- executions ------------------------------------------------------------------------------------------

    def execution(self, run: StartedRun) -> Document:
        found: Document = self.call("GET", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}")
        return found

    def status(self, run: StartedRun) -> str:
        return str(self.execution(run)["status"])

    def kill_live(self) -> None:
        """Kill those of the newest executions that have not ended, and wait for their end."""
        found = self.call("GET", "/jobs/{alias}/executions", size=20)["results"]
        live = [StartedRun(one["job_id"], one["execution_id"]) for one in found if one["end"] is None]
        for run in live:
            # 400 when it has ended meanwhile.
            self.http.post(f"/jobs/{self.account}/{run.job_id}/executions/{run.execution_id}/kill")
        for run in live:
            self.finish(run)

    def events_after(self, run: StartedRun, cursor: int, wait: float = 0, **query: Any) -> Document:
        path = f"/status/{{alias}}/job/{run.job_id}/execution/{run.execution_id}"
        page: Document = self.call("GET", path, after=cursor, wait=wait, **query)
        return page

    def events(self, run: StartedRun) -> list[Document]:
        """Return the events of the moment."""
        path = f"/status/{{alias}}/job/{run.job_id}/execution/{run.execution_id}"
        first = self.call("GET", path)
        found: list[Document] = first["results"]
        for page in range(1, -(-first["totalSize"] // first["size"])):
            found += self.call("GET", path, page=page)["results"]
        return found

    def finish(self, run: StartedRun) -> FinishedRun:
        """Follow an execution to its end."""
        deadline = time.monotonic() + PATIENCE
        events: list[Document] = []
        cursor = 0
        while True:
            page = self.events_after(run, cursor, wait=10)
            events += page["results"]
            cursor = page["cursor"]
            if page["complete"]:
                return FinishedRun(self.execution(run), events)
            last = events[-1]["message"] if events else None
            assert time.monotonic() < deadline, f"{run} has not ended within {PATIENCE:g} s: {last}"
