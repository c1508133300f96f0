"""One background thread that draws every live card.

It draws from what is already known, never asks the service, and sets widgets' values or updates displays from
its own thread, which goes on while the kernel is busy.
"""

import contextvars
import logging
import math
import threading
import time
from collections.abc import Callable

from ctl_jupyter.client import ExecutionHandle

__all__ = ["Painting"]

logger = logging.getLogger(__name__)

#: Seconds between two drawings of one card when a lot happens.
SHORTEST_PAUSE = 0.2
#: What drawing may take of one processor, all cards together; many or large ones are drawn less often.
SHARE = 0.03
#: Seconds after which a card is drawn again although nothing happened, for the elapsed time.
TICK = 1.0


class Painting:
    """A card that is drawn whenever its execution changes, until everything of it has been read.

    Parameters
    ----------
    draw
        Draws the card, on the painter's thread; told whether this is the last time.
    pause
        Seconds between two drawings at least.
    """

    def __init__(self, handle: ExecutionHandle, draw: Callable[[bool], None], pause: float = SHORTEST_PAUSE) -> None:
        self._handle = handle
        self._draw = draw
        self._pause = pause
        self._has_changed = False
        self._drawn = time.monotonic()
        #: CPU seconds of the last drawing.
        self.cost = 0.0
        #: Set after the last drawing.
        self.finished = threading.Event()

    def begin(self) -> None:
        """Follow the execution and draw from now on."""
        _painter.add(self)
        self._handle.follow(self.note_change, with_history=True)

    def draw_if_due(self, rest: float) -> float:
        """Draw when there is something to draw and the time has come; called by the painter alone.

        Parameters
        ----------
        rest
            Seconds between two drawings at least, if that is more than its own pause.

        Returns
        -------
        float
            Seconds until it is due again, at the latest.
        """
        if self._handle.is_read:
            self._draw_once(has_ended=True)
            self.finished.set()
            return math.inf
        pause = max(self._pause, rest)
        due = self._drawn + (pause if self._has_changed else max(TICK, pause))
        if time.monotonic() < due:
            return due - time.monotonic()
        self._has_changed = False
        self._draw_once(has_ended=False)
        self._drawn = time.monotonic()
        return pause if self._has_changed else max(TICK, pause)

    def _draw_once(self, *, has_ended: bool) -> None:
        begun = time.thread_time()
        try:
            self._draw(has_ended)
        except Exception:
            # One card that cannot be drawn must not stop the others.
            logger.exception("The card of execution %s could not be drawn.", self._handle.execution_id)
        self.cost = time.thread_time() - begun

    def note_change(self) -> None:
        """Have the card drawn soon; from any thread."""
        # Woken once for many changes, but never kept from the end by changes that wait for their time.
        if not self._has_changed or self._handle.is_read:
            self._has_changed = True
            _painter.wake()


class _Painter:
    """The thread, alive while there is something to draw."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._paintings: list[Painting] = []
        self._thread: threading.Thread | None = None

    def add(self, painting: Painting) -> None:
        with self._lock:
            self._paintings.append(painting)
            if self._thread is None:
                # An empty context: what the thread publishes then belongs to the cell that runs at that
                # time, the only one whose messages a headless run takes, not to the cell that began it.
                run = contextvars.Context().run
                self._thread = threading.Thread(target=run, args=(self._run,), name="ctl-jupyter-paint", daemon=True)
                self._thread.start()
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    def _run(self) -> None:
        while True:
            self._woken.clear()
            with self._lock:
                self._paintings = [painting for painting in self._paintings if not painting.finished.is_set()]
                paintings = list(self._paintings)
                if not paintings:
                    self._thread = None
                    return
            rest = sum(painting.cost for painting in paintings) / SHARE
            pause = min(painting.draw_if_due(rest) for painting in paintings)
            self._woken.wait(0 if math.isinf(pause) else max(pause, 0))


_painter = _Painter()
