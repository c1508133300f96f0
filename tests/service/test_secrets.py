"""Secrets reach Ansible and nothing else: no file, no answer, no command line; and nothing of a run is left behind."""

import json
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.service.api import FinishedRun, RunnerApi, StartedRun, local_hosts, to_base64
from tests.service.canaries import found_in, key_forms, password, password_forms
from tests.service.embedded import EmbeddedRunner
from tests.service.git_repository import GitRepository, GitWebServer
from tests.service.processes import Process, descendants_of
from tests.service.ssh_server import SshServer, make_key
from tests.service.waiting import Gate, until

pytestmark = pytest.mark.engine

#: A playbook that tells all it knows, in every way that is to be expected.
TELL_TALE = """
- name: Tell {{ db_password }}
  hosts: all
  gather_facts: false
  tasks:
    - name: Variables
      ansible.builtin.debug: {var: "hostvars[inventory_hostname]"}
    - name: Passwords {{ db_password }}
      ansible.builtin.debug:
        msg:
          - "it is {{ db_password }}, {{ ansible_become_pass }} or {{ pin_secret }}"
          - "{{ ansible_password | default('none') }}"
          - "{{ start_password | default('none') }}"
          - "{{ hostvars[inventory_hostname] | to_json }}"
          - "{{ hostvars[inventory_hostname] | to_json | to_json }}"
          - "{{ hostvars[inventory_hostname] | to_nice_json }}"
          - "{{ db_password | b64encode }}"
          - "Basic {{ ('ada:' ~ db_password) | b64encode }}"
          - "https://ada:{{ db_password | urlencode }}@example.org/"
          - "{{ [db_password] | string }}"
          - {"{{ db_password }}": as a name}
    - name: Loop
      ansible.builtin.fail: {msg: "{{ item }}"}
      loop: ["{{ db_password }}"]
      ignore_errors: true
    - name: Key
      ansible.builtin.shell: |
        cat $KEY
        base64 $KEY
        head -c 400 $KEY
        printf 'KEY=%s\\n' "$(base64 -w0 $KEY)"
        tr -d '\\n' < $KEY
      environment:
        KEY: "{{ ansible_ssh_private_key_file }}"
      when: ansible_ssh_private_key_file is defined
    - name: Slurp
      ansible.builtin.slurp: {src: "{{ ansible_ssh_private_key_file }}"}
      register: slurped
      when: ansible_ssh_private_key_file is defined
    - name: Key in JSON
      ansible.builtin.debug: {msg: "{{ {'key': slurped.content | b64decode} | to_json | to_json }}"}
      when: ansible_ssh_private_key_file is defined
"""
WAIT = """
- hosts: here
  gather_facts: false
  tasks:
    - name: Sleeper
      ansible.builtin.command: sleep 600
      async: 600
      poll: 0
    - name: Gate
      GATE
- hosts: here
  gather_facts: false
  tasks:
    - name: Fail
      ansible.builtin.fail: {msg: "because of {{ db_password }}"}
"""


@dataclass(frozen=True)
class Snapshot:
    """What could be seen while executions ran."""

    processes: list[Process]
    files: Mapping[Path, bytes]
    modes: Mapping[Path, int]


@pytest.fixture(scope="module")
def passwords() -> Mapping[str, str]:
    names = ("property", "start", "become", "connection", "repository", "url")
    return {name: password(name) for name in names} | {"pin": "731946280517"}


@pytest.fixture(scope="module")
def keys(scratch: Path) -> Mapping[str, str]:
    (scratch / "keys").mkdir()
    return {
        # The comment makes the last line a short one.
        "host key": make_key(scratch / "keys" / "host", comment="0123456789abcdef"),
        "default key": make_key(scratch / "keys" / "default", kind="rsa"),
        "repository key": make_key(scratch / "keys" / "repository"),
    }


@pytest.fixture(scope="module")
def forms(passwords: Mapping[str, str], keys: Mapping[str, str], api: RunnerApi) -> Mapping[str, list[bytes]]:
    return {
        **{name: password_forms(secret) for name, secret in passwords.items()},
        **{name: key_forms(key) for name, key in keys.items()},
        "token": password_forms(api.token),
    }


