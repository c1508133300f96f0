"""The newest executions of the account, to open one."""

from collections.abc import Callable, Sequence

import ipywidgets

from ctl_jupyter.client import ExecutionHandle, Session
from ctl_jupyter.documents import Execution, Status
from ctl_jupyter.live.text import clock
from ctl_jupyter.live.times import local_time
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.statuses import status_look, status_text
from ctl_jupyter.panel.table import Column, Row, Table

__all__ = ["NewestExecutions", "rows_of"]

COUNT = 100
#: Names are taken from the newest jobs; an execution of an older one shows its job's id.
JOBS = 300
ANY = "any status"
COLUMNS = (
    Column("Status", width="minmax(96px, 0.8fr)"),
    Column("Job", width="minmax(80px, 1.2fr)"),
    Column("Started", hides_below=420, width="148px"),
    Column("Took", is_number=True, hides_below=520, width="64px"),
    Column("Execution", hides_below=640, width="minmax(0, 1.6fr)"),
)


class NewestExecutions:
    """A table of them, narrowed by status and job."""

    def __init__(self, desk: Desk, on_open: Callable[[ExecutionHandle], None]) -> None:
        self._desk = desk
        self._on_open = on_open
        self._session: Session | None = None
        self._executions: list[Execution] = []
        self._names: dict[str, str] = {}
        self._table = Table("Newest executions", COLUMNS, "No execution is listed. Refresh asks Runner.")
        self._status = ipywidgets.Dropdown(options=[ANY, *Status])
        self._job = ipywidgets.Text(placeholder="part of a job's name or of an id")
        style = {"width": "auto"}
        self._refresh = ipywidgets.Button(
            description="Refresh", icon="refresh", tooltip="Ask Runner for the newest executions", layout=style
        )
        self._open = ipywidgets.Button(
            description="Open", tooltip="Follow the chosen execution", disabled=True, layout=style
        )
        self._work = desk.work(self._refresh)
        self._refresh.on_click(lambda _: self.refresh())
        self._open.on_click(lambda _: self._open_key(self._table.chosen))
        self._table.on_choose(lambda key: setattr(self._open, "disabled", key is None))
        self._table.on_open(self._open_key)
        for control in (self._status, self._job):
            control.observe(lambda _: self._draw(), "value")
        bar = ipywidgets.HBox(
            [Field("Status", self._status).widget, Field("Job or id", self._job).widget, self._refresh, self._open]
        )
        bar.add_class("ctl-log-bar")
        self.widget = ipywidgets.VBox([bar, self._table.widget])

    def refresh(self) -> None:
        """Ask for them: ``GET /jobs/{alias}/executions`` and the newest pages of ``GET /jobs/{alias}``."""
        self._work.begin("Asking for the newest executions …", self._ask)

    def forget(self) -> None:
        """Show none, since somebody else is logged in."""
        self._session, self._executions, self._names = None, [], {}
        self._draw()

    def _ask(self) -> str:
        session = self._desk.session
        executions = session.calls.executions_page(None, size=COUNT).results
        jobs, _ = session.newest_jobs(JOBS)
        if self._desk.session_now() is not session:
            return self._ask()  # for whoever logged in meanwhile
        self._session, self._executions = session, list(executions)
        self._names = {str(job.id): job.name or str(job.id) for job in jobs}
        self._draw()
        return (
            "The newest execution is listed."
            if len(executions) == 1
            else f"The newest {len(executions):,} executions are listed."
            if executions
            else "There is no execution yet."
        )

    def _draw(self) -> None:
        status = "" if self._status.value == ANY else self._status.value
        self._table.rows = rows_of(self._executions, self._names, status, self._job.value)

    def _open_key(self, key: str | None) -> None:
        found = next((execution for execution in self._executions if execution.execution_id == key), None)
        if found is None or self._session is None:
            return
        self._on_open(ExecutionHandle(self._session.calls, found, self._names.get(found.job_id, "")))


def rows_of(executions: Sequence[Execution], names: dict[str, str], status: str = "", job: str = "") -> list[Row]:
    """Return the rows of executions that fit.

    Parameters
    ----------
    names
        Of jobs, by their ids.
    status
        Empty for any.
    job
        A part of the job's name, or of the execution's or job's id; empty for any.
    """
    rows = []
    for execution in executions:
        name = names.get(execution.job_id) or execution.job_id
        sought = f"{name} {execution.job_id} {execution.execution_id}".casefold()
        if (status and execution.status != status) or job.strip().casefold() not in sought:
            continue
        start, end = (execution.timers[-1].start, execution.timers[-1].end) if execution.timers else (None, None)
        took = None if start is None or end is None else (end - start) / 1000
        cells = {
            "Status": status_text(execution.status),
            "Job": name,
            "Started": local_time(start),
            "Took": "" if took is None else clock(took),
            "Execution": execution.execution_id,
        }
        order = {"Took": took or 0.0, "Started": float(start or 0)}
        rows.append(Row(execution.execution_id, cells, {"Status": status_look(execution.status)}, order))
    return rows
