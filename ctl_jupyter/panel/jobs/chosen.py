"""The chosen job: its details, its newest executions, the form that starts it, and what else is done with it."""

import time
from collections.abc import Callable

import ipywidgets

from ctl_jupyter.client import ExecutionHandle, Session
from ctl_jupyter.documents import Job, Schedule
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.jobs.details import details_html
from ctl_jupyter.panel.jobs.job_saving import name_of
from ctl_jupyter.panel.jobs.listing import EXECUTION_COLUMNS, execution_row
from ctl_jupyter.panel.jobs.standing import Standing, standings
from ctl_jupyter.panel.jobs.start_form import StartForm
from ctl_jupyter.panel.latest import Latest
from ctl_jupyter.panel.table import Table

__all__ = ["ChosenJob"]

#: How many executions are listed.
EXECUTIONS = 20
#: Seconds in which the second click on Delete counts.
DOUBT = 8.0
DELETE, REALLY = "Delete", "Really delete?"


class ChosenJob:
    """What is shown of the chosen job.

    Parameters
    ----------
    desk
        The middle of the panel.
    learn
        Told of a job's id and how it fares, when its executions have come.
    edit, duplicate
        Open the form of a job, and that of a new one that begins as its copy.
    """

    def __init__(
        self,
        desk: Desk,
        learn: Callable[[str, Standing], None],
        edit: Callable[[Job], None],
        duplicate: Callable[[Job], None],
    ) -> None:
        self._desk = desk
        self._learn = learn
        self._job: Job | None = None
        self._standing: Standing | None = None
        self._schedules: list[Schedule] | None = None
        self._doubted = 0.0
        self._title = ipywidgets.HTML()
        self._edit = ipywidgets.Button(description="Edit", icon="pencil", tooltip="Change the job in a form")
        self._duplicate = ipywidgets.Button(
            description="Duplicate", icon="clone", tooltip="Describe a new job, beginning with what this one says"
        )
        self._delete = ipywidgets.Button(description=DELETE, icon="trash", tooltip="Delete the job and its schedules")
        self._details = ipywidgets.HTML()
        self._executions = Table("Executions", EXECUTION_COLUMNS, "It was not started yet.", height=6)
        self._start = StartForm(desk)
        self._latest, self._opening = Latest(desk.report), Latest(desk.report)
        self._deleting = desk.work(self._edit, self._duplicate, self._delete)
        self._edit.on_click(lambda _: edit(self._job) if self._job is not None else None)
        self._duplicate.on_click(lambda _: duplicate(self._job) if self._job is not None else None)
        self._delete.on_click(lambda _: self._click_delete())
        self._executions.on_open(self._open)
        head = ipywidgets.HBox([self._title, self._edit, self._duplicate, self._delete])
        head.add_class("ctl-tools")
        right = ipywidgets.VBox(
            [
                self._heading("Details"),
                self._details,
                self._heading("Executions (Enter opens one)"),
                self._executions.widget,
            ]
        )
        halves = ipywidgets.Box([self._start.widget, right])
        halves.add_class("ctl-halves")
        self.widget = ipywidgets.VBox([head, halves], layout={"display": "none"})

    def use(self, job: Job | None, standing: Standing | None) -> None:
        """Show a job, or nothing; what is not known of it is asked for."""
        is_same = job is not None and self._job is not None and job.id == self._job.id
        self._job, self._standing = job, standing
        self.widget.layout.display = "none" if job is None else ""
        if not is_same:
            self._schedules = None
            self._executions.rows = []
        self._start.use(job)
        if job is None:
            return
        self._show_delete(is_doubted=False)
        self._title.value = element("h3", name_of(job), title=job.name or "")
        self._draw()
        self._latest.begin(lambda: self._ask(job))

    def note(self, handle: ExecutionHandle) -> None:
        """Take note of an execution that was started or opened: its row follows it to its end."""
        job = self._job
        if job is None or job.id != handle.job_id:
            return
        self._latest.begin(lambda: self._ask(job))

        def look() -> None:
            if handle.is_read and self._job is not None and self._job.id == handle.job_id:
                self._latest.begin(lambda: self._ask(job))

        handle.follow(look)

    @staticmethod
    def _heading(text: str) -> ipywidgets.HTML:
        return ipywidgets.HTML(element("h4", text))

    def _draw(self) -> None:
        if self._job is not None:
            self._details.value = details_html(self._job, self._standing, self._schedules)

    def _ask(self, job: Job) -> None:
        if not self._is_of(job):
            return  # another one was chosen since
        calls = self._desk.session.calls
        executions = calls.executions_page(str(job.id), size=EXECUTIONS).results
        if not self._is_of(job):
            return
        self._executions.empty = "It was not started yet."
        self._executions.rows = [execution_row(execution) for execution in executions]
        found = standings(executions).get(str(job.id))
        if found is not None:
            self._standing = found
            self._learn(str(job.id), found)
        schedules = list(calls.schedules(str(job.id)))
        if self._is_of(job):
            self._schedules = schedules
            self._draw()

    def _is_of(self, job: Job) -> bool:
        """Whether a job, or what it was before a change, is the chosen one."""
        return self._job is not None and self._job.id == job.id

    def _open(self, execution_id: str) -> None:
        job = self._job

        def open_it() -> None:
            self._desk.open_execution(self._desk.session.execution(execution_id, job))

        self._opening.begin(open_it)

    def _click_delete(self) -> None:
        """Ask whether to delete at the first click; delete at the second."""
        job = self._job
        if job is None:
            return
        if time.monotonic() - self._doubted > DOUBT:
            self._doubted = time.monotonic()
            self._show_delete(is_doubted=True)
            self._desk.report(f"Click again to delete {name_of(job)!r} and its schedules; its executions stay.")
            return
        self._doubted = 0.0
        self._show_delete(is_doubted=False)
        self._deleting.send(f"Deleting {name_of(job)} …", lambda session: self._delete_job(job, session))

    def _show_delete(self, *, is_doubted: bool) -> None:
        if not is_doubted:
            self._doubted = 0.0
        self._delete.description = REALLY if is_doubted else DELETE
        self._delete.button_style = "danger" if is_doubted else ""

    def _delete_job(self, job: Job, session: Session) -> str:
        session.delete_job(job)
        job.status = "DELETED"
        self._desk.tell_job(job, session)
        return f"Deleted {name_of(job)}."
