"""Jobs that run on all hosts of the account (``useDynamicInventory``)."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.api import FinishedRun, RunnerApi, local_hosts, to_base64
from tests.service.embedded import EmbeddedRunner
from tests.service.inventories import CANARY, KINDS, write_inventory
from tests.service.ssh_server import SshServer, make_key

pytestmark = pytest.mark.engine

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Greet
      ansible.builtin.debug: {msg: "{{ greeting }}; web: {{ groups.web | default([]) | join(' ') }}"}
    - name: Tell
      ansible.builtin.debug: {msg: "the password is {{ db_password | default('none') }}"}
"""
FAILING = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Work
      ansible.builtin.fail: {msg: no}
      when: inventory_hostname in groups.web and mended is not defined
"""


class Account:
    """A service whose inventory the tests exchange.

    Parameters
    ----------
    base
        An empty directory.
    """

    def __init__(self, base: Path, api: RunnerApi) -> None:
        self.inventory = base / "inventory"
        self.api = api
        self._base = base
        self._count = 0

    def has(self, kind: str) -> Path:
        """Put an inventory of a kind into place and return its path."""
        place = self.a_directory()
        return self.point_to(write_inventory(kind, place))

    def a_directory(self) -> Path:
        self._count += 1
        place = self._base / str(self._count)
        place.mkdir()
        return place

    def point_to(self, path: Path) -> Path:
        self.inventory.unlink(missing_ok=True)
        self.inventory.symlink_to(path)
        return path

    def run(self, playbook: str = PLAYBOOK, **start: Any) -> FinishedRun:
        job = self.api.create(playbook, useDynamicInventory=True)
        return self.api.finish(self.api.start(job["id"], **start))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    base = tmp_path_factory.mktemp("account")
    with EmbeddedRunner(tmp_path_factory.mktemp("service")) as service:
        (service.home / "config.toml").write_text(f'inventory = "{base}/inventory"\n')
        (base / "inventory").touch()  # each test has it lead elsewhere
        service.start()
        with service.log_in() as api:
            yield Account(base, api)
        service.stop()


def greetings(run: FinishedRun) -> dict[str, str]:
    return {message["host"]: message["msg"] for message in run.messages("runner_on_ok", task="Greet")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_runs_on_every_host_of_the_inventory(account: Account, kind: str) -> None:
    account.has(kind)

    run = account.run()

    assert run.status == "SUCCESS", run.reason
    assert greetings(run) == {name: f"hello {name}; web: web1 web2" for name in ("lonely", "web1", "web2", "db1")}


def test_secrets_of_the_inventory_are_not_told(account: Account) -> None:
    account.has("directory")

    run = account.run()

    told = run.messages("runner_on_ok", task="Tell")
    assert [message["msg"] for message in told] == ["the password is ********"] * 4
    assert CANARY not in str(run.events)


def test_hosts_of_a_start_say_where_to_run(account: Account) -> None:
    account.has("directory")
    hosts = [{"id": "web1", "hostVars": {"greeting": "{{ mine }}", "network": "other"}}, *local_hosts("new")]
    hosts[1]["hostVars"]["greeting"] = "I am new"

    run = account.run(hosts=hosts)

    # What is given wins, and is data; the rest of the inventory is there for plays to refer to.
    assert greetings(run) == {"web1": "{{ mine }}; web: web1 web2", "new": "I am new; web: web1 web2"}


def test_what_is_given_wins_over_files_of_variables(account: Account) -> None:
    place = write_inventory("directory", account.a_directory())
    (place / "host_vars" / "web1.yml").write_text("{greeting: from a file, kept: yes}\n")
    account.point_to(place)

    run = account.run(hosts=[{"id": "web1", "hostVars": {"greeting": "given"}}, {"id": "web2"}])

    assert greetings(run) == {"web1": "given; web: web1 web2", "web2": "hello web2; web: web1 web2"}


def test_hosts_of_the_job_are_there_too(account: Account) -> None:
    account.has("ini")
    job = account.api.create(PLAYBOOK, useDynamicInventory=True, hosts=local_hosts("mine", greeting="I am mine"))

    run = account.api.finish(account.api.start(job["id"]))

    assert greetings(run).keys() == {"lonely", "web1", "web2", "db1", "mine"}
    assert greetings(run)["mine"] == "I am mine; web: web1 web2"


def test_restart_is_for_the_failed_hosts(account: Account) -> None:
    account.has("constructed")
    job = account.api.create(FAILING, useDynamicInventory=True)
    first = account.api.finish(started := account.api.start(job["id"]))
    assert (first.status, first.execution["failed_hosts"]) == ("FAILURE", ["web1", "web2"])
    path = f"/jobs/{{alias}}/{job['id']}/executions/{started.execution_id}/restart"

    account.api.call("POST", path, {"hosts": [{"id": "web2", "hostVars": {"mended": True}}]})
    second = account.api.finish(started)

    assert second.status == "SUCCESS", second.reason
    later = second.events[len(first.events) :]
    assert {event["message"]["host"] for event in later if event["event_type"].startswith("runner_on")} == {"web2"}


def test_a_restart_of_what_never_ran_is_for_all_hosts(account: Account) -> None:
    account.has("ini").unlink()
    job = account.api.create(PLAYBOOK, useDynamicInventory=True, hosts=local_hosts("mine", greeting="I am mine"))
    first = account.api.finish(started := account.api.start(job["id"]))
    assert first.status == "INIT_FAILURE"
    assert first.reason.endswith("cannot be read: there is no such file or directory.")
    account.has("ini")

    account.api.call("POST", f"/jobs/{{alias}}/{job['id']}/executions/{started.execution_id}/restart", {})

    run = account.api.finish(started)
    assert run.status == "SUCCESS", run.reason
    assert greetings(run).keys() == {"lonely", "web1", "web2", "db1", "mine"}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("hosts.ini", f"web1 ansible_password={CANARY} {CANARY}\n", "Ansible does not understand"),
        ("hosts.sh", f"#!/bin/sh\necho {CANARY} >&2\nexit 7\n", "ended with exit code 7"),
        ("group_vars/all.yml", f"x_password: [{CANARY}", "Ansible does not understand"),
    ],
)
def test_an_inventory_that_cannot_be_read(account: Account, name: str, text: str, sentence: str) -> None:
    place = account.a_directory()
    path = place / "inventory" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(0o700)
    (place / "inventory" / "fine.ini").write_text("fine\n")
    account.point_to(place / "inventory")

    run = account.run()

    assert run.status == "INIT_FAILURE"
    assert run.reason.startswith(f"The inventory {account.inventory} cannot be read: ")
    assert sentence in run.reason
    assert CANARY not in str(run.events)


def test_other_jobs_do_not_see_the_inventory(account: Account) -> None:
    account.has("ini")

    run = account.api.run(PLAYBOOK, local_hosts("only", greeting="hello"))

    assert greetings(run) == {"only": "hello; web: "}


def test_without_an_inventory(api: RunnerApi) -> None:
    job = api.create(PLAYBOOK, useDynamicInventory=True)

    refused = api.finish(api.start(job["id"]))
    given = api.finish(api.start(job["id"], hosts=local_hosts("only", greeting="hello")))

    assert refused.status == "INIT_FAILURE"
    assert "this service has no inventory" in refused.reason
    assert greetings(given) == {"only": "hello; web: "}


WHERE = """
- hosts: all
  gather_facts: false
  serial: 1
  tasks:
    - name: Where
      ansible.builtin.command: sh -c 'echo $SSH_CONNECTION'
      ignore_unreachable: true
