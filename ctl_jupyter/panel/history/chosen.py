"""The execution that is chosen in the list of a history: opened in the live view, or drawn."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.history.pictures import CHARTS_OF_ONE, picture_of_one
from ctl_jupyter.panel.table import Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ChosenExecution"]


class ChosenExecution:
    """A line of tools for one execution, and its chart below.

    Parameters
    ----------
    desk
        The middle of the panel.
    hosts_here
        Returns the rows of the frame ``hosts`` of an execution, by its id, where they are loaded; else ``None``.
    """

    def __init__(self, desk: Desk, hosts_here: "Callable[[str], pd.DataFrame | None]") -> None:
        self._desk = desk
        self._hosts_here = hosts_here
        self._row: Row | None = None
        self._job: str | None = None
        self.words = ipywidgets.HTML()
        self.open = ipywidgets.Button(description="Open", tooltip="Show this execution in the tab Executions")
        self.open.add_class("ctl-primary")
        self.chart = ipywidgets.Dropdown(description="Its chart", options=CHARTS_OF_ONE)
        self.draw = ipywidgets.Button(description="Draw", tooltip="Draw this chart of the execution")
        self.picture = ipywidgets.Output()
        self._work = desk.work(self.open, self.draw, self.chart)
        self.open.on_click(lambda _: self.show_live())
        self.draw.on_click(lambda _: self._begin())
        tools = ipywidgets.HBox([self.words, self.open, self.chart, self.draw])
        tools.add_class("ctl-tools")
        tools.add_class("ctl-choices")
        self.widget = ipywidgets.VBox([tools, self.picture])
        self.choose(None, None)

    def choose(self, row: Row | None, job: str | None) -> None:
        """Offer what can be done with another execution, or nothing.

        Parameters
        ----------
        row
            Of the table of executions; its key is the execution's id.
        job
            The id of its job.
        """
        self._row, self._job = row, job
        self.picture.outputs = ()
        self.widget.layout.display = "none" if row is None else ""
        if row is not None:
            told = " · ".join(filter(None, (row.cells["Status"], row.cells["Start (UTC)"], row.cells["Duration"])))
            self.words.value = element("div", element("b", f"Execution {row.key[:8]}"), f" {told}")

    def show_live(self, execution_id: str | None = None, job: str | None = None) -> None:
        """Open an execution in the live view; the chosen one when none is named."""
        if execution_id is None:
            if self._row is None:
                return
            execution_id, job = self._row.key, self._job

        def find() -> str:
            self._desk.open_execution(self._desk.session.execution(execution_id, job))
            return f"Execution {execution_id} is open in the tab Executions."

        self._work.begin("Opening the execution …", find)

    def _begin(self) -> None:
        row, job, chart = self._row, self._job, self.chart.value
        if row is not None:
            self._work.begin("Drawing the execution …", lambda: self._draw(row, job, chart))

    def _draw(self, row: Row, job: str | None, chart: str) -> str:
        hosts = self._hosts_here(row.key)
        if hosts is None:
            from ctl_jupyter.history.events import hosts_of

            hosts = hosts_of(self._desk.session.execution(row.key, job))
        drawn: Any = picture_of_one(chart, hosts, row.key)
        if self._row is not row:
            return "Another execution was chosen meanwhile: draw that one."
        self.picture.outputs = drawn
        return f"Execution {row.key} is drawn below the list."
