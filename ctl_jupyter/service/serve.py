"""The service's process: one per operating-system user, found by its record, ended by SIGTERM."""

import fcntl
import logging
import logging.handlers
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec
import uvicorn

from ctl_jupyter.places import (
    ServiceRecord,
    remove_runtime_directory,
    runtime_directory,
    service_record_path,
    state_directory,
)
from ctl_jupyter.service.configuration import Configuration
from ctl_jupyter.service.engine.processes import weigh_more
from ctl_jupyter.service.http.application import web_application
from ctl_jupyter.service.service import Service
from ctl_jupyter.version import __version__

__all__ = ["AlreadyRunning", "serve"]

LOOPBACK = "127.0.0.1"


class AlreadyRunning(Exception):
    """Another process serves this user already."""


class _Server(uvicorn.Server):
    """Lets go of waiting answers as soon as it is told to end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._service.announce_stop()
        super().handle_exit(sig, frame)

    def end_all(self, _signal: int, _frame: FrameType | None) -> None:
        """End, and every execution first."""
        self._service.kills_at_stop = True
        self.handle_exit(signal.SIGTERM, None)


def serve(port: int | None = None, configuration: Configuration | None = None) -> None:
    """Serve until SIGTERM or SIGINT, which leave runs running, or SIGUSR2, which ends them.

    Parameters
    ----------
    port
        On the loopback address; that of the last time, or else a free one, when absent.
    configuration
        What else the service is told.

    Raises
    ------
    AlreadyRunning
        When this user has a service already.
    OSError
        When the port given is taken.
    """
    _leave_no_core()
    directory = state_directory()
    with _lock(directory / "service.lock"), _listen(directory / "port", port) as listener:
        _log_to(directory / "service.log")
        service = Service(directory, configuration)
        url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            web_application(service),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
            lifespan="on",
        )
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal it was started in may close
        # Passed on to supervisors: an order may reach one before it has a handler, and is in a file all the same.
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            # The server raises the signal that ended it again: that must not keep the record from being removed.
            signal.signal(number, _has_been_obeyed)
        # A thread with an event to pass on waits no longer than this for one that computes.
        sys.setswitchinterval(0.001)
        server = _Server(config, service)
        signal.signal(signal.SIGUSR2, server.end_all)
        weigh_more()
        with _record(service, url):
            server.run(sockets=[listener])
        remove_runtime_directory()


def _has_been_obeyed(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing more."""


def _leave_no_core() -> None:
    """Have a crash, of this process or of a run, write no memory to a disk: there are keys in it."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    # One byte, which no core fits into; unlike none at all, it also keeps a program that collects cores from being run.
    resource.setrlimit(resource.RLIMIT_CORE, (1 if most else 0, most))


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the lock of this user's service; the operating system gives it back however the process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning("The embedded Runner of this user runs already.") from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _listen(remembered: Path, port: int | None) -> Iterator[socket.socket]:
    """Listen on the port given or, so that addresses in notebooks stay right, on that of the last time."""
    wanted = [port] if port is not None else [*_last_port(remembered), 0]
    for place, number in enumerate(wanted):
        # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer waits 40 ms for an acknowledgement.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, number))
            break
        except OSError:
            listener.close()
            if place == len(wanted) - 1:
                raise
    with listener:
        remembered.write_text(str(listener.getsockname()[1]))
        yield listener


def _last_port(remembered: Path) -> list[int]:
    try:
        return [int(remembered.read_text())]
    except (OSError, ValueError):
        return []


def _log_to(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=2_000_000, backupCount=3)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    path.chmod(0o600)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


@contextmanager
def _record(service: Service, url: str) -> Iterator[None]:
    """Tell clients of this user how to log in, for as long as the process lives."""
    record = ServiceRecord(
        url=url,
        username=service.accounts.username,
        password=service.accounts.password,
        account_alias=service.accounts.account_alias,
        pid=service.pid,
        version=__version__,
    )
    runtime_directory()
    path = service_record_path()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(record))
    draft.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
