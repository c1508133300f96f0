"""The form by which a schedule is created or edited; it tells while one types when the job would be started."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import ipywidgets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import RunnerError, Session
from ctl_jupyter.documents import DocumentError, Job, Schedule
from ctl_jupyter.markup import element
from ctl_jupyter.panel.copy_box import CopyBox
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import form
from ctl_jupyter.panel.schedules.account_choice import AccountChoice
from ctl_jupyter.panel.schedules.copying import schedule_cell
from ctl_jupyter.panel.schedules.entries import ScheduleEntries, WrongEntries, entries_of, schedule_of
from ctl_jupyter.panel.schedules.fields import schedule_fields
from ctl_jupyter.panel.schedules.sending import find_job, save_schedule, saved_sentence
from ctl_jupyter.panel.schedules.times import user_zone
from ctl_jupyter.panel.schedules.when_fields import WhenFields

__all__ = ["ScheduleForm"]

#: How many of the newest jobs are offered.
OFFERED_JOBS = 200
#: The fields beside those of when it fires.
OTHERS = ("job", "description", "service_account")


class ScheduleForm:
    """The form of a schedule.

    Parameters
    ----------
    desk
        The middle of the panel.
    on_done
        Told the job and the schedule when it was saved; ``None`` when that was given up.
    on_saved
        Told the job and the schedule when it was saved, even if another one's form is open by then.
    """

    def __init__(
        self,
        desk: Desk,
        on_done: Callable[[tuple[Job, Schedule] | None], None],
        on_saved: Callable[[tuple[Job, Schedule]], None],
    ) -> None:
        self._desk = desk
        self._on_done = on_done
        self._on_saved = on_saved
        #: Another one each time the form is filled or left: what was begun for one touches no other.
        self._filled = object()
        self._job: Job | None = None
        self._known: Schedule | None = None
        self._is_filling = False
        self._is_open = False
        self._begun = ScheduleEntries()
        self.fields = schedule_fields()
        self._when = WhenFields(self.fields, self._take_change)
        self._accounts = AccountChoice(desk, self.fields["service_account"])
        self.account = self._accounts.form
        self._title = ipywidgets.HTML()
        self._copy = CopyBox(label="The cell that does the same")
        self._copy.layout.display = "none"
        self.save_button = _button("Create", "Create this schedule", "primary")
        self.cancel_button = _button("Cancel", "Leave everything as it was")
        self.copy_button = _button("Copy as cell", "Show the cell that does what Create or Save does")
        self.save_button.on_click(lambda _: self._save())
        self.cancel_button.on_click(lambda _: self._cancel())
        self.copy_button.on_click(lambda _: self._show_cell())
        self._work = desk.work(self.save_button, self.copy_button)
        for name in OTHERS:
            self.fields[name].control.observe(self._looker(name), "value")
        fields = form(
            self.fields["job"],
            self.fields["description"],
            *self._when.widgets,
            self._accounts,
            self.account.widget,
        )
        buttons = ipywidgets.HBox([self.save_button, self.cancel_button, self.copy_button])
        buttons.add_class("ctl-row")
        self.widget = ipywidgets.VBox([self._title, fields, buttons, self._copy])
        self.widget.add_class("ctl-schedule-form")

    def begin(self, job: Job | None, known: Schedule | None = None) -> None:
        """Show the form of a schedule, or an empty one for a new schedule of a job, if one is known.

        The jobs and service accounts that can be chosen are asked for.
        """
        self._job, self._known, self._is_open = job, known, True
        self._filled = object()
        named = (job.name or str(job.id)) if job is not None else ""
        if known is not None:
            entries = entries_of(known, named)
        else:
            entries = ScheduleEntries(job=named, expression="30 2 * * *", timezone=self._usual_zone())
        with self._filling():
            self._accounts.begin(entries.service_account)
            for name in OTHERS:
                self.fields[name].value = getattr(entries, name)
                self.fields[name].error = ""
        self._begun = entries
        self.fields["job"].control.disabled = known is not None
        self._title.value = element("h3", f"Edit a schedule of {one_line(named, 100)}" if known else "New schedule")
        self.save_button.description = "Save" if known else "Create"
        self.save_button.tooltip = "Replace the schedule by what is here" if known else "Create this schedule"
        self._copy.layout.display = "none"
        self._ask_again(is_asking=False)
        self._when.begin(entries, known)
        self._begin_asking(self._filled)

    def leave(self) -> None:
        """Leave the form, and what was typed into it: the account is another one."""
        self._close(None)

    def focus(self) -> None:
        """Give its first field the keyboard."""
        self.fields["job" if self._known is None else "description"].control.focus()

    def entries(self) -> ScheduleEntries:
        """Return what the form holds."""
        return ScheduleEntries(**{name: field.value or "" for name, field in self.fields.items()})

    @contextmanager
    def _filling(self) -> Iterator[None]:
        """Set fields without looking at each of them."""
        self._is_filling = True
        try:
            yield
        finally:
            self._is_filling = False

    def _usual_zone(self) -> str:
        """Return the user's zone where the service reads times in it; the hosted Runner has UTC alone."""
        try:
            knows_zones = self._desk.is_logged_in and self._desk.session.calls.http.has_cursor
        except RunnerError:
            knows_zones = False
        key: str = getattr(user_zone(), "key", "UTC")
        return key if knows_zones else "UTC"

    # --- what can be chosen ------------------------------------------------------------------------------------

    def _begin_asking(self, filled: object) -> None:
        def report(sentence: str, is_well: bool) -> None:
            if self._filled is filled:
                self._desk.report(sentence, is_well)

        # Each time by a work of its own: an older question may still be under way.
        self._desk.work(report=report).begin("Asking for the service accounts …", lambda: self._ask(filled))

    def _ask(self, filled: object) -> str:
        session = self._desk.session
        aliases = session.calls.service_account_aliases()
        if not self._shows(filled, session):
            return ""
        chosen = self.fields["service_account"].value
        self._accounts.offer(aliases, is_new=self._known is None)
        if not chosen:
            # Nobody typed what was chosen for want of another.
            self._begun = replace(self._begun, service_account=self.fields["service_account"].value or "")
        if self._known is None:
            jobs, _ = session.newest_jobs(OFFERED_JOBS)
            if not self._shows(filled, session):
                return ""
            self.fields["job"].control.options = tuple(dict.fromkeys(job.name or str(job.id) for job in jobs))
        if not aliases:
            return "There are no service accounts yet: 'New service account' makes the first one."
        return f"{len(aliases)} service account{'' if len(aliases) == 1 else 's'} to choose from."

    def _shows(self, filled: object, session: Session) -> bool:
        """Return whether the form is still the one that was filled then, for the same account."""
        return self._filled is filled and self._desk.session_now() is session

    def _looker(self, name: str) -> Callable[[Any], None]:
        def look(_: Any) -> None:
            if not self._is_filling:
                self._take_change()
                self.fields[name].error = ""

        return look

    def _take_change(self) -> None:
        """Take note that somebody typed something: the cell that was copied does not say it."""
        self._ask_again(is_asking=False)
        self._copy.layout.display = "none"

    # --- buttons -----------------------------------------------------------------------------------------------

    def _read(self) -> Schedule | None:
        """Return the schedule that the form says; ``None`` when it cannot be used, which stands beside the fields."""
        try:
            schedule = schedule_of(self.entries(), self._known, datetime.now(UTC))
        except DocumentError as error:
            sentences = error.sentences if isinstance(error, WrongEntries) else {"expression": str(error)}
            for name, field in self.fields.items():
                field.error = sentences.get(name, "")
            self._desk.report(str(error), is_well=False)
            return None
        for field in self.fields.values():
            field.error = ""
        return schedule

    def _save(self) -> None:
        # The second click of a double click may come when the schedule was saved already.
        schedule = self._read() if self._is_open else None
        if schedule is None:
            return
        known, named = self._known, self.fields["job"].value.strip()
        if known is not None and self.entries() == self._begun:
            self._desk.report(f"Schedule {known.id} is unchanged; nothing was sent.")
            self._close(None)
            return
        begun_with, filled = self._job, self._filled

        def send(session: Session) -> str:
            job = find_job(session, named, begun_with)
            return self._send(session, job, schedule, filled, is_known=known is not None)

        self._work.send(f"Saving schedule {known.id} …" if known else "Creating the schedule …", send)

    def _send(self, session: Session, job: Job, schedule: Schedule, filled: object, *, is_known: bool) -> str:
        stored = save_schedule(session, job, schedule, is_known=is_known)
        is_here = self._desk.session_now() is session
        if is_here:
            self._on_saved((job, stored))
        if self._filled is filled:
            self._close((job, stored) if is_here else None)
        return saved_sentence(stored, schedule, job, is_known=is_known)

    def _show_cell(self) -> None:
        schedule = self._read()
        if schedule is None:
            return
        known, named = self._known, self.fields["job"].value.strip()
        begun_with, filled = self._job, self._filled

        def show() -> str:
            job = find_job(self._desk.session, named, begun_with)
            if self._filled is not filled:
                return "The form was left, so its cell is not shown."
            self._copy.text = schedule_cell(schedule, job, known)
            self._copy.layout.display = ""
            return "The cell below does what this form does."

        self._work.begin("Writing the cell …", show)

    def _cancel(self) -> None:
        if self.entries() != self._begun and self.cancel_button.description == "Cancel":
            self._ask_again(is_asking=True)
            return
        self._close(None)
        self._desk.report("Nothing was changed.")

    def _close(self, saved: tuple[Job, Schedule] | None) -> None:
        self._is_open, self._filled = False, object()
        self.account.hide()
        self._on_done(saved)

    def _ask_again(self, *, is_asking: bool) -> None:
        self.cancel_button.description = "Discard what I typed?" if is_asking else "Cancel"
        self.cancel_button.button_style = "danger" if is_asking else ""


def _button(description: str, tooltip: str, style: str = "") -> ipywidgets.Button:
    return ipywidgets.Button(description=description, tooltip=tooltip, button_style=style)