"""


def test_the_key_of_a_start_reaches_hosts_without_one(account: Account, tmp_path: Path) -> None:
    keys = {name: make_key(tmp_path / name) for name in ("theirs", "given")}
    (tmp_path / "sshd").mkdir()
    server = SshServer(tmp_path / "sshd")
    server.authorize("127.0.0.2", tmp_path / "given.pub")
    server.authorize("127.0.0.3", tmp_path / "theirs.pub")
    place = account.a_directory()
    # The last two are one machine: the second must not use the connection that the first has opened.
    (place / "hosts.ini").write_text(
        "a ansible_host=127.0.0.2\n"
        f"b ansible_host=127.0.0.3 ansible_ssh_private_key_file={tmp_path}/theirs\n"
        "c ansible_host=127.0.0.3\n"
        f"[all:vars]\nansible_port={server.port}\nansible_user={server.user}\nansible_remote_tmp={tmp_path}/remote\n"
        f"ansible_python_interpreter={sys.executable}\n"
    )
    account.point_to(place)

    with server:
        run = account.run(WHERE, sshPrivateKey=to_base64(keys["given"]))

    reached = {message["host"]: message["res"]["stdout"].split()[2] for message in run.messages("runner_on_ok")}
    assert reached == {"a": "127.0.0.2", "b": "127.0.0.3"}
    (refused,) = run.messages("runner_on_unreachable")
    assert refused["host"] == "c"
    assert "Permission denied (publickey)" in refused["msg"]
