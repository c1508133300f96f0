"""Hosts that are reached by ssh, with keys of their own, the start's, wrong ones and locked ones."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.service.api import FinishedRun, RunnerApi, StartedRun, to_base64
from tests.service.embedded import EmbeddedRunner
from tests.service.processes import all_processes
from tests.service.ssh_server import SshServer, make_key
from tests.service.waiting import until

pytestmark = pytest.mark.engine

THIS_PYTHON = {"ansible_python_interpreter": sys.executable}
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Where
      ansible.builtin.command: sh -c 'echo $SSH_CONNECTION'
"""


@pytest.fixture(scope="module")
def keys(scratch: Path) -> Mapping[str, str]:
    """Private keys, base64, by name."""
    (scratch / "keys").mkdir()
    made = {name: make_key(scratch / "keys" / name) for name in ("own", "default", "wrong")}
    made["locked"] = make_key(scratch / "keys" / "locked", passphrase="a passphrase")
    made["broken"] = "-----BEGIN OPENSSH PRIVATE KEY-----\nbroken\n-----END OPENSSH PRIVATE KEY-----\n"
    return {name: to_base64(key) for name, key in made.items()}


@pytest.fixture(scope="module")
def sshd(scratch: Path, keys: Mapping[str, str]) -> Iterator[SshServer]:
    (scratch / "sshd").mkdir()
    server = SshServer(scratch / "sshd")
    server.authorize("127.0.0.2", scratch / "keys" / "own.pub")
    server.authorize("127.0.0.3", scratch / "keys" / "default.pub")
    server.authorize("127.0.0.4", scratch / "keys" / "own.pub")
    with server:
        yield server


@pytest.fixture(scope="module")
def runs(api: RunnerApi, sshd: SshServer, keys: Mapping[str, str]) -> Mapping[str, FinishedRun]:
    own = {**sshd.host("own", "127.0.0.2", **THIS_PYTHON), "sshPrivateKey": keys["own"]}
    default = sshd.host("default", "127.0.0.3", **THIS_PYTHON)
    wrong = {**sshd.host("wrong", "127.0.0.4", **THIS_PYTHON), "sshPrivateKey": keys["wrong"]}
    job = api.create(PLAYBOOK, hosts=[own])
    at_once = api.call(
        "POST",
        "/jobs/{alias}",
        {
            "name": "at once",
            "playbook": to_base64(PLAYBOOK),
            "hosts": [own, default],
            "sshPrivateKey": keys["default"],
        },
        immediate="true",
    )
    (execution,) = api.call("GET", f"/jobs/{{alias}}/{at_once['id']}/executions")["results"]
    begun = {
        "at once": StartedRun(at_once["id"], execution["execution_id"]),
        "three": api.start(job["id"], hosts=[own, default, wrong], sshPrivateKey=keys["default"]),
        "no key": api.start(job["id"]),
        "locked": api.start(job["id"], hosts=[own, {**wrong, "sshPrivateKey": keys["locked"]}]),
        "locked default": api.start(job["id"], hosts=[default], sshPrivateKey=keys["locked"]),
        "broken": api.start(job["id"], hosts=[{**wrong, "sshPrivateKey": keys["broken"]}]),
    }
    return {name: api.finish(run) for name, run in begun.items()}


def test_each_host_is_reached_with_its_key(runs: Mapping[str, FinishedRun], sshd: SshServer) -> None:
    reached = {message["host"]: message["res"]["stdout"] for message in runs["three"].messages("runner_on_ok")}

    assert reached.keys() == {"own", "default"}
    assert reached["own"].endswith(f" 127.0.0.2 {sshd.port}")
    assert reached["default"].endswith(f" 127.0.0.3 {sshd.port}")


def test_a_wrong_key_costs_its_own_host_alone(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["three"]

    assert run.status == "FAILURE"
    assert run.execution["failed_hosts"] == ["wrong"]
    (message,) = run.messages("runner_on_unreachable")
    assert message["host"] == "wrong"
    assert "Permission denied (publickey)" in message["msg"]


def test_a_job_that_is_started_as_it_is_created_has_its_keys(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["at once"]

    assert run.status == "SUCCESS", run.reason
    assert {message["host"] for message in run.messages("runner_on_ok")} == {"own", "default"}


def test_keys_are_not_kept_for_the_next_start(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["no key"]

    assert run.status == "FAILURE"
    assert run.execution["failed_hosts"] == ["own"]
    assert "Permission denied (publickey)" in run.reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("locked", "The private key of the host 'wrong' is locked by a passphrase; Runner needs one without."),
        ("locked default", "The private key of this start is locked by a passphrase; Runner needs one without."),
        ("broken", "The private key of the host 'wrong' cannot be read by ssh."),
    ],
)
def test_a_key_that_ssh_cannot_use(runs: Mapping[str, FinishedRun], name: str, reason: str) -> None:
    assert runs[name].status == "INIT_FAILURE"
    assert runs[name].reason == reason


def test_a_killed_supervisor_leaves_no_connection(
    api: RunnerApi, service: EmbeddedRunner, sshd: SshServer, keys: Mapping[str, str]
) -> None:
    def masters() -> list[bytes]:
        connections = f"ssh: {service.runtime}/".encode()
        return [process.arguments for process in all_processes() if process.arguments.startswith(connections)]

    host = {**sshd.host("own", "127.0.0.2", **THIS_PYTHON), "sshPrivateKey": keys["own"]}
    job = api.create(PLAYBOOK.replace("echo $SSH_CONNECTION", "exec sleep 30"))
    run = api.start(job["id"], hosts=[host])
    until(masters, "no connection is shared")

    os.kill(service.supervisor_of(run).pid, signal.SIGKILL)

    assert api.finish(run).reason == "The supervisor of the run was killed."
    assert masters() == []


def test_a_host_that_has_become_another_is_refused(
    api: RunnerApi, sshd: SshServer, runs: Mapping[str, FinishedRun], keys: Mapping[str, str]
) -> None:
    sshd.stop()
    sshd.start()
    host = {**sshd.host("own", "127.0.0.2", **THIS_PYTHON), "sshPrivateKey": keys["own"]}

    run = api.finish(api.start(runs["three"].execution["job_id"], hosts=[host]))

    assert run.status == "FAILURE"
    assert "Host key verification failed" in run.reason
