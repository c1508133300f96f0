"""Which calls a history is pulled with, and when: none until it is looked at, then each once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.client.errors import NotFound
from ctl_jupyter.client.session import Session, current_session
from ctl_jupyter.documents import Execution
from ctl_jupyter.history.frames import HostResult, events_frame, executions_frame, host_results

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History", "history"]


def history(job: str | None = None, *, session: Session | None = None) -> "History":
    """Return the history of a job, or of the whole account.

    Parameters
    ----------
    job
        The job's id, name or unique id prefix (4 characters or more); every job of the account when ``None``.
    session
        Where to pull from; the session of the last `ctl_jupyter.connect` when ``None``.

    Returns
    -------
    History
        Nothing has been asked of the service yet.

    Raises
    ------
    NotLoggedIn
        Without a session.
    """
    return History(session or current_session(), job)


class History:
    """The executions of a job or an account, and what happened in them.

    Pulled when first looked at, and kept: `refresh` forgets it. Draw it with `ctl_jupyter.charts.timeline`.

    Parameters
    ----------
    session
        Where to pull from.
    job
        The job's id, name or unique id prefix; every job of the account when ``None``.
    """

    def __init__(self, session: Session, job: str | None = None) -> None:
        self.session = session
        self.job = job
        self.refresh()

    def __repr__(self) -> str:
        of = f"job {self.job!r}" if self.job is not None else f"the account {self.session.account_alias}"
        if self._documents is None:
            return f"<History of {of}: not pulled yet>"
        count = len(self._documents)
        return f"<History of {of}: {count} execution{'' if count == 1 else 's'}>"

    def refresh(self) -> None:
        """Forget what was pulled: the next look asks the service again."""
        self._documents: list[Execution] | None = None
        self._job_names: dict[str, str] = {}
        self._results: dict[str, list[HostResult]] = {}
        self._executions: pd.DataFrame | None = None
        self._events: pd.DataFrame | None = None

    @property
    def executions(self) -> "pd.DataFrame":
        """One row per execution, newest first; `ctl_jupyter.history.frames` describes the columns.

        ``GET /jobs/{alias}/{jobId}/executions`` or, for the account, ``GET /jobs/{alias}/executions``, page
        by page, and ``GET /jobs/{alias}`` for the names.

        Raises
        ------
        NotFound, AmbiguousName
            When there is no such job, or there are several.
        RunnerError
            When the service does not answer as it should.
        """
        if self._executions is None:
            documents = self._pull_documents()
            self._executions = executions_frame(documents, self._job_names)
        # A shallow copy: pandas copies on write, so what a caller changes is the caller's own.
        return self._executions.copy(deep=False)

    @property
    def events(self) -> "pd.DataFrame":
        """One row per host and task that ended, executions newest first, each in the order it happened.

        ``GET /status/{alias}/job/{jobId}/execution/{executionId}`` for each execution, page by page. When
        this was interrupted, the next look goes on where it was.

        Raises
        ------
        NotFound, AmbiguousName
            When there is no such job, or there are several.
        RunnerError
            When the service does not answer as it should.
        """
        if self._events is None:
            documents = self._pull_documents()
            for execution in documents:
                if execution.execution_id not in self._results:
                    self._results[execution.execution_id] = self._pull_results(execution)
            pulled = (result for execution in documents for result in self._results[execution.execution_id])
            self._events = events_frame(pulled, self._job_names)
            self._results = {}
        return self._events.copy(deep=False)

    def _pull_documents(self) -> Sequence[Execution]:
        if self._documents is None:
            calls = self.session.calls
            if self.job is None:
                documents = list(calls.executions())
                # Asked for after the executions, so that the job of each is among them unless it was deleted.
                jobs = list(calls.jobs()) if documents else []
            else:
                jobs = [self.session.find_job(self.job)]
                documents = list(calls.executions(jobs[0].id))
            self._job_names = {job.id: job.name for job in jobs if job.id and job.name}
            self._documents = documents
        return self._documents

    def _pull_results(self, execution: Execution) -> list[HostResult]:
        try:
            events = list(self.session.calls.status_events(execution.job_id, execution.execution_id))
        except NotFound:
            return []  # deleted since it was listed; the others remain
        for event in events:
            event.execution_id = event.execution_id or execution.execution_id
            event.job_id = event.job_id or execution.job_id
        return host_results(sorted(events, key=lambda event: (event.seq or 0, event.timestamp or 0)))
