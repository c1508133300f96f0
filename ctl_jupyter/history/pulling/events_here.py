"""Brings the kept status events of executions up to date: those that are not there, and those of what was restarted."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.client import Session
from ctl_jupyter.documents import FINAL_STATUSES
from ctl_jupyter.history.arrow_columns import is_one_of
from ctl_jupyter.history.pulling import arrow_pull
from ctl_jupyter.history.pulling.masking import masked_events
from ctl_jupyter.history.pulling.page_pull import pull_events
from ctl_jupyter.history.schema import pulled_events_schema
from ctl_jupyter.history.store import Store
from ctl_jupyter.history.store.rows import last_ends

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["catch_up_events", "have_all_events"]

#: From how many executions, and from what share of all of them on, their events are asked for all together.
FEW, SMALL_SHARE = 50, 0.05

#: Milliseconds after its end in which an execution without ``playbook_result`` may still get events.
LATE = 3_600_000
#: What has come is kept when it is this much, and at the latest after so many seconds.
EVENTS_AT_A_TIME, SECONDS_AT_A_TIME = 200_000, 5.0


def have_all_events(store: Store, executions: "pa.Table") -> "npt.NDArray[np.bool_]":
    """Return for each execution whether it has ended and none of its status events is missing in the store."""
    found: npt.NDArray[np.bool_] = store.known_events(executions.column("execution_id")) >= _runs(executions)
    return found & is_one_of(executions.column("status"), FINAL_STATUSES)


def catch_up_events(
    session: Session,
    store: Store,
    executions: "pa.Table",
    *,
    of: int,
    job_ids: Sequence[str] | None,
    on_progress: Callable[[int, int], None],
) -> None:
    """Pull the status events of executions that are not all kept.

    Whatever comes is kept, also when this is interrupted or fails: the next time goes on from there.

    Parameters
    ----------
    executions
        As they are now, of `ctl_jupyter.history.schema.pulled_executions_schema`.
    of
        How many executions the lists have that they are from.
    job_ids
        The jobs of these lists, ``None`` for the account's.
    on_progress
        Told of how many executions the events have come, and of how many they are asked for.

    Raises
    ------
    RunnerError
        When the service does not answer as it should; it says what could not be got.
    StoreUnusable
        When what came cannot be kept.
    """
    stop = threading.Event()
    try:
        needed = _needed(store, executions)
        new = needed.filter(_never_pulled(store, needed))
        if new.num_rows >= max(FEW, of * SMALL_SHARE) and arrow_pull.offers_arrow(session):
            _pull_many(session, store, new, job_ids, stop, on_progress)
            needed = _needed(store, executions)
        if needed.num_rows:
            _pull_each(session, store, needed, stop, on_progress)
    finally:
        stop.set()


def _needed(store: Store, executions: "pa.Table") -> "pa.Table":
    import pyarrow as pa

    return executions.filter(pa.array(~have_all_events(store, executions)))


def _never_pulled(store: Store, executions: "pa.Table") -> "pa.Array":
    import pyarrow as pa

    return pa.array(store.known_events(executions.column("execution_id")) < 0)


def _pull_each(
    session: Session,
    store: Store,
    executions: "pa.Table",
    stop: threading.Event,
    on_progress: Callable[[int, int], None],
) -> None:
    """Ask for the events of each execution by itself."""
    pairs = zip(executions.column("job_id").to_pylist(), executions.column("execution_id").to_pylist(), strict=True)
    keeping = _Keeping(store, executions)
    try:
        for ids, events in pull_events(session, list(pairs), stop=stop, on_progress=on_progress):
            keeping.add(ids, events)
    finally:
        keeping.flush()


def _pull_many(
    session: Session,
    store: Store,
    executions: "pa.Table",
    job_ids: Sequence[str] | None,
    stop: threading.Event,
    on_progress: Callable[[int, int], None],
) -> None:
    """Ask for all events there are from the first of the oldest execution on, and keep those of the executions.

    Events come in the order they were stored, those of executions that ran side by side mixed: an execution is kept
    once all of its events have come, or at the end.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    keeping = _Keeping(store, executions)
    wanted = executions.column("execution_id")
    waiting = pulled_events_schema().empty_table()
    done = 0
    try:
        first = _first_event(session, executions)
        for table in arrow_pull.pull_events(session, job_ids, first, stop=stop):
            mine = table.filter(pc.is_in(table.column("execution_id").cast(pa.large_string()), wanted))
            waiting = pa.concat_tables([waiting, mine]).unify_dictionaries()
            ids = waiting.column("execution_id").cast(pa.large_string())
            there = pc.unique(ids)
            whole = pa.array([name for name, _ in _whole(_named(executions, there), waiting)], pa.large_string())
            is_whole = pc.is_in(ids, whole)
            keeping.add(whole.to_pylist(), waiting.filter(is_whole))
            waiting = waiting.filter(pc.invert(is_whole))
            done += len(whole)
            on_progress(done, executions.num_rows)
        keeping.add(pc.unique(waiting.column("execution_id").cast(pa.large_string())).to_pylist(), waiting)
    finally:
        keeping.flush()


