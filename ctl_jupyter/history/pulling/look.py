"""One look at a history: what is asked of Runner, what is kept here, and the tables that frames are made of."""

import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from ctl_jupyter.client.errors import (
    AmbiguousName,
    AnswerNotUnderstood,
    NotFound,
    NotLoggedIn,
    RunnerError,
    ServiceBusy,
    ServiceFailed,
    TimedOut,
    Unreachable,
)
from ctl_jupyter.client.paging import every_row
from ctl_jupyter.client.session import Session
from ctl_jupyter.client.whole_lists import again
from ctl_jupyter.documents import DocumentError, Execution, Page
from ctl_jupyter.history.pulling.catching_up import ListOf, catch_up
from ctl_jupyter.history.pulling.events_here import catch_up_events, have_all_events
from ctl_jupyter.history.pulling.from_documents import pulled_executions
from ctl_jupyter.history.pulling.kept import JobNames, kept_executions, kept_job
from ctl_jupyter.history.pulling.ordering import events_in_order_of, newest_first
from ctl_jupyter.history.pulling.page_pull import ATTEMPTS, FIRST_PAUSE
from ctl_jupyter.history.pulling.progress import progress_bar, told_of_lack
from ctl_jupyter.history.pulling.window import Window
from ctl_jupyter.history.store import Store, StoreUnusable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["IncompleteHistory", "Look"]


class IncompleteHistory(UserWarning):
    """A history is shown that may lack something; says what and why."""


