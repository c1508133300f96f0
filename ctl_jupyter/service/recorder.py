"""The recorder: reads the spools of all runs and stores what they tell; one thread."""

import contextlib
import logging
import os
import select
import selectors
import shutil
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from ctl_jupyter.documents import RepositoryLog, Status
from ctl_jupyter.service.engine.launch import (
    marker,
    private_directory,
    run_directory,
    spool_path,
    wake_address,
)
from ctl_jupyter.service.engine.processes import Process, boot_id, is_alive, kill_marked
from ctl_jupyter.service.outcome import Outcome, RunFacts
from ctl_jupyter.service.states import Actor
from ctl_jupyter.service.store.executions import EventRow, Executions, LiveRun

__all__ = ["Recorder"]

logger = logging.getLogger(__name__)

#: Lines stored in one transaction at most, so that a long spool does not keep other writers waiting.
BATCH = 500
#: Seconds after which spools are looked at again when storing failed (a full disk, a locked database).
RETRY = 1.0


class _Tail:
    """How far the spool of one run has been read and stored."""

    def __init__(self, run: LiveRun) -> None:
        self.execution_id = run.execution_id
        self.run = run.run
        self.process = run.process
        self.offset = run.spool_offset
        self.facts = RunFacts()
        self.end: dict[str, Any] | None = None
        self.stop_reason = ""
        self._path = spool_path(run.execution_id, run.run)
        for line in self._lines(0, run.spool_offset):
            # Read before the service was started anew: known, but the outcome depends on it.
            self.take(line)

    def take(self, line: dict[str, Any]) -> None:
        if line["kind"] == "event":
            self.facts.add(line["event_type"], line["message"])
        elif line["kind"] == "stopping":
            self.stop_reason = "It was stopped: it ran longer than the job's executionTtl."
        elif line["kind"] == "end":
            self.end = line

    def has_more(self) -> bool:
        """Whether the spool is longer than what was read of it: most wakes are for another run's."""
        try:
            return os.stat(self._path).st_size > self.offset  # noqa: PTH116 -- for each event of any run
        except FileNotFoundError:
            return False

    def next_lines(self) -> tuple[list[dict[str, Any]], int]:
        """Return the next whole lines and the offset behind them."""
        data = self._read(self.offset, None)
        whole = data[: data.rfind(b"\n") + 1].split(b"\n")[:-1][:BATCH]
        return [_decoded(line) for line in whole], self.offset + sum(len(line) + 1 for line in whole)

    def _lines(self, begin: int, end: int) -> list[dict[str, Any]]:
        return [_decoded(line) for line in self._read(begin, end).splitlines()]

    def _read(self, begin: int, end: int | None) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(begin)
                return file.read() if end is None else file.read(end - begin)
        except FileNotFoundError:
            return b""


