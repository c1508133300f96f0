"""The service's process comes and goes; executions go on and are taken up again, nothing lost and nothing twice."""

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ctl_jupyter.client import connect
from tests.service.api import LOCAL, FinishedRun, local_hosts, to_base64
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner
from tests.service.processes import all_processes
from tests.service.ssh_server import make_key
from tests.service.waiting import Gate, until

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRunner]:
    """A service that may be ended, apart from the one that other tests share."""
    with EmbeddedRunner(tmp_path_factory.mktemp("lifecycle")) as runner:
        yield runner


@pytest.fixture
def running(runner: EmbeddedRunner) -> EmbeddedRunner:
    runner.start()
    return runner


def gated(gate: Gate, last: str = "ansible.builtin.debug: {msg: done}") -> str:
    return f"""
- hosts: all
  gather_facts: false
  tasks:
    - name: Wait
      {gate.task}
    - name: Last
      {last}
"""


def assert_told_once(run: FinishedRun, outcome: str = "runner_on_ok", status: str = "SUCCESS") -> None:
    """Check that every event of a gated run is there, once and in order."""
    assert [
        event["message"].get("status") or event["message"].get("task") or event["event_type"] for event in run.events
    ] == [
        *("PENDING", "INITIALIZING", "playbook_on_start", "playbook_on_play_start", "RUNNING"),
        *("Wait", "Wait", "Last", "Last", "playbook_on_stats", status, status),
    ]
    assert run.types_of("Last") == ["playbook_on_task_start", outcome]
    assert len({event["id"] for event in run.events}) == len(run.events)
    assert [event["seq"] for event in run.events] == sorted(event["seq"] for event in run.events)
    assert run.status == run.result["status"] == status


def services_of(runner: EmbeddedRunner) -> list[int]:
    """Return the ids of the processes that serve, or are about to."""
    home = f"CTL_RUNNER_HOME={runner.home}\0".encode()
    return [
        process.pid
        for process in all_processes()
        if home in process.environment and process.arguments.rstrip(b"\0").endswith(b"ctl_jupyter.cli\0serve")
    ]


def test_two_starts_at_once_share_one_service(runner: EmbeddedRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = [
        subprocess.Popen([CTL_RUNNER, "start"], env=runner.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [start.communicate(timeout=60)[0] for start in starts]

    assert [start.returncode for start in starts] == [0, 0]
    assert set(said) == {f"The embedded Runner answers at {runner.record.url}.\n"}
    until(lambda: services_of(runner) == [runner.record.pid], "there is more than one service")
    # A third start, whether a command's or a notebook's, finds it as well.
    assert runner.command("start").stdout in said
    monkeypatch.setenv("CTL_RUNNER_HOME", str(runner.home))
    assert connect().profile.runner_url == runner.record.url
    until(lambda: services_of(runner) == [runner.record.pid], "there is more than one service")
    assert f"process {runner.record.pid}" in runner.command("status").stdout


def test_a_run_goes_on_while_the_service_is_stopped(
    running: EmbeddedRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CTL_RUNNER_HOME", str(running.home))
    with Gate(tmp_path / "gate") as gate, running.log_in() as api:
        run = api.begin(gated(gate))
        gate.await_task()
        handle = connect().execution(run.execution_id)
        handle.follow()
        url = running.record.url
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        connection.request(
            "GET",
            f"/status/{api.account}/job/{run.job_id}/execution/{run.execution_id}?after={10**9}&wait=30",
            headers={"Authorization": f"Bearer {api.token}"},
        )
        running.stop()
        # A question that was being held back is answered rather than cut off.
        answer = json.loads(connection.getresponse().read())
        connection.close()
        assert (answer["results"], answer["complete"]) == ([], False)
        assert services_of(running) == []
        assert not (running.runtime / "service.json").exists()
        assert running.run_processes()

        gate.open()
        until(lambda: not running.run_processes(), "the run does not end without the service")
        running.start()

        # The address and the tokens given are still good.
        assert running.record.url == url
        assert_told_once(api.finish(run))
    assert handle.wait(60).status == "SUCCESS"
    assert len({event.id for event in handle.events()}) == len(handle.events()) == 12


def test_runs_and_queue_outlive_a_killed_service(running: EmbeddedRunner, tmp_path: Path) -> None:
    key, local = to_base64(make_key(tmp_path / "key")), local_hosts("localhost")
    with ExitStack() as stack:
        gates = [stack.enter_context(Gate(tmp_path / f"gate{number}")) for number in range(5)]
        api = stack.enter_context(running.log_in())
        runs = [
            api.begin(gated(gates[0])),
            api.begin(gated(gates[1], "ansible.builtin.fail: {msg: failed all the same}")),
            api.begin(gated(gates[2])),
            api.begin(gated(gates[3]), local, sshPrivateKey=key),
        ]
        with_key = api.begin(gated(gates[4]), local, sshPrivateKey=key)
        without_key = api.begin(gated(gates[4]))
        host_key = api.start(without_key.job_id, hosts=[{**local[0], "sshPrivateKey": key}])
        for gate in gates[:4]:
            gate.await_task()

        running.kill()
        gates[0].open()
        gates[1].open()
        running.start()
        for gate in gates[2:]:
            gate.open()
        finished = [api.finish(run) for run in runs]

        for run in (finished[0], finished[2], finished[3]):
            assert_told_once(run)
        assert_told_once(finished[1], "runner_on_failed", "FAILURE")
        assert finished[1].execution["failed_hosts"] == ["localhost"]
        assert finished[1].reason == "localhost failed in task 'Last': failed all the same"
        assert_told_once(api.finish(without_key))
        for waited in (with_key, host_key):
            lost = api.finish(waited)
            assert lost.statuses == ["PENDING", "INIT_FAILURE"]
            assert lost.reason == (
                "The service was started anew while this waited, and keeps no private keys: start it again."
            )
    until(lambda: not running.run_processes(), "processes of runs are left")


def test_a_killed_supervisor_takes_its_run_with_it(running: EmbeddedRunner, tmp_path: Path) -> None:
    key = to_base64(make_key(tmp_path / "key"))
    with Gate(tmp_path / "gate") as gate, running.log_in() as api:
        run = api.begin(gated(gate), [*LOCAL, {"id": "web1", "sshPrivateKey": key}])
        gate.await_task()
        os.kill(running.supervisor_of(run).pid, signal.SIGKILL)

        finished = api.finish(run)

        assert finished.status == "FAILURE"
        assert finished.reason == "The supervisor of the run was killed."
        # The gate is still shut: what waited there was ended.
        until(lambda: not running.run_processes(), "processes of the run are left")
        until(lambda: not key_files(running), "keys are left")
    again = start_again(running, finished)
    assert again.status == "SUCCESS"


def key_files(runner: EmbeddedRunner) -> list[Path]:
    return [path for path in runner.runtime.glob("runs/**/*") if path.is_file()]


def start_again(runner: EmbeddedRunner, finished: FinishedRun) -> FinishedRun:
    """Check that the service still works."""
    with runner.log_in() as api:
        return api.run("- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.ping: }]\n")
