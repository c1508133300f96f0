"""The supervisor: one process per execution, which outlives the service and leaves nothing behind.

It reads its order from a pipe (secrets come that way alone), prepares the workspace, runs
``ansible-playbook``, stops or kills it when told to or when its time is over, kills every descendant at the end,
removes what was private and writes how it ended to the spool.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import IO, Any, Protocol

from ctl_jupyter.service.engine import control, inventory
from ctl_jupyter.service.engine.fence import begin
from ctl_jupyter.service.engine.given import given_to
from ctl_jupyter.service.engine.processes import (
    become_subreaper,
    die_with_parent,
    kill_descendants,
)
from ctl_jupyter.service.engine.redact import Redactor
from ctl_jupyter.service.engine.spool import SpoolWriter
from ctl_jupyter.service.engine.workspace import PreparationError, Workspace, ssh_common_arguments

__all__ = ["OWN_SETTINGS", "Child", "Playbook", "constant_settings", "supervise"]

#: How much of what Ansible prints (warnings and errors; results are events) is kept, in bytes.
OUTPUT_TAIL = 16 * 1024


#: Ansible's settings that each run has values of its own for.
SETTINGS_OF_A_RUN = frozenset({"ANSIBLE_LOCAL_TEMP", "ANSIBLE_SSH_CONTROL_PATH_DIR", "ANSIBLE_SSH_COMMON_ARGS"})


def constant_settings() -> dict[str, str]:
    """Return Ansible's settings that are the same for every run."""
    plugins = Path(__file__).with_name("plugins")
    return {
        "ANSIBLE_CALLBACK_PLUGINS": str(plugins / "callback"),
        "ANSIBLE_STDOUT_CALLBACK": "ctl_runner_events",
        **inventory.settings(),
        "ANSIBLE_RETRY_FILES_ENABLED": "0",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }


#: Ansible's settings that are ours, not the user's.
OWN_SETTINGS = SETTINGS_OF_A_RUN | constant_settings().keys()


class _Ended(Exception):
    """The run is over before or without the playbook's own end."""


class Child(Protocol):
    """A process that was started, and what it prints."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it prints, errors included."""

    def wait(self) -> int:
        """Wait for its end and return its exit code."""


class Playbook:
    """Starts ``ansible-playbook`` as a program of its own."""

    def __init__(self) -> None:
        #: A file in memory for what the callback plugin redacts and tells first; the playbook inherits it.
        self.secrets = os.memfd_create("ctl-runner-secrets", 0)

    def start(self, program: list[str], workspace: Workspace, environment: dict[str, str]) -> Child:
        """Start it, to die with the thread that calls this."""
        return subprocess.Popen(
            [*program, *workspace.command()],
            cwd=workspace.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[self.secrets],
            start_new_session=True,
            preexec_fn=_begin_playbook,
        )


