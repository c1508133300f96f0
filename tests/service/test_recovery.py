"""A service that was killed between two steps: the next one does what is left to do, and nothing twice."""

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from ctl_jupyter.documents import Host, Job, StartRequest
from ctl_jupyter.places import runtime_directory, state_directory
from ctl_jupyter.service.engine.fence import begin
from ctl_jupyter.service.engine.launch import Run, launch, prepare, private_directory, run_directory, spool_path
from ctl_jupyter.service.recovery import take_up
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.executions import Executions
from ctl_jupyter.service.store.schema import executions as table
from ctl_jupyter.service.vault import Vault
from tests.service.api import RunnerApi, to_base64
from tests.service.embedded import EmbeddedRunner
from tests.service.processes import all_processes
from tests.service.test_survival import WAITING
from tests.service.waiting import Gate, until

KEYS_LOST = "The service was started anew while this waited, and keeps no private keys: start it again."


class Store:
    """The database of a service that does not run."""

    def __init__(self, directory: Path) -> None:
        self.database = Database(directory / "runner.sqlite")
        self.executions = Executions(self.database, Vault(directory / "secret.key"))

    def start(self, key: str | None = None) -> str:
        playbook = to_base64("- hosts: all\n  tasks: []\n")
        job = Job(id="job", account_alias="LOCAL", name="job", hosts=[Host(id="web1")], playbook=playbook)
        return self.executions.create(job, StartRequest(ssh_private_key=key)).execution_id

    def claim(self) -> Run:
        """Take the next execution from the queue, as the last thing before the service is killed."""
        run = self.executions.claim()
        assert run is not None
        return run

    def statuses(self, execution_id: str) -> list[str]:
        return [message["status"] for kind, message in self.events(execution_id) if kind == "status_change"]

    def events(self, execution_id: str) -> list[tuple[str, dict[str, Any]]]:
        _, events = self.executions.events_page("job", execution_id, 0, 100)
        return [(event.event_type, msgspec.json.decode(event.message)) for event in events]


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(state_directory())
    yield store
    store.database.close()


def test_what_nobody_began_waits_again_in_its_old_place(store: Store) -> None:
    first, second = store.start(), store.start()
    assert store.claim().execution_id == first

    assert take_up(store.executions) == []

    again = store.claim()
    assert (again.execution_id, again.number) == (first, 2)
    assert store.statuses(first) == ["PENDING", "INITIALIZING", "PENDING", "INITIALIZING"]
    assert store.statuses(second) == ["PENDING"]
    found = store.executions.find("LOCAL", first)
    assert found is not None
    assert found.timers is not None
    assert len(found.timers) == 1


def test_what_nobody_began_ends_when_its_keys_are_lost(store: Store) -> None:
    execution_id = store.start(key="a key")
    store.claim()

    assert take_up(store.executions) == []

    assert store.statuses(execution_id) == ["PENDING", "INITIALIZING", "INIT_FAILURE"]
    assert store.events(execution_id)[-1][1]["reason"] == KEYS_LOST


def test_a_supervisor_that_comes_too_late_runs_nothing(store: Store) -> None:
    store.start()
    run = store.claim()
    order = prepare(run)
    take_up(store.executions)

    supervisor = launch(run, order)

    os.waitpid(supervisor.pid, 0)
    assert not spool_path(run.execution_id, run.number).exists()
    assert not private_directory(run.execution_id, run.number).exists()


def test_a_supervisor_that_began_is_followed_though_nobody_noted_it(store: Store) -> None:
    store.start()
    run = store.claim()
    prepare(run)
    assert begin(run_directory(run.execution_id, run.number))

    (followed,) = take_up(store.executions)

    assert followed.process is not None
    assert followed.process.pid == os.getpid()
    # It is its own for good.
    assert not begin(run_directory(run.execution_id, run.number))
    assert store.statuses(run.execution_id) == ["PENDING", "INITIALIZING"]


def test_what_was_claimed_before_a_reboot_may_have_begun(store: Store) -> None:
    """A power failure may take back what was written last: nobody knows, so it is not run again."""
    execution_id = store.start()
    store.claim()
    with store.database.write() as connection:
        connection.execute(update(table).values(boot="another boot"))

    (followed,) = take_up(store.executions)

    assert followed.process is not None
    assert followed.process.boot == "another boot"
    assert store.statuses(execution_id) == ["PENDING", "INITIALIZING"]


