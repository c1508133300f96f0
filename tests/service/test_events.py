"""The status events of an execution: their types, members, order and times, and how they are asked for."""

import http.client
import json
import time
from pathlib import Path

import pytest

from ctl_jupyter.client import Session
from tests.service.api import FinishedRun, RunnerApi, local_hosts
from tests.service.embedded import EmbeddedRunner
from tests.service.waiting import Gate, until

pytestmark = pytest.mark.engine

PLAYBOOK = """\
- name: Everything
  hosts: web
  gather_facts: false
  handlers:
    - name: Restart
      ansible.builtin.debug: {msg: restarted}
  tasks:
    - name: Unchanged
      ansible.builtin.command: echo as it was
      changed_when: false
    - name: Changed
      ansible.builtin.command: echo anew
      notify: Restart
    - name: Skipped
      ansible.builtin.command: echo never
      when: false
    - name: Ignored
      ansible.builtin.command: sh -c 'echo no >&2; exit 3'
      ignore_errors: true
    - block:
        - name: Rescued
          ansible.builtin.fail: {msg: needs help}
      rescue:
        - name: Rescue
          ansible.builtin.debug: {msg: helped}
      always:
        - name: Always
          ansible.builtin.debug: {msg: always}
    - name: Loop
      ansible.builtin.command: "{{ item }}"
      loop: ["true", "false", "skipped"]
      when: item != 'skipped'
      ignore_errors: true
    - name: Retried
      ansible.builtin.command: "false"
      register: outcome
      until: outcome is succeeded
      retries: 1
      delay: 0
      ignore_errors: true
    - name: Async
      ansible.builtin.command: echo later
      async: 30
      poll: 1
    - name: Async failed
      ansible.builtin.command: "false"
      async: 30
      poll: 1
      ignore_errors: true
    - name: No number
      ansible.builtin.debug:
        msg: {"nan": "{{ 'nan' | float }}", "infinite": "{{ 'inf' | float }}"}
    - name: Scribble
      ansible.builtin.shell: echo scribble >> "$CTL_RUNNER_SPOOL"
    - name: Private
      ansible.builtin.command: echo private text
      no_log: true
    - ansible.builtin.command: echo without a name
"""


@pytest.fixture(scope="module")
def run(api: RunnerApi) -> FinishedRun:
    begun_at = time.time_ns() // 1_000_000
    finished = api.run(PLAYBOOK, local_hosts("web"))
    assert begun_at <= finished.execution["start"]
    return finished


def test_the_run_is_a_success_whatever_was_ignored_or_rescued(run: FinishedRun) -> None:
    assert run.status == "SUCCESS", run.reason
    (stats,) = run.messages("playbook_on_stats")
    web = stats["stats"]["web"]
    assert (web["failures"], web["rescued"], web["ignored"], web["skipped"]) == (0, 1, 4, 1)
    assert run.execution["failed_hosts"] == []


def test_every_event_says_what_it_belongs_to(run: FinishedRun) -> None:
    for event in run.events:
        assert event["execution_id"] == run.execution["execution_id"]
        assert event["job_id"] == run.execution["job_id"]
        assert event["account_alias"] == run.execution["account_alias"]
        assert event["notifications"] == []
        assert isinstance(event["message"], dict)


def test_events_are_in_order_and_unique(run: FinishedRun) -> None:
    sequence = [event["seq"] for event in run.events]
    assert sequence == sorted(set(sequence))
    assert len({event["id"] for event in run.events}) == len(run.events)
    assert [event["event_type"] for event in run.events][:4] == [
        "status_change",
        "status_change",
        "playbook_on_start",
        "playbook_on_play_start",
    ]
    assert [event["event_type"] for event in run.events][-3:] == [
        "playbook_on_stats",
        "status_change",
        "playbook_result",
    ]
    assert run.statuses == ["PENDING", "INITIALIZING", "RUNNING", "SUCCESS"]


def test_the_events_of_a_whole_job(api: RunnerApi, session: Session) -> None:
    first = api.run("- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: }]\n")
    second = api.finish(api.start(first.execution["job_id"]))

    found = session.calls.status_events(first.execution["job_id"])

    assert [event.id for event in found] == [event["id"] for event in first.events + second.events]


def test_times(run: FinishedRun) -> None:
    execution = run.execution
    at = {
        event["message"]["status"]: event["timestamp"] for event in run.events if event["event_type"] == "status_change"
    }
    assert execution["timers"] == [{"start": execution["start"], "end": execution["end"]}]
    assert (execution["start"], execution["end"]) == (at["INITIALIZING"], at["SUCCESS"])
    assert at["PENDING"] <= at["INITIALIZING"] <= at["RUNNING"] <= at["SUCCESS"]
    (changed,) = run.messages("runner_on_ok", task="Changed")
    assert execution["start"] <= changed["start"] <= changed["end"] <= execution["end"]


def test_a_play_and_its_tasks(run: FinishedRun) -> None:
    assert run.messages("playbook_on_play_start") == [{"play": "Everything", "hosts": "web"}]
    started = run.messages("playbook_on_task_start")
    assert started[0] == {
        "play": "Everything",
        "task": "Unchanged",
        "action": "ansible.builtin.command",
        "path": "playbook.yml:8",
    }
    assert [message["task"] for message in started] == [
        *("Unchanged", "Changed", "Skipped", "Ignored", "Rescued", "Rescue", "Always", "Loop", "Retried", "Async"),
        *("Async failed", "No number", "Scribble", "Private", "ansible.builtin.command", "Restart"),
    ]


