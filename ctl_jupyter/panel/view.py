"""The whole panel: the log-in strip, the tabs, and the status line below them; imported when a panel is shown."""

import importlib
import logging
import threading
import uuid
from typing import Any

import ipywidgets

from ctl_jupyter.client import ExecutionHandle, Session
from ctl_jupyter.live.html import BAD, coloured
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.log_in import LogInStrip
from ctl_jupyter.panel.looks import key_guard, style_sheet
from ctl_jupyter.panel.outside import look_after_cells
from ctl_jupyter.panel.runner_state import RunnerState, who
from ctl_jupyter.panel.static import StaticSummary

__all__ = ["Panel", "PanelBox"]

logger = logging.getLogger(__name__)

#: Names as `Desk.tab_wanted` has them, which are those of the packages, what stands on the tab, and its class.
TABS = {
    "jobs": ("Jobs", "JobsTab"),
    "products": ("Products", "ProductsTab"),
    "executions": ("Executions", "ExecutionsTab"),
    "history": ("History", "HistoryTab"),
    "schedules": ("Schedules", "SchedulesTab"),
}


def tab_kind(name: str) -> Any:
    """Return the class of a tab, imported when it is needed: the panel is seen before all of it is loaded."""
    return getattr(importlib.import_module(f"ctl_jupyter.panel.{name}"), TABS[name][1])


class PanelBox(ipywidgets.VBox):  # type: ignore[misc]
    """The panel's widget, which knows when it is shown.

    Parameters
    ----------
    panel
        The panel that it shows; it lives as long as its widget.
    """

    def __init__(self, panel: "Panel", children: list[Any]) -> None:
        super().__init__(children)
        self._panel = panel
        self.add_class("ctl-panel")

    def _ipython_display_(self) -> None:
        from IPython.display import display

        self._panel.desk.look()
        self._panel.summary.show()
        # Where there are no widgets the summary says it all; an empty text would make some viewers show the repr.
        display({"text/html": "<!-- the panel -->", **self._repr_mimebundle_()}, raw=True)
        self._panel.begin()

    def __repr__(self) -> str:
        return "<the panel of ctl-jupyter>"


class Panel:
    """The panel; nothing is asked of anybody before it is shown or used.

    Only the tab that is seen is built; the others are when they are first looked at or needed.

    Parameters
    ----------
    session
        Where to work; the session of the last log-in, whichever it is by then, when absent.
    """

    def __init__(self, session: Session | None = None) -> None:
        self.desk = Desk(session)
        self.summary = StaticSummary(f"ctl-panel-{uuid.uuid4().hex[:12]}")
        self._built: dict[str, Any] = {}
        self._building = threading.RLock()
        self._has_begun = False
        self._places = {name: ipywidgets.VBox() for name in TABS}
        # Before any tab listens: the tab of executions is built in time to hear of the first one.
        self.desk.execution_opened.listen(self._take_execution)
        # Before the strip, which asks how many jobs there are and may hear it at once.
        self.desk.session_changed.listen(self._summarize)
        self._strip = LogInStrip(self.desk)
        self._strip.state_known.listen(self._take_state)
        self._box = ipywidgets.Tab(list(self._places.values()), titles=[title for title, _ in TABS.values()])
        self._box.selected_index = 0
        self._tab(self._selected)
        self._box.observe(lambda _change: self._show_tab(), "selected_index")
        self.desk.tab_wanted.listen(self._select)
        self.desk.session_changed.listen(self._take_session)
        hiding = ipywidgets.HTML(self.summary.style(), layout={"display": "none"})
        unseen = [style_sheet(), key_guard(), hiding]
        self.widget = PanelBox(self, [*unseen, self._strip.widget, self._box, self.desk.status])
        self._summarize(self.desk.session_now())
        look_after_cells(self.desk)

    def begin(self) -> None:
        """Take note that the panel is shown: what the strip and the first tab need is asked for now."""
        self.desk.look()
        self._has_begun = True
        self._strip.look()
        if self.desk.is_logged_in:
            self._show_tab()

    @property
    def _selected(self) -> str:
        return list(TABS)[self._box.selected_index or 0]

    def _tab(self, name: str) -> Any:
        """Return a tab, built when it was not; ``None`` for one that cannot be, which says so in its place."""
        with self._building:
            if name not in self._built:
                try:
                    tab = tab_kind(name)(self.desk)
                    self._places[name].children = [tab.widget]
                except Exception as error:
                    logger.exception("The panel's tab %s could not be built.", name)
                    tab = None
                    words = f"{TABS[name][0]} cannot be shown, a fault of ctl-jupyter: {type(error).__name__}: {error}"
                    told = ipywidgets.HTML(element("div", coloured("✗", words, BAD), role="alert"))
                    self._places[name].children = [told]
                self._built[name] = tab
            return self._built[name]

    def _select(self, name: str) -> None:
        self._box.selected_index = list(TABS).index(name)

    def _show_tab(self) -> None:
        self.desk.look()
        tab = self._tab(self._selected)
        if tab is not None:
            try:
                tab.show()
            except Exception as error:
                logger.exception("The panel's tab %s could not be shown.", self._selected)
                self.desk.report(f"This went wrong in ctl-jupyter itself: {type(error).__name__}: {error}", False)

    def _summarize(self, session: Session | None) -> None:
        self.summary.tell(who(session.identity) if session else "", None)

    def _take_session(self, session: Session | None) -> None:
        if session is not None and self._has_begun:
            self._show_tab()

    def _take_state(self, state: RunnerState) -> None:
        if self.desk.is_logged_in:
            self.summary.tell(who(self.desk.session.identity), state.jobs)

    def _take_execution(self, handle: ExecutionHandle) -> None:
        self._tab("executions")
        self.summary.note(handle)
