"""The supervisor: one process per execution, which outlives the service and leaves nothing behind.

It reads its order from standard input (secrets come that way alone), prepares the workspace, runs
``ansible-playbook``, kills every descendant at the end, removes what was private and writes how it ended to the spool.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from ctl_jupyter.service.engine.processes import become_subreaper, die_with_parent, kill_descendants
from ctl_jupyter.service.engine.redact import Redactor
from ctl_jupyter.service.engine.spool import SpoolWriter
from ctl_jupyter.service.engine.workspace import PreparationError, Workspace, ssh_common_arguments

__all__ = ["main"]

#: How much of what Ansible prints (warnings and errors; results are events) is kept, in bytes.
OUTPUT_TAIL = 16 * 1024


class Supervisor:
    """Runs one order to its end.

    Parameters
    ----------
    order
        See `ctl_jupyter.service.engine.launch.order_for`.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._spool = SpoolWriter(order["spool"], order["wake_address"])
        self._redactor = Redactor(order["secrets"], order["keys"])
        self._workspace = Workspace(order)
        self._playbook: subprocess.Popen[bytes] | None = None
        self._terminated = False

    def run(self) -> None:
        """Run, and write the closing line whatever happens."""
        end: dict[str, Any] = {"phase": "prepare", "exit_code": None, "reason": "", "output": ""}
        try:
            self._workspace.prepare()
            self._spool.write("prepared", repository_log=self._redactor.structure(self._workspace.repository_log))
            end["phase"] = "playbook"
            end["exit_code"], output = self._run_playbook()
            end["output"] = self._redactor.text(output)
        except PreparationError as error:
            end["reason"] = self._redactor.text(str(error))
        except OSError as error:
            end["reason"] = self._redactor.text(f"This machine could not run it: {error.strerror or error}.")
        finally:
            kill_descendants()
            shutil.rmtree(self._workspace.private, ignore_errors=True)
            shutil.rmtree(self._workspace.work, ignore_errors=True)
            if self._terminated:
                end["reason"] = "The supervisor of the run was told to end."
            self._spool.write("end", **end)
            self._spool.close()

    def terminate(self, _signal: int, _frame: FrameType | None) -> None:
        """End the playbook at once; the closing line is still written."""
        self._terminated = True
        if self._playbook is not None:
            self._playbook.kill()

    def _run_playbook(self) -> tuple[int, str]:
        """Run Ansible and return its exit code and the end of what it printed."""
        secrets = self._secrets_descriptor()
        try:
            self._playbook = subprocess.Popen(
                [*self._order["ansible_playbook"], *self._workspace.command()],
                cwd=self._workspace.directory,
                env=self._environment(secrets),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[secrets],
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        finally:
            os.close(secrets)
        with self._playbook:
            output = _read_while_running(self._playbook)
            return self._playbook.wait(), output.decode("utf-8", "replace")

    def _secrets_descriptor(self) -> int:
        """Return a file in memory with what the callback plugin redacts."""
        descriptor = os.memfd_create("ctl-runner-secrets", 0)
        with os.fdopen(os.dup(descriptor), "w") as file:
            json.dump({"secrets": self._order["secrets"], "keys": self._order["keys"]}, file)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def _environment(self, secrets: int) -> dict[str, str]:
        plugins = Path(__file__).with_name("plugins")
        private = self._workspace.private
        return {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(plugins / "callback"),
            "ANSIBLE_STDOUT_CALLBACK": "ctl_runner_events",
            "ANSIBLE_INVENTORY_PLUGINS": str(plugins / "inventory"),
            "ANSIBLE_INVENTORY_ENABLED": "ctl_runner_hosts",
            "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(private / "ssh"),
            "ANSIBLE_SSH_COMMON_ARGS": ssh_common_arguments(self._order),
            "CTL_RUNNER_SPOOL": self._order["spool"],
            "CTL_RUNNER_WAKE": self._order["wake_address"],
            "CTL_RUNNER_SECRETS_FD": str(secrets),
        }


def _read_while_running(process: subprocess.Popen[bytes]) -> bytes:
    """Read a process's output until it exits; what a descendant still holds open is not waited for."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    tail = b""
    watched = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(watched, selectors.EVENT_READ)
            selector.register(process.stdout, selectors.EVENT_READ)
            running = True
            while running:
                ready = {key.fd for key, _ in selector.select()}
                running = watched not in ready
                while chunk := process.stdout.read(65536):
                    tail = (tail + chunk)[-OUTPUT_TAIL:]
                if running and process.stdout.fileno() in ready and chunk == b"":
                    selector.unregister(process.stdout)
    finally:
        os.close(watched)
    return tail


def main() -> None:
    """Read the order from standard input and run it."""
    order = json.load(sys.stdin)
    with open(os.devnull) as nothing:  # noqa: PTH123 -- pathlib would be imported for this alone
        os.dup2(nothing.fileno(), 0)
    become_subreaper()
    supervisor = Supervisor(order)
    signal.signal(signal.SIGTERM, supervisor.terminate)
    with contextlib.suppress(BrokenPipeError):
        supervisor.run()


if __name__ == "__main__":
    main()