def test_changed_and_unchanged(run: FinishedRun) -> None:
    (unchanged,) = run.messages("runner_on_ok", task="Unchanged")
    assert (unchanged["host"], unchanged["changed"], unchanged["msg"]) == ("web", False, "as it was")
    (changed,) = run.messages("runner_on_ok", task="Changed")
    assert (changed["changed"], changed["res"]["rc"], changed["res"]["stdout"]) == (True, 0, "anew")


def test_a_handler_is_notified_and_run(run: FinishedRun) -> None:
    assert run.messages("playbook_on_notify") == [{"host": "web", "handler": "Restart"}]
    (started,) = run.messages("playbook_on_task_start", task="Restart")
    assert started["handler"] is True
    assert run.types_of("Restart") == ["playbook_on_task_start", "runner_on_ok"]


def test_skipped(run: FinishedRun) -> None:
    assert run.types_of("Skipped", "web") == ["runner_on_skipped"]
    (skipped,) = run.messages("runner_on_skipped", task="Skipped")
    assert skipped["msg"] == "Conditional result was False"


def test_ignored(run: FinishedRun) -> None:
    assert run.types_of("Ignored", "web") == ["runner_on_failed"]
    (ignored,) = run.messages("runner_on_failed", task="Ignored")
    assert ignored["ignore_errors"] is True
    assert ignored["msg"] == "non-zero return code: no"
    assert ignored["res"]["rc"] == 3


def test_rescued(run: FinishedRun) -> None:
    (rescued,) = run.messages("runner_on_failed", task="Rescued")
    assert rescued["msg"] == "needs help"
    assert "ignore_errors" not in rescued
    assert run.types_of("Rescue", "web") == run.types_of("Always", "web") == ["runner_on_ok"]


def test_a_loop_and_its_items(run: FinishedRun) -> None:
    assert run.types_of("Loop", "web") == [
        "runner_item_on_ok",
        "runner_item_on_failed",
        "runner_item_on_skipped",
        "runner_on_failed",
    ]
    items = run.messages("runner_item_on_ok", "runner_item_on_failed", "runner_item_on_skipped", task="Loop")
    assert [message["res"]["item"] for message in items] == ["true", "false", "skipped"]
    (whole,) = run.messages("runner_on_failed", task="Loop")
    assert whole["msg"].startswith("item 'false': non-zero return code")


def test_retries(run: FinishedRun) -> None:
    assert run.types_of("Retried", "web") == ["runner_retry", "runner_on_failed"]


def test_asynchronous_tasks(run: FinishedRun) -> None:
    assert "runner_on_async_ok" in run.types_of("Async", "web")
    assert run.types_of("Async", "web")[-1] == "runner_on_ok"
    assert "runner_on_async_failed" in run.types_of("Async failed", "web")
    (later,) = run.messages("runner_on_ok", task="Async")
    assert later["res"]["stdout"] == "later"


def test_numbers_that_json_does_not_know(run: FinishedRun) -> None:
    (message,) = run.messages("runner_on_ok", task="No number")
    assert message["res"]["msg"] == {"nan": "nan", "infinite": "inf"}


def test_what_a_task_writes_among_the_events_is_passed_over(run: FinishedRun) -> None:
    assert run.types_of("Scribble", "web") == ["runner_on_ok"]
    assert run.types_of("Private", "web") == ["runner_on_ok"]


def test_no_log_keeps_a_result_out(run: FinishedRun) -> None:
    (private,) = run.messages("runner_on_ok", task="Private")
    assert "no_log" in private["msg"]
    assert "private text" not in json.dumps(run.events)


# --- asking for them -----------------------------------------------------------------------------------------------


def test_pages_hold_the_same_events(api: RunnerApi, run: FinishedRun) -> None:
    job, execution = run.execution["job_id"], run.execution["execution_id"]
    for path in (f"/status/{{alias}}/job/{job}/execution/{execution}", f"/status/{{alias}}/job/{job}"):
        found = []
        for page in range(-(-len(run.events) // 7)):
            answer = api.call("GET", path, page=page, size=7)
            assert (answer["totalSize"], answer["page"], answer["size"]) == (len(run.events), page, 7)
            found += answer["results"]
        assert found == run.events
        assert api.call("GET", path, page=1000)["results"] == []


def test_a_cursor_gives_each_event_once(api: RunnerApi, run: FinishedRun) -> None:
    path = "/status/{alias}/job/" + f"{run.execution['job_id']}/execution/{run.execution['execution_id']}"
    found, cursor, complete = [], 0, False
    while not complete:
        answer = api.call("GET", path, after=cursor, size=5)
        found += answer["results"]
        cursor, complete = answer["cursor"], answer["complete"]
    assert found == run.events
    assert api.call("GET", path, after=cursor, wait=30) == {**answer, "totalSize": 0, "results": []}


def test_a_waiting_question_is_answered_by_the_next_event(
    api: RunnerApi, service: EmbeddedRunner, tmp_path: Path
) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {gate.task}\n")
        until(lambda: api.events(run)[-1]["event_type"] == "playbook_on_task_start", "no task is told of")
        before = api.events_after(run, 0, size=100)
        assert before["complete"] is False

        # Asked before the gate is opened, and answered because it was: had the wait merely ended, it would be empty.
        host = service.record.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        connection.request(
            "GET",
            f"/status/{api.account}/job/{run.job_id}/execution/{run.execution_id}?after={before['cursor']}&wait=30",
            headers={"Authorization": f"Bearer {api.token}"},
        )
        gate.open()
        answer = json.loads(connection.getresponse().read())
        connection.close()

    assert answer["results"]
    assert answer["results"][0]["event_type"] == "runner_on_ok"
    assert answer["cursor"] == answer["results"][-1]["seq"]
    finished = api.finish(run)
    assert finished.status == "SUCCESS"
    assert [event["id"] for event in finished.events][: len(before["results"])] == [
        event["id"] for event in before["results"]
    ]
