"""How executions end, and what they say about why."""

import socket
from collections.abc import Mapping

import pytest

from ctl_jupyter.client import ExecutionFailed, Session
from tests.service.api import FinishedRun, RunnerApi, local_hosts

pytestmark = pytest.mark.engine

SUCCESS = """
- name: Greet
  hosts: all
  gather_facts: false
  tasks:
    - name: Say hello
      ansible.builtin.debug:
        msg: hello {{ inventory_hostname }}
"""
FAILED_HOST = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Fail on one
      ansible.builtin.fail:
        msg: this one is broken
      when: inventory_hostname == 'web2'
"""
RESCUED_THEN_FAILED = """
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - name: Harmless
          ansible.builtin.fail: {msg: this was mended}
      rescue:
        - ansible.builtin.debug: {msg: mended}
    - name: Fatal
      ansible.builtin.fail: {msg: this was not}
"""
UNKNOWN_MODULE = """
- hosts: all
  tasks:
    - name: Typo
      ansible.builtin.debugg: {msg: hello}
"""
WRONG_ATTRIBUTE = """
- hosts: all

  taskz:
    - ansible.builtin.debug: {msg: hello}
"""
NO_HOST = """
- hosts: databases
  tasks:
    - ansible.builtin.debug: {msg: hello}
"""
SECOND_PLAY_ALONE = NO_HOST + SUCCESS
NO_TASK = """
- hosts: all
  gather_facts: false
"""
TAGGED = """
- hosts: all
  gather_facts: FACTS
  tasks:
    - name: Tagged
      tags: [backup]
      ansible.builtin.debug: {msg: hello}
"""
REACH = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Reach
      ansible.builtin.raw: echo reached
"""
IMPLICIT_LOCALHOST = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.command: echo hello
"""


@pytest.fixture(scope="module")
def closed_port() -> int:
    """A port of the loopback address that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def runs(api: RunnerApi, closed_port: int) -> Mapping[str, FinishedRun]:
    """Every execution of this module, four at a time."""
    web = local_hosts("web1", "web2", "web3")
    unreachable = [
        *local_hosts("web1"),
        {"id": "no-such-host.invalid"},
        {"id": "web2", "hostVars": {"ansible_host": "127.0.0.1", "ansible_port": closed_port}},
    ]
    begun = {
        "success": api.begin(SUCCESS),
        "failed host": api.begin(FAILED_HOST, web),
        "rescued, then failed": api.begin(RESCUED_THEN_FAILED),
        "unreachable": api.begin(REACH, unreachable),
        "unknown module": api.begin(UNKNOWN_MODULE),
        "wrong attribute": api.begin(WRONG_ATTRIBUTE),
        "no host": api.begin(NO_HOST),
        "no inventory": api.begin(SUCCESS, []),
        "second play alone": api.begin(SECOND_PLAY_ALONE),
        "no task": api.begin(NO_TASK),
        "no tag": api.begin(TAGGED.replace("FACTS", "false"), playbookTags=["restore", "x"]),
        "no tag, facts": api.begin(TAGGED.replace("FACTS", "true"), playbookTags=["restore"]),
        "a tag": api.begin(TAGGED.replace("FACTS", "true"), playbookTags=["backup", "restore"]),
        "implicit localhost": api.begin(IMPLICIT_LOCALHOST, []),
        "25 hosts": api.begin(SUCCESS, local_hosts(*(f"node{number}" for number in range(25)))),
    }
    return {name: api.finish(run) for name, run in begun.items()}


