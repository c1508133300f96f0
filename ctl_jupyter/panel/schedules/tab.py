"""The tab of schedules: the list of those of a job or of all jobs, the chosen one, and the form."""

import threading
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
from ctl_jupyter.panel.schedules.chosen import ChosenSchedule
from ctl_jupyter.panel.schedules.form import ScheduleForm
from ctl_jupyter.panel.schedules.listing import SCHEDULE_COLUMNS, key_of, last_starts, schedule_row
from ctl_jupyter.panel.schedules.reading import Found, Pair, Reading, changed, read_all
from ctl_jupyter.panel.schedules.times import user_zone
from ctl_jupyter.panel.table import Table

__all__ = ["SchedulesTab"]

#: How many of the newest executions tell which schedules started something.
EXECUTIONS = 100
NOT_LOGGED_IN = "Log in to see schedules."
NO_JOB = "Choose a job in the tab Jobs to see its schedules, or look at those of all jobs."
NOT_READ = "The schedules could not be read; the line below says why. 'Refresh' asks again."
EACH_JOB = "Runner has no list of all schedules: each job is asked once, so this takes a while where there are many."
#: The session, and a job's id or ``None`` for all jobs.
Wanted = tuple[Session, str | None]


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
        #: What the list is of.
        self._listed: Wanted | None = None
        #: How far the reading of all jobs' schedules came that was stopped or broke off.
        self._broken_off: Reading | None = None
        self._stopped = threading.Event()
        #: What was saved or deleted (``None``) since the reading began, by the row's key.
        self._changes: dict[str, Pair | None] = {}
        options = [("Chosen job", False), ("All jobs", True)]
        self._whose = ipywidgets.ToggleButtons(
            options=options, tooltips=["The schedules of the job chosen in the tab Jobs", EACH_JOB]
        )
        self._whose.add_class("ctl-whose")
        self._refresh = ipywidgets.Button(description="Refresh", icon="refresh", tooltip="Ask for the schedules again")
        self._stop = ipywidgets.Button(
            description="Stop asking",
            icon="stop",
            tooltip="Ask no more jobs, and show the schedules that came",
            layout={"display": "none"},
        )
        self._new = ipywidgets.Button(
            description="New schedule", icon="plus", tooltip="Have a job started at set times"
        )
        self._note = ipywidgets.HTML()
        self._table = Table("Schedules", SCHEDULE_COLUMNS, "There are no schedules.")
        self._chosen = ChosenSchedule(desk, self._open_form, self._take_deletion)
        self._form = ScheduleForm(desk, self._end_form, self._take_saved)
        self._reading = desk.work(self._refresh, self._whose)
        self._whose.observe(self._switch, "value")
        self._refresh.on_click(lambda _: self._ask())
        self._new.on_click(lambda _: self._open_form(desk.job, None))
        self._stop.on_click(lambda _: self._stopped.set())
        self._table.on_choose(lambda _: self._show_chosen())
        self._table.on_open(lambda _: self._chosen.edit())
        desk.session_changed.listen(lambda _: self._forget())
        desk.job_chosen.listen(lambda _: self._take_job())
        desk.job_changed.listen(self._take_change)
        head = ipywidgets.HBox([self._whose, self._refresh, self._stop, self._new])
        head.add_class("ctl-tools")
        self._form.widget.layout.display = "none"
        parts = [head, self._note, self._table.widget, self._chosen.widget, self._form.widget]
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

    def _wanted(self) -> Wanted | None:
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
            self._found, self._listed, self._broken_off = [], None, None
        self._draw()

    def _forget(self) -> None:
        self._found, self._last, self._listed, self._broken_off = [], {}, None, None
        self._changes.clear()
        self._form.leave()
        self._draw()

    def _ask(self) -> None:
        if self._wanted() is None:
            self._draw()
            self._desk.report(NO_JOB if self._desk.is_logged_in else NOT_LOGGED_IN)
            return
        announcement = "Asking each job for its schedules …" if self._whose.value else "Asking for the schedules …"
        self._say(announcement)
        self._stopped.clear()
        self._changes = {}
        self._stop.layout.display = "" if self._whose.value else "none"
        self._reading.begin(announcement, self._read)

    def _read(self) -> str:
        try:
            return self._read_wanted()
        finally:
            self._stop.layout.display = "none"

    def _read_wanted(self) -> str:
        while True:
            wanted = self._wanted()
            if wanted is None:
                self._draw()
                return "Nothing was asked of Runner."
            session, job_id = wanted
            try:
                found = self._of_all(wanted) if job_id is None else self._of_job(session)
                last = self._last_starts(session, job_id) if found else {}
            except (RunnerError, DocumentError):
                if not self._found:
                    self._say(NOT_READ)
                raise
            if self._wanted() == wanted:
                break  # else another job was chosen meanwhile
        self._found, self._last, self._listed = self._with_changes(found), last, wanted
        self._draw()
        count = len(self._found)
        return f"{count:,} schedule{'' if count == 1 else 's'} {self._whose_words()}."

    def _of_job(self, session: Session) -> Found:
        job = self._desk.job
        assert job is not None  # it is wanted
        return [(job, schedule) for schedule in session.schedules(job)]

    def _of_all(self, wanted: Wanted) -> Found:
        """Read the schedules of all jobs, and show them while they come."""
        reading = Reading()

        def show() -> None:
            if self._wanted() == wanted:
                self._found, self._listed, self._broken_off = self._with_changes(reading.found), wanted, reading
                self._draw()

        def tell() -> None:
            show()
            self._say(f"{reading.words} so far …")

        try:
            read_all(wanted[0], reading, tell, lambda: self._stopped.is_set() or self._wanted() != wanted)
        except RunnerError:
            if reading.asked:
                show()
            raise
        self._broken_off = None if reading.is_whole else reading
        return reading.found

    @staticmethod
    def _last_starts(session: Session, job_id: str | None) -> dict[str, Execution]:
        if not session.calls.http.has_cursor:
            return {}  # the embedded Runner alone tells what a schedule started
        return last_starts(islice(session.calls.executions(job_id), EXECUTIONS))

    def _whose_words(self) -> str:
        job = self._desk.job
        if self._whose.value or job is None:
            return "of all jobs" if self._broken_off is None else "of the jobs that were asked"
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
        if self._broken_off is not None:
            return f"{self._broken_off.words}: 'Refresh' asks all of them."
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

    def _chosen_pair(self) -> Pair | None:
        return next((pair for pair in self._found if key_of(*pair) == self._table.chosen), None)

    def _show_chosen(self) -> None:
        is_form_open = self._form.widget.layout.display != "none"
        self._chosen.use(None if is_form_open else self._chosen_pair())

    def _open_form(self, job: Job | None, known: Schedule | None) -> None:
        self._form.begin(job, known)
        self._form.widget.layout.display = ""
        self._chosen.widget.layout.display = "none"
        self._form.focus()

    def _end_form(self, saved: Pair | None) -> None:
        self._form.widget.layout.display = "none"
        if self._desk.is_logged_in:
            # The button that had the keyboard is gone.
            (self._table if self._found or saved else self._new).focus()
        if saved is not None and self._belongs(saved[0]):
            self._table.chosen = key_of(*saved)
        self._show_chosen()

    def _take_saved(self, saved: Pair) -> None:
        if self._belongs(saved[0]):
            self._change(key_of(*saved), saved)

    def _change(self, key: str, pair: Pair | None) -> None:
        self._changes[key] = pair
        self._found = changed(self._found, {key: pair})
        self._draw()

    def _with_changes(self, found: Found) -> Found:
        """Return what was read with what was saved or deleted since the reading began."""
        meant = {key: pair for key, pair in self._changes.items() if pair is None or self._belongs(pair[0])}
        return changed(found, meant)

    def _belongs(self, job: Job) -> bool:
        wanted = self._wanted()
        return wanted is not None and wanted[1] in (None, str(job.id))

    def _take_deletion(self, job: Job, schedule: Schedule) -> None:
        self._change(key_of(job, schedule), None)

    def _take_change(self, job: Job) -> None:
        """Have a job's new name in the list, or its schedules gone with it; a deleted one has no status any more."""
        if self._listed is not None and self._listed[0] is not self._desk.session_now():
            return  # the list is of an account that was left
        if job.status == "DELETED":
            self._found = [pair for pair in self._found if pair[0].id != job.id]
        else:
            self._found = [(job if known.id == job.id else known, schedule) for known, schedule in self._found]
        self._draw()