class Recorder:
    """Follows every live run to its end.

    Parameters
    ----------
    executions
        Where events and outcomes are stored.
    on_change
        Told the id of an execution that something was stored of.
    on_end
        Told when a run has ended.
    """

    def __init__(self, executions: Executions, on_change: Callable[[str], None], on_end: Callable[[], None]) -> None:
        self._executions = executions
        self._on_change = on_change
        self._on_end = on_end
        self._added: SimpleQueue[LiveRun | None] = SimpleQueue()
        self._tails: dict[str, _Tail] = {}
        self._watched: dict[str, int] = {}
        self._selector = selectors.DefaultSelector()
        address = wake_address()
        Path(address).unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._waker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._waker.setblocking(False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self, runs: Iterable[LiveRun] = ()) -> None:
        """Begin.

        Parameters
        ----------
        runs
            Those that were alive when the service last ended.
        """
        for run in runs:
            self._added.put(run)
        self._thread.start()
        self._wake()

    def add(self, run: LiveRun) -> None:
        """Follow one more run."""
        self._added.put(run)
        self._wake()

    def stop(self) -> None:
        """End the thread; the runs go on and are taken up again at the next start."""
        self._added.put(None)
        self._stopping.set()
        self._wake()
        self._thread.join()
        for descriptor in self._watched.values():
            os.close(descriptor)
        self._selector.close()
        self._socket.close()
        self._waker.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._waker.sendto(b"w", wake_address())

    def _run(self) -> None:
        failed = False
        while True:
            if failed:
                # What ended stays readable: waiting for it would be no pause.
                self._stopping.wait(RETRY)
            else:
                self._selector.select()
            failed = False
            with contextlib.suppress(BlockingIOError):
                while True:
                    self._socket.recv(16)
            while not self._added.empty():
                run = self._added.get()
                if run is None:
                    return
                self._watch(run)
            for tail in list(self._tails.values()):
                try:
                    self._advance(tail)
                except (SQLAlchemyError, OSError):
                    # The spool keeps what could not be stored.
                    logger.exception("events of execution %s could not be stored; trying again", tail.execution_id)
                    failed = True

    def _watch(self, run: LiveRun) -> None:
        tail = self._tails[run.execution_id] = _Tail(run)
        process = tail.process
        if process is None or not is_alive(process.boot, process.pid, process.started):
            return
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(process.pid)
            self._watched[run.execution_id] = descriptor
            self._selector.register(descriptor, selectors.EVENT_READ)

    def _advance(self, tail: _Tail) -> None:
        """Store what is new in a spool, and the end when it has come."""
        gone = not self._is_running(tail)
        self._store_all(tail)
        if gone and tail.end is None:
            self._clean_up_after(tail)
            # What the playbook wrote in its last moments.
            self._store_all(tail)
        if tail.end is not None:
            if tail.end.get("left"):
                logger.warning(
                    "execution %s has ended and left processes of another user that this one may not kill: %s",
                    tail.execution_id,
                    tail.end["left"],
                )
            if "'ctl_runner_events'" in tail.end["output"]:
                logger.error("events of execution %s were lost: %s", tail.execution_id, tail.end["output"])
            self._finish(tail, tail.facts.judge(tail.end))
        elif gone:
            self._finish(tail, Outcome(Status.FAILURE, _why_gone(tail.process), sorted(tail.facts.failures)))

    def _store_all(self, tail: _Tail) -> None:
        while tail.end is None and tail.has_more():
            lines, offset = tail.next_lines()
            if not lines:
                break
            self._store(tail, lines, offset)

    def _clean_up_after(self, tail: _Tail) -> None:
        """Do what a supervisor that was killed could not: leave no process and no key behind."""
        name, value = marker(tail.execution_id, tail.run)
        private = private_directory(tail.execution_id, tail.run)
        kill_marked(f"{name}={value}", f"ssh: {private}/")
        shutil.rmtree(private, ignore_errors=True)

    def _store(self, tail: _Tail, lines: list[dict[str, Any]], offset: int) -> None:
        rows = [
            EventRow(line["event_type"], line["message"], line["timestamp"])
            for line in lines
            if line["kind"] == "event"
        ]
        logs = [line["repository_log"] for line in lines if line["kind"] == "prepared" and line["repository_log"]]
        self._executions.record(
            tail.execution_id,
            tail.run,
            rows,
            offset,
            status=_status_told(lines),
            repository_log=msgspec.convert(logs[0], RepositoryLog) if logs else None,
        )
        tail.offset = offset
        for line in lines:
            tail.take(line)
            if line["kind"] == "engine":
                logger.info("execution %s runs %s: %s", tail.execution_id, line["engine"], line["reason"])
        self._on_change(tail.execution_id)

    def _finish(self, tail: _Tail, outcome: Outcome) -> None:
        self._executions.end(tail.execution_id, tail.run, outcome, Actor.RECORDER, tail.stop_reason)
        self._on_change(tail.execution_id)
        del self._tails[tail.execution_id]
        descriptor = self._watched.pop(tail.execution_id, None)
        if descriptor is not None:
            self._selector.unregister(descriptor)
            _reap(descriptor)
        shutil.rmtree(run_directory(tail.execution_id, tail.run), ignore_errors=True)
        self._on_end()

    def _is_running(self, tail: _Tail) -> bool:
        # A supervisor that has ended keeps its number until it is reaped; its descriptor tells.
        descriptor = self._watched.get(tail.execution_id)
        if descriptor is None:
            return False
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return not poll.poll(0)


def _status_told(lines: list[dict[str, Any]]) -> Status | None:
    """Return the status that lines of a spool set their execution to."""
    if any(line["kind"] == "stopping" for line in lines):
        return Status.STOPPING
    if any(line.get("event_type") == "playbook_on_task_start" for line in lines):
        return Status.RUNNING
    return None


def _why_gone(process: Process | None) -> str:
    """Return why a supervisor ended without its closing line."""
    if process is None:
        return "The service ended while it started the run."
    if process.boot != boot_id():
        return "This machine was started anew while it ran."
    return "The supervisor of the run was killed."


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        # A task can write into its spool; that must not end the recorder of all the others.
        logger.error("a line of a spool cannot be read and is passed over: %s", error)  # noqa: TRY400 -- no trace helps
        return {"kind": "unreadable"}


def _reap(descriptor: int) -> None:
    """Take the exit status of a supervisor that this process started, so that it does not stay as a zombie."""

    def wait() -> None:
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PIDFD, descriptor, os.WEXITED)
        os.close(descriptor)

    # It has written its last line and ends within moments.
    threading.Thread(target=wait, name="reaper", daemon=True).start()
