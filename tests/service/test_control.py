"""Stop, kill, restart and the time that an execution may take, on real playbooks."""

from pathlib import Path

import pytest

from ctl_jupyter.client import ExecutionHandle, RequestRefused, Session
from ctl_jupyter.documents import Execution, read_start_request
from tests.service.api import RunnerApi, StartedRun, local_hosts
from tests.service.embedded import EmbeddedRunner
from tests.service.waiting import Gate, until

pytestmark = pytest.mark.engine

TWO_HOSTS = local_hosts("web1", "web2")
#: Ignores what it can, leaves a grandchild in a session of its own, and sleeps.
STUBBORN = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Leave a sleeper behind
      ansible.builtin.shell: sleep 1001
      async: 2000
      poll: 0
    - name: Ignore every signal
      ansible.builtin.shell: |
        trap '' TERM INT HUP USR1
        setsid sleep 1002 &
        touch {started}
        while true; do sleep 1003; done
"""


def handle_of(session: Session, run: StartedRun) -> ExecutionHandle:
    return session.execution(run.execution_id)


def final(session: Session, run: StartedRun) -> Execution:
    return handle_of(session, run).wait(60)


def playbook_at(gate: Gate) -> str:
    return f"""
- hosts: all
  gather_facts: false
  tasks:
    - name: First
      {gate.task}
    - name: Second
      ansible.builtin.debug: {{msg: never}}
- hosts: all
  gather_facts: false
  tasks:
    - name: Third
      ansible.builtin.debug: {{msg: never}}
