"""Starting supervisors: warm, out of a zygote, or cold; see `ctl_jupyter.service.engine.warm` for the difference."""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from enum import StrEnum
from typing import Any

from ctl_jupyter.places import runtime_directory
from ctl_jupyter.service.engine.launch import (
    Run,
    environment,
    launch,
    marker,
    package_root,
    prepare,
)
from ctl_jupyter.service.engine.processes import Process, boot_id
from ctl_jupyter.service.engine.supervisor import constant_settings
from ctl_jupyter.service.engine.warm.marks import MARK, PLACEHOLDER

__all__ = ["Engine", "Starter"]

logger = logging.getLogger(__name__)

#: Seconds that a zygote may take to import Ansible, and to answer later.
READY_WITHIN, ANSWERS_WITHIN = 60.0, 10.0
#: Zygotes that may end one after the other without having started anything.
PATIENCE = 3
LARGEST_ANSWER = 4096


class Engine(StrEnum):
    """How runs are started."""

    AUTO = "auto"
    WARM = "warm"
    COLD = "cold"


class _NoZygote(Exception):
    """Why a zygote does not fork, in some words."""


class _Unfit(_NoZygote):
    """Why no zygote would."""


class _Zygote:
    """The process that has imported Ansible, while it lives."""

    def __init__(self) -> None:
        self.environment = environment()
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        code = (
            f"import sys; sys.path[0] = {str(package_root())!r}; "
            f"from ctl_jupyter.service.engine.warm.zygote import main; main({its.fileno()})"
        )
        self._said = os.memfd_create("ctl-runner-zygote")
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                env={
                    **self.environment,
                    **constant_settings(),
                    "ANSIBLE_LOCAL_TEMP": str(runtime_directory() / "zygote"),
                    MARK: PLACEHOLDER,
                },
                cwd="/",
                pass_fds=[its.fileno()],
                start_new_session=True,
            )
        self._socket = ours
        self.pid = self._process.pid

    def await_ready(self) -> None:
        answer = self._receive(READY_WITHIN)
        if "problem" in answer:
            raise _Unfit(answer["problem"])

    def fork(self, run: Run, order: bytes) -> Process:
        """Have the supervisor of a run forked, and hand it its order."""
        request = json.dumps({"mark": marker(run.execution_id, run.number)[1], "environment": self.environment})
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as pipe:
            try:
                socket.send_fds(self._socket, [request.encode()], [reading])
            except OSError as error:
                raise _NoZygote(self._last_words() or str(error)) from None
            finally:
                os.close(reading)
            # Without an order, should this fail, what was forked ends.
            answer = self._receive(ANSWERS_WITHIN)
            if "problem" in answer:
                raise _NoZygote(answer["problem"])
            pipe.write(order)
        return Process(boot_id(), answer["pid"], answer["started"] or 0)

    def _receive(self, patience: float) -> dict[str, Any]:
        self._socket.settimeout(patience)
        try:
            message = self._socket.recv(LARGEST_ANSWER)
        except OSError as error:
            raise _NoZygote(str(error)) from None
        if not message:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
            raise _NoZygote(self._last_words() or "it was killed")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _last_words(self) -> str:
        lines = os.pread(self._said, LARGEST_ANSWER, max(os.fstat(self._said).st_size - LARGEST_ANSWER, 0)).splitlines()
        return lines[-1].decode(errors="replace") if lines else ""

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()
        os.close(self._said)


class Starter:
    """Starts supervisors.

    Parameters
    ----------
    engine
        ``auto`` starts warm where it can and cold elsewhere; ``warm`` refuses to start a run otherwise.
    """

    def __init__(self, engine: Engine = Engine.AUTO) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None
        self._why_cold = "it was told so" if engine == Engine.COLD else ""
        self._lost = 0
        self._thread = threading.Thread(target=self._warm_up, name="engine", daemon=True)

    def start(self) -> None:
        """Have a zygote made ready meanwhile."""
        if self._why_cold:
            logger.info("runs are started cold: %s", self._why_cold)
        else:
            self._thread.start()

    def stop(self) -> None:
        """End the zygote; the runs that were forked from it go on."""
        with self._lock:
            self._why_cold = "the service ends"
            self._drop()

    def launch(self, run: Run) -> Process:
        """Start the supervisor of a run and hand it its order.

        Raises
        ------
        DocumentError
            When the order cannot be made; nothing was started then.
        OSError
            When this machine cannot start it.
        """
        order = prepare(run)
        with self._lock:
            process = self._launch_warm(run, order)
        if process is not None:
            return process
        if self._engine == Engine.WARM:
            raise OSError(0, f"it has no warm engine: {self._why_cold}")
        return launch(run, order)

    def _warm_up(self) -> None:
        with self._lock:
            while self._zygote is None and not self._why_cold:
                try:
                    self._ready_zygote()
                except _NoZygote as error:
                    self._lose(error)

    def _launch_warm(self, run: Run, order: bytes) -> Process | None:
        while not self._why_cold:
            try:
                process = self._ready_zygote().fork(run, order)
            except _NoZygote as error:
                self._lose(error)
            else:
                self._lost = 0
                return process
        return None

    def _ready_zygote(self) -> _Zygote:
        """Return a zygote that is ready, a new one when needed."""
        if self._zygote is not None and self._zygote.environment != environment():
            self._drop()
        if self._zygote is None:
            try:
                self._zygote = _Zygote()
            except OSError as error:
                raise _NoZygote(error.strerror or str(error)) from None
            self._zygote.await_ready()
            logger.info("runs are started warm, forked from process %d", self._zygote.pid)
        return self._zygote

    def _lose(self, error: _NoZygote) -> None:
        """Note that a zygote has ended, and give up when there is no use in another."""
        self._drop()
        self._lost += 1
        if isinstance(error, _Unfit) or self._lost >= PATIENCE:
            self._why_cold = str(error)
            logger.warning("runs are started cold: %s", error)
        else:
            logger.warning("the process that runs are forked from has ended: %s", error)

    def _drop(self) -> None:
        if self._zygote is not None:
            self._zygote.end()
            self._zygote = None
