"""A progress bar that shows itself after a second, in a notebook as in a terminal."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["progress_bar"]

#: Seconds: what is quicker shows no bar.
DELAY = 1.0


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
    with Bar(desc=what, unit=f" {unit}", delay=DELAY, leave=False, file=sys.stderr, dynamic_ncols=True) as bar:
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
