"""The tab of schedules: the list of those of a job or of all jobs, the chosen one, and the form."""

import time
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import ipywidgets

from ctl_jupyter.charts.zones import zone_name
from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import RunnerError, Session
from ctl_jupyter.documents import DocumentError, Execution, Job, Schedule
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.schedules.form import ScheduleForm
from ctl_jupyter.panel.schedules.listing import SCHEDULE_COLUMNS, key_of, last_starts, schedule_row, when_text
from ctl_jupyter.panel.schedules.times import fires_html, next_fires_of, user_zone
from ctl_jupyter.panel.table import Table

__all__ = ["SchedulesTab"]

#: How many of the newest executions tell which schedules started something.
EXECUTIONS = 100
#: Seconds in which the second click on Delete counts.
DOUBT = 8.0
DELETE, REALLY = "Delete", "Really delete?"
NOT_LOGGED_IN = "Log in to see schedules."
NO_JOB = "Choose a job in the tab Jobs to see its schedules, or look at those of all jobs."
EACH_JOB = "Runner has no list of all schedules: each job is asked once, so this takes a while where there are many."

Found = list[tuple[Job, Schedule]]


class SchedulesTab:
    """The panel's tab of schedules.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._found: Found = []
        self._last: dict[str, Execution] = {}
        #: The session, and the job's id or ``None`` for all, that the list is of.
        self._listed: tuple[Session, str | None] | None = None
        self._doubted = 0.0
        options = [("Chosen job", False), ("All jobs", True)]
        self._whose = ipywidgets.ToggleButtons(
            options=options, tooltips=["The schedules of the job chosen in the tab Jobs", EACH_JOB]
        )
        self._whose.add_class("ctl-whose")
        self._refresh = ipywidgets.Button(description="Refresh", icon="refresh", tooltip="Ask for the schedules again")
        self._new = ipywidgets.Button(
            description="New schedule", icon="plus", tooltip="Have a job started at set times"
        )
        self._note = ipywidgets.HTML()
        self._table = Table("Schedules", SCHEDULE_COLUMNS, "There are no schedules.")
        self._chosen_note = ipywidgets.HTML()
        self._edit = ipywidgets.Button(description="Edit", icon="pencil", tooltip="Change the schedule in a form")
        self._delete = ipywidgets.Button(description=DELETE, icon="trash", tooltip="Delete the schedule")
        self._form = ScheduleForm(desk, self._end_form)
        self._reading = desk.work(self._refresh, self._whose)
        self._deleting = desk.work(self._edit, self._delete)
        self._whose.observe(self._switch, "value")
        self._refresh.on_click(lambda _: self._ask())
        self._new.on_click(lambda _: self._open_form(desk.job, None))
        self._edit.on_click(lambda _: self._edit_chosen())
        self._delete.on_click(lambda _: self._click_delete())
        self._table.on_choose(lambda _: self._show_chosen())
        self._table.on_open(lambda _: self._edit_chosen())
        desk.session_changed.listen(lambda _: self._forget())
        desk.job_chosen.listen(lambda _: self._take_job())
        desk.job_changed.listen(self._take_change)
        head = ipywidgets.HBox([self._whose, self._refresh, self._new])
        head.add_class("ctl-tools")
        self._title = ipywidgets.HTML()
        chosen_head = ipywidgets.HBox([self._title, self._edit, self._delete])
        chosen_head.add_class("ctl-tools")
        self._chosen = ipywidgets.VBox([chosen_head, self._chosen_note], layout={"display": "none"})
        self._form.widget.layout.display = "none"
        parts = [head, self._note, self._table.widget, self._chosen, self._form.widget]
        self.widget = ipywidgets.VBox(parts)
        self.widget.add_class("ctl-schedules")
        self._draw()

    def show(self) -> None:
        """Ask for the schedules when nobody has for this log-in and job."""
        if self._desk.is_logged_in and self._wanted() not in (None, self._listed):
            self._ask()
        else:
            self._draw()

    # --- the list ----------------------------------------------------------------------------------------------

    def _wanted(self) -> tuple[Session, str | None] | None:
        """Return what is to be listed; ``None`` while there is nothing to ask."""
        if not self._desk.is_logged_in:
            return None
        if self._whose.value:
            return self._desk.session, None
        job = self._desk.job
        return (self._desk.session, str(job.id)) if job is not None else None

    def _switch(self, _: Any) -> None:
        self._take_job()
        self.show()

    def _take_job(self) -> None:
        """Take away what is no longer meant; what is meant now is asked for when the tab is looked at."""
        if self._listed is not None and self._wanted() != self._listed:
            self._found, self._listed = [], None
        self._draw()

    def _forget(self) -> None:
        self._found, self._last, self._listed = [], {}, None
        self._end_form(None)
        self._draw()

    def _ask(self) -> None:
        if self._wanted() is None:
            self._draw()
            self._desk.report(NO_JOB if self._desk.is_logged_in else NOT_LOGGED_IN)
            return
        announcement = "Asking each job for its schedules …" if self._whose.value else "Asking for the schedules …"
        self._say(announcement)
        self._reading.begin(announcement, self._read)

    def _read(self) -> str:
        while True:
            wanted = self._wanted()
            if wanted is None:
                self._draw()
                return "Nothing was asked of Runner."
            session, job_id = wanted
            try:
                found, last = self._asked(session, job_id)
            except (RunnerError, DocumentError) as error:
                self._say(f"Runner shows no schedules here: {error}")
                raise
            if self._wanted() == wanted:
                break  # else another job was chosen meanwhile
        self._found, self._last, self._listed = found, last, wanted
        self._draw()
        return f"{len(found):,} schedule{'' if len(found) == 1 else 's'} {self._whose_words()}."

    def _asked(self, session: Session, job_id: str | None) -> tuple[Found, dict[str, Execution]]:
        job = self._desk.job
        if job_id is None:
            found = session.all_schedules()
        else:
            assert job is not None  # it is wanted
            found = [(job, schedule) for schedule in session.schedules(job)]
        if not found or not session.calls.http.has_cursor:
            return found, {}  # the embedded Runner alone tells what a schedule started
        return found, last_starts(islice(session.calls.executions(job_id), EXECUTIONS))

    def _whose_words(self) -> str:
        job = self._desk.job
        if self._whose.value or job is None:
            return "of all jobs"
        return f"of the job {one_line(job.name or str(job.id), 100)}"

    def _draw(self) -> None:
        now, zone = datetime.now(UTC), user_zone()
        self._new.disabled = not self._desk.is_logged_in
        self._table.rows = [schedule_row(job, schedule, self._last, zone, now) for job, schedule in self._found]
        self._table.widget.layout.display = "" if self._found else "none"
        self._say(self._state(zone_name(zone)))
        self._show_chosen()

    def _state(self, zone: str) -> str:
        if not self._desk.is_logged_in:
            return NOT_LOGGED_IN
        if self._found:
            return f"Next and last starts are in your time zone ({zone})."
        if self._listed is not None:
            return f"There are no schedules {self._whose_words()} yet: 'New schedule' makes the first one."
        if self._wanted() is None:
            return NO_JOB
        return f"'Refresh' asks for the schedules {self._whose_words()}."

    def _say(self, sentence: str) -> None:
        self._note.value = element("div", sentence, **{"class": "ctl-help"})

    # --- the chosen one ----------------------------------------------------------------------------------------

    def _chosen_pair(self) -> tuple[Job, Schedule] | None:
        return next((pair for pair in self._found if key_of(*pair) == self._table.chosen), None)

    def _show_chosen(self) -> None:
        self._show_delete(is_doubted=False)
        pair = self._chosen_pair()
        is_form_open = self._form.widget.layout.display != "none"
        self._chosen.layout.display = "none" if pair is None or is_form_open else ""
        if pair is None:
            return
        job, schedule = pair
        title = schedule.description or f"A schedule of {job.name or job.id}"
        self._title.value = element("h3", one_line(title, 100))
        fires = next_fires_of(schedule, datetime.now(UTC))
        times = "Runner does not show when it fires." if fires is None else fires_html(fires, user_zone())
        head = element(
            "div", f"Starts {job.name or job.id} at {when_text(schedule)}. Schedule ", element("code", str(schedule.id))
        )
        self._chosen_note.value = element("div", head, times)

    def _edit_chosen(self) -> None:
        pair = self._chosen_pair()
        if pair is not None:
            self._open_form(*pair)

    def _open_form(self, job: Job | None, known: Schedule | None) -> None:
        self._form.begin(job, known)
        self._form.widget.layout.display = ""
        self._chosen.layout.display = "none"

    def _end_form(self, saved: tuple[Job, Schedule] | None) -> None:
        self._form.widget.layout.display = "none"
        if saved is None:
            self._show_chosen()
            return
        key = key_of(*saved)
        others = [pair for pair in self._found if key_of(*pair) != key]
        if len(others) < len(self._found):
            self._found = [saved if key_of(*pair) == key else pair for pair in self._found]
        elif self._belongs(saved[0]):
            self._found = [saved, *others]
        self._draw()
        if self._belongs(saved[0]):
            self._table.chosen = key
        self._show_chosen()

    def _belongs(self, job: Job) -> bool:
        return self._listed is not None and self._listed[1] in (None, str(job.id))

    def _click_delete(self) -> None:
        """Ask whether to delete at the first click; delete at the second."""
        pair = self._chosen_pair()
        if pair is None:
            return
        if time.monotonic() - self._doubted > DOUBT:
            self._show_delete(is_doubted=True)
            self._doubted = time.monotonic()
            self._desk.report("Click again to delete this schedule; what it started stays.")
            return
        self._show_delete(is_doubted=False)
        self._deleting.begin("Deleting the schedule …", lambda: self._delete_schedule(*pair))

    def _show_delete(self, *, is_doubted: bool) -> None:
        if not is_doubted:
            self._doubted = -DOUBT
        self._delete.description = REALLY if is_doubted else DELETE
        self._delete.button_style = "danger" if is_doubted else ""

    def _delete_schedule(self, job: Job, schedule: Schedule) -> str:
        self._desk.session.delete_schedule(job, schedule)
        self._found = [pair for pair in self._found if key_of(*pair) != key_of(job, schedule)]
        self._draw()
        return f"Schedule {schedule.id} of {one_line(job.name or '', 100)} deleted."

    def _take_change(self, job: Job) -> None:
        """Have a job's new name in the list, or its schedules gone with it; a deleted one has no status any more."""
        if job.status == "DELETED":
            self._found = [pair for pair in self._found if pair[0].id != job.id]
        else:
            self._found = [(job if known.id == job.id else known, schedule) for known, schedule in self._found]
        self._draw()
