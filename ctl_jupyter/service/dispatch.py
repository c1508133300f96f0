"""The queue: starts what waits, oldest first, as soon as an account has room; woken by events, never by a tick."""

import logging
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ctl_jupyter.documents import DocumentError, Execution, Job, StartRequest, Status
from ctl_jupyter.service.engine import control
from ctl_jupyter.service.engine.fence import revoke
from ctl_jupyter.service.engine.launch import Run, run_directory
from ctl_jupyter.service.engine.processes import Process, send_signal
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.recorder import Recorder
from ctl_jupyter.service.recovery import KEYS_LOST
from ctl_jupyter.service.states import Actor
from ctl_jupyter.service.store.executions import Executions, LiveRun
from ctl_jupyter.service.store.once import Once

__all__ = ["Dispatcher"]

logger = logging.getLogger(__name__)

#: Seconds after which the queue is looked at again when the database was in trouble.
RETRY = 1.0


class Dispatcher:
    """Takes starts and hands them to supervisors.

    Parameters
    ----------
    executions
        The queue is the PENDING ones among them.
    recorder
        Follows what was started.
    on_change
        Told the id of an execution whose status was changed here.
    launch
        Starts the supervisor of a run.
    inventory_of
        Returns where all hosts of an account come from, for jobs that ask for them.
    """

    def __init__(
        self,
        executions: Executions,
        recorder: Recorder,
        on_change: Callable[[str], None],
        launch: Callable[[Run], Process],
        inventory_of: Callable[[str], Path | None],
    ) -> None:
        self._launch = launch
        self._executions = executions
        self._inventory_of = inventory_of
        self._on_change = on_change
        self._recorder = recorder
        # Requests with their keys, which are kept nowhere else, until the execution's turn comes.
        self._requests: dict[str, StartRequest] = {}
        # What was claimed and could not be launched, and why, until that is stored.
        self._refused: list[tuple[Run, str]] = []
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin, and end what can no longer run: starts whose keys were lost with the last process."""
        for execution_id, run in self._executions.pending_with_keys():
            self._executions.end(execution_id, run, Outcome(Status.INIT_FAILURE, KEYS_LOST), Actor.DISPATCHER)
        self._thread.start()
        self.wake()

    def stop(self) -> None:
        """Take no more work; what runs goes on."""
        self._stopping = True
        self.wake()
        self._thread.join()

    def wake(self) -> None:
        """Look at the queue: something was added to it, or a run has ended."""
        self._work.set()

    def submit(self, job: Job, request: StartRequest, once: Once | None = None) -> Execution:
        """Queue an execution of a job.

        Raises
        ------
        Repeated
            With the execution's document, when the request was carried out before.
        """
        with self._lock:
            execution = self._executions.create(job, request, once)
            self._requests[execution.execution_id] = request
        self.wake()
        return execution

    def resubmit(
        self, execution_id: str, job: Job | None, request: StartRequest, once: Once | None = None
    ) -> Execution | None:
        """Queue a failed execution once more; ``None`` when it has not failed.

        Raises
        ------
        DocumentError
            When a host is given that did not fail.
        Repeated
            With the execution's document, when the request was carried out before.
        """
        with self._lock:
            restarted = self._executions.restart(execution_id, job, request, once)
            if restarted is None:
                return None
            execution, self._requests[execution_id] = restarted
        self.wake()
        return execution

    def order(self, execution_id: str, action: str, expiry: float) -> Execution | None:
        """Stop or kill an execution; ``None`` when its status does not allow it.

        Parameters
        ----------
        action
            `control.STOP` or `control.KILL`.
        expiry
            Seconds: how long a kill waits, or after which a stop is enforced (0: never).
        """
        with self._lock:
            ordered = self._executions.order(
                execution_id, Status.STOPPING if action == control.STOP else Status.KILLING
            )
            if ordered is None:
                return None
            execution, run, before = ordered
            if before == Status.PENDING:
                self._requests.pop(execution_id, None)
        if before == Status.PENDING:
            # There is no process to end: the recorder finds none and ends it.
            self._recorder.add(run)
        else:
            directory = run_directory(execution_id, run.run)
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            control.write_order(directory, action, expiry)
            self._tell(run.process)
        self._on_change(execution_id)
        return execution

    def _tell(self, process: Process | None) -> None:
        """Have a supervisor look at its orders."""
        if process is not None:
            send_signal(process.boot, process.pid, process.started, signal.SIGUSR1)

    def _run(self) -> None:
        in_trouble = False
        while True:
            self._work.wait(RETRY if in_trouble else None)
            self._work.clear()
            if self._stopping:
                return
            try:
                self._end_refused()
                while self._start_next():
                    self._end_refused()
                in_trouble = False
            except Exception:
                # A full disk or a locked database passes; the queue must outlive it.
                logger.exception("an execution could not be started; trying again")
                in_trouble = True

    def _start_next(self) -> bool:
        with self._lock:
            run = self._executions.claim()
            if run is None:
                return False
            request = self._requests.pop(run.execution_id, run.request)
        self._on_change(run.execution_id)
        try:
            inventory = self._inventory_of(str(run.job.account_alias))
            process = self._launch(replace(run, request=request, inventory=inventory))
        except DocumentError as error:
            self._refused.append((run, str(error)))
        except BrokenPipeError:
            self._refused.append((run, "The supervisor of the run was killed before it began."))
        except OSError as error:
            self._refused.append((run, f"This machine could not start it: {error.strerror or error}."))
        else:
            self._follow(run, process)
        return True

    def _follow(self, run: Run, process: Process) -> None:
        # First of all: should the database not take what follows, the run is watched over all the same.
        self._recorder.add(LiveRun(run.execution_id, run.number, Status.INITIALIZING, process, 0))
        self._executions.set_process(run.execution_id, run.number, process)
        if control.read_order(run_directory(run.execution_id, run.number)) is not None:
            # Given while there was no process to tell.
            self._tell(process)

    def _end_refused(self) -> None:
        """End the executions that could not be launched."""
        while self._refused:
            run, reason = self._refused[0]
            outcome, directory = Outcome(Status.INIT_FAILURE, reason), run_directory(run.execution_id, run.number)
            beginner = revoke(directory)
            if beginner is None:
                self._executions.end(run.execution_id, run.number, outcome, Actor.DISPATCHER)
                shutil.rmtree(directory, ignore_errors=True)
            else:
                # What failed came after the order was handed over.
                self._follow(run, beginner)
            self._refused.pop(0)
            self._on_change(run.execution_id)
