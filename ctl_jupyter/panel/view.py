"""The whole panel: the log-in strip, the tabs, and the status line below them; imported when a panel is shown."""

from typing import Any

import ipywidgets

from ctl_jupyter.client import Session
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.executions import ExecutionsTab
from ctl_jupyter.panel.history import HistoryTab
from ctl_jupyter.panel.jobs import JobsTab
from ctl_jupyter.panel.log_in import LogInStrip
from ctl_jupyter.panel.looks import style_sheet
from ctl_jupyter.panel.products import ProductsTab
from ctl_jupyter.panel.schedules import SchedulesTab

__all__ = ["Panel"]

#: Names as `Desk.tab_wanted` has them, what stands on the tab, and what is behind it.
TABS: dict[str, tuple[str, Any]] = {
    "jobs": ("Jobs", JobsTab),
    "products": ("Products", ProductsTab),
    "executions": ("Executions", ExecutionsTab),
    "history": ("History", HistoryTab),
    "schedules": ("Schedules", SchedulesTab),
}


class Panel:
    """The panel; nothing is asked of anybody before it is used.

    Parameters
    ----------
    session
        Where to work; the session of the last log-in, whichever it is by then, when absent.
    """

    def __init__(self, session: Session | None = None) -> None:
        self.desk = Desk(session)
        self._tabs = {name: kind(self.desk) for name, (_, kind) in TABS.items()}
        self._box = ipywidgets.Tab(
            [tab.widget for tab in self._tabs.values()], titles=[title for title, _ in TABS.values()]
        )
        self._box.observe(self._show_tab, "selected_index")
        self.desk.tab_wanted.listen(self._select)
        parts = [style_sheet(), LogInStrip(self.desk).widget, self._box, self.desk.status]
        self.widget = ipywidgets.VBox(parts)
        self.widget.add_class("ctl-panel")

    def _select(self, name: str) -> None:
        self._box.selected_index = list(self._tabs).index(name)

    def _show_tab(self, change: Any) -> None:
        list(self._tabs.values())[change["new"]].show()