def test_what_a_killed_service_did_not_remove_goes(store: Store) -> None:
    store.start()
    run = store.claim()
    prepare(run)
    assert begin(run_directory(run.execution_id, run.number))
    left = [base / "runs" / "of-another-1" / "keys" for base in (state_directory(), runtime_directory())]
    for directory in left:
        directory.mkdir(parents=True)
        (directory / "host-0").write_text("a key")

    take_up(store.executions)

    assert not any(directory.parent.exists() for directory in left)
    assert spool_path(run.execution_id, run.number).exists()


@pytest.mark.parametrize(("status", "ends"), [("STOPPING", "STOPPED"), ("KILLING", "KILLED")])
def test_an_order_that_was_stored_and_not_passed_on(tmp_path: Path, status: str, ends: str) -> None:
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        service.start()
        with service.log_in() as api:
            run = api.begin(WAITING.format(gate=gate.task))
            gate.await_task()
        service.kill()
        with sqlite3.connect(service.home / "runner.sqlite") as database:
            database.execute("update executions set status = ?", (status,))
        database.close()
        service.start()
        if status == "STOPPING":
            gate.open()
        with service.log_in() as api:
            finished = api.finish(run)
        assert finished.status == ends
        assert finished.types_of("After") == []
        service.stop()


def test_a_line_that_a_killed_playbook_left_unfinished_costs_no_other(
    api: RunnerApi, service: EmbeddedRunner, tmp_path: Path
) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(WAITING.format(gate=gate.task))
        gate.await_task()
        with (service.home / "runs" / f"{run.execution_id}-1" / "events.jsonl").open("a") as spool:
            spool.write('{"kind":"event","event_ty')
        os.kill(service.playbook_of(run).pid, signal.SIGKILL)
        finished = api.finish(run)
    assert finished.status == "FAILURE"
    assert finished.reason == "ansible-playbook was killed by signal 9."


def test_a_killed_supervisor_leaves_nothing_of_a_clone(api: RunnerApi, service: EmbeddedRunner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        port = listener.getsockname()[1]
        run = api.begin(
            repository={"url": f"ssh://git@127.0.0.1:{port}/never.git", "branch": "main", "defaultPlaybook": "site.yml"}
        )
        connection, _ = listener.accept()
        with connection:
            supervisor = next(
                process
                for process in all_processes()
                if b"engine.supervisor" in process.arguments and run.execution_id.encode() in process.environment
            )
            os.kill(supervisor.pid, signal.SIGKILL)
            assert api.finish(run).status == "FAILURE"
            # git's own ssh, which no longer has a parent that would end it.
            left = [process.arguments for process in all_processes() if f"{port}".encode() in process.arguments]
    assert left == []


def test_processes_are_gone_when_the_end_is_told(api: RunnerApi, service: EmbeddedRunner, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(WAITING.format(gate=gate.task))
        gate.await_task()
        until(lambda: len(service.processes_of(run)) > 2, "the task has no process")
        os.kill(service.supervisor_of(run).pid, signal.SIGKILL)
        api.finish(run)
        assert service.processes_of(run) == []


def test_a_playbook_that_is_killed_while_it_waits_for_its_order(tmp_path: Path) -> None:
    """Only a warm one waits; git is held up meanwhile by a program of the user's in its place."""
    stand_in = tmp_path / "bin" / "git"
    stand_in.parent.mkdir()
    with EmbeddedRunner(tmp_path) as service, Gate(tmp_path / "gate") as gate:
        stand_in.write_text(
            "#!/bin/sh\n"
            f'case "$*" in *clone*) {gate.task.partition(": ")[2]}; for target; do :; done; mkdir -p $target;'
            " echo '- hosts: all' > $target/site.yml ;; *log*) printf '\\037\\037\\037\\037' ;; esac\n"
        )
        stand_in.chmod(0o755)
        service.environment["PATH"] = f"{stand_in.parent}:{service.environment['PATH']}"
        service.start(engine="warm")
        with service.log_in() as api:
            run = api.begin(repository={"url": "https://127.0.0.1/x.git", "defaultPlaybook": "site.yml"})
            gate.await_task()
            os.kill(
                next(
                    process.pid for process in service.processes_of(run) if b"waits for its order" in process.arguments
                ),
                signal.SIGKILL,
            )
            gate.open()
            assert api.finish(run).reason == "ansible-playbook was killed by signal 9."
        service.stop()
