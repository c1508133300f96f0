"""Reading a long list whole, fast, and without a gap while it grows at its newest end.

Pages are newest first, so a page number means another page after every start: pulls by page number, side by side,
missed rows in 100 of 100 simulated pulls at one start a second. A row's place counted from the oldest end never
changes. It follows from what each page says itself::

    position = totalSize - 1 - (page * size + row)

So what is wanted are positions. Pages are asked for where they are by what is known of the list's length, by several
threads; each answer covers the positions that it really holds, and what is still not covered then is asked for again,
until nothing is. ``python -m tests.bench consistency`` counts 0 rows missing and 0 twice at 200 starts a second.
A service that counts its list at another moment than it reads a page tells wrong positions, which no page shows by
itself: who decodes the rows sees that one has come twice (`ctl_jupyter.history.pulling.page_pull`).

Nothing here knows how rows are decoded: that is done in the threads, some pages at a time, by a function that is given.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ctl_jupyter.client.errors import AnswerNotUnderstood, RunnerError, ServiceBusy, ServiceFailed
from ctl_jupyter.client.side_by_side import side_by_side
from ctl_jupyter.documents import DocumentError

__all__ = ["PAGE_SIZE", "Block", "Decoded", "PageHead", "Span", "WholeList", "again"]

B = TypeVar("B")
R = TypeVar("R")

#: Runner's largest page.
PAGE_SIZE = 100
#: How many pages a thread asks for and then decodes at a time: fewer cost more each.
PAGES_AT_A_TIME = 32
#: While the service answers at once, more threads only get in each other's way: 2 took 0.22 ms a page, 16 took 0.31.
FEWEST_WORKERS, MOST_WORKERS = 2, 16
#: A thread is added for each of these that an answer usually takes, in seconds.
WAIT_OF_A_WORKER = 0.001
#: How often a page is asked for whose answer is not a page, and how many such answers are put up with in all.
ATTEMPTS, MOST_BAD_ANSWERS = 4, 40
FIRST_PAUSE = 0.25
#: A list that says it is longer is not believed: no account has as many, and a byte is kept for each row.
MOST_ROWS = 100_000_000
#: What is said of a position that nobody could read: at most so many ranges of them.
RANGES_NAMED = 3

#: What is known of a position: not wanted or handed out; nobody has asked for it; somebody has; given up; it is here.
DONE, OPEN, ASKED, LOST, HERE = b"\0", b"\1", b"\2", b"\3", b"\4"
SKIPPED = bytes.maketrans(OPEN + ASKED + LOST, 3 * DONE)
NOT_DONE, NOT_HERE = re.compile(b"[^\0]+"), re.compile(b"[\1-\3]+")


class PageHead(NamedTuple):
    """What a page says of itself.

    Parameters
    ----------
    total
        How many rows the list has.
    size
        How many rows a page has, where it says so.
    rows
        How many rows it holds.
    """

    total: int
    size: int | None
    rows: int


class Decoded(NamedTuple, Generic[R]):
    """Some pages, decoded.

    Parameters
    ----------
    heads
        One for each page, or why it is none.
    rows
        The rows of the pages that are, in their order, one after the other.
    """

    heads: Sequence[PageHead | DocumentError]
    rows: R


class Span(NamedTuple):
    """Neighbouring rows: from `start` to before `stop`; `position` is that of the first, the next has one less."""

    start: int
    stop: int
    position: int


class Block(NamedTuple, Generic[R]):
    """Decoded rows, and which of them are new; the others were handed out before, or are not wanted."""

    rows: R
    spans: list[Span]


@dataclass(frozen=True)
class _Request:
    """A page that is asked for, and the positions that this is done for: `first` to before `end`."""

    page: int
    known_total: int
    first: int
    end: int


class WholeList(Generic[B, R]):
    """A list that is pulled once.

    Parameters
    ----------
    fetch
        Returns a page's body; called with its number, from 0, and the size asked for, by several threads.
    decode
        Decodes some bodies.
    what
        What the rows are, for the words of an error.
    stop
        Ends the pull when somebody sets it.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], B],
        decode: Callable[[Sequence[B]], Decoded[R]],
        *,
        what: str = "rows",
        stop: threading.Event | None = None,
    ) -> None:
        self._fetch, self._decode, self._what = fetch, decode, what
        self._stop = stop or threading.Event()
        self._changed = threading.Condition()
        self._size = PAGE_SIZE
        self._first: Decoded[R] | None = None
        #: By position, the oldest first, what is known of it.
        self._state = bytearray()
        self._top = 0
        self._drift = 0
        self._under_way = 0
        #: How many pages a thread takes at a time; few at first, so that something comes soon, which may be enough.
        self._at_a_time = 1
        self._usual_wait = 0.0
        self._bad: Counter[int] = Counter()
        self._trouble: Exception | None = None
        self._has_ended = False
        self._look: Callable[[Block[R]], None] = _look_past
        #: How many rows the list has, as far as is known.
        self.total = 0
        #: How many rows are wanted, and how many of them were handed out.
        self.wanted = 0
        self.got = 0
        #: How many pages were asked for.
        self.requests = 0

    def ask_newest(self) -> int:
        """Ask for the newest page and return how many rows the list has.

        Raises
        ------
        AnswerNotUnderstood
            When the answer is no page of a list that is counted, again and again.
        RunnerError
            When there is none.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.requests += 1
                return self._take_newest(self._decode([self._ask(0)]))
            except (DocumentError, ServiceFailed) as error:
                if attempt == ATTEMPTS or isinstance(error, ServiceBusy):
                    raise _not_understood("The newest page", error) from error
                self._stop.wait(FIRST_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    def _take_newest(self, decoded: Decoded[R]) -> int:
        head = decoded.heads[0]
        if isinstance(head, DocumentError):
            raise head
        if head.total > MOST_ROWS:
            raise _too_long(head)
        if head.rows != min(self._size, head.total):
            # A service whose pages are smaller, or larger, whatever it is asked for.
            if head.rows != head.size or head.rows == 0:
                raise DocumentError(_wrong_count(head, min(self._size, head.total)))
            self._size = head.rows
        self._first, self.total = decoded, head.total
        return head.total

    def pull(self, wanted: Iterable[range], look: Callable[[Block[R]], None] | None = None) -> Iterator[Block[R]]:
        """Yield the rows at the positions wanted, each once, newest first on the whole.

        Parameters
        ----------
        wanted
            Positions, counted from the oldest row, which is 0; those that the list does not have yet are passed over.
        look
            Sees each block in the thread that decoded it, before that asks for more: what is not to be asked for after
            all (`skip_below`) is known in time.

        Raises
        ------
        RunnerError
            When rows could not be got, after all that could; it says which.
        """
        if self._first is None:
            self.ask_newest()
        assert self._first is not None
        self._state = bytearray(self.total)
        for positions in wanted:
            first, end = max(positions.start, 0), min(positions.stop, self.total)
            if first < end:
                self._state[first:end] = OPEN * (end - first)
        self.wanted, self._top = self.total - self._state.count(DONE), self.total
        newest = _Request(0, self.total, self.total, self.total)
        self._under_way = 1
        self._look = look or _look_past
        for block in self._account([newest], self._first):
            self._look(block)
            yield self._handed_out(block)
        try:
            for block in side_by_side(self._step, self._workers, self._stop):
                yield self._handed_out(block)
        except RunnerError as error:
            raise self._with_what_is_missing(error) from error
        finally:
            self._has_ended = True
        if self._trouble is not None and self.missing and not self._stop.is_set():
            raise self._with_what_is_missing(_not_understood("A page", self._trouble)) from self._trouble

    @property
    def missing(self) -> list[range]:
        """The positions that are wanted and were not got, the oldest first."""
        with self._changed:
            return [range(*found.span()) for found in NOT_DONE.finditer(self._state)]

    def rows_behind_the_end(self) -> R | None:
        """Return what is on the page behind the oldest row: a list may be longer than it says, and nothing else tells.

        ``None`` when the answer is no page, which says nothing of the list.
        """
        page = -(-self.total // self._size)
        self.requests += 1
        try:
            decoded = self._decode([self._ask(page)])
        except (DocumentError, RunnerError):
            return None
        head = decoded.heads[0]
        is_more = not isinstance(head, DocumentError) and head.rows > max(head.total - page * self._size, 0)
        return decoded.rows if is_more else None

    def skip_below(self, position: int) -> None:
        """Want nothing any more that is older than the row at a position."""
        with self._changed:
            older = min(max(position, 0), len(self._state))
            done = self._state.count(DONE)
            # What is here already comes all the same.
            self._state[:older] = self._state[:older].translate(SKIPPED)
            self.wanted -= self._state.count(DONE) - done
            self._changed.notify_all()

    def _handed_out(self, block: Block[R]) -> Block[R]:
        with self._changed:
            for start, stop, position in block.spans:
                rows = stop - start
                self._state[position + 1 - rows : position + 1] = DONE * rows
                self.got += rows
        return block

    def _workers(self) -> int:
        return min(max(int(self._usual_wait / WAIT_OF_A_WORKER), FEWEST_WORKERS), MOST_WORKERS)

    def _step(self) -> Sequence[Block[R]] | None:
        """Ask for some neighbouring pages and decode them; ``None`` when all is done."""
        with self._changed:
            while not (places := self._claim()):
                if not self._under_way or self._is_over():
                    return None
                self._changed.wait(0.1)
        answered: list[tuple[_Request, B]] = []
        for page_of in places:
            if self._is_over():
                return None
            request = self._aim(page_of)
            try:
                answered.append((request, self._ask(request.page)))
            except (AnswerNotUnderstood, ServiceFailed) as error:
                if isinstance(error, ServiceBusy):
                    raise
                self._put_back(request, error)
        if not answered:
            return []
        blocks = self._account([request for request, _ in answered], self._decode([body for _, body in answered]))
        for block in blocks:
            self._look(block)
        return blocks

    def _is_over(self) -> bool:
        return self._has_ended or self._stop.is_set()

    def _ask(self, page: int) -> B:
        begun = time.perf_counter()
        body = self._fetch(page, self._size)
        self._usual_wait += (time.perf_counter() - begun - self._usual_wait) / 8
        return body

    def _claim(self) -> list[range]:
        """Choose the positions of the next pages, newest first, that nobody has asked for; under the lock."""
        left = self._state.count(OPEN, 0, self._top) // self._size
        # Towards the end fewer, so that the threads come to it together.
        count = max(min(self._at_a_time, left // self._workers()), 1)
        self._at_a_time = min(2 * self._at_a_time, PAGES_AT_A_TIME)
        places: list[range] = []
        while len(places) < count and (newest := self._state.rfind(OPEN, 0, self._top)) >= 0:
            expected = self.total + self._drift
            page = (expected - 1 - newest) // self._size
            end = min(expected - page * self._size, len(self._state))
            first = max(expected - (page + 1) * self._size, 0)
            self._replace(first, end, OPEN, ASKED)
            self._top = first
            places.append(range(first, end))
        self._under_way += len(places)
        return places

    def _aim(self, places: range) -> _Request:
        """Return the page that will hold the newest of some positions.

        By the time it is answered, the list will have grown by as much as it did during the last request.
        """
        with self._changed:
            self.requests += 1
            page = (self.total + self._drift - places.stop) // self._size
            return _Request(page, self.total, places.start, places.stop)

    def _replace(self, first: int, end: int, old: bytes, new: bytes) -> None:
        self._state[first:end] = self._state[first:end].replace(old, new)

    def _account(self, requests: Sequence[_Request], decoded: Decoded[R]) -> list[Block[R]]:
        """Note what pages cover, and return their rows with those that are new."""
        spans: list[Span] = []
        bad: list[tuple[_Request, DocumentError]] = []
        offset = 0
        with self._changed:
            for request, head in zip(requests, decoded.heads, strict=True):
                if isinstance(head, DocumentError):
                    bad.append((request, head))
                    continue
                problem = self._problem(request, head)
                if problem is not None:
                    bad.append((request, problem))
                else:
                    spans += self._cover(request, head, offset)
                offset += head.rows
            self._changed.notify_all()
        for request, problem in bad:
            self._put_back(request, problem)
        return [Block(decoded.rows, _joined(spans))] if spans else []

    def _problem(self, request: _Request, head: PageHead) -> DocumentError | None:
        """Return why a page cannot be one of this list."""
        if head.total < request.known_total:
            return DocumentError(
                f"The list has become shorter, {head.total:,} instead of {request.known_total:,} {self._what}."
            )
        if head.total > MOST_ROWS:
            return _too_long(head)
        expected = max(min(self._size, head.total - request.page * self._size), 0)
        return None if head.rows == expected else DocumentError(_wrong_count(head, expected))

    def _cover(self, request: _Request, head: PageHead, offset: int) -> list[Span]:
        """Note what a page covers and return its new rows; `offset` is the row of the block that it begins with."""
        newest = head.total - 1 - request.page * self._size
        first, end = max(newest + 1 - head.rows, 0), min(newest + 1, len(self._state))
        spans = []
        if first < end:
            for found in NOT_HERE.finditer(self._state, first, end):
                oldest, after = found.span()
                row = offset + newest - (after - 1)
                spans.append(Span(row, row + after - oldest, after - 1))
            for span in spans:
                rows = span.stop - span.start
                self._state[span.position + 1 - rows : span.position + 1] = HERE * rows
        self.total = max(self.total, head.total)
        self._drift = head.total - request.known_total
        self._end(request, OPEN)
        return spans[::-1]

    def _put_back(self, request: _Request, error: DocumentError | RunnerError) -> None:
        """Have a page that was none asked for again, after a pause; or give it up."""
        with self._changed:
            self._bad[request.first] += 1
            attempts = self._bad[request.first]
            if attempts >= ATTEMPTS:
                self._trouble = error
                self._end(request, LOST)
                return
            is_hopeless = self._bad.total() >= MOST_BAD_ANSWERS
        if is_hopeless:
            raise _not_understood("Page after page", error) from error
        self._stop.wait(FIRST_PAUSE * 2 ** (attempts - 1))
        with self._changed:
            self._end(request, OPEN)

    def _end(self, request: _Request, state: bytes) -> None:
        """End a request; what it was to bring and did not is in that state now. Under the lock."""
        self._replace(request.first, request.end, ASKED, state)
        self._top = max(self._top, request.end)
        self._under_way -= 1
        self._changed.notify_all()

    def _with_what_is_missing(self, error: RunnerError) -> RunnerError:
        missing = self.missing
        named = [
            f"{places.start:,} to {places.stop - 1:,}" if len(places) > 1 else f"{places.start:,}"
            for places in missing[:RANGES_NAMED]
        ]
        more = ["…"] if len(missing) > RANGES_NAMED else []
        sentence = (
            f"{error} {self.got:,} of {self.wanted:,} {self._what} were got; not got: positions "
            f"{', '.join([*named, *more])} of {self.total:,}, counted from the oldest, which is 0."
        )
        return again(error, sentence)


def _look_past(block: Block[R]) -> None:
    """See nothing in a block that would change what is asked for."""


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Return spans with those joined that go on where the one before ends."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and span.start == last.stop and span.position == last.position - (last.stop - last.start):
            joined[-1] = last._replace(stop=span.stop)
        else:
            joined.append(span)
    return joined


def _too_long(head: PageHead) -> DocumentError:
    return DocumentError(f"It says that there are {head.total:,} rows, more than any list has.")


def _wrong_count(head: PageHead, expected: int) -> str:
    return f"It holds {head.rows:,} rows where {expected:,} of {head.total:,} belong."


def _not_understood(what: str, error: Exception) -> RunnerError:
    """Return the error of a page that is none, as a member of the tree."""
    if isinstance(error, RunnerError):
        return error
    return AnswerNotUnderstood(f"{what} of the list is not Runner's: {error}")


def again(error: RunnerError, sentence: str) -> RunnerError:
    """Return an error of the same kind that says more."""
    return type(error)(
        sentence,
        error.handle,
        method=error.method,
        path=error.path,
        status_code=error.status_code,
        service_message=error.service_message,
    )