@pytest.fixture(scope="module")
def sshd(scratch: Path, keys: Mapping[str, str]) -> Iterator[SshServer]:
    (scratch / "sshd").mkdir()
    server = SshServer(scratch / "sshd")
    server.authorize("127.0.0.2", scratch / "keys" / "host.pub")
    server.authorize("127.0.0.3", scratch / "keys" / "default.pub")
    server.authorize("127.0.0.4", scratch / "keys" / "repository.pub")
    with server:
        yield server


@pytest.fixture(scope="module")
def repository(scratch: Path) -> GitRepository:
    repository = GitRepository(scratch)
    repository.commit("Tell", {"tell.yml": TELL_TALE})
    repository.publish()
    return repository


@pytest.fixture(scope="module")
def web(repository: GitRepository, passwords: Mapping[str, str]) -> Iterator[GitWebServer]:
    with GitWebServer(repository.bare.parent, {"ada": passwords["repository"], "bob": passwords["url"]}) as server:
        yield server


@pytest.fixture(scope="module")
def started(
    api: RunnerApi,
    scratch: Path,
    sshd: SshServer,
    repository: GitRepository,
    web: GitWebServer,
    passwords: Mapping[str, str],
    keys: Mapping[str, str],
) -> Iterator[tuple[Gate, Mapping[str, StartedRun]]]:
    """Three executions that know all the secrets; the web server and the gate hold them."""
    own = {"ansible_python_interpreter": sys.executable}
    become = {"ansible_become_pass": passwords["become"]}
    here = local_hosts("here", ansible_password=passwords["connection"], **become)
    hosts = [
        *here,
        {**sshd.host("with its key", "127.0.0.2", **own, **become), "sshPrivateKey": to_base64(keys["host key"])},
        sshd.host("with the default key", "127.0.0.3", **own, **become),
    ]
    of_start = {"start_password": passwords["start"]}
    properties = {"db_password": passwords["property"], "pin_secret": int(passwords["pin"])}
    over_ssh = f"ssh://{sshd.user}@127.0.0.4:{sshd.port}{repository.bare}"
    repositories: dict[str, dict[str, Any]] = {
        "by password": {
            "url": f"http://{web.address}/repository.git",
            "credentials": {"username": "ada", "password": passwords["repository"]},
        },
        "by URL": {"url": f"http://bob:{quote(passwords['url'], safe='')}@{web.address}/repository.git"},
        "by key": {"url": over_ssh, "credentials": {"sshPrivateKey": to_base64(keys["repository key"])}},
    }
    web.may_answer.clear()
    with Gate(scratch / "gate") as gate:
        job = api.create(TELL_TALE + WAIT.replace("GATE", gate.task), properties=properties)
        runs = {
            "keys": api.start(job["id"], hosts=hosts, sshPrivateKey=to_base64(keys["default key"]), properties=of_start)
        }
        for name, where in repositories.items():
            document = {**where, "defaultPlaybook": "tell.yml"}
            runs[name] = api.begin(hosts=here, name=name, repository=document, properties=properties)
        yield gate, runs


@pytest.fixture(scope="module")
def during(service: EmbeddedRunner, started: tuple[Gate, Mapping[str, StartedRun]]) -> Snapshot:
    """A look at everything while git waits for its web server and the playbook at the gate."""

    def both_clone() -> bool:
        clones = [process for process in descendants_of(service.record.pid) if b"\0clone\0" in process.arguments]
        return len(clones) >= 2

    gate, _ = started
    until(both_clone, "git does not clone")
    gate.await_task()
    return Snapshot(descendants_of(service.record.pid), files_of(service), modes_of(service.runtime))


@pytest.fixture(scope="module")
def finished(
    api: RunnerApi, web: GitWebServer, started: tuple[Gate, Mapping[str, StartedRun]], during: Snapshot
) -> Mapping[str, FinishedRun]:
    gate, runs = started
    web.may_answer.set()
    gate.open()
    return {name: api.finish(run) for name, run in runs.items()}


def files_of(service: EmbeddedRunner) -> dict[Path, bytes]:
    """Return everything that the service and its runs have in files, but for the log-in that is meant to be there."""
    found = {}
    for directory in (service.home, service.user_home, service.runtime):
        for path in directory.rglob("*"):
            if path.is_file() and path != service.runtime / "service.json":
                with suppress(FileNotFoundError):  # some come and go
                    found[path] = path.read_bytes()
    return found


