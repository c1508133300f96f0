"""The history of jobs or of an account, looked at as frames."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ctl_jupyter.client.session import Session, current_session
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.export import to_arrow, to_parquet
from ctl_jupyter.history.frames import events_frame, executions_frame, runs_frame
from ctl_jupyter.history.pulling.kept import store_of, store_without_session
from ctl_jupyter.history.pulling.look import Look
from ctl_jupyter.history.pulling.window import Moment, Window, window_of
from ctl_jupyter.history.sql import connect, query
from ctl_jupyter.history.store import Store, StoreInMemory
from ctl_jupyter.history.task_frames import hosts_frame, tasks_frame

if TYPE_CHECKING:
    import os

    import duckdb
    import pandas as pd
    import pyarrow as pa

    from ctl_jupyter.charts.report import Report

__all__ = ["History", "history"]


def history(
    job: str | Sequence[str] | None = None,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    status: str | Collection[str] = (),
    events: bool = False,
    rows: int | None = None,
    session: Session | None = None,
    store: bool = True,
    recheck: bool = False,
    offline: bool = False,
) -> "History":
    """Return the history of a job, of several, or of the whole account.

    Parameters
    ----------
    job
        A job's id, name or unique id prefix (4 characters or more), or several; every job of the account when
        ``None``, and none for an empty list. Of a job that was deleted, only what is kept is left (`offline`), or what
        the account's history tells.
    since, until
        Executions whose first run began at or after the one and before the other: a datetime (UTC when it has no
        zone), a date, an ISO text, or how long ago, as ``"7 days"``, ``"12h"``, ``"4 weeks"``.
    status
        Only executions in this status, or in one of several; in any when there is none.
    events
        Pull the status events together with the executions; else they are pulled when a frame needs them.
    rows
        How many executions at most, the newest, 0 or more: no more pages are asked for than it takes, and no
        executions are kept. All when ``None``.
    session
        Where to pull from; the session of the last `ctl_jupyter.connect` when ``None``.
    store
        Whether what is pulled is kept in the user's data directory, so that it is not asked for again. If not, it is
        in memory alone and gone with the history.
    recheck
        Ask for every failed execution again, to see whether it was restarted. Else those that failed last are asked
        for; the embedded Runner tells by itself.
    offline
        Ask nobody: what is kept, and no more; a warning says when that is not all.

    Returns
    -------
    History
        Nothing has been asked of the service yet.

    Raises
    ------
    NotLoggedIn
        Without a session; offline, when nothing says whose history is meant.
    DocumentError
        When a moment, a status, a job or a number of rows cannot be one.
    """
    window, jobs = window_of(since, until, status), _job_names(job)
    if rows is not None and (not isinstance(rows, int) or isinstance(rows, bool) or rows < 0):
        raise DocumentError(f"'rows' is how many executions at most, 0 or more, not {rows!r}.")
    if offline:
        kept = store_of(session) if session else store_without_session()
        return History(None, jobs, window, store=kept, events=events, rows=rows)
    found = session or current_session()
    return History(found, jobs, window, store=None if store else False, events=events, rows=rows, recheck=recheck)


def _job_names(job: str | Sequence[str] | None) -> tuple[str, ...] | None:
    if job is None or isinstance(job, str):
        return None if job is None else (job,)
    names = tuple(job) if isinstance(job, Iterable) else (job,)
    if not all(isinstance(name, str) for name in names):
        raise DocumentError("'job' is a job's name or id, or a list of them.")
    return names


class History:
    """The executions of jobs or of an account, and what happened in them.

    Pulled when first looked at, and kept: `refresh` has the next look ask again. Measures take it as they take its
    frames (`ctl_jupyter.history.measures`), and charts draw it (`ctl_jupyter.charts`).

    Parameters
    ----------
    session
        Where to pull from; ``None`` to look at what is kept alone.
    jobs
        Ids, names or unique id prefixes; every job of the account when ``None``.
    window
        Which executions.
    store
        Where to keep what is pulled; ``None`` for the account's own place, ``False`` for nowhere.
    events, rows, recheck
        As of `history`.
    """

    def __init__(
        self,
        session: Session | None,
        jobs: Sequence[str] | None = None,
        window: Window | None = None,
        *,
        store: Store | bool | None = None,
        events: bool = False,
        rows: int | None = None,
        recheck: bool = False,
    ) -> None:
        self.session = session
        self.jobs = None if jobs is None else tuple(dict.fromkeys(jobs))
        self.window = window or Window()
        self.rows = rows
        self._store = store if isinstance(store, Store) else None
        self._is_kept = store is not False
        self._with_events = events
        self._recheck = recheck
        self.refresh()

    def __repr__(self) -> str:
        look = self._look
        count = "not pulled yet" if look.count is None else f"{look.count:,} execution{'' if look.count == 1 else 's'}"
        if look.count is not None and not look.complete:
            count += ", not complete"
        if look.got:
            count = look.got if look.count is None else f"{count}; {look.got}"
        return f"<History of {self._of()}: {count}>"

    def _of(self) -> str:
        if self.jobs is None:
            return "the account" if self.session is None else f"the account {self.session.account_alias}"
        if not self.jobs:
            return "no jobs"
        return f"job{'s' * (len(self.jobs) > 1)} {', '.join(map(repr, self.jobs))}"

    def refresh(self) -> None:
        """Forget what was shown: the next look asks the service for what is new and for what may have changed."""
        self._look = Look(
            self.session,
            self.jobs,
            self.window,
            lambda: self.store,
            is_kept=self._is_kept,
            rows=self.rows,
            recheck=self._recheck,
        )
        self._frames: dict[str, pd.DataFrame] = {}

    @property
    def store(self) -> Store:
        """Where what is pulled is kept: `Store.size`, `Store.clear`, `Store.prune`."""
        if self._store is None:
            if self._is_kept:
                assert self.session is not None
                self._store = store_of(self.session)
            else:
                self._store = StoreInMemory()
        return self._store

    @property
    def complete(self) -> bool:
        """Whether nothing that was asked for is missing.

        ``False`` before it was pulled, when a pull did not come to its end, and when Runner was away. Where events
        were asked for or looked at, also while an execution still runs, whose events are still to come.
        """
        return self._look.complete

    @property
    def executions(self) -> "pd.DataFrame":
        """One row per execution, newest first; `ctl_jupyter.history.schema` describes the columns.

        ``GET /jobs/{alias}/{jobId}/executions`` or, for the account, ``GET /jobs/{alias}/executions``, those that are
        not kept yet or may have changed, and ``GET /jobs/{alias}`` for the names.

        Raises
        ------
        NotFound, AmbiguousName
            When there is no such job, or there are several.
        RunnerError
            When the service does not answer as it should; what came before is kept.
        """

        def make() -> "pd.DataFrame":
            if self._with_events:
                self._look.events()
            look = self._look
            return executions_frame(look.executions(), look.job_names, look.ids_with_events)

        return self._frame("executions", make)

    @property
    def runs(self) -> "pd.DataFrame":
        """One row for each run of each execution. Time in the queue is known where events were pulled.

        As `executions`; look at `events` before, or ask for them, for the time in the queue.
        """

        def make() -> "pd.DataFrame":
            if self._with_events:
                self._look.events()
            look = self._look
            return runs_frame(look.executions(), look.job_names, look.events_so_far)

        return self._frame("runs", make)

    @property
    def events(self) -> "pd.DataFrame":
        """One row per status event, executions newest first, each in the order it happened.

        ``GET /status/{alias}/job/{jobId}/execution/{executionId}`` for each execution whose events are not kept yet.
        When this was interrupted, the next look goes on where it was.

        Raises
        ------
        RunnerError
            As of `executions`.
        """
        return self._frame_of_events("events", events_frame)

    @property
    def tasks(self) -> "pd.DataFrame":
        """One row for each task of each run; pulls as `events` does."""
        return self._frame_of_events("tasks", tasks_frame)

    @property
    def hosts(self) -> "pd.DataFrame":
        """One row for each task that ended on a host; pulls as `events` does."""
        return self._frame_of_events("hosts", hosts_frame)

    def to_arrow(self, frame: str) -> "pa.Table":
        """Return the frame of that name as an Arrow table; see `ctl_jupyter.history.export.to_arrow`."""
        return to_arrow(self, frame)

    def to_parquet(self, directory: "str | os.PathLike[str]", *frames: str, overwrite: bool = False) -> list[Path]:
        """Write frames as Parquet files, all five or those named; see `ctl_jupyter.history.export.to_parquet`."""
        return to_parquet(self, directory, *frames, overwrite=overwrite)

    def query(self, sql: str) -> "pd.DataFrame":
        """Ask the frames, each a table of its name, in SQL; see `ctl_jupyter.history.sql.query`."""
        return query(self, sql)

    def duckdb(self) -> "duckdb.DuckDBPyConnection":
        """Return a DuckDB connection in which each frame is a table; see `ctl_jupyter.history.sql.connect`."""
        return connect(self)

    def report(self, job: str | None = None, tz: str | None = None) -> "Report":
        """Return one page with all that matters about a job or all of it; see `ctl_jupyter.charts.report`."""
        # The one arrow that points up: whoever holds a history should not have to know which room draws it.
        from ctl_jupyter.charts.report import report

        return report(self, job, tz)

    def _frame(self, name: str, make: "Callable[[], pd.DataFrame]") -> "pd.DataFrame":
        if name not in self._frames:
            self._frames[name] = make()
        # A shallow copy: pandas copies on write, so what a caller changes is the caller's own.
        return self._frames[name].copy(deep=False)

    def _frame_of_events(
        self, name: str, make: "Callable[[pa.Table, Mapping[str, str]], pd.DataFrame]"
    ) -> "pd.DataFrame":
        if self._look.events_so_far is None:
            self._look.events()
            # Events tell more of these.
            for made in ("executions", "runs"):
                self._frames.pop(made, None)
        return self._frame(name, lambda: make(self._look.events(), self._look.job_names))
