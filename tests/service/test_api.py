"""Every call of the API, and the forms of its answers."""

from typing import Any

import httpx
import pytest

from tests.service.api import LOCAL, RunnerApi, StartedRun, local_hosts, to_base64
from tests.service.embedded import EmbeddedRunner

pytestmark = pytest.mark.engine

PLAYBOOK = """
- name: Grüße
  hosts: all
  gather_facts: false
  tasks:
    - name: Grüße
      ansible.builtin.debug: {msg: "{{ greeting | default('guten Tag') }}"}
"""


@pytest.fixture(scope="module")
def own(service: EmbeddedRunner, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A service that no other test has made jobs in."""
    with EmbeddedRunner(tmp_path_factory.mktemp("own")) as own:
        own.start()
        with own.log_in() as api:
            yield api


def test_log_in(service: EmbeddedRunner) -> None:
    record = service.record
    credentials = {"username": record.username, "password": record.password}
    answer = httpx.post(f"{record.url}/v2/authentication/login", json=credentials, trust_env=False)

    assert answer.status_code == 200
    log_in = answer.json()
    assert log_in.keys() == {"userName", "accountAlias", "locationAlias", "roles", "bearerToken"}
    assert (log_in["userName"], log_in["accountAlias"]) == (record.username, record.account_alias)


def test_create_get_update_and_delete(api: RunnerApi) -> None:
    document = {
        "name": "deploy",
        "description": "what it does",
        "playbook": to_base64(PLAYBOOK),
        "playbookTags": ["always"],
        "hosts": [{"id": "web1", "hostVars": {"ansible_connection": "local", "list": [1, {"two": None}]}}],
        "properties": {"greeting": "hello", "number": 1.5},
        "useDynamicInventory": False,
        "callbacks": [{"url": "https://example.org/events", "level": "ERROR"}],
        "executionTtl": 60,
        "bootstrapKeyPairAlias": "mine",
        "somethingNew": {"that": "this version does not know"},
    }
    created = api.call("POST", "/jobs/{alias}", document)

    path = f"/jobs/{api.account}/{created['id']}"
    # What is as it would be anyway is left out.
    assert {name: created[name] for name in document if name != "useDynamicInventory"} == {
        name: value for name, value in document.items() if name != "useDynamicInventory"
    }
    assert created["accountAlias"] == api.account
    assert created["status"] == "ACTIVE"
    assert created["createdTime"] == created["lastUpdatedTime"]
    assert {(link["ref"], link["href"]) for link in created["links"]} == {
        ("self", path),
        ("executions", f"{path}/executions"),
    }
    assert api.call("GET", path) == created

    updated = api.call("PUT", path, {**created, "name": "deploy again", "hosts": []})
    assert (updated["id"], updated["createdTime"]) == (created["id"], created["createdTime"])
    assert updated["lastUpdatedTime"] >= created["lastUpdatedTime"]
    assert updated["name"] == "deploy again"
    assert "hosts" not in updated
    assert updated["somethingNew"] == document["somethingNew"]
    assert api.call("GET", path) == updated

    assert api.call("DELETE", path) is None
    assert api.http.get(path).status_code == 404


def test_masked_values_sent_back_stay_what_they_were(api: RunnerApi) -> None:
    shows = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.assert:
        that: [db_password == 'kept as it was', ansible_become_pass == 'this too', greeting == 'changed']
"""
    hosts = local_hosts("web1", ansible_become_pass="this too")
    created = api.create(shows, hosts=hosts, properties={"db_password": "kept as it was", "greeting": "first"})
    assert created["properties"] == {"db_password": "********", "greeting": "first"}
    assert created["hosts"][0]["hostVars"]["ansible_become_pass"] == "********"

    created["properties"]["greeting"] = "changed"
    api.call("PUT", f"/jobs/{{alias}}/{created['id']}", created)

    assert api.finish(api.start(created["id"])).status == "SUCCESS"


def test_immediate_starts(api: RunnerApi) -> None:
    created = api.call(
        "POST", "/jobs/{alias}", {"name": "now", "playbook": to_base64(PLAYBOOK), "hosts": LOCAL}, immediate="true"
    )
    path = f"/jobs/{{alias}}/{created['id']}"
    assert api.call("GET", f"{path}/executions")["totalSize"] == 1
    api.call("PUT", path, created, immediate="false")
    assert api.call("GET", f"{path}/executions")["totalSize"] == 1
    api.call("PUT", path, {**created, "properties": {"greeting": "hello"}}, immediate="true")

    newest, oldest = api.call("GET", f"{path}/executions")["results"]
    for execution, said in ((oldest, "guten Tag"), (newest, "hello")):
        assert execution["status"] in ("PENDING", "INITIALIZING", "RUNNING", "SUCCESS")
        run = api.finish(StartedRun(created["id"], execution["execution_id"]))
        assert [message["msg"] for message in run.messages("runner_on_ok", task="Grüße")] == [said]


def test_a_start_answers_the_execution(api: RunnerApi) -> None:
    job = api.create(PLAYBOOK, hosts=LOCAL)
    answers = [
        api.http.post(f"/jobs/{api.account}/{job['id']}/start", content=body) for body in (b"", b"{}", b'{"hosts": []}')
    ]
    for answer in answers:
        assert answer.status_code == 200
        execution = answer.json()
        run = api.finish(StartedRun(job["id"], execution["execution_id"]))
        assert execution == {
            "execution_id": run.execution["execution_id"],
            "job_id": job["id"],
            "account_alias": api.account,
            "status": "PENDING",
            "repository_log": None,
            "failed_hosts": [],
            "events_expected": None,
            "events_complete": False,
            "schedule": None,
            "is_vpn_established": False,
            "timers": [{"start": None, "end": None}],
            "start": None,
            "end": None,
        }
        assert run.status == "SUCCESS"


def test_jobs_are_listed_newest_first(own: RunnerApi) -> None:
    empty = own.call("GET", "/jobs/{alias}")
    assert (empty["totalSize"], empty["page"], empty["size"], empty["results"]) == (0, 0, 100, [])
    ids = [own.create(PLAYBOOK, name=f"job {number}")["id"] for number in range(7)][::-1]

    for page, expected in enumerate([ids[:3], ids[3:6], ids[6:], []]):
        answer = own.call("GET", "/jobs/{alias}", page=page, size=3)
        assert (answer["totalSize"], answer["page"], answer["size"]) == (7, page, 3)
        assert [job["id"] for job in answer["results"]] == expected


def test_executions_are_listed_newest_first(own: RunnerApi) -> None:
    jobs = [own.create("- hosts: nobody", name=name)["id"] for name in ("one", "two")]
    runs = [own.start(jobs[number % 2]) for number in range(5)]
    newest_first = [run.execution_id for run in runs][::-1]
    for run in runs:
        own.finish(run)

    found: list[str] = []
    for page in range(3):
        answer = own.call("GET", "/jobs/{alias}/executions", page=page, size=2)
        assert (answer["totalSize"], answer["page"], answer["size"]) == (5, page, 2)
        found += [execution["execution_id"] for execution in answer["results"]]
    assert found == newest_first
    of_one = own.call("GET", f"/jobs/{{alias}}/{jobs[0]}/executions")
    assert of_one["totalSize"] == 3
    assert [execution["execution_id"] for execution in of_one["results"]] == newest_first[::2]
    assert of_one["results"][0] == own.execution(runs[4])


def test_pages_of_other_origins_may_call(api: RunnerApi) -> None:
    asked = api.http.options(
        f"/jobs/{api.account}",
        headers={
            "Origin": "https://control.example.org",
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in asked.headers["Access-Control-Allow-Methods"]
    assert {"authorization", "content-type"} <= set(
        asked.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
    )
    for path, status in ((f"/jobs/{api.account}", 200), (f"/jobs/{api.account}/unknown", 404)):
        answer = api.http.get(path, headers={"Origin": "https://control.example.org"})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
