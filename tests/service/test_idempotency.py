"""A request that is sent again with its key: one thing happens, and every answer is the first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.api import LOCAL, RunnerApi, to_base64
from tests.service.embedded import EmbeddedRunner

PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.fail: {msg: no}}]"


@pytest.fixture
def job(api: RunnerApi) -> dict[str, Any]:
    return api.create(PLAYBOOK, hosts=LOCAL)


def keyed(api: RunnerApi, path: str, body: Any, key: str, **query: Any) -> httpx.Response:
    return api.http.post(path.format(alias=api.account), json=body, params=query, headers={"Idempotency-Key": key})


def executions_of(api: RunnerApi, job: dict[str, Any]) -> int:
    return int(api.call("GET", f"/jobs/{{alias}}/{job['id']}/executions")["totalSize"])


def test_fifty_at_once_start_one_execution(api: RunnerApi, job: dict[str, Any]) -> None:
    path = f"/jobs/{{alias}}/{job['id']}/start"
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: keyed(api, path, {}, "fifty"), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert executions_of(api, job) == 1


def test_another_key_is_another_start(api: RunnerApi, job: dict[str, Any]) -> None:
    path = f"/jobs/{{alias}}/{job['id']}/start"
    first, second = keyed(api, path, {}, "one").json(), keyed(api, path, {}, "two").json()
    assert first["execution_id"] != second["execution_id"]


def test_a_key_belongs_to_its_request(api: RunnerApi, job: dict[str, Any]) -> None:
    path = f"/jobs/{{alias}}/{job['id']}/start"
    keyed(api, path, {}, "mine").raise_for_status()
    other = keyed(api, path, {"hosts": LOCAL}, "mine")
    assert other.status_code == 400
    assert other.json()["message"] == "This Idempotency-Key was used for another request: choose a new one."
    assert keyed(api, path, {}, "x" * 256).status_code == 400
    assert executions_of(api, job) == 1


def test_a_job_is_created_and_started_once(api: RunnerApi) -> None:
    body = {"name": "once", "playbook": to_base64(PLAYBOOK), "hosts": LOCAL}
    first, second = (keyed(api, "/jobs/{alias}", body, "create", immediate="true").json() for _ in range(2))
    assert first == second
    assert executions_of(api, first) == 1


def test_a_restart_happens_once(api: RunnerApi, job: dict[str, Any]) -> None:
    run = api.start(job["id"])
    assert api.finish(run).status == "FAILURE"
    path = f"/jobs/{{alias}}/{job['id']}/executions/{run.execution_id}/restart"
    first, second = (keyed(api, path, {}, "again").json() for _ in range(2))
    assert first == second
    assert first["status"] == "PENDING"
    assert len(api.finish(run).execution["timers"]) == 2


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[EmbeddedRunner]:
    with EmbeddedRunner(tmp_path) as service:
        service.start()
        yield service
        service.stop()


def test_the_answer_outlives_the_service(own_service: EmbeddedRunner) -> None:
    with own_service.log_in() as api:
        job = api.create(PLAYBOOK, hosts=LOCAL)
        path = f"/jobs/{{alias}}/{job['id']}/start"
        first = keyed(api, path, {}, "kept").json()
    own_service.kill()
    own_service.start()
    with own_service.log_in() as api:
        assert keyed(api, path, {}, "kept").json() == first
        assert executions_of(api, job) == 1


def test_a_list_that_has_not_changed_is_not_sent_again(api: RunnerApi, job: dict[str, Any]) -> None:
    path = f"/jobs/{api.account}/{job['id']}/executions"
    first = api.http.get(path)
    again = api.http.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    api.start(job["id"])
    changed = api.http.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
