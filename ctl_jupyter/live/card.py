"""The card in a notebook: alive while its execution is, plain HTML for ever after.

While it is alive it is an `ipywidgets.HTML` whose value a thread sets; when the execution has ended the display
is replaced by a static bundle, so that the saved notebook needs no widget. Without ipywidgets it is HTML that
is updated through its display id; in a terminal it is text, at the beginning and at the end.
"""

from typing import Any, cast

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live.cells import RunningCell, running_cell
from ctl_jupyter.live.html import card_html
from ctl_jupyter.live.painter import SHORTEST_PAUSE, TICK, Painting
from ctl_jupyter.live.text import summary_text

__all__ = ["begin", "show"]


def show(handle: ExecutionHandle) -> None:
    """Display the card of an execution and return at once; it goes on by itself until the execution has ended.

    Outside IPython there is nothing to display on, and nothing is.
    """
    begin(handle)


def begin(handle: ExecutionHandle) -> Painting | None:
    """Display the card and return its painting; ``None`` when nothing is left to paint."""
    from IPython import get_ipython
    from IPython.display import DisplayHandle

    shell = get_ipython()
    if shell is None:
        return None
    display = DisplayHandle()
    if handle.is_read:
        display.display(_bundle(handle), raw=True)
        return None
    card = _card(handle, shell, display)
    card.display()
    painting = Painting(handle, card.draw, card.pause)
    painting.begin()
    return painting


def _bundle(handle: ExecutionHandle) -> dict[str, str]:
    return {"text/plain": summary_text(handle), "text/html": card_html(handle)}


def _card(handle: ExecutionHandle, shell: Any, display: Any) -> "_TextCard":
    if getattr(shell, "kernel", None) is None:
        return _TextCard(handle, shell, display)
    try:
        import ipywidgets
    except ImportError:
        return _HTMLCard(handle, shell, display)
    return _WidgetCard(handle, shell, display, ipywidgets.HTML(card_html(handle)))


class _TextCard:
    """Text at the beginning and at the end."""

    pause = TICK

    def __init__(self, handle: ExecutionHandle, shell: Any, display: Any) -> None:
        self._handle = handle
        self._display = display
        self._cells: RunningCell = running_cell(shell)

    def display(self) -> None:
        self._display.display(self._first_bundle(), raw=True)

    def _first_bundle(self) -> dict[str, Any]:
        return dict(_bundle(self._handle))

    def draw(self, has_ended: bool) -> None:
        if has_ended:
            self._replace()
        else:
            self._draw_live()

    def _replace(self) -> None:
        bundle = _bundle(self._handle)
        self._cells.publish(lambda: self._display.update(bundle, raw=True))

    def _draw_live(self) -> None:
        """Leave the prompt alone."""


class _HTMLCard(_TextCard):
    """HTML by updates of the display, once a second at most: bursts of messages lose some."""

    _shown = ""

    def _draw_live(self) -> None:
        bundle = _bundle(self._handle)
        if bundle["text/html"] != self._shown:
            self._shown = bundle["text/html"]
            self._display.update(bundle, raw=True)


class _WidgetCard(_TextCard):
    """A widget, replaced by static HTML at the end."""

    pause = SHORTEST_PAUSE

    def __init__(self, handle: ExecutionHandle, shell: Any, display: Any, widget: Any) -> None:
        super().__init__(handle, shell, display)
        self._widget = widget

    def _first_bundle(self) -> dict[str, Any]:
        # Job and id in text/plain, and HTML for exporters that know no widgets.
        return cast("dict[str, Any]", self._widget._repr_mimebundle_()) | _bundle(self._handle)

    def _draw_live(self) -> None:
        self._widget.value = card_html(self._handle)

    def _replace(self) -> None:
        # The widget stays open: a page that was loaded anew still shows it and cannot be given the static bundle.
        self._draw_live()
        super()._replace()
