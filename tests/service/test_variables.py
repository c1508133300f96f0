"""What users give an execution: properties, variables of hosts, tags and hosts; all of it data, never templates."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.service.api import FinishedRun, RunnerApi, local_hosts

pytestmark = pytest.mark.engine

PROPERTIES: dict[str, Any] = {
    "template": "{{ 1+1 }}",
    "statement": "{% raw %}x{% endraw %}",
    "text": "a \"quoted\" 'text' with \\ and\na second line\t#no comment: not: YAML",
    "unicode": "grüße 東京 \U0001f600 \u2028 \x7f",
    "like_a_number": "0777",
    "like_a_truth": "yes",
    "like_nothing": "null",
    "empty": "",
    "whole": 42,
    "large": 123456789012345678901234567890,
    "fraction": 1.5,
    "tiny": 1e-07,
    "truth": True,
    "nothing": None,
    "nested": {"list": [1, "two", {"three": "{{ 3 }}"}], "key with spaces: {{ 1 }}": []},
}
HOST_VARIABLES = {
    "template": "{{ 1+1 }}",
    "nested": {"list": ["{{ lookup('pipe', 'id') }}"]},
    "truth": True,
    "whole": 42,
    "unicode": "\U0001f600",
}
TAGGED = """
- hosts: all
  gather_facts: false
  tasks:
    - name: First
      ansible.builtin.debug: {msg: first}
      tags: [one]
    - name: Second
      ansible.builtin.debug: {msg: second}
      tags: [two]
    - name: Third
      ansible.builtin.debug: {msg: third}
      tags: [three]
    - name: Untagged
      ansible.builtin.debug: {msg: none}
"""
FAILS_ON_ONE = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Fail
      ansible.builtin.command: "false"
      when: inventory_hostname == 'web1'
"""
WHO = """
- hosts: all
  gather_facts: false
  vars:
    greeting: from the playbook
  tasks:
    - name: Who
      ansible.builtin.debug:
        msg: "{{ inventory_hostname }} {{ greeting }}"
"""


def playbook_that_shows(*names: str) -> str:
    """Return a playbook that puts the values of variables, whatever they are, into an event."""
    members = ", ".join(f"'{name}': {name}" for name in names)
    return json.dumps(
        [
            {
                "hosts": "all",
                "gather_facts": False,
                "tasks": [{"name": "Show", "ansible.builtin.debug": {"msg": "{{ {" + members + "} }}"}}],
            }
        ]
    )


@pytest.fixture(scope="module")
def runs(api: RunnerApi) -> Mapping[str, FinishedRun]:
    job = api.create(WHO, hosts=local_hosts("old1", "old2"), properties={"greeting": "from a property"})
    begun = {
        "properties": api.begin(playbook_that_shows(*PROPERTIES), properties=PROPERTIES),
        "host variables": api.begin(
            playbook_that_shows("mine", *HOST_VARIABLES),
            [*local_hosts("a", mine=1, **HOST_VARIABLES), *local_hosts("b", mine=2, **HOST_VARIABLES)],
        ),
        "poor passwords": api.begin(
            FAILS_ON_ONE,
            local_hosts("web1", "web2"),
            properties={
                "a_password": "host",
                "b_password": "failures",
                "c_password": 0,
                "d_password": 1,
                "e_token": "ok",
            },
        ),
        "tags": api.begin(TAGGED, playbookTags=["one", "three"]),
        "the job's hosts": api.start(job["id"]),
        "hosts of the start": api.start(job["id"], hosts=local_hosts("new1", "new2", "new3")),
    }
    return {name: api.finish(run) for name, run in begun.items()}


def test_properties_are_extra_variables_and_data(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["properties"]

    assert run.status == "SUCCESS", run.reason
    (shown,) = run.messages("runner_on_ok", task="Show")
    assert shown["res"]["msg"] == PROPERTIES


def test_variables_of_hosts_are_data(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["host variables"]

    assert run.status == "SUCCESS", run.reason
    shown = {message["host"]: message["res"]["msg"] for message in run.messages("runner_on_ok", task="Show")}
    assert shown == {"a": {"mine": 1, **HOST_VARIABLES}, "b": {"mine": 2, **HOST_VARIABLES}}


def test_a_property_wins_over_the_playbook(runs: Mapping[str, FinishedRun]) -> None:
    said = [message["msg"] for message in runs["the job's hosts"].messages("runner_on_ok")]
    assert sorted(said) == ["old1 from a property", "old2 from a property"]


def test_hosts_of_a_start_replace_the_jobs(runs: Mapping[str, FinishedRun], api: RunnerApi) -> None:
    run = runs["hosts of the start"]

    assert {message["host"] for message in run.messages("runner_on_ok")} == {"new1", "new2", "new3"}
    kept = api.call("GET", f"/jobs/{{alias}}/{run.execution['job_id']}")
    assert [host["id"] for host in kept["hosts"]] == ["old1", "old2"]


def test_tags_choose_tasks(runs: Mapping[str, FinishedRun]) -> None:
    assert [message["task"] for message in runs["tags"].messages("runner_on_ok")] == ["First", "Third"]


def test_poor_passwords_do_not_hide_what_happened(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["poor passwords"]

    assert run.status == "FAILURE"
    assert run.execution["failed_hosts"] == ["web1"]
    assert run.reason == "web1 failed in task 'Fail': non-zero return code"
    (failed,) = run.messages("runner_on_failed", host="web1")
    assert failed["res"]["rc"] == 1
    (stats,) = run.messages("playbook_on_stats")
    assert stats["stats"]["web1"]["failures"] == 1
    assert stats["stats"]["web2"]["failures"] == 0
