"""Work done by several threads, and its results handed out in the caller's as they come.

The caller's thread only waits, and shortly each time: an interrupt arrives at once, wherever the threads hang.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

__all__ = ["side_by_side"]

T = TypeVar("T")
#: How long the caller's thread waits without looking up, in seconds; an interrupt ends a wait only where it can.
WAIT = 0.1
#: How many results may lie there unfetched; more would only fill the memory.
READY_AT_MOST = 64


def side_by_side(
    step: Callable[[], Sequence[T] | None], workers: Callable[[], int], stop: threading.Event
) -> Iterator[T]:
    """Yield the results of a step that is called again and again, in several threads.

    Parameters
    ----------
    step
        Does the next piece of work and returns what there is to hand out; ``None`` when no work is left.
    workers
        How many threads should work now; asked after each step, so that a crowd can grow.
    stop
        Ends the work, when somebody sets it: the iterator ends, and each thread after its step.

    Raises
    ------
    Exception
        The first that a step raised, after all results that came before it.
    """
    crowd = _Crowd(step, workers, stop)
    try:
        yield from crowd.results()
    finally:
        crowd.end()


class _Crowd(Generic[T]):
    """The threads and what they share."""

    def __init__(
        self, step: Callable[[], Sequence[T] | None], workers: Callable[[], int], stop: threading.Event
    ) -> None:
        self._step, self._workers, self._stop = step, workers, stop
        self._changed = threading.Condition()
        self._ready: deque[T] = deque()
        self._working = 0
        self._started = 0
        self._error: BaseException | None = None
        self._has_ended = False

    def results(self) -> Iterator[T]:
        """Start the threads and yield what comes, until there is no more."""
        with self._changed:
            self._grow()
        while True:
            with self._changed:
                while not self._ready and self._working and not self._is_over():
                    self._changed.wait(WAIT)
                if not self._ready:
                    break
                result = self._ready.popleft()
                self._changed.notify_all()
            yield result
        if self._error is not None:
            raise self._error

    def end(self) -> None:
        """Have each thread end after its step; nobody waits for one that hangs."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def _is_over(self) -> bool:
        return self._has_ended or self._error is not None or self._stop.is_set()

    def _grow(self) -> None:
        while self._started < max(self._workers(), 1):
            self._started += 1
            self._working += 1
            threading.Thread(target=self._work, name=f"runner-pull-{self._started}", daemon=True).start()

    def _work(self) -> None:
        error: BaseException | None = None
        try:
            while not self._is_over():
                results = self._step()
                if results is None:
                    break
                self._hand_out(results)
        except BaseException as raised:  # noqa: BLE001 - the caller's thread raises it
            error = raised
        with self._changed:
            self._working -= 1
            self._error = self._error or error
            self._changed.notify_all()

    def _hand_out(self, results: Sequence[T]) -> None:
        with self._changed:
            if not self._is_over():
                self._grow()
            if results:
                while len(self._ready) >= READY_AT_MOST and not self._is_over():
                    self._changed.wait(WAIT)
                self._ready.extend(results)
                self._changed.notify_all()
