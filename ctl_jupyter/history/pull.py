"""Which calls a history is pulled with, and when: none until it is looked at, then each once."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from ctl_jupyter.client.errors import NotFound
from ctl_jupyter.client.runs import in_order
from ctl_jupyter.client.session import Session, current_session
from ctl_jupyter.documents import Execution
from ctl_jupyter.history.frames import events_frame, executions_frame, runs_frame
from ctl_jupyter.history.from_documents import pulled_events, pulled_executions
from ctl_jupyter.history.schema import pulled_events_schema
from ctl_jupyter.history.task_frames import hosts_frame, tasks_frame

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

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
        self._events: dict[str, pa.Table] = {}
        self._frames: dict[str, pd.DataFrame] = {}

    @property
    def executions(self) -> "pd.DataFrame":
        """One row per execution, newest first; `ctl_jupyter.history.schema` describes the columns.

        ``GET /jobs/{alias}/{jobId}/executions`` or, for the account, ``GET /jobs/{alias}/executions``, page
        by page, and ``GET /jobs/{alias}`` for the names.

        Raises
        ------
        NotFound, AmbiguousName
            When there is no such job, or there are several.
        RunnerError
            When the service does not answer as it should.
        """
        return self._kept("executions", lambda: executions_frame(self._pulled(), self._job_names))

    @property
    def runs(self) -> "pd.DataFrame":
        """One row per run of each execution; pulls no events."""
        return self._kept("runs", lambda: runs_frame(self._pulled(), self._job_names))

    @property
    def events(self) -> "pd.DataFrame":
        """One row per status event, executions newest first, each in the order it happened.

        ``GET /status/{alias}/job/{jobId}/execution/{executionId}`` for each execution, page by page. When
        this was interrupted, the next look goes on where it was.

        Raises
        ------
        NotFound, AmbiguousName
            When there is no such job, or there are several.
        RunnerError
            When the service does not answer as it should.
        """
        return self._kept("events", lambda: events_frame(self._pulled_events(), self._job_names))

    @property
    def tasks(self) -> "pd.DataFrame":
        """One row per task of each run; pulls as `events`."""
        return self._kept("tasks", lambda: tasks_frame(self._pulled_events(), self._job_names))

    @property
    def hosts(self) -> "pd.DataFrame":
        """One row per task that ended on a host; pulls as `events`."""
        return self._kept("hosts", lambda: hosts_frame(self._pulled_events(), self._job_names))

    def _kept(self, name: str, make: "Callable[[], pd.DataFrame]") -> "pd.DataFrame":
        if name not in self._frames:
            self._frames[name] = make()
        # A shallow copy: pandas copies on write, so what a caller changes is the caller's own.
        return self._frames[name].copy(deep=False)

    def _pulled(self) -> "pa.Table":
        return pulled_executions(self._pull_documents())

    def _pulled_events(self) -> "pa.Table":
        import pyarrow as pa

        documents = self._pull_documents()
        for execution in documents:
            if execution.execution_id not in self._events:
                self._events[execution.execution_id] = self._pull_events(execution)
        return pa.concat_tables(
            [pulled_events_schema().empty_table(), *(self._events[row.execution_id] for row in documents)]
        )

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

    def _pull_events(self, execution: Execution) -> "pa.Table":
        try:
            events = list(self.session.calls.status_events(execution.job_id, execution.execution_id))
        except NotFound:
            events = []  # deleted since it was listed; the others remain
        return pulled_events(in_order(events), execution.execution_id, execution.job_id)
