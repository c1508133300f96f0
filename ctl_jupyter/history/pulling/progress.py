"""A progress bar that shows itself after a second, in a notebook as in a terminal, or where somebody wants it.

Who listens in place of the standard error is also told what a history lacks, and may end a pull before its time.
"""

import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["PullStopped", "progress_bar", "progress_told_to", "told_of_lack"]

#: Seconds: what is quicker shows no bar.
DELAY = 1.0


class PullStopped(Exception):
    """A pull was ended before its time; what had come is kept, and the next look goes on from there."""


@dataclass(frozen=True)
class _Listener:
    line: Callable[[str], None]
    lack: Callable[[str], None] | None
    stop: threading.Event | None


#: Who takes the bar's line in place of the standard error.
_listener: ContextVar[_Listener | None] = ContextVar("progress_listener", default=None)


@contextmanager
def progress_told_to(
    listener: Callable[[str], None],
    *,
    lack: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> Iterator[None]:
    """Have bars that are begun within, in this thread, tell their line and print nothing.

    Parameters
    ----------
    listener
        Called with the line whenever it changes, from any thread.
    lack
        Called with the sentence that says what a history lacks, in place of a warning.
    stop
        Ends a pull when somebody sets it: at the next progress, `PullStopped` is raised in the thread that pulls.
    """
    token = _listener.set(_Listener(listener, lack, stop))
    try:
        yield
    finally:
        _listener.reset(token)


def told_of_lack(sentence: str) -> bool:
    """Tell who listens what a history lacks, and return whether somebody does."""
    listener = _listener.get()
    if listener is None or listener.lack is None:
        return False
    listener.lack(sentence)
    return True


class _Line(io.TextIOBase):
    """A file whose lines are told."""

    def __init__(self, listener: Callable[[str], None]) -> None:
        self._listener = listener

    def write(self, text: str) -> int:
        words = text.strip()
        if words:
            self._listener(words)
        return len(text)


@contextmanager
def progress_bar(what: str, unit: str, is_shown: bool = True) -> Iterator["tqdm[NoReturn]"]:
    """Show how far something is, as a line that is gone at the end; text, so that no saved notebook keeps a widget.

    Its ``update`` raises `PullStopped` when who listens wants no more.

    Parameters
    ----------
    what, unit
        What is done, and what is counted.
    is_shown
        Whether to show anything at all.
    """
    from tqdm import tqdm

    listener = _listener.get()

    class Bar(tqdm):  # type: ignore[type-arg]
        # No thread of its own that looks after all bars there are: each has one, as long as it is there.
        monitor_interval = 0

        def update(self, n: float | None = 1) -> bool | None:
            if listener is not None and listener.stop is not None and listener.stop.is_set():
                raise PullStopped
            return super().update(n)

    if not is_shown:
        yield tqdm(disable=True)
        return
    file = sys.stderr if listener is None else _Line(listener.line)
    with Bar(desc=what, unit=f" {unit}", delay=DELAY, leave=False, file=file, dynamic_ncols=listener is None) as bar:
        over = threading.Event()
        ticking = threading.Thread(target=_tick, args=(bar, over), name="history-progress", daemon=True)
        ticking.start()
        try:
            yield bar
        finally:
            over.set()
            ticking.join()


def _tick(bar: "tqdm[NoReturn]", over: threading.Event) -> None:
    """Draw a bar each second, also while nothing comes: a service that takes long for an answer is seen to."""
    while not over.wait(DELAY):
        with bar.get_lock():  # type: ignore[no-untyped-call]
            # By this the bar knows that there is something to clear in the end.
            bar.last_print_t = max(time.time(), bar.start_t + DELAY)
            bar.refresh(nolock=True)
