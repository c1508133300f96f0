"""The zygote: a process that has imported Ansible and forks a supervisor for each run it is asked for.

It speaks with the service over one socket: a message with the reading end of a pipe is answered by the supervisor's
process id and start time; the order itself goes through the pipe, to the supervisor alone.
"""

import atexit
import contextlib
import gc
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ctl_jupyter.service.engine.processes import become_subreaper, start_time
from ctl_jupyter.service.engine.supervisor import supervise
from ctl_jupyter.service.engine.warm import VERSIONS, marks

__all__ = ["main"]

#: Bytes of one message at most.
LARGEST_MESSAGE = 64 * 1024

#: What a source file is known by: path → when it was changed, its size and number.
Files = dict[str, tuple[int, int, int]]


class CannotStart(Exception):
    """Why runs cannot be forked from this process, in some words."""


def main(descriptor: int) -> None:
    """Get ready, say so, and fork until the service ends.

    Parameters
    ----------
    descriptor
        A socket that keeps the bounds of messages.
    """
    with socket.socket(fileno=descriptor) as service:
        try:
            knowledge, files = _get_ready()
        except CannotStart as error:
            _send(service, problem=str(error))
            return
        _send(service, ready=True)
        while True:
            message, descriptors, _, _ = socket.recv_fds(service, LARGEST_MESSAGE, 1)
            if not message:
                return
            if _seen(files) != files:
                _send(service, problem="files of Ansible or of its plugins have changed")
                return
            (order,) = descriptors
            request = json.loads(message)
            pid = os.fork()
            if pid == 0:
                _become_supervisor(knowledge, order, request)
            os.close(order)
            # It cannot have ended yet: it waits for an order that comes after this answer.
            _send(service, pid=pid, started=start_time(pid))


def _send(service: socket.socket, **members: Any) -> None:
    service.sendall(json.dumps(members).encode())


# --- getting ready ---------------------------------------------------------------------------------------------


def _get_ready() -> tuple[Any, Files]:
    if not marks.can_mark():
        raise CannotStart("this system does not let a process change the environment that others see of it")
    import ansible.release

    if not ansible.release.__version__.startswith(VERSIONS):
        raise CannotStart(f"ansible-core {ansible.release.__version__} is not one of {VERSIONS}x")
    from ctl_jupyter.service.engine.warm.settings import captured, watch_import

    plugins = Path(__file__).parents[1] / "plugins"
    own_plugins = {
        "callback_loader": plugins / "callback" / "ctl_runner_events.py",
        "inventory_loader": plugins / "inventory" / "ctl_runner_hosts.py",
    }
    with watch_import() as read:
        from ctl_jupyter.service.engine.warm.preload import preload

        preloaded = preload(own_plugins)
    from ctl_jupyter.service.engine.warm.playbook import Knowledge

    knowledge = Knowledge(captured(read), preloaded)
    _forget_local_temp()
    with contextlib.suppress(ValueError):
        sys.stderr.flush()
    if os.fstat(2).st_size:
        raise CannotStart("Ansible said something while it was imported, which each run would have to say")
    files = _seen(_sources())
    gc.collect()
    gc.freeze()
    # Supervisors are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    return knowledge, files


def _forget_local_temp() -> None:
    """Remove the directory that importing Ansible made, with the one it lies in; no fork is to try that once more."""
    from ansible import constants
    from ansible.config.manager import cleanup_tmp_file

    atexit.unregister(cleanup_tmp_file)
    shutil.rmtree(Path(constants.DEFAULT_LOCAL_TMP).parent, ignore_errors=True)


def _sources() -> Iterator[str]:
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path:
            yield path


def _seen(paths: "Iterator[str] | Files") -> Files:
    seen = {}
    for path in paths:
        with contextlib.suppress(OSError):
            status = os.stat(path)  # noqa: PTH116 -- a thousand of them before each run
            seen[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return seen


# --- supervisors -----------------------------------------------------------------------------------------------


def _become_supervisor(knowledge: Any, order: int, request: dict[str, Any]) -> None:
    """Be the supervisor of one run, and nothing else, to the end of this process."""
    from ctl_jupyter.service.engine.warm.playbook import WarmPlaybook, close_all_but

    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # An order may come before there is a handler; it stands in a file, too.
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        with open(os.devnull, "r+") as nothing:  # noqa: PTH123
            for standard in (0, 1, 2):
                os.dup2(nothing.fileno(), standard)
        close_all_but(order)
        marks.mark(request["mark"])
        marks.set_title("ctl_jupyter.service.engine.supervisor (warm)")
        os.environ.clear()
        # With the mark: the programs that the supervisor itself starts have it, too.
        os.environ.update(request["environment"] | {marks.MARK: request["mark"]})
        become_subreaper()
        # Before the order is read: what is in it must not be in the playbook's memory.
        playbook = WarmPlaybook(knowledge)
        with os.fdopen(order, "rb") as pipe:
            text = pipe.read()
        if text:
            supervise(json.loads(text), playbook)
    finally:
        os._exit(0)
