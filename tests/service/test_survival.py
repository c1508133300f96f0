"""Killed processes: the run goes on where it can, ends with a reason where it cannot, and leaves nothing behind."""

import os
import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ctl_jupyter.places import ServiceRecord
from tests.service.api import LOCAL, RunnerApi
from tests.service.embedded import EmbeddedRunner
from tests.service.processes import marked_with
from tests.service.waiting import Gate, until

pytestmark = pytest.mark.engine

WAITING = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Before
      ansible.builtin.debug: {{msg: before}}
    - name: Wait
      {gate}
    - name: After
      ansible.builtin.debug: {{msg: after}}
"""


def test_a_killed_supervisor_takes_its_playbook_along(api: RunnerApi, service: EmbeddedRunner, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(WAITING.format(gate=gate.task))
        gate.await_task()
        os.kill(service.supervisor_of(run).pid, signal.SIGKILL)
        finished = api.finish(run)
    assert finished.status == "FAILURE"
    assert finished.reason == "The supervisor of the run was killed."
    assert finished.types_of("Before") == ["playbook_on_task_start", "runner_on_ok"]
    until(lambda: not service.processes_of(run), "processes of the run are left")
    until(lambda: not any((service.runtime / "runs").iterdir()), "keys of the run are left")


def test_a_killed_playbook_is_a_failure_with_a_reason(api: RunnerApi, service: EmbeddedRunner, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(WAITING.format(gate=gate.task))
        gate.await_task()
        os.kill(service.playbook_of(run).pid, signal.SIGKILL)
        finished = api.finish(run)
    assert finished.status == "FAILURE"
    assert finished.reason == "ansible-playbook was killed by signal 9."
    until(lambda: not service.processes_of(run), "processes of the run are left")


def test_a_run_outlives_its_service_and_takes_orders_from_the_next(tmp_path: Path) -> None:
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        service.start()
        with service.log_in() as api:
            run = api.begin(WAITING.format(gate=gate.task))
            gate.await_task()
            service.kill()
        service.start()
        with service.log_in() as api:
            assert api.status(run) == "RUNNING"
            api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/stop", {})
            gate.open()
            finished = api.finish(run)
            assert finished.status == "STOPPED"
            assert finished.types_of("Wait")[-1] == "runner_on_ok"
            assert finished.types_of("After") == []
        service.stop()


def test_an_order_is_kept_while_the_service_is_down(tmp_path: Path) -> None:
    """The supervisor obeys without the service; the next one records what happened meanwhile."""
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        service.start()
        with service.log_in() as api:
            run = api.begin(WAITING.format(gate=gate.task))
            gate.await_task()
            path = f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}"
            api.call("POST", f"{path}/kill", {"expiryDuration": 1})
            service.kill()
            until(lambda: not service.processes_of(run), "the kill that was ordered never came")
        service.start()
        with service.log_in() as api:
            finished = api.finish(run)
            assert (finished.status, finished.statuses[-2:]) == ("KILLED", ["KILLING", "KILLED"])
            ids = [event["id"] for event in finished.events]
            assert len(ids) == len(set(ids)) == finished.execution["events_expected"]
        service.stop()


def test_a_run_of_before_a_reboot_has_failed(tmp_path: Path) -> None:
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        service.start()
        with service.log_in() as api:
            run = api.begin(WAITING.format(gate=gate.task))
            gate.await_task()
            seen = api.events(run)[-1]["seq"]
        service.kill()
        for process in marked_with(str(service.home)):
            os.kill(process.pid, signal.SIGKILL)
        with sqlite3.connect(service.home / "runner.sqlite") as database:
            database.execute("update executions set boot = 'another boot'")
            # What was not on the disk yet, as after a power failure: a cursor told before is not given out again.
            database.execute("delete from events where seq = ?", [seen])
            database.execute("update sqlite_sequence set seq = ? where name = 'events'", [seen - 1])
        database.close()
        service.start()
        with service.log_in() as api:
            finished = api.finish(run)
        assert (finished.status, finished.reason) == ("FAILURE", "This machine was started anew while it ran.")
        assert finished.events[-1]["seq"] > finished.events[-2]["seq"] > seen
        service.stop()


@pytest.mark.parametrize("name", ["stop", "stop --all"])
def test_stopping_the_service(tmp_path: Path, name: str) -> None:
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        service.start()
        record: ServiceRecord = service.record
        with service.log_in() as api:
            run = api.begin(WAITING.format(gate=gate.task))
            gate.await_task()
        service.command(*name.split())
        assert all(process.pid != record.pid for process in marked_with(str(service.home)))
        if name == "stop":
            assert service.processes_of(run)
            gate.open()
        else:
            until(lambda: not service.processes_of(run), "processes of the run are left")
        service.start()
        with service.log_in() as api:
            assert api.finish(run).status == ("SUCCESS" if name == "stop" else "KILLED")
        service.stop()


def test_all_executions_of_all_accounts_can_be_stopped_with_the_service(tmp_path: Path) -> None:
    password = "long enough a password"
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        service.start()
        service.command("account", "ada", "--alias", "OTHER", text=f"{password}\n")
        url = service.record.url
        with service.log_in() as api, RunnerApi(url, "ada", password) as other:
            job = api.create(WAITING.format(gate=gate.task), hosts=list(LOCAL))
            runs = [api.start(job["id"]) for _ in range(150)]
            others = [other.begin(WAITING.format(gate=gate.task))]
            gate.await_task()
        service.command("stop", "--all")
        assert service.run_processes() == []
        service.start()
        with service.log_in() as api, RunnerApi(url, "ada", password) as other:
            assert [api.status(run) for run in runs] == ["KILLED"] * 150
            assert [other.status(run) for run in others] == ["KILLED"]
        service.stop()


@contextmanager
def unwritable(service: EmbeddedRunner, how: str) -> Iterator[None]:
    """Keep the service from writing to its database."""
    database = service.home / "runner.sqlite"
    if how == "full":
        # What a full disk looks like to one process: no file of it may grow.
        pid, limits = service.record.pid, resource.prlimit(service.record.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, limits[1]))
        yield
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    else:
        connection = sqlite3.connect(database, isolation_level=None)
        connection.execute("begin exclusive")
        yield
        connection.execute("rollback")
        connection.close()


@pytest.mark.parametrize("how", ["full", "locked"])
def test_a_database_that_cannot_be_written_costs_no_event(tmp_path: Path, how: str) -> None:
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        service.start()
        with service.log_in() as api:
            run = api.begin(WAITING.format(gate=gate.task))
            gate.await_task()
            until(lambda: len(api.events(run)) >= 8, "the events before the gate never came")
            with unwritable(service, how):
                gate.open()
                until(lambda: not service.processes_of(run), "the run did not go on")
                assert api.status(run) == "RUNNING"
            finished = api.finish(run)
        assert finished.status == "SUCCESS"
        assert finished.types_of("After") == ["playbook_on_task_start", "runner_on_ok"]
        ids = [event["id"] for event in finished.events]
        assert len(ids) == len(set(ids)) == finished.execution["events_expected"]
        service.stop()
