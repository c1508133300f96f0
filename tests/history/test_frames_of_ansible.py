"""The frames of what Ansible really tells, on the embedded service: each strategy, loops, handlers, a restart."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from ctl_jupyter.client import Session, connect
from ctl_jupyter.history import events_of, hosts_of, pulled_events, pulled_executions, runs_frame, tasks_of
from tests.service.api import local_hosts
from tests.service.embedded import EmbeddedRunner

PLAYBOOK = """\
- name: In step
  hosts: all
  gather_facts: false
  handlers:
    - name: Restart
      ansible.builtin.debug: msg=restarted
  tasks:
    - name: Look at {{{{ 'the' }}}} disk
      ansible.builtin.debug: msg=fine
      changed_when: inventory_hostname == 'a'
      notify: Restart
    - name: Ignored
      ansible.builtin.fail: msg=no
      ignore_errors: true
    - name: Items
      ansible.builtin.debug: msg={{{{ item }}}}
      loop: [1, 2, 3]
    - name: Again
      ansible.builtin.include_tasks: {steps}
      loop: [1, 2]
    - name: Later
      ansible.builtin.command: echo later
      async: 30
      poll: 1
- name: Each for itself
  hosts: all
  strategy: free
  gather_facts: false
  tasks:
    - name: Mine
      ansible.builtin.command: sleep {{{{ wait }}}}
    - name: Mine too
      ansible.builtin.command: sleep {{{{ wait }}}}
    - name: Only once
      ansible.builtin.command: test -d {made}
      when: inventory_hostname == 'b'
"""


class Frames(NamedTuple):
    runs: pd.DataFrame
    events: pd.DataFrame
    tasks: pd.DataFrame
    hosts: pd.DataFrame


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with EmbeddedRunner(tmp_path_factory.mktemp("service")) as service, pytest.MonkeyPatch.context() as patch:
        service.start()
        patch.setenv("CTL_RUNNER_HOME", str(service.home))
        yield connect()
        service.stop()


@pytest.fixture(scope="module")
def frames(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Frames:
    directory: Path = tmp_path_factory.mktemp("play")
    steps = directory / "steps.yml"
    steps.write_text("- name: Step\n  ansible.builtin.debug: msg=step\n", encoding="utf-8")
    playbook = PLAYBOOK.format(steps=steps, made=directory / "made")
    hosts = [*local_hosts("a", wait=0), *local_hosts("b", "c", wait=0.3)]
    job = session.create_job({"name": "frames", "playbook": playbook, "hosts": hosts})
    run = session.start(str(job.id), {})
    run.wait(90)
    (directory / "made").mkdir()
    run = run.restart()
    run.wait(90)
    table = pulled_events(run.events(), run.execution_id, run.job_id)
    return Frames(
        runs_frame(pulled_executions([run.refresh()]), {}, table), events_of(run), tasks_of(run), hosts_of(run)
    )


def test_each_run_is_a_row_with_its_time_in_the_queue(frames: Frames) -> None:
    assert frames.runs["status"].tolist() == ["FAILURE", "SUCCESS"]
    assert (frames.runs["queue"] >= pd.Timedelta(0)).all()
    assert frames.runs["queued"].is_monotonic_increasing


def test_each_task_is_a_row_whatever_the_strategy(frames: Frames) -> None:
    first = frames.tasks[frames.tasks["run"] == 1]
    assert first["number"].tolist() == list(range(1, 12))
    assert first["hosts"].tolist() == [3, 3, 3, 3, 3, 3, 3, 1, 3, 3, 3]
    assert first["task"].tolist() == [
        "Look at the disk",
        "Ignored",
        "Items",
        "Again",
        "Step",
        "Step",
        "Later",
        "Restart",
        "Mine",
        "Mine too",
        "Only once",
    ]
    assert first.iloc[-1][["ok", "changed", "failed", "skipped"]].tolist() == [0, 0, 1, 2]
    assert (frames.tasks["duration"] > pd.Timedelta(0)).all()
    # Without the handler: a restart runs the failed host alone.
    second = frames.tasks[frames.tasks["run"] == 2]
    assert second["number"].tolist() == list(range(1, 11))
    assert set(second["hosts"]) == {1}


def test_each_result_is_of_its_task(frames: Frames) -> None:
    counted = frames.hosts.groupby(["run", "number"]).size()
    assert counted.tolist() == frames.tasks["hosts"].tolist()
    assert frames.hosts["outcome"].value_counts().to_dict() == {
        outcome: int(frames.tasks[outcome].sum()) for outcome in frames.hosts["outcome"].cat.categories
    }
    later = frames.hosts[frames.hosts["task"] == "Later"]
    assert sorted(later["host"]) == ["a", "b", "b", "c"]
    assert set(later["message"]) == {"later"}


def test_all_events_are_there_of_both_runs(frames: Frames) -> None:
    events = frames.events
    assert events["seq"].is_monotonic_increasing
    assert (events["event_type"] == "playbook_result").groupby(events["run"]).sum().tolist() == [1, 1]
    assert (events["event_type"] == "runner_item_on_ok").sum() == 3 * (3 + 2) + 3 + 2
