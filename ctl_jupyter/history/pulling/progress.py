"""A progress bar that shows itself after a second, in a notebook as in a terminal, or where somebody wants it."""

import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["progress_bar", "progress_told_to"]

#: Seconds: what is quicker shows no bar.
DELAY = 1.0
#: Who takes the bar's line in place of the standard error.
_listener: ContextVar[Callable[[str], None] | None] = ContextVar("progress_listener", default=None)


@contextmanager
def progress_told_to(listener: Callable[[str], None]) -> Iterator[None]:
    """Have bars that are begun within, in this thread, tell their line and print nothing.

    Parameters
    ----------
    listener
        Called with the line whenever it changes, from any thread.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


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

    Parameters
    ----------
    what, unit
        What is done, and what is counted.
    is_shown
        Whether to show anything at all.
    """
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]
        # No thread of its own that looks after all bars there are: each has one, as long as it is there.
        monitor_interval = 0

    if not is_shown:
        yield tqdm(disable=True)
        return
    listener = _listener.get()
    file = sys.stderr if listener is None else _Line(listener)
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
