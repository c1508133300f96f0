"""Brings what is kept of a list of executions up to date: asks for what is not known and for what may have changed.

Over pages nothing tells which executions were restarted since they were last looked at: live ones are asked for again,
and of the failed ones, which alone can be restarted, those that ended within the last week, on `RECHECKED` pages at
most; all of them when that is asked for. The embedded Runner tells exactly which ones changed.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctl_jupyter.client import Session
from ctl_jupyter.history.pulling import arrow_pull
from ctl_jupyter.history.pulling.page_pull import ExecutionsPull
from ctl_jupyter.history.store import LATELY, Known, Store

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ListOf", "catch_up"]

PAGE = 100
#: How many pages of failed executions that have been looked at before are asked for again.
RECHECKED = 8
#: What has come is kept when it is this much, and at the latest after so many seconds.
ROWS_AT_A_TIME, SECONDS_AT_A_TIME = 50_000, 5.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ListOf:
    """A list of executions: of a job, or of the whole account."""

    job_id: str | None = None

    @property
    def key(self) -> str:
        """What the store calls it."""
        return "account" if self.job_id is None else f"job-{self.job_id}"


class _AnotherList(Exception):
    """Positions mean other executions than they did: another service answers at this address."""


def catch_up(
    session: Session,
    store: Store,
    listed: ListOf,
    *,
    since: int | None = None,
    recheck_all: bool = False,
    on_progress: Progress,
) -> None:
    """Pull what the store does not know of a list, and what may have changed since.

    Whatever comes is kept, also when this is interrupted or fails: the next time goes on from there.

    Parameters
    ----------
    since
        Epoch milliseconds: over pages, executions that had ended before are not asked for.
    recheck_all
        Whether all failed executions are asked for again, not the newest of them alone.
    on_progress
        Told how many executions have come, and how many are asked for.

    Raises
    ------
    RunnerError
        When the service does not answer as it should; it says what could not be got.
    StoreUnusable
        When what came cannot be kept.
    """
    stop = threading.Event()
    try:
        try:
            _catch_up(session, store, listed, since, recheck_all, on_progress, stop)
        except _AnotherList:
            store.forget(listed.key)
            _catch_up(session, store, listed, since, recheck_all, on_progress, stop)
    finally:
        stop.set()
    # Looked for now, while the files are in memory: the next time it is known.
    store.known(listed.key)


def _catch_up(
    session: Session,
    store: Store,
    listed: ListOf,
    since: int | None,
    recheck_all: bool,
    on_progress: Progress,
    stop: threading.Event,
) -> None:
    if arrow_pull.offers_arrow(session, listed.job_id):
        _by_arrow(session, store, listed, on_progress, stop)
    else:
        _by_pages(session, store, listed, since, recheck_all, on_progress, stop)


def _by_pages(
    session: Session,
    store: Store,
    listed: ListOf,
    since: int | None,
    recheck_all: bool,
    on_progress: Progress,
    stop: threading.Event,
) -> None:
    pull = ExecutionsPull(session, listed.job_id, stop=stop, on_progress=on_progress)
    total = pull.ask_total()
    known = store.known(listed.key)
    if (known.total or 0) > total:
        raise _AnotherList
    with _Keeping(store, listed, lambda: pull.total, known) as keeping:
        for table in pull.tables(_wanted(known, total, recheck_all), since=since):
            keeping.add(table)
    if known.oldest is None and since is None and total and not stop.is_set():
        pull.check_end()


def _by_arrow(session: Session, store: Store, listed: ListOf, on_progress: Progress, stop: threading.Event) -> None:
    """Pull what changed since the store was brought up to date, and what is new; all when it never was this way."""
    known = store.known(listed.key)
    first = 0 if known.cursor is None else _first_unknown(known)
    # One that is there is asked for again: by it the list is known.
    after = known.newest[0] if known.newest is not None and first == known.newest[0] + 1 else first
    pull = arrow_pull.pull_executions(session, listed.job_id, after, stop=stop, on_progress=on_progress)
    with _Keeping(store, listed, lambda: pull.total, known) as keeping:
        # What comes is as it is at this cursor or later; what is there is so only when the changes have come, too.
        for table in pull:
            if (known.total or 0) > pull.total or (known.cursor or 0) > pull.cursor:
                raise _AnotherList
            keeping.cursor = pull.cursor if known.cursor is None else None
            keeping.add(table)
        if known.cursor is not None and pull.complete and pull.cursor > known.cursor:
            changed, cursor = arrow_pull.changed_executions(session, listed.job_id, known.cursor, stop=stop)
            keeping.cursor = cursor
            keeping.add(changed)


def _first_unknown(known: Known) -> int:
    """Return the first position that is neither settled nor live."""
    import numpy as np

    there = np.zeros((known.total or 0) + 1, bool)
    for settled in known.settled:
        there[settled.start : settled.stop] = True
    there[known.live] = True
    return int(np.argmin(there))


def _wanted(known: Known, total: int, recheck_all: bool) -> list[range]:
    """Return the positions to ask for: unknown ones, live ones, failed ones, and the one that tells the list."""
    import numpy as np

    wanted = np.ones(total, bool)
    for settled in known.settled:
        wanted[settled.start : settled.stop] = False
    wanted[known.failed if recheck_all else _failed_lately(known, total)] = True
    if known.newest is not None:
        # By it the list is known again; it is on the newest page, unless more than that is new.
        wanted[known.newest[0]] = True
    edges = np.flatnonzero(np.diff(wanted.astype(np.int8), prepend=0, append=0))
    return [range(begin, end) for begin, end in edges.reshape(-1, 2).tolist()]


def _failed_lately(known: Known, total: int) -> list[int]:
    """Return the positions of executions that failed within the last week, on so many pages at most, newest first."""
    since = time.time() * 1000 - LATELY
    failed = sorted((position for position, end in known.failed_lately.items() if end >= since), reverse=True)
    pages = list(dict.fromkeys((total - 1 - position) // PAGE for position in failed))[:RECHECKED]
    return [position for position in failed if (total - 1 - position) // PAGE in pages]


class _Keeping:
    """Keeps tables as they come, some at a time: few parts, and little is lost by a crash."""

    def __init__(self, store: Store, listed: ListOf, total: Callable[[], int], known: Known) -> None:
        self._store = store
        self._listed = listed
        self._total = total
        self._newest = known.newest
        position = known.newest[0] if known.newest else -1
        self._is_settled = any(position in span for span in known.settled) and position not in known.failed_lately
        self._waiting: list[pa.Table] = []
        self._kept_at = time.monotonic()
        self.cursor: int | None = None

    def __enter__(self) -> "_Keeping":
        return self

    def __exit__(self, *error: object) -> None:
        self.flush()

    def add(self, table: "pa.Table") -> None:
        """Keep a table, now or with those to come.

        Raises
        ------
        _AnotherList
            When another execution stands where the newest one that was known should be.
        """
        self._waiting.append(self._recognized(table))
        rows = sum(waiting.num_rows for waiting in self._waiting)
        if rows >= ROWS_AT_A_TIME or time.monotonic() - self._kept_at >= SECONDS_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        """Keep what waits."""
        waiting, self._waiting = self._waiting, []
        self._kept_at = time.monotonic()
        if waiting:
            try:
                self._keep(waiting)
            except KeyboardInterrupt:
                # What came is kept all the same; twice is as good as once.
                self._keep(waiting)
                raise

    def _keep(self, tables: "list[pa.Table]") -> None:
        import pyarrow as pa

        self._store.add_executions(self._listed.key, pa.concat_tables(tables), total=self._total(), cursor=self.cursor)

    def _recognized(self, table: "pa.Table") -> "pa.Table":
        """Return the table without the execution by which the list is known, when that has ended before."""
        import pyarrow.compute as pc

        if self._newest is None:
            return table
        position, execution_id = self._newest
        is_it = pc.equal(table.column("position"), position)
        found = table.filter(is_it).column("execution_id").to_pylist()
        if found and found[0] != execution_id:
            self._waiting = []
            raise _AnotherList
        return table.filter(pc.invert(is_it)) if found and self._is_settled else table
