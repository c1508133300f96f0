"""A secret of its own in every place that an API user can put one, and a search for each in all that is left or seen.

The service is killed and crashed meanwhile. Beside the secrets stands a text that is none, put into the same places:
each search must find that, or it would find nothing.
"""

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ctl_jupyter.client.arrow import ARROW
from ctl_jupyter.service.http.openapi import OPERATIONS
from tests.service.api import FinishedRun, RunnerApi, StartedRun, local_hosts, to_base64
from tests.service.canaries import MAGIC_FORMS, found_in, key_forms, password, password_forms, token
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner
from tests.service.processes import all_processes
from tests.service.receiver import Receiver
from tests.service.ssh_server import make_key
from tests.service.waiting import Gate, until

#: Seconds that all of it may take on a busy machine.
pytestmark = pytest.mark.timeout(900)

CONTROL = "control-5b1e77d2"
PASSWORDS = (
    *("property", "nested", "listed", "a token list", "under a secret", "userinfo", "parameter"),
    *("connection", "become", "restart", "repository", "repository url", "callback secret", "service account"),
    *("log-in", "inventory", "bad body", "bad key", "bad property"),
)
TOKENS = ("callback token", "callback userinfo", "idempotency key", "authorization")
TELL = """
- name: Tell {{ db_password }}
  hosts: all
  gather_facts: false
  tasks:
    - name: Control
      ansible.builtin.shell: "sleep 1; echo {{ greeting }} > $TMPDIR/control"
      environment: {CONTROL: "{{ greeting }}"}
    - ansible.builtin.debug: {var: settings}
    - ansible.builtin.debug: {var: address}
    - ansible.builtin.debug: {var: "hostvars[inventory_hostname]"}
    - ansible.builtin.debug:
        msg:
          - "{{ ansible_ssh_private_key.splitlines() }}"
          - "{{ ansible_ssh_private_key | b64encode }}"
          - "{{ settings | to_nice_yaml }}"
          - "{{ (settings | to_json) | b64encode }}"
      when: ansible_ssh_private_key is defined
    - name: Template
      ansible.builtin.debug: {msg: "{{ settings[db_password] }}"}
      ignore_errors: true
    - name: Template on {{ ansible_password | default('') }}
      ansible.builtin.debug: {msg: "{{ lookup('file', db_password) }}"}
      ignore_errors: true
    - name: Conversion
      ansible.builtin.wait_for: {timeout: "{{ settings.database.password }}"}
      ignore_errors: true
    - name: Arguments
      ansible.builtin.file: {path: "/nothing/{{ db_password }}", state: touch}
      ignore_errors: true
    - name: Unknown argument
      ansible.builtin.stat: {path: /, nothing: "{{ db_password }}", "{{ settings.list[0].api_key }}": 1}
      ignore_errors: true
    - name: Command
      ansible.builtin.command: {argv: ["{{ db_password }}"]}
      ignore_errors: true
    - name: Gate
      GATE
    - name: Fail
      ansible.builtin.fail: {msg: "because of {{ db_password }} {{ ansible_become_password | default('') }}"}
"""
TELL_INVENTORY = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "{{ hostvars }} {{ greeting }} {{ db_password | b64encode }}"}
    - name: Gate
      run_once: true
      GATE
    - ansible.builtin.fail: {msg: "because of {{ db_password }}"}
"""
SUCCEED = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "{{ settings }} {{ db_password }} {{ greeting }}"}
"""


@dataclass
class World:
    """The service with all that was done to it, and what was seen meanwhile."""

    base: Path
    service: EmbeddedRunner
    secrets: Mapping[str, str]
    forms: Mapping[str, list[bytes]]
    receiver: Receiver
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    runs: dict[str, FinishedRun] = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=dict)
    private: dict[Path, int] = field(default_factory=dict)
    job: dict[str, Any] = field(default_factory=dict)


