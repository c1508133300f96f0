"""The card in a notebook: alive while its execution is, plain HTML for ever after.

While it is alive it is an `ipywidgets.HTML` whose value a thread sets, with buttons below; when the execution has
ended the display is replaced by a static bundle, so that the saved notebook needs no widget. Without ipywidgets it is
HTML that is updated through its display id; in a terminal it is text, at the beginning and at the end, and one line
between them while the cell waits.
"""

import math
import shutil
import sys
import threading
import time
from typing import Any, cast

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live.cells import RunningCell, running_cell
from ctl_jupyter.live.html import card_html
from ctl_jupyter.live.orders import Orders
from ctl_jupyter.live.painter import SHORTEST_PAUSE, TICK, Painting
from ctl_jupyter.live.text import progress_line, summary_text

__all__ = ["Card", "begin", "show"]

#: Seconds after which the page's buttons are taken to be held up by the cell that runs.
BUSY_AFTER = 1.0
#: What stands in place of the buttons while the cell waits, by what an interrupt does.
WAITING_HINTS = {
    "detach": "The cell waits for this execution. To stop or kill it, interrupt the cell first (■): the execution goes "
    "on, and the buttons appear here.",
    "stop": "The cell waits for this execution. Interrupting the cell (■) stops it.",
    "kill": "The cell waits for this execution. Interrupting the cell (■) kills it.",
}
BUSY_HINT = "Stop and Kill are here again when the cell that runs just now has ended."
CLEAR_LINE = "\r\x1b[K"


def show(handle: ExecutionHandle) -> None:
    """Display the card of an execution and return at once; it goes on by itself until the execution has ended.

    Outside IPython there is nothing to display on, and nothing is.
    """
    begin(handle)


def begin(handle: ExecutionHandle, waiting: str = "", *, is_alone: bool = True) -> "Card | None":
    """Display the card and return it; ``None`` when nothing is left to paint.

    Parameters
    ----------
    waiting
        What an interrupt does when this cell waits for the execution: ``detach``, ``stop`` or ``kill``.
    is_alone
        Whether it is the only card of its cell.
    """
    from IPython import get_ipython
    from IPython.display import DisplayHandle

    shell = get_ipython()
    if shell is None:
        return None
    display = DisplayHandle()
    if handle.is_read:
        display.display(_bundle(handle), raw=True)
        return None
    card = _card(handle, shell, display, waiting, is_alone)
    card.display()
    card.painting.begin()
    return card


def _bundle(handle: ExecutionHandle) -> dict[str, str]:
    return {"text/plain": summary_text(handle), "text/html": card_html(handle)}


def _card(handle: ExecutionHandle, shell: Any, display: Any, waiting: str, is_alone: bool) -> "Card":
    if getattr(shell, "kernel", None) is None:
        has_line = bool(waiting) and is_alone and sys.stdout.isatty()
        return (_LineCard if has_line else Card)(handle, shell, display, waiting)
    try:
        import ipywidgets  # noqa: F401 -- whether it is there
    except ImportError:
        return _HTMLCard(handle, shell, display, waiting)
    return _WidgetCard(handle, shell, display, waiting)


class Card:
    """Text at the beginning and at the end.

    Parameters
    ----------
    waiting
        What an interrupt does when this cell waits for the execution.
    """

    pause = TICK
    shows_orders = False

    def __init__(self, handle: ExecutionHandle, shell: Any, display: Any, waiting: str) -> None:
        self._handle = handle
        self._display = display
        self._waiting = waiting
        self._waited_until = -math.inf
        self._cells: RunningCell = running_cell(shell)
        self.painting = Painting(handle, self.draw, self.pause)
        self.orders = Orders(handle, self.painting.note_change if self.shows_orders else None)

    def display(self) -> None:
        """Show it for the first time."""
        self._display.display(self._first_bundle(), raw=True)

    def end_waiting(self) -> None:
        """Take note that the cell does not wait any longer."""
        self._waiting = ""
        self._waited_until = time.monotonic()
        self.painting.note_change()

    def draw(self, has_ended: bool) -> None:
        """Draw it as it is by now; called by the painter alone."""
        if has_ended:
            self._replace()
        else:
            self._draw_live()

    def _first_bundle(self) -> dict[str, Any]:
        return dict(_bundle(self._handle))

    def _replace(self) -> None:
        bundle = _bundle(self._handle)
        self._cells.publish(lambda: self._display.update(bundle, raw=True))

    def _draw_live(self) -> None:
        """Leave the prompt alone."""


class _LineCard(Card):
    """Text at the beginning and at the end, and a line of progress between them in the terminal of a waiting cell."""

    def __init__(self, handle: ExecutionHandle, shell: Any, display: Any, waiting: str) -> None:
        super().__init__(handle, shell, display, waiting)
        self._lock = threading.Lock()

    def end_waiting(self) -> None:
        with self._lock:
            self._write(CLEAR_LINE)
            super().end_waiting()

    def _draw_live(self) -> None:
        with self._lock:
            if self._waiting:
                width = shutil.get_terminal_size().columns - 1
                self._write(CLEAR_LINE + progress_line(self._handle)[:width])

    def _replace(self) -> None:
        with self._lock:
            self._write(CLEAR_LINE)
        super()._replace()

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


class _HTMLCard(Card):
    """HTML by updates of the display, once a second at most: bursts of messages lose some."""

    shows_orders = True
    _shown = ""

    def _draw_live(self) -> None:
        bundle = {
            "text/plain": summary_text(self._handle),
            "text/html": card_html(self._handle, note=self.orders.note),
        }
        if bundle["text/html"] != self._shown:
            self._shown = bundle["text/html"]
            self._display.update(bundle, raw=True)


class _WidgetCard(_HTMLCard):
    """A widget with buttons, replaced by static HTML at the end."""

    pause = SHORTEST_PAUSE

    def __init__(self, handle: ExecutionHandle, shell: Any, display: Any, waiting: str) -> None:
        import ipywidgets

        super().__init__(handle, shell, display, waiting)
        self._html = ipywidgets.HTML(card_html(handle, hint=self._hint))
        self._box = ipywidgets.VBox([self._html])
        self._buttons: Any = None
        if not waiting:
            self._show_buttons()

    @property
    def _hint(self) -> str:
        """What to say in place of buttons that a running cell holds up.

        Their clicks come to the main thread (ipykernel 6.31 and 7.4), which is the running cell's.
        """
        waiting = self._waiting  # read once: the main thread clears it
        if waiting:
            return WAITING_HINTS[waiting]
        # The cell that has waited is about to end.
        busy = min(self._cells.seconds, time.monotonic() - self._waited_until)
        return BUSY_HINT if busy > BUSY_AFTER else ""

    def _first_bundle(self) -> dict[str, Any]:
        # Job and id in text/plain, and HTML for exporters that know no widgets.
        return cast("dict[str, Any]", self._box._repr_mimebundle_()) | _bundle(self._handle)

    def _draw_live(self) -> None:
        hint = self._hint
        if hint:
            self._box.children = (self._html,)
        else:
            self._show_buttons()
        self._html.value = card_html(self._handle, note=self.orders.note, hint=hint)

    def _show_buttons(self) -> None:
        if self._buttons is None:
            from ctl_jupyter.live.buttons import Buttons

            self._buttons = Buttons(self.orders)
        self._buttons.draw()
        self._box.children = (self._html, self._buttons.row)

    def _replace(self) -> None:
        # The widget stays open: a page that was loaded anew still shows it and cannot be given the static bundle.
        self._box.children = (self._html,)
        self._html.value = card_html(self._handle)
        super()._replace()