"""


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_stop_lets_the_running_task_end_and_starts_no_other(
    api: RunnerApi, session: Session, tmp_path: Path, strategy: str
) -> None:
    with Gate(tmp_path / "gate") as gate:
        playbook = playbook_at(gate).replace("gather_facts: false", f"gather_facts: false\n  strategy: {strategy}")
        run = api.begin(playbook, hosts=TWO_HOSTS[:1])
        gate.await_task()
        handle = handle_of(session, run)
        assert handle.stop().status == "STOPPING"
        gate.open()
        assert handle.wait(60).status == "STOPPED"
    finished = api.finish(run)
    assert finished.types_of("First") == ["playbook_on_task_start", "runner_on_ok"]
    assert finished.types_of("Second") == finished.types_of("Third") == []
    assert finished.messages("playbook_on_stats")
    assert finished.statuses == ["PENDING", "INITIALIZING", "RUNNING", "STOPPING", "STOPPED"]
    assert finished.reason == "It was stopped as asked."


def test_stop_is_enforced_when_its_time_has_passed(
    api: RunnerApi, session: Session, service: EmbeddedRunner, tmp_path: Path
) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(playbook_at(gate))
        gate.await_task()
        handle_of(session, run).stop(expiry=0.2)
        assert final(session, run).status == "STOPPED"
    until(lambda: not service.run_processes(), "processes of the run are left")


def test_kill_takes_the_whole_tree(api: RunnerApi, session: Session, service: EmbeddedRunner, tmp_path: Path) -> None:
    started = tmp_path / "started"
    run = api.begin(STUBBORN.format(started=started), hosts=TWO_HOSTS)
    until(started.exists, "the stubborn task never began")
    assert handle_of(session, run).kill().status == "KILLING"
    assert final(session, run).status == "KILLED"
    until(lambda: not service.run_processes(), "processes of the run are left")
    finished = api.finish(run)
    assert finished.statuses[-2:] == ["KILLING", "KILLED"]


def test_kill_can_wait_and_follow_a_stop(api: RunnerApi, session: Session, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(playbook_at(gate))
        gate.await_task()
        handle = handle_of(session, run)
        handle.stop()
        assert handle.kill(expiry=0.2).status == "KILLING"
        assert final(session, run).status == "KILLED"


@pytest.mark.parametrize(("order", "ends"), [("stop", "STOPPED"), ("kill", "KILLED")])
def test_an_order_before_there_is_a_process(
    api: RunnerApi, session: Session, service: EmbeddedRunner, order: str, ends: str
) -> None:
    run = api.begin(STUBBORN.format(started="/dev/null"))
    getattr(handle_of(session, run), order)()
    assert final(session, run).status == ends
    assert api.finish(run).types_of("Ignore every signal") in ([], ["playbook_on_task_start"])
    until(lambda: not service.run_processes(), "processes of the run are left")


def test_an_order_to_one_that_waits(api: RunnerApi, session: Session, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        busy = [api.begin(playbook_at(gate)) for _ in range(4)]
        waiting = [api.begin(playbook_at(gate)) for _ in range(2)]
        assert [handle_of(session, run).status for run in waiting] == ["PENDING", "PENDING"]
        handle_of(session, waiting[0]).stop()
        handle_of(session, waiting[1]).kill()
        assert [final(session, run).status for run in waiting] == ["STOPPED", "KILLED"]
        for run in busy:
            handle_of(session, run).kill()
        assert {final(session, run).status for run in busy} == {"KILLED"}
    assert api.finish(waiting[0]).statuses == ["PENDING", "STOPPING", "STOPPED"]


def test_what_has_ended_takes_no_orders(api: RunnerApi, session: Session) -> None:
    run = api.begin("- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: hi}}]")
    assert final(session, run).status == "SUCCESS"
    handle = handle_of(session, run)
    for order, said in (
        (handle.stop, "This execution has ended as SUCCESS; there is nothing left to stop."),
        (handle.kill, "This execution has ended as SUCCESS; there is nothing left to kill."),
        (handle.restart, "Failed executions alone can be restarted, and this one is SUCCESS."),
    ):
        with pytest.raises(RequestRefused) as refused:
            order()
        assert (str(refused.value), refused.value.status_code) == (said, 400)


@pytest.mark.parametrize(
    "body", [{"expiryDuration": -1}, {"expiryDuration": "soon"}, {"expiryduration": 5}, {"expiryDuration": True}, []]
)
def test_an_expiry_that_is_no_number_of_seconds(api: RunnerApi, body: object) -> None:
    run = api.begin("- hosts: nobody\n  tasks: []")
    for order in ("stop", "kill"):
        path = f"/jobs/{api.account}/{run.job_id}/executions/{run.execution_id}/{order}"
        answer = api.http.post(path, json=body)
        assert answer.status_code == 400
        assert "expiryDuration" in answer.json()["message"]


def test_restart_runs_the_failed_hosts_alone(api: RunnerApi, session: Session, tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    playbook = f"""
- hosts: all
  gather_facts: false
  tasks:
    - name: Look
      ansible.builtin.command: test -e {mended}
      when: inventory_hostname != 'web1'
    - name: All are known
      ansible.builtin.assert: {{that: "'web1' in hostvars"}}
"""
    run = api.begin(playbook, hosts=local_hosts("web1", "web2", "db1"))
    first = final(session, run)
    assert (first.status, sorted(first.failed_hosts)) == ("FAILURE", ["db1", "web2"])
    handle = handle_of(session, run)
    with pytest.raises(RequestRefused, match="The host 'web1' did not fail"):
        handle.restart(read_start_request({"hosts": ["web1"]}))
    assert handle.status == "FAILURE"

    mended.touch()
    again = handle.restart(read_start_request({"hosts": ["web2"]}))
    assert (again.execution_id, again.execution.status) == (run.execution_id, "PENDING")
    ended = again.wait(60)
    assert ended.status == "SUCCESS"
    assert list(again.progress.hosts) == ["web2"]
    timers = ended.timers or []
    assert len(timers) == 2
    assert all(timer.start and timer.end for timer in timers)
    assert api.finish(run).statuses == [
        *("PENDING", "INITIALIZING", "RUNNING", "FAILURE"),
        *("PENDING", "INITIALIZING", "RUNNING", "SUCCESS"),
    ]


def test_an_execution_is_stopped_when_its_time_is_over(api: RunnerApi, session: Session, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(playbook_at(gate), executionTtl=0.05)
        gate.await_task()
        until(lambda: handle_of(session, run).status == "STOPPING", "its time was never over")
        gate.open()
        assert final(session, run).status == "STOPPED"
    assert api.finish(run).reason == "It was stopped: it ran longer than the job's executionTtl."
