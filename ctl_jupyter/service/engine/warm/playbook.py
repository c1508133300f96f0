"""The playbook's process: forked before there is an order, it waits, and then becomes ``ansible-playbook``."""

import atexit
import contextlib
import io
import json
import multiprocessing
import os
import random
import secrets
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from ctl_jupyter.service.engine.processes import die_with_parent
from ctl_jupyter.service.engine.spool import SpoolWriter
from ctl_jupyter.service.engine.supervisor import OWN_SETTINGS, Playbook
from ctl_jupyter.service.engine.warm import marks
from ctl_jupyter.service.engine.warm.bytecode import send_bytecode
from ctl_jupyter.service.engine.warm.preload import Preloaded
from ctl_jupyter.service.engine.warm.settings import Captured, settle
from ctl_jupyter.service.engine.workspace import Workspace

__all__ = ["Knowledge", "WarmPlaybook", "close_all_but"]


@dataclass(frozen=True)
class Knowledge:
    """What the zygote has for its runs."""

    captured: Captured
    preloaded: Preloaded


class _Child:
    """A forked process, with what the supervisor uses of `subprocess.Popen`."""

    def __init__(self, pid: int, output: int) -> None:
        self.pid = pid
        self.stdout = io.FileIO(output)

    def wait(self) -> int:
        """Wait for its end and return its exit code, as `subprocess.Popen.wait` does."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class WarmPlaybook(Playbook):
    """Starts playbooks in a process that waits since this was made, with Ansible imported.

    Parameters
    ----------
    knowledge
        What the zygote has for its runs.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__()
        orders, self._orders = os.pipe()
        output, write_output = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _forever(lambda: _be_a_playbook(knowledge, parent, orders, write_output, self.secrets))
        os.close(orders)
        os.close(write_output)
        self._child = _Child(pid, output)

    def start(self, program: list[str], workspace: Workspace, environment: dict[str, str]) -> _Child:
        """Let the process that waits go on as the playbook."""
        order = {
            "program": program,
            "arguments": workspace.command(),
            "directory": str(workspace.directory),
            "environment": environment,
            "is_local": workspace.is_local,
        }
        # One that was killed while it waited reads nothing any more: how it ended is told by its exit code.
        with contextlib.suppress(BrokenPipeError), os.fdopen(self._orders, "w") as pipe:
            json.dump(order, pipe)
        return self._child


def close_all_but(*kept: int) -> None:
    """Close every descriptor from 3 up, with exceptions."""
    begin = 3
    for descriptor in sorted(kept):
        os.closerange(begin, descriptor)
        begin = max(begin, descriptor + 1)
    os.closerange(begin, os.sysconf("SC_OPEN_MAX"))


def _forever(work: Callable[[], None]) -> NoReturn:
    """Do the work of a forked process, which must not return into that of its parent."""
    try:
        work()
    except BaseException:  # noqa: BLE001 -- whatever it is, the process ends with it
        traceback.print_exc()
    finally:
        os._exit(1)


def _be_a_playbook(knowledge: Knowledge, parent: int, orders: int, output: int, secret: int) -> None:
    die_with_parent()
    if os.getppid() != parent:
        return
    os.setsid()
    marks.set_title("ansible-playbook (waits for its order)")
    # As between fork and exec of a cold start: no early stop signal may kill it.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    close_all_but(orders, secret)
    with os.fdopen(orders, "rb") as pipe:
        text = pipe.read()
    if not text:
        return
    order = json.loads(text)
    os.chdir(order["directory"])
    os.environ.clear()
    os.environ.update(order["environment"])
    try:
        why_cold = settle(knowledge.captured, OWN_SETTINGS)
    except Exception as error:  # noqa: BLE001 -- a cold start says it as Ansible says it
        why_cold = f"its settings cannot be read ({type(error).__name__})"
    if why_cold is None:
        if order["is_local"]:
            send_bytecode()
        _run_warm(knowledge, order["program"], order["arguments"])
    else:
        _tell(why_cold)
        _run_cold([*order["program"], *order["arguments"]])


def _tell(why_cold: str) -> None:
    spool = SpoolWriter(os.environ["CTL_RUNNER_SPOOL"], os.environ["CTL_RUNNER_WAKE"])
    spool.write("engine", engine="cold", reason=why_cold)
    spool.close()


def _run_cold(command: list[str]) -> NoReturn:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores them, and what is ignored stays so over an exec.
        signal.signal(number, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606


def _run_warm(knowledge: Knowledge, program: list[str], arguments: list[str]) -> NoReturn:
    from ansible.cli.playbook import PlaybookCLI

    _be_new(program, arguments)
    knowledge.preloaded.install()
    code = _exit_code_of(PlaybookCLI.cli_executor)
    # The end of a Python program, without taking it apart module by module.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _exit_code_of(program: Callable[[], Any]) -> int:
    try:
        program()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return int(end.code or 0) & 0xFF
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 -- as at the end of any program
        traceback.print_exc()
        return 1
    return 0


def _be_new(program: list[str], arguments: list[str]) -> None:
    """Make this process what one would be that has just imported Ansible."""
    from ansible.utils import vars as ansible_vars
    from ansible.utils.display import Display, _synchronize_textiowrapper

    # As the program of a cold start leaves them (`launch.ansible_program`): its directory is not searched for modules.
    sys.argv = [program[-1], *arguments]
    del sys.path[0]
    sys.modules["__main__"].__file__ = program[-2]
    marks.set_title(" ".join(["ansible-playbook", *arguments]))
    random.seed()
    tempfile.tempdir = None
    multiprocessing.current_process().authkey = secrets.token_bytes(32)
    ansible_vars.random_int = secrets.token_hex(4)
    sys.stdin = os.fdopen(0, "r", closefd=False)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.BufferedWriter(io.FileIO(number, "w", closefd=False)), line_buffering=number == 2)
        for number in (1, 2)
    )
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    display = Display()
    for stream in (sys.stdout, sys.stderr):
        _synchronize_textiowrapper(stream, display._lock)
        stream.reconfigure(errors="_replacing_warning_handler")
