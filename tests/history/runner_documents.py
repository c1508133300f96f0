"""Documents as Runner sends them, and a Runner in memory that answers with them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from ctl_jupyter.client import Session, connect

ALIAS = "ACME"
URL = "https://runner.example.org"
#: 2026-05-02 09:30:00 UTC in epoch milliseconds.
NOON = 1_777_714_200_000


def execution_document(execution_id: str, **members: Any) -> dict[str, Any]:
    return {
        "execution_id": execution_id,
        "job_id": "j1",
        "account_alias": ALIAS,
        "status": "SUCCESS",
        "repository_log": None,
        "failed_hosts": [0],
        "is_vpn_established": False,
        "timers": [{"start": NOON, "end": NOON + 90_000}],
        **members,
    }


def event_document(number: int, kind: str, message: Any, **members: Any) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "timestamp": NOON + number * 1_000,
        "job_id": "j1",
        "execution_id": "x1",
        "account_alias": ALIAS,
        "event_type": kind,
        "message": message,
        "notifications": [],
        **members,
    }


def result_message(host: str, task: str, **members: Any) -> dict[str, Any]:
    return {
        "host": host,
        "play": "all of it",
        "task": task,
        "action": "ansible.builtin.command",
        "path": "site.yml:7",
        "changed": False,
        "msg": "",
        "start": NOON,
        "end": NOON + 250,
        "res": {"rc": 0, "start": "2026-05-02 09:30:00.1"},
        **members,
    }


@dataclass
class Runner:
    """Jobs, executions and status events, newest first; ``on_request`` sees each path before it is answered."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    executions: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    on_request: Callable[[str, int], None] = lambda path, page: None

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v2/authentication/login":
            return httpx.Response(200, json={"userName": "u", "accountAlias": ALIAS, "bearerToken": "t"})
        page, size = (int(request.url.params.get(name, default)) for name, default in (("page", 0), ("size", 100)))
        self.on_request(path, page)
        self.requests.append(path)
        found = self.find(path)
        if isinstance(found, list):
            rows = found[page * size : (page + 1) * size]
            return httpx.Response(200, json={"totalSize": len(found), "page": page, "size": size, "results": rows})
        if found is None:
            return httpx.Response(404, json={"message": "There is no such thing."})
        return httpx.Response(200, json=found)

    def find(self, path: str) -> Any:
        if path == f"/jobs/{ALIAS}":
            return self.jobs
        if path == f"/jobs/{ALIAS}/executions":
            return self.executions
        if of_job := re.fullmatch(rf"/jobs/{ALIAS}/(\w+)/executions", path):
            return [row for row in self.executions if row["job_id"] == of_job[1]]
        if of_execution := re.fullmatch(rf"/status/{ALIAS}/job/\w+/execution/(\w+)", path):
            return self.events.get(of_execution[1])
        return None


def log_in(runner: Runner) -> Session:
    return connect(URL, username="u", password=lambda user: "x", transport=runner.transport())
