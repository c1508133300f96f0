"""The history of jobs or of an account: what is asked of Runner, and when, what is kept, and the frames made of it."""

import shutil
import sys
import warnings
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from ctl_jupyter.client.errors import NotFound, NotLoggedIn, TimedOut, Unreachable
from ctl_jupyter.client.session import Session, current_session
from ctl_jupyter.history.catching_up import ListOf, catch_up
from ctl_jupyter.history.events_here import catch_up_events, have_all_events
from ctl_jupyter.history.export import to_arrow, to_parquet
from ctl_jupyter.history.frames import events_frame, executions_frame, runs_frame
from ctl_jupyter.history.from_documents import pulled_executions
from ctl_jupyter.history.kept import JobNames, kept_job, store_of, store_without_session
from ctl_jupyter.history.ordering import events_in_order_of, newest_first
from ctl_jupyter.history.progress import progress_bar
from ctl_jupyter.history.sql import connect, query
from ctl_jupyter.history.store import Store
from ctl_jupyter.history.task_frames import hosts_frame, tasks_frame
from ctl_jupyter.history.window import Moment, Window, window_of

if TYPE_CHECKING:
    import os

    import duckdb
    import pandas as pd
    import pyarrow as pa

    from ctl_jupyter.charts.report import Report

__all__ = ["History", "IncompleteHistory", "history"]

PACKAGE = "ctl_jupyter."


