"""The queue: starts what waits, oldest first, as soon as an account has room; woken by events, never by a tick."""

import logging
import threading
from dataclasses import replace

from ctl_jupyter.documents import DocumentError, Execution, Job, StartRequest, Status
from ctl_jupyter.service.engine.launch import launch
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.recorder import Recorder
from ctl_jupyter.service.store.executions import Executions, LiveRun

__all__ = ["Dispatcher"]

logger = logging.getLogger(__name__)


class Dispatcher:
    """Takes starts and hands them to supervisors.

    Parameters
    ----------
    executions
        The queue is the PENDING ones among them.
    recorder
        Follows what was started.
    """

    def __init__(self, executions: Executions, recorder: Recorder) -> None:
        self._executions = executions
        self._recorder = recorder
        # Requests with their keys, which are kept nowhere else, until the execution's turn comes.
        self._requests: dict[str, StartRequest] = {}
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin, and end what can no longer run: starts whose keys were lost with the last process."""
        for execution_id, run in self._executions.pending_with_keys():
            reason = "The service was started anew while this waited, and keeps no private keys: start it again."
            self._executions.end(execution_id, run, Outcome(Status.INIT_FAILURE, reason))
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

    def submit(self, job: Job, request: StartRequest) -> Execution:
        """Queue an execution of a job."""
        with self._lock:
            execution = self._executions.create(job, request)
            self._requests[execution.execution_id] = request
        self.wake()
        return execution

    def _run(self) -> None:
        while True:
            self._work.wait()
            self._work.clear()
            if self._stopping:
                return
            try:
                while self._start_next():
                    pass
            except Exception:
                # The queue must outlive any one start.
                logger.exception("an execution could not be started")

    def _start_next(self) -> bool:
        with self._lock:
            run = self._executions.claim()
            if run is None:
                return False
            request = self._requests.pop(run.execution_id, run.request)
        whole = replace(run, request=request)
        try:
            process = launch(whole)
        except (DocumentError, OSError) as error:
            reason = (
                str(error)
                if isinstance(error, DocumentError)
                else f"This machine could not start it: {error.strerror}."
            )
            self._executions.end(run.execution_id, run.number, Outcome(Status.INIT_FAILURE, reason))
            return True
        self._executions.set_process(run.execution_id, run.number, process)
        self._recorder.add(LiveRun(run.execution_id, run.number, Status.INITIALIZING, process, 0))
        return True