class Look:
    """What was asked for when a history was first looked at; another look asks again.

    Parameters
    ----------
    session
        Where to pull from; ``None`` to look at what is kept alone.
    jobs
        Ids, names or unique id prefixes; every job of the account when ``None``.
    window, rows, recheck
        Which executions, as of `ctl_jupyter.history.history`.
    store
        Gives the place where what comes is kept.
    is_kept
        Whether it is still there when this history is gone.
    """

    def __init__(
        self,
        session: Session | None,
        jobs: Sequence[str] | None,
        window: Window,
        store: Callable[[], Store],
        *,
        is_kept: bool,
        rows: int | None,
        recheck: bool,
    ) -> None:
        self._session = session
        self._jobs = jobs
        self._window = window
        self._store = store
        self._is_kept = is_kept
        self._rows = rows
        self._recheck = recheck
        self._executions: pa.Table | None = None
        self._events: pa.Table | None = None
        self._has_events: npt.NDArray[np.bool_] | None = None
        self._is_current = self._wants_events = self._has_begun = False
        #: The jobs whose lists were pulled, ``None`` for the account's, and how many executions they have.
        self._job_ids: list[str] | None = None
        self._of_how_many = 0
        #: Names of jobs by their ids.
        self.job_names: dict[str, str] = {}
        #: How far a pull came that did not come to its end.
        self.got = ""

    @property
    def count(self) -> int | None:
        """How many executions there are; ``None`` before they were all looked at."""
        return None if self._executions is None else self._executions.num_rows

    @property
    def complete(self) -> bool:
        """Whether nothing that was asked for is missing; ``False`` before it was pulled."""
        if self._executions is None or not self._is_current:
            return False
        return not self._wants_events or (self._has_events is not None and bool(self._has_events.all()))

    @property
    def events_so_far(self) -> "pa.Table | None":
        """The status events when they were looked at."""
        return self._events

    @property
    def ids_with_events(self) -> "pa.ChunkedArray | None":
        """The ids of the executions of which no event is missing; ``None`` when events were not looked at."""
        import pyarrow as pa

        if self._has_events is None:
            return None
        return self.executions().column("execution_id").filter(pa.array(self._has_events))

    def executions(self) -> "pa.Table":
        """Return the executions that are asked for, newest first."""
        if self._executions is None:
            self._executions = self._kept() if self._session is None else self._pull(self._session)
            self.got = ""
        return self._executions

    def events(self) -> "pa.Table":
        """Return the status events of the executions, in their order, each execution's as they happened."""
        self._wants_events = True
        if self._events is None:
            pulled = self.executions()
            if self._session is not None:
                self._pull_events(self._session, pulled)
            self._has_events = have_all_events(self._store(), pulled)
            self._events = events_in_order_of(pulled, self._store().events(pulled.column("execution_id")))
            self.got = ""
            missing = int((~self._has_events).sum())
            if self._session is None and missing:
                _warn(f"The events of {missing:,} of {pulled.num_rows:,} executions are not kept here.")
        return self._events

    # --- asking Runner ---------------------------------------------------------------------------------------

    def _pull(self, session: Session) -> "pa.Table":
        self._has_begun = False
        try:
            lists = self._find_jobs(session)
            if self._rows is not None:
                pulled = self._newest(session, lists, self._rows)
            else:
                self._pull_lists(session, lists)
                pulled = self._of([self._store().executions(listed.key) for listed in lists])
        except (Unreachable, TimedOut) as error:
            if self._has_begun:
                # Runner was there when the pull began: what is kept now is neither what was before nor all.
                raise
            return self._without_runner(error)
        self.job_names |= self._names(session, pulled)
        self._is_current = True
        return pulled

    def _find_jobs(self, session: Session) -> list[ListOf]:
        if self._jobs is None:
            return [ListOf()]
        for name in self._jobs:
            try:
                job = session.find_job(name)
            except NotFound as error:
                raise self._deleted(name) or error from None
            self.job_names[str(job.id)] = job.name or str(job.id)
        self._job_ids = list(self.job_names)
        return [ListOf(job_id) for job_id in self._job_ids]

    def _deleted(self, name: str) -> NotFound | None:
        """Return what to say of a job that Runner does not know any more, where history of it is kept."""
        if self._is_kept:
            names = JobNames(self._store()).read()
            with suppress(NotFound, AmbiguousName, StoreUnusable):
                if kept_executions(self._store(), ListOf(kept_job(self._store(), name, names))) is not None:
                    return NotFound(
                        f"There is no job {name!r} any more: what is kept of it here is "
                        f"history({name!r}, offline=True)."
                    )
        return None

    def _pull_lists(self, session: Session, lists: Sequence[ListOf]) -> None:
        with progress_bar("Executions", "executions") as bar, self._saying_how_far():
            for listed in lists:
                catch_up(
                    session,
                    self._store(),
                    listed,
                    since=self._window.since,
                    recheck_all=self._recheck,
                    on_progress=self._telling(bar, "{} of the {} executions"),
                )

    def _newest(self, session: Session, lists: Sequence[ListOf], rows: int) -> "pa.Table":
        """Return the newest executions, for which as few pages are asked for as it takes."""
        found: list[Execution] = []
        for listed in lists:
            found += islice(self._chosen(_every_execution(session, listed)), rows)
        if len(lists) > 1:
            found.sort(key=lambda execution: execution.start or float("inf"), reverse=True)
        return pulled_executions(found[:rows])

    def _chosen(self, executions: Iterable[Execution]) -> Iterator[Execution]:
        window = self._window
        for execution in executions:
            start = execution.start
            if window.since is not None and start is not None and start < window.since:
                return
            is_wanted = not window.statuses or execution.status in window.statuses
            if is_wanted and (window.until is None or (start is not None and start < window.until)):
                yield execution

    def _of(self, lists: "Sequence[pa.Table]") -> "pa.Table":
        """Return the executions of lists that are asked for, newest first."""
        import pyarrow as pa

        self._of_how_many = sum(table.num_rows for table in lists)
        tables = [self._window.of(table) for table in lists]
        if len(tables) != 1:
            return newest_first(pa.concat_tables([pulled_executions(()), *tables]).unify_dictionaries())
        return tables[0]

    def _names(self, session: Session, pulled: "pa.Table") -> Mapping[str, str]:
        """Return the names of the executions' jobs; asks for no more pages of jobs than it takes."""
        import pyarrow.compute as pc

        wanted = set(pc.unique(pulled.column("job_id")).to_pylist()) - {None} - set(self.job_names)
        names: dict[str, str] = {}
        for job in session.calls.jobs() if wanted else ():
            if job.id in wanted:
                names[str(job.id)] = job.name or str(job.id)
                if len(names) == len(wanted):
                    break
        return JobNames(self._store()).add({**self.job_names, **names}) if self._is_kept else names

    def _pull_events(self, session: Session, pulled: "pa.Table") -> None:
        self._has_begun = False
        with progress_bar("Events of executions", "executions") as bar, self._saying_how_far():
            catch_up_events(
                session,
                self._store(),
                pulled,
                of=self._of_how_many or pulled.num_rows,
                job_ids=self._job_ids,
                on_progress=self._telling(bar, "the events of {} of the {} executions"),
            )

    def _telling(self, bar: Any, what: str) -> Callable[[int, int], None]:
        def tell(done: int, wanted: int) -> None:
            self._has_begun = True
            came = what.format(f"{done:,}", f"{wanted:,}")
            self.got = f"interrupted: {came} that were asked for came and are kept, the next look goes on from there"
            bar.total, bar.n = wanted, done
            bar.update(0)

        return tell

    @contextmanager
    def _saying_how_far(self) -> Iterator[None]:
        """Have errors say that what came is kept, where it is."""
        try:
            yield
        except StoreUnusable:
            self.got = ""
            raise
        except RunnerError as error:
            if not self._has_begun:
                raise
            raise again(error, f"{error} What came is kept: the next look goes on from there.") from error

    # --- without Runner --------------------------------------------------------------------------------------

    def _kept(self) -> "pa.Table":
        """Return what is kept, which asks nobody, and say when that is not all."""
        kept, lack = self._find_kept()
        if lack:
            _warn(lack)
        return kept

    def _find_kept(self) -> "tuple[pa.Table, str]":
        """Return what is kept and, where that is known not to be all, a sentence that says so."""
        store = self._store()
        self.job_names = names = JobNames(store).read()
        lists = [ListOf()] if self._jobs is None else [ListOf(kept_job(store, name, names)) for name in self._jobs]
        found = [kept_executions(store, listed) for listed in lists]
        if lists and not any(found):
            raise NotLoggedIn(f"No history is kept in {store.directory}: log in and pull it once.")
        whole = [kept for kept in found if kept is not None]
        pulled = self._of([kept.executions for kept in whole]).slice(0, self._rows)
        missing = sum(kept.missing(self._window.since) for kept in whole)
        lack = f"{missing:,} more were never pulled." if missing else ""
        without = [listed.job_id for listed, kept in zip(lists, found, strict=True) if kept is None]
        if without:
            lack += f" Of {', '.join(repr(names.get(str(job_id), job_id)) for job_id in without)} nothing is kept."
        return pulled, f"{pulled.num_rows:,} executions are kept here. {lack.strip()}" if lack else ""

    def _without_runner(self, error: RunnerError) -> "pa.Table":
        """Return what is kept when Runner cannot be reached, and say so; raise its error when nothing is."""
        if not self._is_kept:
            raise error
        try:
            kept, lack = self._find_kept()
        except (NotFound, NotLoggedIn, AmbiguousName):
            raise error from None
        _warn(f"{error} This is what was kept here before: {lack or f'{kept.num_rows:,} executions.'}")
        # The events of what is shown are not asked for either.
        self._session = None
        return kept


def _every_execution(session: Session, listed: ListOf) -> Iterator[Execution]:
    """Yield the executions of a list, newest first; a page that is none is asked for again, as in whole pulls."""
    pause = threading.Event()

    def fetch(page: int, size: int) -> Page[Execution]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return session.calls.executions_page(listed.job_id, page, size)
            except (AnswerNotUnderstood, DocumentError, ServiceFailed) as error:
                if attempt == ATTEMPTS or isinstance(error, ServiceBusy):
                    raise
                pause.wait(FIRST_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    return every_row(fetch, lambda execution: execution.execution_id)


def _warn(sentence: str) -> None:
    """Tell who listens, or warn at the line of the user's, that the history that was looked at lacks something."""
    if told_of_lack(sentence):
        return
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("ctl_jupyter."):
        level, frame = level + 1, frame.f_back
    warnings.warn(sentence, IncompleteHistory, stacklevel=level)
