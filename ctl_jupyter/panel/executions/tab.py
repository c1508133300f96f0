"""The tab of executions: those that are open, the chosen one live, and the newest ones to open."""

import threading
import time
from typing import Any

import ipywidgets

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live.glance import Glance, glance
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.executions.live_view import LiveView
from ctl_jupyter.panel.executions.newest import NewestExecutions
from ctl_jupyter.panel.executions.opened import OpenExecution, title_of
from ctl_jupyter.panel.folded import Folded

__all__ = ["ExecutionsTab"]

EMPTY = "No execution is open. Start a job, or open one of the newest executions below."


class _Entry:
    """An open execution in the strip: a button that chooses it, and one that closes it."""

    def __init__(self, opened: OpenExecution) -> None:
        self.opened = opened
        self.drawn = 0.0
        self.choose = ipywidgets.Button(layout={"width": "auto"}, tooltip=f"Show execution {opened.key}")
        self.close = ipywidgets.Button(
            description="✕", tooltip="Close; the execution itself goes on", layout={"width": "auto"}
        )
        self.row: Any = ipywidgets.HBox([self.choose, self.close])
        self.row.add_class("ctl-open-entry")


class ExecutionsTab:
    """The panel's tab of executions.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.RLock()
        self._entries: dict[str, _Entry] = {}
        self._chosen = ""
        self._is_shown = False
        self._strip = ipywidgets.Box()
        self._strip.add_class("ctl-open")
        self._empty = ipywidgets.HTML(EMPTY)
        self._view = LiveView(desk, self.open)
        self._newest = NewestExecutions(desk, self.open)
        self._folded = Folded("Newest executions", self._newest.widget, is_open=True)
        self.widget = ipywidgets.VBox([self._empty, self._strip, self._view.widget, self._folded.widget])
        self.widget.add_class("ctl-executions")
        desk.execution_opened.listen(self.open)
        desk.session_changed.listen(self._change_session)

    def show(self) -> None:
        """Take note that the tab is looked at now; what it needs is asked for then, in a thread of its own."""
        if not self._is_shown and self._desk.is_logged_in:
            self._is_shown = True
            self._newest.refresh()

    @property
    def opened(self) -> list[ExecutionHandle]:
        """The executions that are open, in the order they were opened."""
        with self._lock:
            return [entry.opened.handle for entry in self._entries.values()]

    def open(self, handle: ExecutionHandle) -> None:
        """Follow an execution and show it; a new run of one that is open takes its place."""
        with self._lock:
            known = self._entries.get(handle.execution_id)
            if known is not None and known.opened.handle is not handle and not known.opened.handle.is_read:
                # Still followed: the same run.
                self._choose(handle.execution_id)
                return
            if known is None or known.opened.handle is not handle:
                self._add(handle)
            self._choose(handle.execution_id)
            self._folded.is_open = False
            entry = self._entries[handle.execution_id]
        if known is not entry:
            entry.opened.begin()

    def close(self, key: str) -> None:
        """Show an execution no more; it goes on."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is None:
                return
            entry.opened.close()
            self._lay_out()
            if key == self._chosen:
                self._choose(next(reversed(self._entries), ""))

    def _add(self, handle: ExecutionHandle) -> None:
        known = self._entries.get(handle.execution_id)
        if known is not None:
            known.opened.close()
        entry = _Entry(OpenExecution(handle, self._draw))
        entry.choose.on_click(lambda _: self._choose(handle.execution_id))
        entry.close.on_click(lambda _: self.close(handle.execution_id))
        self._entries[handle.execution_id] = entry
        self._draw_entry(entry, glance(handle))
        self._lay_out()

    def _lay_out(self) -> None:
        self._strip.children = [entry.row for entry in self._entries.values()]
        self._empty.layout.display = "none" if self._entries else ""

    def _choose(self, key: str) -> None:
        with self._lock:
            self._chosen = key
            for known, entry in self._entries.items():
                (entry.row.add_class if known == key else entry.row.remove_class)("ctl-chosen")
            self._view.choose(self._entries[key].opened if key in self._entries else None)

    def _draw(self, opened: OpenExecution, has_ended: bool) -> None:
        with self._lock:
            entry = self._entries.get(opened.key)
            if entry is None or entry.opened is not opened:
                return
            is_chosen = opened.key == self._chosen
            if not (is_chosen or has_ended or time.monotonic() - entry.drawn >= 1):
                return
            seen = glance(opened.handle)
            self._draw_entry(entry, seen)
            self._view.draw(opened, seen)

    def _draw_entry(self, entry: _Entry, seen: Glance) -> None:
        entry.drawn = time.monotonic()
        title = title_of(seen)
        if entry.choose.description != title:
            entry.choose.description = title

    def _change_session(self, _session: Any) -> None:
        self._newest.forget()
        if self._is_shown and self._desk.is_logged_in:
            self._newest.refresh()
