"""The handle of one execution: what every start returns."""

import time
from collections.abc import Callable, Sequence

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.errors import ExecutionFailed, NotFound, WaitTimedOut
from ctl_jupyter.client.follow import Following, follow
from ctl_jupyter.client.progress import Progress
from ctl_jupyter.client.runs import in_order
from ctl_jupyter.client.why import Why, examine
from ctl_jupyter.documents import Execution, StartRequest, Status, StatusEvent

__all__ = ["ExecutionHandle"]

#: Seconds between two looks of a waiting thread at whether it should go on.
TICK = 0.05


class ExecutionHandle:
    """One execution, wherever it was started.

    Parameters
    ----------
    calls
        The account it belongs to.
    execution
        Its document as last seen.
    job_name
        For texts; the job's id when empty.
    """

    def __init__(self, calls: RunnerCalls, execution: Execution, job_name: str = "") -> None:
        self._following = Following(calls, execution)
        self._is_followed = False
        self.job_name = job_name or execution.job_id

    @property
    def execution_id(self) -> str:
        """The execution's id, the truth by which it can be picked up again."""
        return self._following.execution.execution_id

    @property
    def job_id(self) -> str:
        """The id of the job that was started."""
        return self._following.execution.job_id

    @property
    def execution(self) -> Execution:
        """The document as last seen; `refresh` asks for a newer one."""
        return self._following.execution

    @property
    def progress(self) -> Progress:
        """What the events read so far tell; grows while the execution is followed."""
        return self._following.progress

    @property
    def known_events(self) -> Sequence[StatusEvent]:
        """The status events read so far, in order; asks nobody.

        The list grows while the execution is followed; against a service without a cursor it is replaced by a new one.
        """
        return self._following.events

    @property
    def trouble(self) -> str:
        """Why nothing new arrives just now, empty when all is well."""
        silence = self._following.silence
        if not self._following.trouble and silence:
            return f"{self._following.calls.http.base_url} has given no answer for {silence:.0f} s."
        return self._following.trouble

    @property
    def usual_seconds(self) -> float | None:
        """How long its job usually takes, ``None`` when that is not known or nobody asked `follow` for it."""
        return self._following.usual

    def __repr__(self) -> str:
        return f"<ExecutionHandle {self.execution_id} of job {self.job_name!r}: {self.progress.status}>"

    def refresh(self) -> Execution:
        """Ask for the document again: ``GET /jobs/{alias}/{jobId}/executions/{executionId}``."""
        if not self._following.execution.is_final:
            following = self._following
            newer = following.calls.get_execution(self.job_id, self.execution_id)
            # The following thread may have read the end while this answer was on its way.
            if not following.execution.is_final:
                following.execution = newer
        return self.execution

    def last_run(self) -> "ExecutionHandle":
        """Return a handle of the execution's last run: this one, or a new one when it was restarted meanwhile.

        Also a new one when this one could not be followed any longer.
        ``GET /jobs/{alias}/{jobId}/executions/{executionId}``, asked for when there is nothing more to read here.
        """
        is_lost = self._following.error is not None
        if not self.execution.is_final and not is_lost:
            return self
        calls = self._following.calls
        try:
            newest = calls.get_execution(self.job_id, self.execution_id)
        except NotFound:
            return self  # deleted since; what was read of it remains
        is_same = not is_lost and newest.is_final and len(newest.timers or []) == len(self.execution.timers or [])
        return self if is_same else ExecutionHandle(calls, newest, self.job_name)

    @property
    def status(self) -> str:
        """The status, asked for unless it is known to be final."""
        return self.refresh().status

    def in_final_state(self) -> bool:
        """Whether the execution has ended."""
        return self.refresh().is_final

    def follow(self, on_change: Callable[[], None] | None = None, *, with_history: bool = False) -> None:
        """Have the events read in the background.

        Parameters
        ----------
        on_change
            Called, from a background thread, after something new was read and once at the end.
        with_history
            Ask once, too, how long the job usually takes: ``GET /jobs/{alias}/{jobId}/executions``.
        """
        if with_history and self.usual_seconds is None:
            self._following.wants_usual = True
        if on_change is not None:
            self._following.listeners.append(on_change)
        if not self._is_followed:
            self._is_followed = True
            follow(self._following)

    @property
    def is_read(self) -> bool:
        """Whether the execution has ended and every event of it has been read, or following was given up."""
        return self._following.done.is_set()

    def wait(self, timeout: float | None = None, on_tick: Callable[[], None] | None = None) -> Execution:
        """Wait until the execution has ended and all of its events are read.

        Parameters
        ----------
        timeout
            Seconds; for ever when ``None``.
        on_tick
            Called several times a second on the waiting thread.

        Returns
        -------
        Execution
            The final document, whatever its status: `raise_for_failure` judges it.

        Raises
        ------
        WaitTimedOut
            When it has not ended in time; it goes on.
        RunnerError
            When it could not be followed to its end.
        """
        self.follow()
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._following.done.wait(TICK):
            if on_tick:
                on_tick()
            if deadline is not None and time.monotonic() >= deadline:
                raise WaitTimedOut(
                    f"The execution {self.execution_id} has not ended within {timeout:g} s; it goes on.", self
                )
        if self._following.error:
            raise self._following.error
        return self.execution

    def stop(self, expiry: float = 0) -> Execution:
        """Let the running tasks end and start no others: ``POST …/executions/{executionId}/stop``.

        Parameters
        ----------
        expiry
            Seconds after which the process is interrupted; 0 for never.
        """
        return self._following.calls.stop(self.job_id, self.execution_id, expiry)

    def kill(self, expiry: float = 0) -> Execution:
        """Kill every process of it: ``POST …/executions/{executionId}/kill``.

        Parameters
        ----------
        expiry
            Seconds to wait before; 0 for at once.
        """
        return self._following.calls.kill(self.job_id, self.execution_id, expiry)

    def restart(self, request: StartRequest | None = None) -> "ExecutionHandle":
        """Run it again on its failed hosts: ``POST …/executions/{executionId}/restart``. Sent once.

        Parameters
        ----------
        request
            Fewer of the failed hosts, and the keys that are needed: Runner keeps none.

        Returns
        -------
        ExecutionHandle
            A new handle of the same execution, for its new run.
        """
        calls = self._following.calls
        return ExecutionHandle(calls, calls.restart(self.job_id, self.execution_id, request), self.job_name)

    def events(self) -> list[StatusEvent]:
        """Return every status event there is by now, in the order they happened.

        ``GET /status/{alias}/job/{jobId}/execution/{executionId}``
        """
        if self.is_read and not self._following.error:
            return list(self._following.events)
        return in_order(self._following.calls.status_events(self.job_id, self.execution_id))

    def why(self) -> Why:
        """Return why it ended as it did, or what has failed so far: the first failures, and the last success before.

        ``GET /status/{alias}/job/{jobId}/execution/{executionId}``, ``GET /jobs/{alias}/{jobId}/executions`` and
        ``GET /jobs/{alias}/{jobId}``; `ctl_jupyter.client.comparison` says how often at most.
        """
        return examine(self._following.calls, self.refresh(), self.events(), self.job_name)

    def raise_for_failure(self) -> None:
        """Raise `ExecutionFailed`, with two lines that say why, unless the execution ended in SUCCESS.

        Raises
        ------
        ExecutionFailed
            Naming the first failed host, its task and Ansible's message.
        """
        if self.execution.status != Status.SUCCESS:
            raise ExecutionFailed(self.describe_failure(), self)

    def describe_failure(self) -> str:
        """Return two lines: what ended how, and the first host, task and message that failed, or the reason."""
        hosts = len(dict.fromkeys(failure.host for failure in self.progress.failures))
        head = f"{self.job_name}: {self.execution.status}"
        if hosts:
            head += f" on {hosts} of {len(self.progress.hosts)} host{'s' if len(self.progress.hosts) != 1 else ''}"
        head += f" (execution {self.execution_id})"
        if self.progress.failures:
            first = self.progress.failures[0]
            verb = "could not be reached" if first.unreachable else "failed"
            return f"{head}\n{first.host} {verb} in task {first.task!r}: {one_line(first.message, 500)}"
        return f"{head}\n{one_line(self.progress.reason or 'The service gave no reason.', 500)}"
