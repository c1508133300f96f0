"""The embedded service as a process of its own, started and ended as its users do."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from ctl_jupyter.places import ServiceRecord, read_service_record, runtime_directory
from tests.service.api import RunnerApi, StartedRun
from tests.service.processes import Process, all_processes, marked_with
from tests.service.waiting import until

__all__ = ["CTL_RUNNER", "EmbeddedRunner"]

CTL_RUNNER = str(Path(sys.executable).with_name("ctl-runner"))
#: The engine that the tests run on: with ``RUNNER_TEST_ENGINE=cold`` they are the same tests of the other one.
ENGINE = os.environ.get("RUNNER_TEST_ENGINE", "warm")
#: What the service must not get from the machine that the tests run on.
SCRUBBED = ("CLC_", "CTL_", "ANSIBLE_", "GIT_", "SSH_", "XDG_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class EmbeddedRunner:
    """One embedded service with a home of its own; leaving it as a context ends it and removes all it made.

    Parameters
    ----------
    base
        An empty directory, for the service's home and for that of its user.
    """

    def __init__(self, base: Path) -> None:
        self.home = base / "runner"
        self.user_home = base / "user"
        self.user_home.mkdir()
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(SCRUBBED) and name.upper() not in PROXIES
            },
            "HOME": str(self.user_home),
            "CTL_RUNNER_HOME": str(self.home),
            # Asked for its user's home, Ansible looks in the user database, whatever HOME says.
            "ANSIBLE_REMOTE_TMP": str(base / "ansible" / "tmp"),
            "ANSIBLE_ASYNC_DIR": str(base / "ansible" / "async"),
        }
        with self._home_in_environment():
            self.runtime = runtime_directory()

    @contextmanager
    def _home_in_environment(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CTL_RUNNER_HOME", str(self.home))
            yield

    def command(self, *words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        """Run ``ctl-runner`` with these words, and a text at its standard input, to its end: a success."""
        done = subprocess.run(
            [CTL_RUNNER, *words],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done

    def start(self, engine: str = ENGINE) -> None:
        configuration = self.home / "config.toml"
        configured = configuration.read_text() if configuration.exists() else ""
        if "engine" not in configured:
            configuration.write_text(f'engine = "{engine}"\n{configured}')
        self.command("start")

    def stop(self) -> None:
        self.command("stop")

    def kill(self) -> None:
        """Kill the service's process, and it alone, as the kernel does when memory is short."""
        pid = self.record.pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: all(process.pid != pid for process in all_processes()), "the service goes on after SIGKILL")

    @property
    def record(self) -> ServiceRecord:
        with self._home_in_environment():
            record = read_service_record()
        assert record is not None
        return record

    def log_in(self) -> RunnerApi:
        """Return the API of the service as it runs now."""
        record = self.record
        return RunnerApi(record.url, record.username, record.password)

    def run_processes(self) -> list[Process]:
        """Return what runs, anywhere on this machine, of the executions of this service."""
        return marked_with(f"CTL_RUNNER_SPOOL={self.home}")

    def processes_of(self, run: StartedRun) -> list[Process]:
        """Return what runs of one execution: its supervisor, the playbook and all below it."""
        return [process for process in self.run_processes() if run.execution_id.encode() in process.environment]

    def supervisor_of(self, run: StartedRun) -> Process:
        (found,) = [process for process in self.processes_of(run) if b"engine.supervisor" in process.arguments]
        return found

    def playbook_of(self, run: StartedRun) -> Process:
        supervisor = self.supervisor_of(run)
        (found,) = [process for process in self.processes_of(run) if process.parent == supervisor.pid]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while left := marked_with(str(self.home)):
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
        shutil.rmtree(self.runtime, ignore_errors=True)