def _first_event(session: Session, executions: "pa.Table") -> int:
    """Return the cursor before the first event of the oldest execution: those of the others were stored later."""
    oldest = executions.slice(executions.num_rows - 1)
    page = session.calls.status_events_after(
        oldest.column("job_id")[0].as_py(), oldest.column("execution_id")[0].as_py(), cursor=0, wait=0, size=1
    )
    return max((page.results[0].seq or 0) - 1, 0) if page.results else 0


def _named(executions: "pa.Table", ids: "pa.Array") -> "pa.Table":
    import pyarrow.compute as pc

    return executions.filter(pc.is_in(executions.column("execution_id"), ids))


class _Keeping:
    """Keeps events as they come, many at a time, and says of which executions none is missing."""

    def __init__(self, store: Store, executions: "pa.Table") -> None:
        self._store = store
        self._executions = executions
        self._waiting: list[tuple[list[str], pa.Table]] = []
        self._kept_at = time.monotonic()

    def add(self, ids: list[str], events: "pa.Table") -> None:
        """Keep the events of some executions, now or with those to come."""
        # Both or none, whenever an interrupt comes: an id without its events would look like one that has none.
        self._waiting.append((ids, events))
        rows = sum(waiting.num_rows for _, waiting in self._waiting)
        if rows >= EVENTS_AT_A_TIME or time.monotonic() - self._kept_at >= SECONDS_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        """Keep what waits."""
        waiting, self._waiting, self._kept_at = self._waiting, [], time.monotonic()
        if not waiting:
            return
        ids = [execution_id for its, _ in waiting for execution_id in its]
        tables = [table for _, table in waiting]
        try:
            self._keep(ids, tables)
        except KeyboardInterrupt:
            # What came is kept all the same; twice is as good as once.
            self._keep(ids, tables)
            raise

    def _keep(self, ids: list[str], tables: "list[pa.Table]") -> None:
        import pyarrow as pa

        events = masked_events(pa.concat_tables(tables).unify_dictionaries())
        mine = _named(self._executions, pa.array(ids, pa.large_string()))
        self._store.add_events(events, _whole(mine, events))


def _whole(executions: "pa.Table", events: "pa.Table") -> list[tuple[str, int]]:
    """Return id and number of runs of the executions of which no event is missing."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = executions.column("execution_id")
    told = pc.value_counts(events.column("execution_id").cast(pa.large_string()))
    result = events.filter(pc.equal(events.column("event_type").cast(pa.large_string()), "playbook_result"))
    has_result = pc.is_in(ids, pc.unique(result.column("execution_id").cast(pa.large_string()))).to_numpy()
    places = pc.index_in(ids, told.field("values")).fill_null(-1).to_numpy()
    counts = np.append(told.field("counts").to_numpy(), 0)[places]
    expected = executions.column("events_expected").fill_null(-1).to_numpy()
    # The embedded Runner says how many there are; of another, the result tells that it is over, or the time.
    ended = pc.fill_null(last_ends(executions), 0).to_numpy()
    is_over = np.where(expected >= 0, counts >= expected, has_result | (ended < time.time() * 1000 - LATE))
    is_over &= is_one_of(executions.column("status"), FINAL_STATUSES)
    mine = executions.filter(pa.array(is_over))
    return list(zip(mine.column("execution_id").to_pylist(), _runs(mine).tolist(), strict=True))


def _runs(executions: "pa.Table") -> Any:
    import pyarrow.compute as pc

    return pc.fill_null(pc.list_value_length(executions.column("timers")), 0).to_numpy()
