"""What users give an execution: properties, variables of hosts, tags and hosts; all of it data, never templates."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.service.api import FinishedRun, RunnerApi, StartedRun, local_hosts

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
#: Fails once, and says what holds each time.
SHOW_AND_FAIL = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Show
      ansible.builtin.debug: {msg: "{{ [mine, both, ours, word] }}"}
      tags: [shown]
    - name: Never meant
      ansible.builtin.debug: {msg: "from the job's tags"}
      tags: [of_the_job]
    - name: Fail
      ansible.builtin.fail: {msg: "{{ word }}"}
      tags: [shown]
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


def test_variables_and_tags_of_a_start_hold_for_it_and_its_restart_alone(api: RunnerApi) -> None:
    job = api.create(
        SHOW_AND_FAIL,
        hosts=local_hosts("web1"),
        properties={"mine": "the job's", "both": "the job's", "ours": "none", "word": "none"},
        playbookTags=["of_the_job"],
    )
    of_start = {"both": "{{ 1+1 }}", "ours": {"list": [1, "zwölf"]}, "word": "of the start"}
    first = api.finish(api.start(job["id"], properties=of_start, playbookTags=["shown"]))

    assert [message["task"] for message in first.messages("runner_on_ok")] == ["Show"]
    assert first.messages("runner_on_ok")[0]["res"]["msg"] == ["the job's", *of_start.values()]
    assert first.reason == "web1 failed in task 'Fail': of the start"

    # The job is taken as it is now, and what was given at the start goes on holding.
    job["properties"] |= {"mine": "new", "both": "new"}
    api.call("PUT", f"/jobs/{{alias}}/{job['id']}", job)
    path = f"/jobs/{{alias}}/{job['id']}/executions/{first.execution['execution_id']}/restart"
    api.call("POST", path, {"properties": {"word": "of the restart"}})
    again = api.finish(StartedRun(job["id"], first.execution["execution_id"]))

    shown = [message["res"]["msg"] for message in again.messages("runner_on_ok", task="Show")]
    assert shown[1:] == [["new", of_start["both"], of_start["ours"], "of the restart"]]
    assert again.messages("runner_on_ok", task="Never meant") == []

    plain = api.finish(api.start(job["id"]))
    assert [message["task"] for message in plain.messages("runner_on_ok")] == ["Never meant"]
    assert api.call("GET", f"/jobs/{{alias}}/{job['id']}")["properties"] == job["properties"]


def test_a_masked_variable_of_a_start_is_the_jobs(api: RunnerApi) -> None:
    properties = {"db_password": "hunter2-of-the-job", "is_known": "no"}
    playbook = WHO.replace("{{ greeting }}", "{{ db_password == 'hunter2-of-the-job' }} {{ is_known }}")
    job = api.create(playbook, hosts=local_hosts("a"), properties=properties)
    assert job["properties"]["db_password"] == "********"

    run = api.finish(api.start(job["id"], properties={**job["properties"], "is_known": "yes"}))

    (shown,) = run.messages("runner_on_ok")
    assert shown["msg"] == "a True yes"


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