def test_success(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["success"]

    assert run.status == "SUCCESS"
    assert run.statuses == ["PENDING", "INITIALIZING", "RUNNING", "SUCCESS"]
    assert run.execution["failed_hosts"] == []
    assert run.result == {"status": "SUCCESS", "reason": "", "failed_hosts": [], "exit_code": 0}


def test_a_host_that_fails(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["failed host"]

    assert run.status == "FAILURE"
    assert run.statuses == ["PENDING", "INITIALIZING", "RUNNING", "FAILURE"]
    assert run.execution["failed_hosts"] == run.result["failed_hosts"] == ["web2"]
    assert run.reason == "web2 failed in task 'Fail on one': this one is broken"
    (failure,) = run.messages("runner_on_failed")
    assert (failure["host"], failure["task"], failure["msg"]) == ("web2", "Fail on one", "this one is broken")


def test_the_reason_is_the_failure_that_counted(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["rescued, then failed"]

    assert run.status == "FAILURE"
    assert run.reason == "localhost failed in task 'Fatal': this was not"


def test_hosts_that_cannot_be_reached(runs: Mapping[str, FinishedRun], closed_port: int) -> None:
    run = runs["unreachable"]

    assert run.status == "FAILURE"
    assert run.execution["failed_hosts"] == ["no-such-host.invalid", "web2"]
    (unknown,) = run.messages("runner_on_unreachable", host="no-such-host.invalid")
    assert "Could not resolve hostname" in unknown["msg"]
    (closed,) = run.messages("runner_on_unreachable", host="web2")
    assert f"port {closed_port}: Connection refused" in closed["msg"]
    assert "could not be reached in task 'Reach'" in run.reason


@pytest.mark.parametrize(
    ("name", "said"),
    [("unknown module", "couldn't resolve module/action"), ("wrong attribute", "'taskz' is not a valid attribute")],
)
def test_a_playbook_that_ansible_cannot_read(runs: Mapping[str, FinishedRun], name: str, said: str) -> None:
    run = runs[name]

    assert run.status == "INIT_FAILURE"
    assert run.statuses == ["PENDING", "INITIALIZING", "INIT_FAILURE"]
    assert said in run.reason
    assert "/playbook.yml:4:" in run.reason


@pytest.mark.parametrize(("name", "pattern"), [("no host", "databases"), ("no inventory", "all")])
def test_a_playbook_whose_hosts_match_nothing(runs: Mapping[str, FinishedRun], name: str, pattern: str) -> None:
    run = runs[name]

    assert run.status == "INIT_FAILURE"
    assert run.reason == (
        f"No host of the inventory matches the playbook's hosts: '{pattern}'; "
        "give the hosts in the job or at the start."
    )


@pytest.mark.parametrize("name", ["second play alone", "no task", "implicit localhost"])
def test_a_playbook_with_less_to_do_than_it_says(runs: Mapping[str, FinishedRun], name: str) -> None:
    assert runs[name].status == "SUCCESS"
    assert runs[name].statuses == ["PENDING", "INITIALIZING", "RUNNING", "SUCCESS"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no tag", "No task has the tags restore, x; nothing was run."),
        ("no tag, facts", "No task has the tag restore; only facts were gathered."),
        ("a tag", ""),
        ("no task", ""),
    ],
)
def test_tags_that_no_task_has(runs: Mapping[str, FinishedRun], name: str, reason: str) -> None:
    assert (runs[name].status, runs[name].reason) == ("SUCCESS", reason)


def test_many_hosts(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["25 hosts"]
    names = {f"node{number}" for number in range(25)}

    assert run.status == "SUCCESS"
    assert {message["host"]: message["msg"] for message in run.messages("runner_on_ok")} == {
        name: f"hello {name}" for name in names
    }
    (stats,) = run.messages("playbook_on_stats")
    assert set(stats["stats"]) == names


def test_our_own_client_tells_the_same(session: Session, runs: Mapping[str, FinishedRun]) -> None:
    failed = session.execution(runs["failed host"].execution["execution_id"])
    failed.wait(60)

    assert [event.id for event in failed.events()] == [event["id"] for event in runs["failed host"].events]
    with pytest.raises(ExecutionFailed, match="web2 failed in task 'Fail on one': this one is broken"):
        failed.raise_for_failure()
    succeeded = session.execution(runs["success"].execution["execution_id"][:8])
    succeeded.wait(60)
    succeeded.raise_for_failure()
    assert succeeded.progress.hosts["localhost"].ok == 1
