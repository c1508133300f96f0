"""The event log in the page, with its search."""

import threading
import time
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import anywidget
import ipywidgets
import traitlets

from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.panel.executions.event_log import KINDS, EventLog, Wanted, full_text
from ctl_jupyter.panel.fields import Field

__all__ = ["LogView"]

#: Seconds between two sendings of the lines at least.
PAUSE = 1.0


class _LogWidget(anywidget.AnyWidget):
    _esm = files(__package__).joinpath("log.js").read_text(encoding="utf-8")

    lines: Any = traitlets.List().tag(sync=True)
    told = traitlets.Unicode().tag(sync=True)


class LogView:
    """The lines of one run's events after another's, and the fields that narrow them."""

    def __init__(self) -> None:
        self._log = EventLog()
        self._events: Sequence[StatusEvent] = ()
        self._lock = threading.Lock()
        self._sent = 0.0
        self._page = _LogWidget()
        self._page.on_msg(self._hear)
        self._words = ipywidgets.Text(placeholder="words, in any order", continuous_update=True)
        self._kind = ipywidgets.Dropdown(options=list(KINDS))
        self._host = ipywidgets.Text(placeholder="any host", continuous_update=False)
        self._task = ipywidgets.Text(placeholder="any task", continuous_update=False)
        self._clear = ipywidgets.Button(description="Clear", tooltip="Show every event again", layout={"width": "auto"})
        self._clear.on_click(lambda _: self.narrow("", "", is_whole=True))
        controls = (self._words, self._kind, self._host, self._task)
        labels = ("Search events", "Show", "Host", "Task")
        fields = [Field(label, control).widget for label, control in zip(labels, controls, strict=True)]
        bar = ipywidgets.HBox([*fields, self._clear])
        bar.add_class("ctl-log-bar")
        for control in controls:
            control.observe(lambda _: self._search(), "value")
        self.widget = ipywidgets.VBox([bar, self._page])

    def narrow(self, host: str, task: str, *, is_whole: bool = False) -> None:
        """Show the events of a host and a task alone; of all when both are empty and `is_whole`."""
        if is_whole:
            self._words.value, self._kind.value = "", next(iter(KINDS))
        self._host.value, self._task.value = host, task

    def show(self, events: Sequence[StatusEvent], *, is_other: bool, is_urgent: bool) -> None:
        """Show events.

        Parameters
        ----------
        is_other
            Whether they are others than those of the last time, not only more.
        is_urgent
            Whether they are shown at once; else once a second.
        """
        with self._lock:
            self._events = events
            if is_other:
                self._log.begin_again()
                self._page.send({"tell": "begin"})
            if not (is_other or is_urgent) and time.monotonic() - self._sent < PAUSE:
                return
            self._draw()

    def _search(self) -> None:
        with self._lock:
            values = (self._words.value, self._kind.value, self._host.value.strip(), self._task.value.strip())
            self._log.search(Wanted(*values))
            self._draw()

    def _draw(self) -> None:
        self._log.read(self._events)
        self._sent = time.monotonic()
        with self._page.hold_sync():
            self._page.lines = list(self._log.lines)
            self._page.told = self._log.told

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        key = message.get("key")
        if message.get("ask") == "event" and isinstance(key, int) and 0 <= key < len(self._events):
            self._page.send({"tell": "event", "text": full_text(self._events[key])})
