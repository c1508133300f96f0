"""Executions and status events pulled over Runner's pages, as Arrow tables that come while the pull goes on.

What has come is the caller's to keep: an interrupt, or an error that says what could not be got, takes nothing back.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from ctl_jupyter.client.errors import AnswerNotUnderstood, NotFound, RunnerError, ServiceBusy, ServiceFailed
from ctl_jupyter.client.paging import event_identity, every_row
from ctl_jupyter.client.session import Session
from ctl_jupyter.client.side_by_side import side_by_side
from ctl_jupyter.client.whole_lists import PAGE_SIZE, Block, WholeList, again
from ctl_jupyter.documents import DocumentError, Page, StatusEvent
from ctl_jupyter.history.pulling.decode import EventsOf, decode_executions, events_table, read_events_page
from ctl_jupyter.history.schema import pulled_executions_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ExecutionsPull", "PulledEvents", "pull_events"]

#: How many executions' events are asked for at a time, and by how many threads.
EXECUTIONS_AT_A_TIME, WORKERS = 16, 16
#: How often a page of events is asked for that is none, or that the service broke over.
ATTEMPTS = 4
FIRST_PAUSE = 0.25
#: Letters of a UUID as text; and a number by which one half is mixed with the other.
UUID_LENGTH, ODD = 36, 0x9E3779B97F4A7C15


class ExecutionsPull:
    """Pulls the executions of a job or an account once; those that are wanted.

    Parameters
    ----------
    session
        Where to pull from.
    job_id
        Whose executions; those of the whole account when ``None``.
    stop
        Ends the pull when somebody sets it: the tables end, and `missing` says what was not got.
    on_progress
        Told of how many executions have come and how many are wanted, in the thread that takes the tables.
    """

    def __init__(
        self,
        session: Session,
        job_id: str | None = None,
        *,
        stop: threading.Event | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        calls = session.calls
        self._path = calls.job_path(job_id, "executions") if job_id else calls.job_path("executions")
        self._http = calls.http
        self._stop = stop or threading.Event()
        self._list = self._new_list()
        self._on_progress = on_progress
        #: Positions and ids, as they came.
        self._came: list[pa.Table] = []

    def _new_list(self) -> "WholeList[bytes, pa.Table]":
        return WholeList(
            lambda page, size: self._http.get_bytes(self._path, {"page": page, "size": size}),
            decode_executions,
            what="executions",
            stop=self._stop,
        )

    def ask_total(self) -> int:
        """Ask for the newest page, and return how many executions there are.

        Raises
        ------
        RunnerError
            When the service does not answer as it should.
        """
        return self._list.ask_newest()

    @property
    def total(self) -> int:
        """How many executions there are, as far as is known; 0 before anything was asked."""
        return self._list.total

    @property
    def requests(self) -> int:
        """How many pages were asked for."""
        return self._list.requests

    @property
    def missing(self) -> list[range]:
        """The positions that are wanted and have not come, the oldest first."""
        return self._list.missing

    def tables(self, wanted: Iterable[range], *, since: int | None = None) -> "Iterator[pa.Table]":
        """Yield executions as `pulled_executions_schema` has them, some pages at a time.

        Newest first on the whole; blocks may come out of order, rows within one go down. Each comes once, unless the
        service counted its list at another moment than it read a page: two positions have one execution then, and the
        pages around them are asked for again. Where a position comes again, its last row is right.

        Parameters
        ----------
        wanted
            Positions, counted from the oldest execution, which is 0; ``[range(pull.total)]`` for all.
        since
            Epoch milliseconds: nothing is asked for beyond a page whose executions had all ended before. Executions
            that had are among the rows all the same, where they shared a page or came in before.

        Raises
        ------
        RunnerError
            When executions could not be got, after all that could; it says which.
        """
        look = None if since is None else partial(self._skip_what_is_older, since)
        came = self._came
        for block in self._list.pull(wanted, look):
            table = _placed(block)
            came.append(table.select(["position", "execution_id"]))
            yield table
            # By now the caller has it.
            if self._on_progress is not None:
                self._on_progress(self._list.got, self._list.wanted)
        for _ in range(ATTEMPTS):
            doubtful = [] if self._stop.is_set() else _around_twice(came)
            if not doubtful:
                return
            for block in self._new_list().pull(doubtful):
                table = _placed(block)
                came.append(table.select(["position", "execution_id"]))
                yield table
        if not self._stop.is_set() and _around_twice(came):
            raise AnswerNotUnderstood(
                "The list of executions has the same ones at two places, again and again; pull it again when fewer "
                "are started.",
                method="GET",
                path=self._path,
            )

    def check_end(self) -> None:
        """See that there are no executions behind the oldest one, which a service may say that it does not have.

        Raises
        ------
        AnswerNotUnderstood
            When there are others than came before; a service may answer any page that it has not with its last.
        """
        import pyarrow.compute as pc

        behind = self._list.rows_behind_the_end()
        if behind is None or not self._came:
            return
        known = pc.is_in(behind.column("execution_id"), _ids(self._came).combine_chunks())
        if not pc.all(known).as_py():
            raise AnswerNotUnderstood(
                f"The list has more executions than the {self.total:,} that it says: those beyond cannot be told "
                "apart, so this is not all.",
                method="GET",
                path=self._path,
            )

    def _skip_what_is_older(self, since: int, block: "Block[pa.Table]") -> None:
        """Want nothing beyond a hundred neighbours that had all ended before.

        An account's executions begin in the order of their positions. A few that had ended tell nothing: one that
        takes long may have begun before them.
        """
        import numpy as np

        timers = block.rows.column("timers").chunk(0)
        ends = timers.values.field("end").cast("int64").fill_null(since).to_numpy()
        had_ended = ends[timers.offsets.to_numpy()[1:] - 1] < since
        for start, stop, position in block.spans:
            for first in range(start, stop + 1 - PAGE_SIZE, PAGE_SIZE):
                if np.all(had_ended[first : first + PAGE_SIZE]):
                    self._list.skip_below(position - (first - start) + 1 - PAGE_SIZE)
                    return


class PulledEvents(NamedTuple):
    """The status events of some executions.

    Parameters
    ----------
    execution_ids
        Of which executions; among them those that the service does not know any more, which have no row.
    table
        As `pulled_events_schema` has them, execution after execution, each in the order it happened.
    """

    execution_ids: list[str]
    table: "pa.Table"


def pull_events(
    session: Session,
    executions: Sequence[tuple[str, str]],
    *,
    stop: threading.Event | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[PulledEvents]:
    """Yield the status events of executions, some executions at a time, as they come.

    ``GET /status/{alias}/job/{jobId}/execution/{executionId}``, page by page, from several threads.

    Parameters
    ----------
    executions
        Ids of job and execution.
    stop
        Ends the pull when somebody sets it.
    on_progress
        Told of how many executions' events have come, and how many are wanted.

    Raises
    ------
    RunnerError
        When events could not be got, after all that could; it says of which executions.
    """
    pull = _EventsPull(session, executions, stop or threading.Event())
    got = 0
    try:
        for pulled in side_by_side(pull.step, lambda: WORKERS, pull.stop):
            got += len(pulled.execution_ids)
            yield pulled
            # By now the caller has them.
            if on_progress is not None:
                on_progress(got, len(executions))
    except RunnerError as error:
        raise again(error, f"{error} The events of {got:,} of {len(executions):,} executions were got.") from error
    if pull.unread:
        (execution_id, trouble), *others = pull.unread
        more = f", nor of {len(others):,} more" if others else ""
        raise again(
            trouble,
            f"The events of the execution {execution_id} could not be got{more}: {trouble} "
            f"Those of {got:,} of {len(executions):,} executions were got.",
        ) from trouble


class _EventsPull:
    """What the threads of one pull of events share."""

    def __init__(self, session: Session, executions: Sequence[tuple[str, str]], stop: threading.Event) -> None:
        self._calls = session.calls
        self.stop = stop
        at_a_time = max(min(len(executions) // (2 * WORKERS), EXECUTIONS_AT_A_TIME), 1)
        self._parts = iter([executions[first : first + at_a_time] for first in range(0, len(executions), at_a_time)])
        self._lock = threading.Lock()
        #: Executions whose events the service cannot tell, and what it did instead.
        self.unread: list[tuple[str, RunnerError]] = []

    def step(self) -> list[PulledEvents] | None:
        """Pull the events of the next few executions."""
        with self._lock:
            part = next(self._parts, None)
        if part is None:
            return None
        known: list[EventsOf] = []
        for job_id, execution_id in part:
            if self.stop.is_set():
                break
            try:
                known.append(EventsOf(job_id, execution_id, self._events(job_id, execution_id)))
            except NotFound:
                known.append(EventsOf(job_id, execution_id, []))
            except (AnswerNotUnderstood, ServiceFailed) as error:
                if isinstance(error, ServiceBusy):
                    raise
                with self._lock:
                    self.unread.append((execution_id, error))
        return [PulledEvents([of.execution_id for of in known], events_table(known))] if known else []

    def _events(self, job_id: str, execution_id: str) -> list[StatusEvent]:
        if not job_id:
            raise AnswerNotUnderstood("The list of executions does not say which job it is of.")
        path = self._calls.status_path(job_id, execution_id)
        told = 0

        def fetch(number: int, size: int) -> Page[StatusEvent]:
            nonlocal told
            page = self._page(path, number, size)
            told = told or page.total_size
            return page

        events = list(every_row(fetch, event_identity))
        if len(events) < told and all(event.id for event in events):
            # Some pages were others again, whose rows were passed over.
            sentence = f"There are {told:,} of them, and {len(events):,} different ones came."
            raise AnswerNotUnderstood(sentence, method="GET", path=path)
        return events

    def _page(self, path: str, page: int, size: int) -> Page[StatusEvent]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _whole(read_events_page(self._calls.http.get_bytes(path, {"page": page, "size": size})), page)
            except (DocumentError, ServiceFailed) as error:
                if isinstance(error, ServiceBusy) or (attempt == ATTEMPTS and isinstance(error, ServiceFailed)):
                    raise
                if attempt == ATTEMPTS:
                    sentence = f"The answer is not Runner's: {error}"
                    raise AnswerNotUnderstood(sentence, method="GET", path=path) from error
                self.stop.wait(FIRST_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")


def _ids(came: "Sequence[pa.Table]") -> "pa.ChunkedArray":
    import pyarrow as pa

    return pa.chunked_array(
        [chunk for table in came for chunk in table.column("execution_id").chunks], pa.large_string()
    )


def _around_twice(came: "Sequence[pa.Table]") -> list[range]:
    """Return the positions of the pages around those that have one execution, none when each has its own.

    Parameters
    ----------
    came
        Positions and ids as they came; the last of a position counts.
    """
    import numpy as np
    import pyarrow.compute as pc

    ids = _ids(came)
    if _differ_at_a_glance(ids) or pc.count_distinct(ids).as_py() == len(ids):
        return []
    places = np.concatenate([table.column("position").to_numpy() for table in came])
    positions, last = np.unique(places[::-1], return_index=True)
    codes = ids.combine_chunks().dictionary_encode().indices.to_numpy()[::-1][last]
    twice = positions[np.bincount(codes)[codes] > 1].tolist()
    return [range(position - PAGE_SIZE, position + PAGE_SIZE + 1) for position in twice]


def _differ_at_a_glance(ids: "pa.ChunkedArray") -> bool:
    """Whether the first eight letters and the last eight of ids, all as long as a UUID, tell them all apart.

    Sorting these numbers takes a fifth of the time of counting the texts.
    """
    import numpy as np

    numbers = []
    for chunk in ids.chunks:
        offsets = np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        if np.any(np.diff(offsets) != UUID_LENGTH):
            return False
        letters = np.frombuffer(chunk.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(-1, UUID_LENGTH)
        first, last = (np.ascontiguousarray(part).view(np.uint64).ravel() for part in (letters[:, :8], letters[:, -8:]))
        numbers.append(first * ODD + last)
    if not numbers:
        return True
    ordered = np.sort(np.concatenate(numbers))
    return not np.any(ordered[1:] == ordered[:-1])


def _whole(page: Page[StatusEvent], number: int) -> Page[StatusEvent]:
    """Return a page that holds as many events as belong there by what it says itself.

    Raises
    ------
    DocumentError
        When it holds fewer.
    """
    expected = min(page.size, page.total_size - number * page.size)
    if page.is_counted and len(page.results) < expected:
        raise DocumentError(f"It holds {len(page.results):,} events where {expected:,} of {page.total_size:,} belong.")
    return page


def _placed(block: "Block[pa.Table]") -> "pa.Table":
    """Return the new rows of a block with their positions, and when they came."""
    import numpy as np
    import pyarrow as pa

    rows, spans = block
    if len(spans) != 1 or (spans[0].start, spans[0].stop) != (0, rows.num_rows):
        rows = pa.concat_tables([rows.slice(start, stop - start) for start, stop, _ in spans])
    positions = np.concatenate(
        [np.arange(position, position - (stop - start), -1, dtype=np.int64) for start, stop, position in spans]
    )
    schema = _schema()
    now = pa.scalar(int(time.time() * 1000), pa.int64()).cast(schema.field("checked").type)
    columns = [pa.array(positions), *rows.columns, pa.repeat(now, rows.num_rows)]
    return pa.table(columns, schema=schema)


@cache
def _schema() -> "pa.Schema":
    return pulled_executions_schema()