class IncompleteHistory(UserWarning):
    """A history is shown that may lack something; says what and why."""


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
        A job's id, name or unique id prefix (4 characters or more), or several; every job of the account when ``None``.
    since, until
        Executions whose first run began at or after the one and before the other: a datetime (UTC when it has no
        zone), a date, an ISO text, or how long ago, as ``"7 days"``, ``"12h"``, ``"4 weeks"``.
    status
        Only executions in this status, or in one of several; in any when there is none.
    events
        Pull the status events together with the executions; else they are pulled when a frame needs them.
    rows
        How many executions at most, the newest: no more pages are asked for than it takes, and no executions are kept.
        All when ``None``.
    session
        Where to pull from; the session of the last `ctl_jupyter.connect` when ``None``.
    store
        Whether what is pulled is kept in the user's data directory, so that it is not asked for again. If not, it is
        gone with the history.
    recheck
        Ask for every failed execution again, to see whether it was restarted. Else those that failed last are asked
        for; the embedded Runner tells by itself.
    offline
        Ask nobody: what is kept, and no more.

    Returns
    -------
    History
        Nothing has been asked of the service yet.

    Raises
    ------
    NotLoggedIn
        Without a session; offline, when nothing says whose history is meant.
    DocumentError
        When a moment or a status cannot be one.
    """
    window = window_of(since, until, status)
    jobs = None if job is None else (job,) if isinstance(job, str) else tuple(job)
    if offline:
        return History(None, jobs, window, store=store_of(session) if session else store_without_session())
    found = session or current_session()
    return History(found, jobs, window, store=None if store else False, events=events, rows=rows, recheck=recheck)


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
        store: "Store | bool | None" = None,
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
        of = (
            "the account" if self.jobs is None else f"job{'s' * (len(self.jobs) > 1)} {', '.join(map(repr, self.jobs))}"
        )
        if self.jobs is None and self.session is not None:
            of += f" {self.session.account_alias}"
        if self._pulled is None:
            return f"<History of {of}: {self._got or 'not pulled yet'}>"
        count = self._pulled.num_rows
        some = "" if self.complete else ", not complete"
        return f"<History of {of}: {count:,} execution{'' if count == 1 else 's'}{some}>"

    def refresh(self) -> None:
        """Forget what was shown: the next look asks the service for what is new and for what may have changed."""
        self._pulled: pa.Table | None = None
        self._events: pa.Table | None = None
        self._job_names: dict[str, str] = {}
        self._frames: dict[str, pd.DataFrame] = {}
        self._is_current = False
        self._got = ""
        self._job_ids: list[str] | None = None
        self._of_how_many = 0

    @property
    def store(self) -> Store:
        """Where what is pulled is kept: `Store.size`, `Store.clear`, `Store.prune`."""
        if self._store is None:
            if self._is_kept:
                assert self.session is not None
                self._store = store_of(self.session)
            else:
                directory = mkdtemp(prefix="ctl-history-")
                weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
                self._store = Store(Path(directory))
        return self._store

    @property
    def complete(self) -> bool:
        """Whether nothing that was asked for is missing; ``False`` before it was pulled, and when Runner was away."""
        if self._pulled is None or not self._is_current:
            return False
        return self._events is None or bool(self._has_events().all())

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
            pulled = self._executions()
            if self._with_events:
                self._all_events()
            here = None if self._events is None else pulled.column("execution_id").filter(self._has_events())
            return executions_frame(pulled, self._job_names, here)

        return self._frame("executions", make)

    @property
    def runs(self) -> "pd.DataFrame":
        """One row for each run of each execution. Time in the queue is known where events were pulled.

        As `executions`; look at `events` before, or ask for them, for the time in the queue.
        """

        def make() -> "pd.DataFrame":
            pulled = self._executions()
            events = self._all_events() if self._with_events else self._events
            return runs_frame(pulled, self._job_names, events)

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
        return self._frame("events", lambda: events_frame(self._all_events(), self._job_names))

    @property
    def tasks(self) -> "pd.DataFrame":
        """One row for each task of each run; pulls as `events` does."""
        return self._frame("tasks", lambda: tasks_frame(self._all_events(), self._job_names))

    @property
    def hosts(self) -> "pd.DataFrame":
        """One row for each task that ended on a host; pulls as `events` does."""
        return self._frame("hosts", lambda: hosts_frame(self._all_events(), self._job_names))

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

    # --- pulling ---------------------------------------------------------------------------------------------

    def _frame(self, name: str, make: "Callable[[], pd.DataFrame]") -> "pd.DataFrame":
        if name not in self._frames:
            self._frames[name] = make()
        # A shallow copy: pandas copies on write, so what a caller changes is the caller's own.
        return self._frames[name].copy(deep=False)

    def _executions(self) -> "pa.Table":
        if self._pulled is None:
            self._pulled = self._kept() if self.session is None else self._pull(self.session)
        return self._pulled

    def _pull(self, session: Session) -> "pa.Table":
        if self.rows is not None:
            pulled = self._newest(session, self.rows)
            self._is_current = True
            return pulled
        try:
            lists = self._find_jobs(session)
            with progress_bar("Executions", "executions") as bar:
                for listed in lists:
                    catch_up(
                        session,
                        self.store,
                        listed,
                        since=self.window.since,
                        recheck_all=self._recheck,
                        on_progress=self._telling(bar),
                    )
        except (Unreachable, TimedOut) as error:
            return self._without_runner(error)
        pulled = self._of(lists)
        self._job_names |= self._names(session, pulled)
        self._is_current = True
        return pulled

    def _find_jobs(self, session: Session) -> list[ListOf]:
        if self.jobs is None:
            return [ListOf()]
        found = [session.find_job(name) for name in self.jobs]
        self._job_names = {str(job.id): job.name or str(job.id) for job in found}
        return [ListOf(job_id) for job_id in self._job_names]

    def _newest(self, session: Session, rows: int) -> "pa.Table":
        """Return the newest executions, for which as few pages are asked for as it takes."""
        calls = session.calls
        found: list[Any] = []
        lists = self._find_jobs(session)
        self._job_ids = None if self.jobs is None else [str(listed.job_id) for listed in lists]
        for listed in lists:
            found += islice(self._chosen(calls.executions(listed.job_id)), rows)
        if len(self.jobs or ()) > 1:
            found.sort(key=lambda execution: execution.start or float("inf"), reverse=True)
        pulled = pulled_executions(found[:rows])
        self._job_names |= self._names(session, pulled)
        return pulled

    def _chosen(self, executions: Iterable[Any]) -> Iterable[Any]:
        window = self.window
        for execution in executions:
            start = execution.start
            if window.since is not None and start is not None and start < window.since:
                return
            is_wanted = not window.statuses or execution.status in window.statuses
            if is_wanted and (window.until is None or (start is not None and start < window.until)):
                yield execution

    def _of(self, lists: Sequence[ListOf]) -> "pa.Table":
        """Return the executions of lists that are asked for, newest first."""
        import pyarrow as pa

        whole = [self.store.executions(listed.key) for listed in lists]
        self._of_how_many = sum(table.num_rows for table in whole)
        self._job_ids = None if self.jobs is None else [str(listed.job_id) for listed in lists]
        tables = [self.window.of(table) for table in whole]
        if len(tables) == 1:
            return tables[0]
        return newest_first(pa.concat_tables(tables).unify_dictionaries())

    def _names(self, session: Session, pulled: "pa.Table") -> Mapping[str, str]:
        """Return the names of the executions' jobs; asks for no more pages of jobs than it takes."""
        import pyarrow.compute as pc

        wanted = set(pc.unique(pulled.column("job_id")).to_pylist()) - {None} - set(self._job_names)
        names: dict[str, str] = {}
        for job in session.calls.jobs() if wanted else ():
            if job.id in wanted:
                names[str(job.id)] = job.name or str(job.id)
                if len(names) == len(wanted):
                    break
        known = JobNames(self.store)
        return known.add({**self._job_names, **names}) if self._is_kept else names

    def _telling(self, bar: Any) -> Callable[[int, int], None]:
        def tell(done: int, wanted: int) -> None:
            self._got = f"interrupted: {done:,} of {wanted:,} are kept; the next look goes on from there"
            bar.total, bar.n = wanted, done
            bar.update(0)

        return tell

    # --- without Runner --------------------------------------------------------------------------------------

    def _kept(self) -> "pa.Table":
        """Return what is kept, and asks nobody."""
        names = JobNames(self.store).read()
        self._job_names = names
        lists = [ListOf(kept_job(self.store, name, names)) for name in self.jobs or ()] or [ListOf()]
        if all(self.store.known(listed.key).total is None for listed in lists):
            raise NotLoggedIn(f"No history is kept in {self.store.directory}: log in and pull it once.")
        return self._of(lists)

    def _without_runner(self, error: Exception) -> "pa.Table":
        """Return what is kept when Runner cannot be reached, and say so; raise its error when nothing is."""
        if not self._is_kept:
            raise error
        try:
            kept = self._kept()
        except (NotFound, NotLoggedIn):
            raise error from None
        _warn(f"{error} This is what was kept here before: {kept.num_rows:,} executions.")
        self.session = None
        return kept

    # --- events ----------------------------------------------------------------------------------------------

    def _all_events(self) -> "pa.Table":
        if self._events is None:
            pulled = self._executions()
            if self.session is not None:
                with progress_bar("Events of executions", "executions") as bar:
                    catch_up_events(
                        self.session,
                        self.store,
                        pulled,
                        of=self._of_how_many or pulled.num_rows,
                        job_ids=self._job_ids,
                        on_progress=self._telling(bar),
                    )
            self._events = events_in_order_of(pulled, self.store.events(pulled.column("execution_id")))
            for name in ("executions", "runs"):
                self._frames.pop(name, None)
            if self.session is None and not self._has_events().all():
                missing = int((~self._has_events()).sum())
                _warn(f"The events of {missing:,} of {pulled.num_rows:,} executions are not kept here.")
        return self._events

    def _has_events(self) -> Any:
        return have_all_events(self.store, self._executions())


def _warn(text: str) -> None:
    """Warn at the line, outside of this package, that looked at the history."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, IncompleteHistory, stacklevel=level)
