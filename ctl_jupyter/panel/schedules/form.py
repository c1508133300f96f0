"""The form by which a schedule is created or edited; it tells while one types when the job would be started."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import ipywidgets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import RunnerError, Session
from ctl_jupyter.client.unclear import explained
from ctl_jupyter.documents import DocumentError, Job, Schedule
from ctl_jupyter.markup import element
from ctl_jupyter.panel.copy_box import CopyBox
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import form
from ctl_jupyter.panel.schedules.account_form import ServiceAccountForm
from ctl_jupyter.panel.schedules.copying import schedule_cell
from ctl_jupyter.panel.schedules.entries import (
    CRON,
    ScheduleEntries,
    WrongEntries,
    entries_of,
    schedule_of,
    trigger_of,
    wrong_times,
    zone_name_of,
)
from ctl_jupyter.panel.schedules.fields import preset_fields, schedule_fields
from ctl_jupyter.panel.schedules.presets import DAILY, HOURLY, MONTHLY, OWN, WEEKLY, Preset, expression_of, preset_of
from ctl_jupyter.panel.schedules.times import fires_html, fires_of, user_zone

__all__ = ["ScheduleForm"]

#: How many of the newest jobs are offered.
OFFERED_JOBS = 200
LOOK = "the list of schedules shows it"
NOT_SHOWN = "This Runner does not show when its schedules fire, so say it again."


class ScheduleForm:
    """The form of a schedule.

    Parameters
    ----------
    desk
        The middle of the panel.
    on_done
        Told the job and the schedule when it was saved; ``None`` when that was given up.
    """

    def __init__(self, desk: Desk, on_done: Callable[[tuple[Job, Schedule] | None], None]) -> None:
        self._desk = desk
        self._on_done = on_done
        self._job: Job | None = None
        self._known: Schedule | None = None
        self._is_filling = False
        self._is_open = False
        self._expressions: dict[str, str] = {}
        self._begun = ScheduleEntries()
        self.fields = schedule_fields()
        self.preset = preset_fields()
        self.account = ServiceAccountForm(desk, self._take_account)
        self._title = ipywidgets.HTML()
        self._fires = ipywidgets.HTML()
        self._copy = CopyBox(label="The cell that does the same")
        self._copy.layout.display = "none"
        self.save_button = _button("Create", "Create this schedule", "primary")
        self.cancel_button = _button("Cancel", "Leave everything as it was")
        self.copy_button = _button("Copy as cell", "Show the cell that does what Create or Save does")
        self.account_button = _button("New service account", "Make a log-in for schedules, or update one")
        self.save_button.on_click(lambda _: self._save())
        self.cancel_button.on_click(lambda _: self._cancel())
        self.copy_button.on_click(lambda _: self._show_cell())
        self.account_button.on_click(lambda _: self.account.show())
        self._work = desk.work(self.save_button, self.copy_button)
        self._asking = desk.work()
        for name, field in self.fields.items():
            field.control.observe(self._looker(name), "value")
        for field in self.preset.values():
            field.control.observe(lambda _: self._fill_expression(), "value")
        self.fields["expression"].widget.add_class("ctl-wide")
        rhythm = ipywidgets.Box([field.widget for field in self.preset.values()])
        rhythm.add_class("ctl-pair")
        rhythm.add_class("ctl-wide")
        self._rhythm = rhythm
        self._fires.add_class("ctl-wide")
        account = ipywidgets.VBox([self.fields["service_account"].widget, self.account_button])
        fields = form(
            self.fields["job"],
            self.fields["description"],
            self.fields["kind"],
            self.fields["timezone"],
            rhythm,
            self.fields["expression"],
            self._fires,
            account,
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
        self._expressions = {}
        named = (job.name or str(job.id)) if job is not None else ""
        if known is not None:
            entries = entries_of(known, named)
        else:
            entries = ScheduleEntries(job=named, expression="30 2 * * *", timezone=self._usual_zone())
        with self._filling():
            named_accounts = [(alias, alias) for alias in (entries.service_account,) if alias]
            self.fields["service_account"].control.options = [("choose one", ""), *named_accounts]
            for name, field in self.fields.items():
                field.value = getattr(entries, name)
                field.error = ""
            self._show_preset(entries.expression)
        self._begun = entries
        self.fields["job"].control.disabled = known is not None
        self._title.value = element("h3", f"Edit a schedule of {one_line(named, 100)}" if known else "New schedule")
        self.save_button.description = "Save" if known else "Create"
        self.save_button.tooltip = "Replace the schedule by what is here" if known else "Create this schedule"
        self.account.hide()
        self._copy.layout.display = "none"
        self._ask_again(is_asking=False)
        self._show_kind()
        self._explain()
        self._asking.begin("Asking for the service accounts …", self._ask)

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

    def _ask(self) -> str:
        session = self._desk.session
        aliases = session.calls.service_account_aliases()
        self._offer_accounts(aliases)
        if self._known is None:
            jobs, _ = session.newest_jobs(OFFERED_JOBS)
            self.fields["job"].control.options = tuple(dict.fromkeys(job.name or str(job.id) for job in jobs))
        if not aliases:
            return "There are no service accounts yet: 'New service account' makes the first one."
        return f"{len(aliases)} service account{'' if len(aliases) == 1 else 's'} to choose from."

    def _offer_accounts(self, aliases: Sequence[str]) -> None:
        """Offer service accounts; what is chosen stays so, and the only one there is is chosen."""
        field = self.fields["service_account"]
        chosen = field.value or ""
        offered = list(dict.fromkeys([*aliases, *([chosen] if chosen else [])]))
        if not chosen and len(offered) == 1 and self._known is None:
            chosen = offered[0]
            self._begun = replace(self._begun, service_account=chosen)
        field.control.options = [("choose one", ""), *((alias, alias) for alias in offered)]
        field.value = chosen

    def _take_account(self, alias: str) -> None:
        known = [value for _, value in self.fields["service_account"].control.options if value]
        self._offer_accounts([*known, alias])
        self.fields["service_account"].value = alias

    # --- while one types ---------------------------------------------------------------------------------------

    def _looker(self, name: str) -> Callable[[Any], None]:
        def look(change: Any) -> None:
            if self._is_filling:
                return
            self._ask_again(is_asking=False)
            self._copy.layout.display = "none"
            self.fields[name].error = ""
            if name == "kind":
                self._swap_expressions(change["old"], change["new"])
            if name == "expression":
                with self._filling():
                    self._show_preset(self.fields["expression"].value)
            if name in ("kind", "expression", "timezone"):
                self._explain()

        return look

    def _explain(self) -> None:
        """Show when the job would be started, or beside the field why that cannot be told."""
        entries = self.entries()
        self.fields["expression"].error = self.fields["timezone"].error = ""
        self._fires.value = ""
        for name, sentence in wrong_times(entries, self._known, datetime.now(UTC)).items():
            self.fields[name].error = sentence
            return
        if entries.expression.strip():
            fires = fires_of(trigger_of(entries), zone_name_of(entries), datetime.now(UTC))
            self._fires.value = element("div", fires_html(fires, user_zone()), aria_live="polite")
        elif self._known is not None and self._known.trigger is None:
            self._fires.value = element("div", NOT_SHOWN, **{"class": "ctl-help"})

    def _fill_expression(self) -> None:
        if self._is_filling:
            return
        preset = self._preset()
        self._show_preset_fields(preset.kind)
        self.preset["time"].error = ""
        if preset.kind == OWN:
            return
        try:
            expression = expression_of(preset)
        except DocumentError as error:
            self.preset["time"].error = str(error)
            return
        self._ask_again(is_asking=False)
        self._copy.layout.display = "none"
        with self._filling():
            self.fields["expression"].value = expression
        self._explain()

    def _preset(self) -> Preset:
        return Preset(**{name: field.value for name, field in self.preset.items()})

    def _show_preset(self, expression: str) -> None:
        """Show the rhythm that an expression is; callers are filling fields."""
        preset = preset_of(expression)
        self.preset["time"].error = ""
        self.preset["kind"].value = preset.kind
        if preset.kind != OWN:
            self.preset["time"].value = preset.time
            self.preset["weekday"].value = preset.weekday
            self.preset["day"].value = preset.day
        self._show_preset_fields(preset.kind)

    def _show_preset_fields(self, kind: str) -> None:
        shown = {"time": (HOURLY, DAILY, WEEKLY, MONTHLY), "weekday": (WEEKLY,), "day": (MONTHLY,)}
        for name, kinds in shown.items():
            self.preset[name].widget.layout.display = "" if kind in kinds else "none"

    def _swap_expressions(self, old: str, new: str) -> None:
        """Keep what was typed for the one kind while the other is looked at."""
        field = self.fields["expression"]
        self._expressions[old] = field.value
        with self._filling():
            field.value = self._expressions.get(new, "")
            self._show_preset(field.value)
        self._show_kind()

    def _show_kind(self) -> None:
        kind = self.fields["kind"].value
        self._rhythm.layout.display = "" if kind == CRON else "none"
        self.fields["expression"].control.placeholder = "30 2 * * *" if kind == CRON else "2030-12-31T23:59"

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

    def _find_job(self, session: Session, named: str) -> Job:
        job = self._job
        return job if job is not None and named in (job.name, job.id) else session.find_job(named)

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
        self._work.begin("Saving the schedule …", lambda: self._send(schedule, known, named))

    def _send(self, schedule: Schedule, known: Schedule | None, named: str) -> str:
        session = self._desk.session
        job = self._find_job(session, named)
        send = session.update_schedule if known is not None else session.create_schedule
        what = "the update of the schedule" if known is not None else "the new schedule"
        try:
            stored = send(job, schedule)
        except RunnerError as error:
            raise explained(error, what, LOOK) from error
        self._close((job, stored))
        done = "updated" if known is not None else "created"
        note = ""
        if (stored.timezone or "UTC") != (schedule.timezone or "UTC"):
            note = f" Runner did not confirm the time zone {schedule.timezone}: it may read the times in UTC."
        return f"Schedule {stored.id} of {one_line(job.name or '', 100)} {done}.{note}"

    def _show_cell(self) -> None:
        schedule = self._read()
        if schedule is None:
            return
        known, named = self._known, self.fields["job"].value.strip()

        def show() -> str:
            job = self._find_job(self._desk.session, named)
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
        self._is_open = False
        self.account.hide()
        self._on_done(saved)

    def _ask_again(self, *, is_asking: bool) -> None:
        self.cancel_button.description = "Discard what I typed?" if is_asking else "Cancel"
        self.cancel_button.button_style = "danger" if is_asking else ""


def _button(description: str, tooltip: str, style: str = "") -> ipywidgets.Button:
    return ipywidgets.Button(description=description, tooltip=tooltip, button_style=style)
