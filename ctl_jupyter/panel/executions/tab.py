"""The tab of executions: the newest of the account and those that are followed, and the live view of the chosen one."""

import time

import ipywidgets

from ctl_jupyter.client import ExecutionHandle, Session
from ctl_jupyter.documents import Execution
from ctl_jupyter.live.text import progress_line
from ctl_jupyter.live.times import local_time
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.executions.view import ExecutionView
from ctl_jupyter.panel.jobs.listing import execution_row, status_look, status_text
from ctl_jupyter.panel.table import Column, Row, Table

__all__ = ["ExecutionsTab"]

COLUMNS = (
    Column("status", width="minmax(96px, 1fr)"),
    Column("job", width="minmax(90px, 2fr)"),
    Column("started", hides_below=520, width="148px"),
    Column("took", hides_below=420, width="64px", is_number=True),
    Column("how it goes", hides_below=640, width="minmax(80px, 3fr)"),
)
NEWEST = 100
#: Seconds between two drawings of the list for what is followed.
PAUSE = 1.0
NOT_ASKED = "Log in to see the executions."


class ExecutionsTab:
    """The panel's tab of executions.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listed: list[Execution] = []
        self._names: dict[str, str] = {}
        #: Those that are followed, by id; the last opened last.
        self._views: dict[str, ExecutionView] = {}
        self._asked: Session | None = None
        self._words = ipywidgets.Text(description="Find", placeholder="a job, a status or the beginning of an id")
        self._refresh = ipywidgets.Button(
            description="Refresh", icon="refresh", tooltip="Ask for the newest ones again"
        )
        self._table = Table("Executions", COLUMNS, NOT_ASKED, height=8)
        self._below = ipywidgets.VBox(
            [ipywidgets.HTML(element("div", "Choose one to see it.", **{"class": "ctl-help"}))]
        )
        self._work = desk.work(self._refresh)
        #: When the list was drawn last for what is followed, and which of that had ended.
        self._drawn = 0.0
        self._had_ended: list[bool] = []
        self._words.observe(lambda _: self._list(), "value")
        self._refresh.on_click(lambda _: self._ask())
        self._table.on_choose(self._choose)
        desk.execution_opened.listen(self._open)
        desk.session_changed.listen(lambda _: self._forget())
        head = ipywidgets.HBox([self._words, self._refresh])
        head.add_class("ctl-tools")
        self.widget = ipywidgets.VBox([head, self._table.widget, self._below])

    def show(self) -> None:
        """Ask for the newest executions when nobody has for this log-in."""
        if self._desk.is_logged_in and self._asked is not self._desk.session:
            self._ask()

    def _forget(self) -> None:
        self._listed, self._asked = [], None
        self._table.empty = NOT_ASKED
        self._list()

    def _ask(self) -> None:
        self._work.begin("Asking for the newest executions …", self._read)

    def _read(self) -> str:
        session = self._desk.session
        self._asked = session
        self._listed = session.calls.executions_page(None, size=NEWEST).results
        self._table.empty = "There are no executions in this account yet: start a job."
        self._list()
        if {execution.job_id for execution in self._listed} - self._names.keys():
            self._names |= {str(job.id): job.name or str(job.id) for job in session.calls.jobs()}
            self._list()
        return f"The newest {len(self._listed):,} executions."

    def _list(self) -> None:
        rows = [self._row_of(view.handle) for view in reversed(self._views.values())]
        rows += [self._row(execution) for execution in self._listed if execution.execution_id not in self._views]
        words = self._words.value.casefold().split()
        self._table.rows = [
            row for row in rows if all(word in f"{' '.join(row.cells.values())} {row.key}".casefold() for word in words)
        ]

    def _row(self, execution: Execution) -> Row:
        row = execution_row(execution)
        failed = row.cells["failed hosts"]
        cells = {
            **row.cells,
            "job": self._names.get(execution.job_id, execution.job_id),
            "how it goes": f"failed on {failed}" if failed else "",
        }
        return Row(row.key, cells, row.looks, row.order)

    def _row_of(self, handle: ExecutionHandle) -> Row:
        """Return the row of one that is followed, as it is by now."""
        progress, row = handle.progress, self._row(handle.execution)
        cells = {
            **row.cells,
            "status": status_text(progress.status),
            "job": handle.job_name,
            "started": local_time(progress.started) or row.cells["started"],
            "how it goes": progress_line(handle).partition(" · ")[2],
        }
        return Row(row.key, cells, {"status": status_look(progress.status)}, row.order)

    def _open(self, handle: ExecutionHandle) -> None:
        """Follow an execution and show it; one that was restarted takes the place of its run before."""
        known = self._views.pop(handle.execution_id, None)
        # One that is followed already and still goes on stays as it is.
        view = (
            known
            if known is not None and not known.handle.is_read
            else ExecutionView(self._desk, handle, self._list_if_due)
        )
        self._views[handle.execution_id] = view
        if view is not known:
            view.begin()
        self._list()
        if self._table.chosen == handle.execution_id:
            self._show(view)
        else:
            self._table.chosen = handle.execution_id

    def _list_if_due(self) -> None:
        """Have the list tell how those that are followed go on; whoever draws them says when that may have changed."""
        has_ended = [view.handle.is_read for view in self._views.values()]
        if time.monotonic() - self._drawn >= PAUSE or has_ended != self._had_ended:
            self._drawn, self._had_ended = time.monotonic(), has_ended
            self._list()

    def _choose(self, key: str | None) -> None:
        if key is None:
            return
        view = self._views.get(key)
        if view is not None:
            self._show(view)
            return
        execution = next((one for one in self._listed if one.execution_id == key), None)
        if execution is not None:
            handle = ExecutionHandle(self._desk.session.calls, execution, self._names.get(execution.job_id, ""))
            self._open(handle)

    def _show(self, view: ExecutionView) -> None:
        for other in self._views.values():
            if other is not view:
                other.hide()
        self._below.children = (view.widget,)
        view.show()