def modes_of(directory: Path) -> dict[Path, int]:
    found = {}
    for path in directory.rglob("*"):
        with suppress(FileNotFoundError):
            found[path] = path.stat().st_mode
    return found


# --- while they run ----------------------------------------------------------------------------------------------


def test_processes_do_not_show_secrets(during: Snapshot, forms: Mapping[str, list[bytes]]) -> None:
    assert any(b"ansible-playbook" in process.arguments for process in during.processes)
    assert any(b"git-remote-http" in process.arguments for process in during.processes)
    assert any(b"[mux]" in process.arguments for process in during.processes)
    for process in during.processes:
        assert not found_in(process.arguments, forms), process.arguments
        assert not found_in(process.environment, forms), process.arguments


def test_secrets_stand_in_private_memory_alone(
    service: EmbeddedRunner, during: Snapshot, forms: Mapping[str, list[bytes]]
) -> None:
    holding = {path: found for path, data in during.files.items() if (found := found_in(data, forms))}

    assert {"host key", "default key", "property", "start", "connection", "become"} <= set().union(*holding.values())
    for path in holding:
        assert path.is_relative_to("/dev/shm")
        assert path.is_relative_to(service.runtime / "runs")
        assert stat.S_IMODE(during.modes[path]) == 0o600, path
    directories = {path: mode for path, mode in during.modes.items() if path.parent.name == "runs"}
    # Those that wait for the web server, and the one at the gate.
    assert len(directories) >= 3
    assert {stat.S_IMODE(mode) for mode in [*directories.values(), service.runtime.stat().st_mode]} == {0o700}


# --- afterwards --------------------------------------------------------------------------------------------------


def test_the_playbook_told_all_it_knew(finished: Mapping[str, FinishedRun]) -> None:
    run = finished["keys"]

    assert run.status == "FAILURE"
    assert run.reason == "here failed in task 'Fail': because of ********"
    assert run.execution["failed_hosts"] == ["here"]
    for name in ("by password", "by URL", "by key"):
        assert finished[name].status == "SUCCESS", finished[name].reason
    for host in ("with its key", "with the default key"):
        for task in ("Key", "Slurp", "Key in JSON"):
            (message,) = run.messages("runner_on_ok", host=host, task=task)
            assert "********" in json.dumps(message["res"])
    assert run.messages("playbook_on_play_start")[0]["play"].startswith("Tell")


def test_no_answer_holds_a_secret(
    api: RunnerApi, finished: Mapping[str, FinishedRun], forms: Mapping[str, list[bytes]]
) -> None:
    paths = [f"/jobs/{api.account}", f"/jobs/{api.account}/executions"]
    for run in finished.values():
        job, execution = run.execution["job_id"], run.execution["execution_id"]
        paths += [
            f"/jobs/{api.account}/{job}",
            f"/jobs/{api.account}/{job}/executions",
            f"/jobs/{api.account}/{job}/executions/{execution}",
            f"/status/{api.account}/job/{job}",
            f"/status/{api.account}/job/{job}/execution/{execution}",
            f"/status/{api.account}/job/{job}/execution/{execution}?after=0",
        ]
    for path in paths:
        answer = api.http.get(path)
        assert answer.status_code == 200
        assert not found_in(answer.content, forms), path
    assert not found_in(json.dumps([run.events for run in finished.values()]).encode(), forms)


def test_no_file_holds_a_secret(
    service: EmbeddedRunner, finished: Mapping[str, FinishedRun], forms: Mapping[str, list[bytes]]
) -> None:
    files = files_of(service)

    assert {"runner.sqlite", "runner.sqlite-wal", "service.log"} <= {path.name for path in files}
    assert {path: found for path, data in files.items() if (found := found_in(data, forms))} == {}


def test_nothing_of_a_run_is_left(
    service: EmbeddedRunner, during: Snapshot, finished: Mapping[str, FinishedRun]
) -> None:
    assert any(b"sleep\x00600" in process.arguments for process in during.processes)

    until(lambda: not service.run_processes(), "processes of a run are left")
    assert list((service.runtime / "runs").iterdir()) == []
    until(lambda: not list((service.home / "runs").iterdir()), "files of a run are left")
