"""Which calls a history is pulled with, and when: none until it is looked at, then each once."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from ctl_jupyter.client.errors import NotFound
from ctl_jupyter.client.runs import in_order
from ctl_jupyter.client.session import Session, current_session
from ctl_jupyter.documents import Execution
from ctl_jupyter.history.events import completed
from ctl_jupyter.history.frames import HostResult, events_frame, executions_frame, host_results

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History", "history"]


def history(
    job: str | None = None,
    *,
    session: Session | None = None,
    rows: int | None = None,
    statuses: Collection[str] = (),
) -> "History":
    """Return the history of a job, or of the whole account.

    Parameters
    ----------
    job
        The job's id, name or unique id prefix (4 characters or more); every job of the account when ``None``.
    session
        Where to pull from; the session of the last `ctl_jupyter.connect` when ``None``.
    rows
        How many executions at most, the newest: no more pages are asked for than it takes. All when ``None``.
    statuses
        Only executions in one of these; in any when there is none.

    Returns
    -------
    History
        Nothing has been asked of the service yet.

    Raises
    ------
    NotLoggedIn
        Without a session.
    """
    return History(session or current_session(), job, rows, statuses)


class History:
    """The executions of a job or an account, and what happened in them.

    Pulled when first looked at, and kept: `refresh` forgets it. Draw it with `ctl_jupyter.charts.timeline`.

    Parameters
    ----------
    session
        Where to pull from.
    job
        The job's id, name or unique id prefix; every job of the account when ``None``.
    rows
        How many executions at most, the newest; all when ``None``.
    statuses
        Only executions in one of these; in any when there is none.
    """

    def __init__(
        self, session: Session, job: str | None = None, rows: int | None = None, statuses: Collection[str] = ()
    ) -> None:
        self.session = session
        self.job = job
        self.rows = rows
        self.statuses = frozenset(statuses)
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
                documents = self._chosen(calls.executions())
                # Asked for after the executions, so that the job of each is among them unless it was deleted.
                self._job_names = self._names({execution.job_id for execution in documents})
            else:
                job = self.session.find_job(self.job)
                documents = self._chosen(calls.executions(job.id))
                self._job_names = {job.id: job.name} if job.id and job.name else {}
            self._documents = documents
        return self._documents

    def _chosen(self, executions: Iterable[Execution]) -> list[Execution]:
        wanted = (execution for execution in executions if not self.statuses or execution.status in self.statuses)
        return list(islice(wanted, self.rows))

    def _names(self, job_ids: set[str]) -> dict[str, str]:
        """Return the jobs' names; no more pages of jobs are asked for than it takes."""
        names: dict[str, str] = {}
        for job in self.session.calls.jobs() if job_ids else ():
            if job.id in job_ids:
                names[job.id] = job.name or job.id
            if len(names) == len(job_ids):
                break
        return names

    def _pull_results(self, execution: Execution) -> list[HostResult]:
        try:
            events = list(self.session.calls.status_events(execution.job_id, execution.execution_id))
        except NotFound:
            return []  # deleted since it was listed; the others remain
        return host_results(in_order(completed(events, execution.execution_id, execution.job_id)))