class Supervisor:
    """Runs one order to its end.

    Parameters
    ----------
    order
        See `ctl_jupyter.service.engine.launch.order_for`.
    playbook
        Starts the playbook.
    """

    def __init__(self, order: dict[str, Any], playbook: Playbook) -> None:
        self._order = order
        self._playbook = playbook
        self._directory = Path(order["spool"]).parent
        self._spool = SpoolWriter(order["spool"], order["wake_address"])
        self._redactor = Redactor(order["secrets"], order["keys"])
        self._workspace = Workspace(order, self._run_helper)
        self._time_to_live: float | None = time.monotonic() + order["time_to_live"]
        self._child: Child | None = None
        self._terminated = False
        self._stop_sent = False
        # Signals wake the loop by writing here.
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def run(self) -> None:
        """Run, and write the closing line whatever happens."""
        end: dict[str, Any] = {"phase": "prepare", "exit_code": None, "reason": "", "output": ""}
        try:
            self._obey()
            self._workspace.prepare()
            self._order["secrets"] += self._workspace.secrets
            self._redactor = Redactor(self._order["secrets"], self._order["keys"])
            self._spool.write("prepared", repository_log=self._redactor.structure(self._workspace.repository_log))
            end["phase"] = "playbook"
            end["exit_code"], output = self._run_playbook()
            end["output"] = self._redactor.text(output)
            end["tags"] = self._redactor.structure(self._order["tags"])
        except PreparationError as error:
            end["reason"] = self._redactor.text(str(error))
        except OSError as error:
            end["reason"] = self._redactor.text(f"This machine could not run it: {error.strerror or error}.")
        except _Ended:
            pass
        finally:
            end["left"] = kill_descendants()
            shutil.rmtree(self._workspace.private, ignore_errors=True)
            shutil.rmtree(self._workspace.work, ignore_errors=True)
            if self._terminated:
                end["reason"] = "The supervisor of the run was told to end."
            self._spool.begin_line()
            self._spool.write("end", **end)
            self._spool.close()

    def on_terminate(self, _signal: int, _frame: FrameType | None) -> None:
        """Note that this process is told to end; the loop, woken by the signal, does the rest."""
        self._terminated = True

    # --- running -----------------------------------------------------------------------------------------------

    def _run_playbook(self) -> tuple[int, str]:
        """Run Ansible and return its exit code and the end of what it printed."""
        self._hand_over_secrets()
        self._child = self._playbook.start(self._order["ansible_playbook"], self._workspace, self._environment())
        os.close(self._playbook.secrets)
        output = self._watch(self._child)
        return self._child.wait(), output.decode("utf-8", "replace")

    def _run_helper(self, command: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
        """Run one of git's or ssh's commands, open to orders meanwhile; return exit code, output and errors."""
        said = self._workspace.private / "stderr"
        with said.open("wb") as errors:
            helper = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        output = self._watch(helper)
        return helper.wait(), output.decode("utf-8", "replace"), said.read_text(errors="replace")

    def _watch(self, process: Child) -> bytes:
        """Read a process's output until it exits, obeying orders meanwhile.

        What a descendant still holds open is not waited for; after `_Ended` the process still runs.
        """
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        tail, is_cut = b"", False
        exited = os.pidfd_open(process.pid)
        try:
            with selectors.DefaultSelector() as selector:
                for source in (exited, process.stdout, self._woken):
                    selector.register(source, selectors.EVENT_READ)
                running = True
                while running:
                    ready = {key.fd for key, _ in selector.select(self._obey())}
                    running = exited not in ready
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._woken, 4096)
                    while chunk := process.stdout.read(65536):
                        is_cut |= len(tail) + len(chunk) > OUTPUT_TAIL
                        tail = (tail + chunk)[-OUTPUT_TAIL:]
                    if running and chunk == b"" and process.stdout.fileno() in selector.get_map():
                        selector.unregister(process.stdout)
        finally:
            os.close(exited)
        # Of a line that is cut, the rest of a secret would not be known again.
        return tail.partition(b"\n")[2] if is_cut else tail

    # --- obeying -----------------------------------------------------------------------------------------------

    def _obey(self) -> float | None:
        """Do what is ordered by now; return the seconds until there may be more to do, ``None`` for no limit.

        Raises
        ------
        _Ended
            When the run is over by order.
        """
        if self._terminated:
            raise _Ended
        order = control.read_order(self._directory)
        if self._time_to_live is not None and time.monotonic() >= self._time_to_live and order is None:
            self._time_to_live = None
            self._spool.write("stopping", reason="executionTtl")
            control.write_order(self._directory, control.STOP, 0)
            order = control.read_order(self._directory)
        if order is None:
            return None if self._time_to_live is None else max(self._time_to_live - time.monotonic(), 0)
        patience = None if order.due is None else order.due - time.time()
        if patience is not None and patience <= 0:
            raise _Ended
        if order.action == control.STOP:
            self._stop_gracefully()
        return patience

    def _stop_gracefully(self) -> None:
        """Have the playbook end its running tasks and start no others; without a playbook, end."""
        if self._child is None:
            raise _Ended
        if not self._stop_sent:
            self._stop_sent = True
            # The file is for a playbook that is not yet ready for the signal.
            (self._directory / "stop").touch()
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, signal.SIGUSR1)

    def _hand_over_secrets(self) -> None:
        """Write what the callback plugin redacts, and tells first, to the file in memory that the playbook inherits."""
        handed = {"secrets": self._order["secrets"], "keys": self._order["keys"], "given": given_to(self._order)}
        with os.fdopen(os.dup(self._playbook.secrets), "w") as file:
            json.dump(handed, file)
        os.lseek(self._playbook.secrets, 0, os.SEEK_SET)

    def _environment(self) -> dict[str, str]:
        private = self._workspace.private
        return {
            **os.environ,
            **constant_settings(),
            "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(private / "ssh"),
            "ANSIBLE_SSH_COMMON_ARGS": ssh_common_arguments(self._order),
            "CTL_RUNNER_SPOOL": self._order["spool"],
            "CTL_RUNNER_WAKE": self._order["wake_address"],
            "CTL_RUNNER_SECRETS_FD": str(self._playbook.secrets),
        }


def _begin_playbook() -> None:
    """Between fork and exec: die with the supervisor, and let no early stop signal kill the playbook."""
    die_with_parent()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def _ignore(_signal: int, _frame: FrameType | None) -> None:
    """Take a signal whose only purpose is to wake the loop."""


def supervise(order: dict[str, Any], playbook: Playbook) -> None:
    """Run an order to its end, unless the service has given this run up."""
    if not begin(Path(order["spool"]).parent):
        return
    supervisor = Supervisor(order, playbook)
    signal.signal(signal.SIGTERM, supervisor.on_terminate)
    signal.signal(signal.SIGUSR1, _ignore)
    supervisor.run()


def main() -> None:
    """Read the order from standard input and run it."""
    order = json.load(sys.stdin)
    with open(os.devnull) as nothing:  # noqa: PTH123 -- pathlib would be imported for this alone
        os.dup2(nothing.fileno(), 0)
    become_subreaper()
    supervise(order, Playbook())


if __name__ == "__main__":
    main()