class Watch:
    """Looks at arguments and environment of every process, again and again, for as long as it is a context."""

    def __init__(self, world: World) -> None:
        self._seen = world.seen
        keys = {name: forms for name, forms in world.forms.items() if name.endswith("key text")}
        self._forms = {"secret": MAGIC_FORMS, CONTROL: [CONTROL.encode()]}
        self._forms |= {name: forms[:4] for name, forms in keys.items()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.25):
            for process in all_processes():
                for where in ("arguments", "environment"):
                    found = found_in(getattr(process, where), self._forms)
                    self._seen.setdefault(where, set()).update(found)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture(scope="module", params=["warm", "cold"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp(f"canaries-{request.param}")
    secrets = {name: password(name) for name in PASSWORDS} | {name: token(name) for name in TOKENS}
    (base / "keys").mkdir()
    keys = {name: make_key(base / "keys" / name.replace(" ", "-")) for name in ("host", "default", "variable", "again")}
    forms = {name: password_forms(secret) for name, secret in secrets.items()}
    forms |= {f"{name} key text": key_forms(key) for name, key in keys.items()}
    inventory = base / "inventory.yml"
    variables = {"ansible_connection": "local", "db_password": secrets["inventory"], "greeting": CONTROL}
    inventory.write_text(json.dumps({"all": {"vars": variables, "hosts": {"web1": {}, "web2": {}}}}))
    with EmbeddedRunner(base) as service, Receiver() as receiver:
        (base / "tmp").mkdir()
        service.environment["TMPDIR"] = str(base / "tmp")
        service.environment["CLC_V2_API_PASSWD"] = "of-another-runner"
        (service.home / "config.toml").write_text(f'engine = "{request.param}"\ninventory = "{inventory}"\n')
        world = World(base, service, secrets | keys, forms, receiver)
        start(service)
        with Watch(world):
            live(world)
        yield world
        service.stop()


def start(service: EmbeddedRunner) -> None:
    """Start the service where a crash would leave a core."""
    command = f"ulimit -c $(ulimit -H -c); exec {CTL_RUNNER} start"
    subprocess.run(["sh", "-c", command], env=service.environment, check=True, capture_output=True, timeout=60)


# --- what is done ------------------------------------------------------------------------------------------------


def live(world: World) -> None:
    """Do all that can be done with secrets."""
    gates = {name: Gate(world.base / f"gate-{name}") for name in ("fails", "killed", "crashed", "dynamic")}
    with world.service.log_in() as api:
        make_mistakes(world, api)
        begun = begin(world, api, gates)
        for gate in gates.values():
            gate.await_task()
        begun["waiting"] = api.start(world.job["id"], **start_body(world))
        world.private = modes_of_secrets(world)
    end(world.service, signal.SIGKILL)
    start(world.service)
    with world.service.log_in() as api:
        run = begun["killed"]
        api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/kill")
        for name in ("fails", "dynamic"):
            gates[name].open()
        for name in ("fails", "dynamic", "waiting", "killed"):
            world.runs[name] = api.finish(begun.pop(name))
        restart(world, api, world.runs["fails"])
    end(world.service, signal.SIGABRT)
    start(world.service)
    with world.service.log_in() as api:
        gates["crashed"].open()
        world.runs["crashed"] = api.finish(begun.pop("crashed"))
        gates["fails"].open()
        failed = world.runs["fails"].execution
        world.runs["restarted"] = api.finish(StartedRun(failed["job_id"], failed["execution_id"]))
        send_back(world, api)
        world.runs["succeeds"] = api.run(SUCCEED, local_hosts("here"), properties=properties(world))
        world.receiver.await_result()
        read_everything(world, api)
    assert begun == {}


def end(service: EmbeddedRunner, how: signal.Signals) -> None:
    pid = service.record.pid
    os.kill(pid, how)
    until(lambda: all(process.pid != pid for process in all_processes()), f"the service goes on after {how.name}")


def properties(world: World) -> dict[str, Any]:
    secrets = world.secrets
    return {
        "db_password": secrets["property"],
        "greeting": CONTROL,
        "address": f"https://ada:{quote(secrets['userinfo'])}@example.org/?token={quote(secrets['parameter'])}",
        "settings": {
            "database": {"password": secrets["nested"]},
            "list": [{"api_key": secrets["listed"]}],
            "tokens": [secrets["a token list"]],
            "secret": {"left": secrets["under a secret"]},
        },
    }


def hosts(world: World, connection: str = "connection") -> list[dict[str, Any]]:
    variables = {
        "ansible_password": world.secrets[connection],
        "ansible_become_password": world.secrets["become"],
        "ansible_ssh_private_key": world.secrets["variable"],
    }
    return [{**host, "sshPrivateKey": to_base64(world.secrets["host"])} for host in local_hosts("here", **variables)]


def start_body(world: World) -> dict[str, Any]:
    return {"hosts": hosts(world), "sshPrivateKey": to_base64(world.secrets["default"])}


def begin(world: World, api: RunnerApi, gates: Mapping[str, Gate]) -> dict[str, StartedRun]:
    secrets = world.secrets
    url = f"{world.receiver.url}/hook?token={secrets['callback token']}&page=1"
    members = {
        "properties": properties(world),
        "callbacks": [{"url": url, "level": "DEBUG", "secret": secrets["callback secret"]}],
        "sshPrivateKey": to_base64(secrets["default"]),
    }
    address = "127.0.0.1:9/repository.git"
    user_and_password = f"ada:{quote(secrets['repository url'], safe='')}"
    repositories: dict[str, dict[str, Any]] = {
        "repository": {"url": f"http://{address}", "credentials": {"username": "a", "password": secrets["repository"]}},
        "repository url": {"url": f"http://{user_and_password}@{address}"},
    }
    for name, repository in repositories.items():
        world.runs[name] = api.run(repository={**repository, "defaultPlaybook": "site.yml"})
    runs = {}
    for name in ("fails", "killed", "crashed"):
        headers = {"Idempotency-Key": f"{secrets['idempotency key']}-{name}"}
        playbook = to_base64(TELL.replace("GATE", gates[name].task))
        document = {"name": name, "playbook": playbook, "hosts": hosts(world), **members}
        for _ in range(2):
            created = kept(world, api.http.post(f"/jobs/{api.account}", json=document, headers=headers))
        path = f"/jobs/{api.account}/{created['id']}/start"
        for _ in range(2):
            begun = kept(world, api.http.post(path, json=start_body(world), headers=headers))
        runs[name] = StartedRun(created["id"], begun["execution_id"])
        if name == "fails":
            world.job = created
    playbook = TELL_INVENTORY.replace("GATE", gates["dynamic"].task)
    runs["dynamic"] = api.begin(playbook, [], useDynamicInventory=True)
    account = {"alias": "nightly", "username": "ada", "password": secrets["service account"]}
    kept(world, api.http.post(f"/serviceAccounts/{api.account}", json=account))
    kept(world, api.http.put(f"/serviceAccounts/{api.account}/nightly", json=account))
    schedule = {"trigger": {"type": "cron", "expression": "0 0 1 1 *"}, "serviceAccountAlias": "nightly"}
    kept(world, api.http.post(f"/jobs/{api.account}/{world.job['id']}/schedules", json=schedule))
    return runs


def kept(world: World, answer: httpx.Response, status: int = 200) -> Any:
    """Keep an answer to be searched, and return its document; ``None`` of Arrow, in which texts stand as they are."""
    assert answer.status_code == status, answer.text
    world.answers.append((f"{answer.request.method} {answer.request.url.path}", answer.content))
    return None if answer.headers["Content-Type"] == ARROW else answer.json()


def make_mistakes(world: World, api: RunnerApi) -> None:
    """Send what is refused, secrets in it."""
    secrets, jobs = world.secrets, f"/jobs/{api.account}"
    good = {"name": "x", "playbook": to_base64(SUCCEED)}
    userinfo = f"http://ada:{secrets['callback userinfo']}@127.0.0.1:9/"
    for body in (
        {**good, "callbacks": [{"url": userinfo}]},
        {**good, "sshPrivateKey": secrets["bad key"]},
        {**good, "sshPrivateKey": to_base64(secrets["bad key"])},
        {**good, "hosts": [{"id": "a", "sshPrivateKey": secrets["bad key"], "hostVars": secrets["bad property"]}]},
        {**good, "properties": [secrets["bad property"]]},
        {**good, "repository": {"url": f"http://a:/{secrets['repository url']}@b/c", "defaultPlaybook": "d"}},
    ):
        kept(world, api.http.post(jobs, json=body), 400)
    kept(world, api.http.post(jobs, content=f'{{"password": "{secrets["bad body"]}'.encode()), 400)
    wrong = {"Authorization": f"Bearer {secrets['authorization']}"}
    kept(world, api.http.get(jobs, headers=wrong), 401)
    log_in = {"username": world.service.record.username, "password": secrets["log-in"]}
    with httpx.Client(base_url=world.service.record.url, trust_env=False) as anonymous:
        kept(world, anonymous.post("/v2/authentication/login", json=log_in), 400)
        kept(world, anonymous.post("/v2/authentication/login", json={**log_in, "username": [log_in["password"]]}), 400)


def restart(world: World, api: RunnerApi, run: FinishedRun) -> None:
    body = {"hosts": hosts(world, "restart"), "sshPrivateKey": to_base64(world.secrets["again"])}
    path = f"/jobs/{api.account}/{run.execution['job_id']}/executions/{run.execution['execution_id']}/restart"
    headers = {"Idempotency-Key": world.secrets["idempotency key"]}
    for _ in range(2):
        kept(world, api.http.post(path, json=body, headers=headers))
    # The supervisor must have its order before the service crashes.
    started = StartedRun(run.execution["job_id"], run.execution["execution_id"])
    until(lambda: api.status(started) == "RUNNING", "the restart does not run")


def send_back(world: World, api: RunnerApi) -> None:
    """Update a job by the document that was answered, secrets masked: it must keep them."""
    path = f"/jobs/{api.account}/{world.job['id']}"
    document = kept(world, api.http.get(path))
    assert document["callbacks"][0]["url"].endswith("/hook?token=********&page=1")
    document["playbook"] = to_base64(SUCCEED)
    assert kept(world, api.http.put(path, json=document))["callbacks"] == document["callbacks"]
    world.runs["sent back"] = api.finish(api.start(world.job["id"], hosts=local_hosts("here")))
    execution_id = world.runs["sent back"].execution["execution_id"]
    until(
        lambda: any(
            one.event["event_type"] == "playbook_result"
            and one.event["execution_id"] == execution_id
            and one.path == f"/hook?token={world.secrets['callback token']}&page=1"
            for one in world.receiver.taken()
        ),
        "the callback of the job that was sent back",
    )


def read_everything(world: World, api: RunnerApi) -> None:
    """Ask every call that reads, of everything there is."""
    ids = [
        {"alias": api.account, "job_id": job["id"], "execution_id": execution["execution_id"]}
        for job in api.call("GET", "/jobs/{alias}")["results"]
        for execution in api.call("GET", f"/jobs/{{alias}}/{job['id']}/executions")["results"]
    ]
    cloud = {"data_center": "LOCAL", "group_id": "all@LOCAL", "server_id": "web1"}
    for operation in OPERATIONS:
        if operation.method != "GET":
            continue
        for path in {operation.path.format(**one, **cloud) for one in ids}:
            kept(world, api.http.get(path))
            kept(world, api.http.get(path, headers={"Accept": f"{ARROW}, application/json"}))
    for one in ids:
        path = "/status/{alias}/job/{job_id}/execution/{execution_id}".format(**one)
        kept(world, api.http.get(path, params={"after": 0}))


def modes_of_secrets(world: World) -> dict[Path, int]:
    """Return the files that hold a secret in clear while runs are on, and their modes."""
    found = {}
    for path in files_of(world):
        with suppress(FileNotFoundError):
            if found_in(path.read_bytes(), world.forms):
                found[path] = path.stat().st_mode & 0o777
    return found


def files_of(world: World) -> list[Path]:
    """Return every file of the service, its runs and their temporary directories, but for what the test put there."""
    ours = (world.base / "inventory.yml", world.base / "keys", world.service.runtime / "service.json")
    paths = [*world.base.rglob("*"), *world.service.runtime.rglob("*")]
    return [path for path in paths if path.is_file() and not any(path.is_relative_to(one) for one in ours)]


# --- what is left ------------------------------------------------------------------------------------------------


def test_the_runs_went_as_meant(world: World) -> None:
    assert {name: run.status for name, run in world.runs.items()} == {
        "killed": "KILLED",
        "fails": "FAILURE",
        "dynamic": "FAILURE",
        "waiting": "INIT_FAILURE",
        "repository": "INIT_FAILURE",
        "repository url": "INIT_FAILURE",
        "crashed": "FAILURE",
        "restarted": "FAILURE",
        "sent back": "SUCCESS",
        "succeeds": "SUCCESS",
    }
    assert world.runs["fails"].reason.startswith("here failed in task 'Fail': because of ********")
    for task in ("Template", "Conversion", "Arguments", "Command"):
        (failure,) = world.runs["crashed"].messages("runner_on_failed", task=task)
        assert "********" in json.dumps(failure), task


def test_no_process_showed_a_secret(world: World) -> None:
    assert world.seen == {"arguments": {CONTROL}, "environment": {CONTROL}}


def test_the_service_does_not_keep_the_log_in_of_another_runner(world: World) -> None:
    environment = Path(f"/proc/{world.service.record.pid}/environ").read_bytes()
    assert str(world.service.home).encode() in environment
    assert b"of-another-runner" not in environment


def test_secrets_stood_in_private_memory_alone(world: World) -> None:
    assert len(world.private) >= 3
    for path, mode in world.private.items():
        assert path.is_relative_to(world.service.runtime / "runs"), path
        assert mode == 0o600, path


def test_no_answer_holds_a_secret(world: World) -> None:
    assert len(world.answers) > 80
    assert {where for where, content in world.answers if found_in(content, world.forms)} == set()
    assert any(CONTROL.encode() in content for where, content in world.answers if where.startswith("GET /status/"))


def test_no_webhook_holds_a_secret(world: World) -> None:
    received = world.receiver.received()
    assert any(CONTROL.encode() in one.body for one in received)
    for one in received:
        assert not found_in(one.body + json.dumps(one.headers).encode(), world.forms), one.event
        assert one.headers["webhook-signature"].startswith("v1,")


def test_the_database_holds_no_secret(world: World) -> None:
    with closing(sqlite3.connect(world.service.home / "runner.sqlite")) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        cells = {
            name: b"\n".join(
                cell if isinstance(cell, bytes) else str(cell).encode()
                for row in database.execute(f"select * from {name}")
                for cell in row
            )
            for name in tables
        }
    assert {"jobs", "executions", "events", "answers", "users", "service_accounts", "schedules"} <= set(cells)
    assert {name: found for name, content in cells.items() if (found := found_in(content, world.forms))} == {}
    # Documents of users are encrypted whole, what is secret in them and what is not.
    assert {name for name, content in cells.items() if CONTROL.encode() in content} == {"events"}


def test_no_file_holds_a_secret(world: World) -> None:
    files = {path: path.read_bytes() for path in files_of(world)}
    names = {path.name for path in files}

    assert {"runner.sqlite", "runner.sqlite-wal", "service.log", "start.log", "control"} <= names
    assert {path.name for path, data in files.items() if CONTROL.encode() in data} >= {"control"}
    assert not [name for name in names if name.startswith("core")]
    assert {path: found for path, data in files.items() if (found := found_in(data, world.forms))} == {}


def test_each_secret_would_have_been_found(world: World) -> None:
    for name, secret in world.secrets.items():
        for spelt in (
            secret,
            json.dumps({"a": secret}),
            quote(secret),
            *map(to_base64, (secret, "x" + secret, "xx" + secret)),
        ):
            assert found_in(spelt.encode(), world.forms), (name, spelt)


def test_nothing_of_the_runs_is_left(world: World) -> None:
    until(lambda: not world.service.run_processes(), "processes of a run are left")
    until(lambda: not list((world.service.home / "runs").iterdir()), "files of a run are left")
    assert list((world.service.runtime / "runs").iterdir()) == []
