"""Publishing from a thread so that a headless run keeps it.

nbclient (papermill, nbconvert --execute, CI) takes the messages of the cell that runs just now, and drops those
that come between two cells. A thread's message belongs to the cell that ran last (ipykernel 6.31 to 7.4), so
one that is published while no cell runs is published again when the next one begins.
"""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

__all__ = ["RunningCell", "running_cell"]


class RunningCell:
    """Knows whether a cell runs, from the shell's own events.

    Parameters
    ----------
    shell
        IPython's shell, in a cell of which this is made.
    """

    def __init__(self, shell: Any) -> None:
        self._lock = threading.Lock()
        self._is_running = True
        self._begun = time.monotonic()
        self._missed: list[Callable[[], None]] = []
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)

    def publish(self, update: Callable[[], None]) -> None:
        """Call `update`, and once more at the beginning of the next cell when none was running."""
        update()
        with self._lock:
            # Asked after the call: a cell that ends only now has let the message through.
            if not self._is_running:
                self._missed.append(update)

    @property
    def seconds(self) -> float:
        """How long the cell that runs just now has been running, 0 when none is."""
        return time.monotonic() - self._begun if self._is_running else 0.0

    def _begin(self, *_: object) -> None:
        with self._lock:
            self._is_running, self._begun = True, time.monotonic()
            missed, self._missed = self._missed, []
        for update in missed:
            update()

    def _end(self, *_: object) -> None:
        with self._lock:
            self._is_running = False


@lru_cache(maxsize=1)
def running_cell(shell: Any) -> RunningCell:
    """Return the one watch over that shell's cells."""
    return RunningCell(shell)
