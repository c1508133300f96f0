"""The execution that is chosen in the list of a history: what happened in it, and the way to the live view."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.history.pictures import CHARTS_OF_ONE, picture_of_one
from ctl_jupyter.panel.table import Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ChosenExecution"]


class ChosenExecution:
    """One execution, how it went and its chart; drawn when it is chosen.

    Parameters
    ----------
    desk
        The middle of the panel.
    hosts_here
        Returns the rows of the frame ``hosts`` of an execution, by its id, where they are loaded; else ``None``.
    job_name
        Returns the name of a job, by its id.
    """

    def __init__(
        self, desk: Desk, hosts_here: "Callable[[str], pd.DataFrame | None]", job_name: Callable[[str], str]
    ) -> None:
        self._desk = desk
        self._hosts_here = hosts_here
        self._job_name = job_name
        self._row: Row | None = None
        self._job: str | None = None
        self.words = ipywidgets.HTML()
        self.open = ipywidgets.Button(description="Open", tooltip="Show this execution in the tab Executions")
        self.open.add_class("ctl-primary")
        self.chart = ipywidgets.Dropdown(description="Its chart", options=CHARTS_OF_ONE)
        self.picture = ipywidgets.Output()
        # Opening does not wait for a chart that is being drawn: a double click chooses, and opens at once.
        self._drawing, self._opening = desk.work(self.chart), desk.work(self.open)
        self.open.on_click(lambda _: self._show_chosen())
        self.chart.observe(lambda _: self._begin(), "value")
        tools = ipywidgets.HBox([self.words, self.open, self.chart])
        tools.add_class("ctl-tools")
        tools.add_class("ctl-choices")
        self.widget = ipywidgets.VBox([tools, self.picture])
        self.choose(None, None)

    def choose(self, row: Row | None, job: str | None) -> None:
        """Show another execution, or none.

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
            self._begin()

    def show_live(self, execution_id: str, job: str | None) -> None:
        """Open an execution in the live view."""

        def find() -> str:
            self._desk.open_execution(self._handle(execution_id, job))
            return f"Execution {execution_id} is open in the tab Executions."

        self._opening.begin("Opening the execution …", find)

    def _show_chosen(self) -> None:
        if self._row is not None:
            self.show_live(self._row.key, self._job)

    def _handle(self, execution_id: str, job: str | None) -> ExecutionHandle:
        session = self._desk.session
        if not job:
            return session.execution(execution_id)
        # One request however long the history is, and also where the job was deleted since.
        return ExecutionHandle(session.calls, session.calls.get_execution(job, execution_id), self._job_name(job))

    def _begin(self) -> None:
        self._drawing.begin("Drawing the execution …", self._draw_newest)

    def _draw_newest(self) -> str:
        """Draw what is chosen, and again while something else was chosen meanwhile."""
        while True:
            row, job, chart = self._row, self._job, self.chart.value
            if row is None:
                return "No execution is chosen."
            drawn: Any = picture_of_one(chart, self._hosts(row.key, job), row.key)
            if self._row is row:
                self.picture.outputs = drawn
                return f"Execution {row.key} is drawn below the list; 'Open' shows it in the tab Executions."

    def _hosts(self, execution_id: str, job: str | None) -> "pd.DataFrame":
        from ctl_jupyter.history.events import hosts_of

        hosts = self._hosts_here(execution_id)
        if hosts is not None:
            return hosts
        if not self._desk.is_logged_in:
            raise DocumentError("The events of this execution are not stored: log in to see what happened in it.")
        return hosts_of(self._handle(execution_id, job))
