"""The form by which a job is created or edited."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets

from ctl_jupyter.client import Session
from ctl_jupyter.documents import DocumentError, Job, masked
from ctl_jupyter.inputs.names import listed
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import form
from ctl_jupyter.panel.hosts import without_secrets
from ctl_jupyter.panel.jobs.callback_rows import CallbackRows
from ctl_jupyter.panel.jobs.job_copy import Copy, without_log_in
from ctl_jupyter.panel.jobs.job_entries import PLAYBOOK, JobEntries, entries_of
from ctl_jupyter.panel.jobs.job_fields import job_fields
from ctl_jupyter.panel.jobs.job_reading import WrongEntries, job_of
from ctl_jupyter.panel.jobs.job_saving import ChangedElsewhere, name_of, run_of, save_job
from ctl_jupyter.panel.jobs.secret_variables import SecretVariables
from ctl_jupyter.panel.secret_field import SecretField
from ctl_jupyter.panel.variables import variables_without_secrets

__all__ = ["JobForm"]


class JobForm:
    """The form by which a job is created or edited.

    Parameters
    ----------
    desk
        The middle of the panel; it is told of the job that was created or replaced (`Desk.job_changed`).
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._on_done: list[Callable[[Job | None], None]] = []
        self._known: Job | None = None
        self._is_open = False
        #: Another one each time the form is filled or left: what was sent from it touches no other.
        self._filled = object()
        #: What the fields are read over: the known job, or the copy that a new one began with.
        self._before: Job | None = None
        self._begun_names: list[str] = []
        self._is_filling = False
        self.fields = job_fields()
        self.password = SecretField("Password or token", help_text="Empty to leave it as it is.")
        self.key = SecretField("Private key", kind="file", help_text="Empty to leave it as it is.")
        self.secrets = SecretVariables()
        self.callbacks = CallbackRows(self._look)
        self.immediate = ipywidgets.Checkbox(description="Start it at once", indent=False)
        self.save_button = _button("Create", "Create this job", "primary")
        self.cancel_button = _button("Cancel", "Leave everything as it was")
        self.save_button.on_click(lambda _: self._save())
        self.cancel_button.on_click(lambda _: self._cancel())
        self._work = desk.work(self.save_button, self.cancel_button)
        for name, field in self.fields.items():
            field.control.observe(self._looker(name), "value")
        self._title = ipywidgets.HTML()
        self._of_playbook = [self.fields["playbook"].widget]
        self._of_repository = [
            *[self.fields[name].widget for name in ("url", "branch", "default_playbook", "username")],
            self.password.widget,
            self.key.widget,
            self.fields["forgets_credentials"].widget,
        ]
        for name in ("source", "playbook", "hosts", "variables"):
            self.fields[name].widget.add_class("ctl-wide")
        first = [self.fields[name] for name in ("name", "description", "source")]
        last = [self.fields[name] for name in ("tags", "execution_ttl", "use_dynamic_inventory")]
        parts = [*self._of_playbook, *self._of_repository, self.fields["hosts"], self.fields["variables"]]
        buttons = ipywidgets.HBox([self.save_button, self.cancel_button, self.immediate])
        buttons.add_class("ctl-row")
        fields = form(*first, *parts, self.secrets.widget, *last, self.callbacks.widget)
        self.widget = ipywidgets.VBox([self._title, fields, buttons])
        self.widget.add_class("ctl-job-form")
        self.begin()
        self._is_open = False
        desk.session_changed.listen(lambda _: self._leave())

    def begin(self, job: Job | None = None) -> None:
        """Show the form of a job, or an empty one for a new job."""
        self._known = job
        self._show(job, f"Edit {name_of(job)}" if job is not None else "New job")

    def begin_copy(self, copy: Copy) -> None:
        """Show the form of a new job that begins as a copy of another; its secrets have to be given."""
        self._known = None
        self._show(copy.job, "New job", copy.variables, copy.note)

    def _show(self, before: Job | None, title: str, secret_names: Sequence[str] = (), note: str = "") -> None:
        self._before = before
        self._is_open, self._filled = True, object()
        self._forget()
        self.secrets.begin(secret_names)
        self.immediate.value = False
        entries = entries_of(before) if before is not None else JobEntries()
        self._is_filling = True
        for name, field in self.fields.items():
            field.value = getattr(entries, name)
            field.error = ""
        self.callbacks.entries = entries.callbacks
        self._is_filling = False
        self._begun, self._begun_names = self.entries(), self._secret_names()
        self.fields["forgets_credentials"].widget.layout.display = "" if _has_credentials(self._known) else "none"
        self._title.value = element("h3", title) + (element("div", note, **{"class": "ctl-help"}) if note else "")
        is_new = self._known is None
        self.save_button.description = "Create" if is_new else "Save"
        self.save_button.tooltip = "Create this job" if is_new else "Replace the job by what is here"
        self._ask_again(is_asking=False)
        self._show_source()

    def on_done(self, listener: Callable[[Job | None], None]) -> None:
        """Have `listener` called with the job when it was saved, with ``None`` when that was given up."""
        self._on_done.append(listener)

    def entries(self) -> JobEntries:
        """Return what the form holds, its secret variables aside; other secrets stay in their fields, too."""
        values = {name: field.value for name, field in self.fields.items()}
        return JobEntries(
            **values, password=self.password.peek(), key=self.key.peek(), callbacks=tuple(self.callbacks.entries)
        )

    @property
    def is_changed(self) -> bool:
        """Whether something was typed."""
        has_secrets = any(not secret.is_empty for _, secret in self.secrets.rows)
        return has_secrets or (self.entries(), self._secret_names()) != (self._begun, self._begun_names)

    def _secret_names(self) -> list[str]:
        return [field.value.strip() for field, _ in self.secrets.rows if field.value.strip()]

    # --- checks ------------------------------------------------------------------------------------------------

    def _looker(self, name: str) -> Callable[[Any], None]:
        def look(_: Any) -> None:
            if self._is_filling:
                return
            self._ask_again(is_asking=False)
            if name == "source":
                self._show_source()
            elif not self._took_secrets_out(name):
                self._look(name)

        return look

    def _took_secrets_out(self, name: str) -> bool:
        """Take secrets out of a text, and say so: what stands in a widget can end in the saved notebook."""
        field = self.fields[name]
        removed: list[str] = []
        if name == "hosts":
            text, removed = without_secrets(field.value)
        elif name == "variables":
            text, removed = variables_without_secrets(field.value)
        elif name == "url" and field.value != self._begun.url and masked(field.value) != field.value:
            text, removed = without_log_in(field.value), ["The password or token"]
        if not removed:
            return False
        self._is_filling = True
        field.value = text
        self._is_filling = False
        way = "below, in a field of its own" if name == "url" else "as a secret variable"
        field.error = f"{listed(removed)} was taken out, since it is a secret: give it {way}."
        return True

    def _look(self, touched: str | None = None) -> None:
        """Check everything, and mark what was touched or was marked before; the rest may not be filled in yet."""
        sentences = self._wrong()
        for name, field in self.fields.items():
            if name == touched or field.error:
                field.error = sentences.get(name, "")
        for place, field in enumerate(self.callbacks.urls):
            if field.value or field.error:
                field.error = sentences.get(f"callbacks[{place}]", "")

    def _wrong(self) -> dict[str, str]:
        try:
            job_of(self.entries(), self._before)
        except WrongEntries as error:
            return error.sentences
        return {}

    def _mark(self, sentences: dict[str, str]) -> None:
        for name, field in self.fields.items():
            field.error = sentences.get(name, "")
        for place, field in enumerate(self.callbacks.urls):
            field.error = sentences.get(f"callbacks[{place}]", "")
        self.key.error = sentences.get("key", "")

    def _read(self) -> Job:
        """Return the job that the form says.

        Raises
        ------
        DocumentError
            The first thing that cannot be used; each stands beside its field.
        """
        secrets = self.secrets.peek()
        try:
            job = job_of(replace(self.entries(), secret_variables=secrets), self._before)
        except WrongEntries as error:
            self._mark(error.sentences)
            raise
        self._mark({})
        return job

    # --- buttons -----------------------------------------------------------------------------------------------

    def _save(self) -> None:
        announcement = f"Saving {name_of(self._known)} …" if self._known else "Creating the job …"
        if self._work.has_just_sent(announcement):
            return
        try:
            job = self._read()
        except DocumentError as error:
            self._desk.report(str(error), is_well=False)
            return
        known, immediate = self._known, self.immediate.value
        if known is not None and not immediate and job.to_wire() == known.to_wire():
            self._desk.report(f"{name_of(job)} is unchanged; nothing was sent.")
            self._finish(known)
            return
        send = partial(self._send, job, known, self._filled, immediate=immediate)
        self._work.send(announcement, send)

    def _send(self, job: Job, known: Job | None, filled: object, session: Session, *, immediate: bool) -> str:
        try:
            stored = save_job(session, job, known, immediate=immediate)
        except ChangedElsewhere as error:
            if self._filled is not filled:
                raise DocumentError(
                    f"{name_of(job)} was changed elsewhere since its form was opened, and nothing was sent."
                ) from None
            # What is here takes its place at the next Save.
            self._known = self._before = error.now
            raise
        if self._filled is filled:
            self._forget()
        self._desk.tell_job(stored, session)
        if self._filled is filled:
            self._finish(stored)
        done = f"{name_of(stored)} was {'saved' if known else 'created'} (id {stored.id})"
        if not immediate:
            return f"{done}."
        run = run_of(session, stored)
        if run is None or self._desk.session_now() is not session:
            return f"{done} and started. The tab Executions shows it."
        self._desk.open_execution(run)
        return f"{done} and started."

    def _cancel(self) -> None:
        if self.is_changed and self.cancel_button.description == "Cancel":
            self._ask_again(is_asking=True)
            return
        self._leave()
        self._desk.report("Nothing was changed.")

    def _leave(self) -> None:
        """Leave the form, and what was typed into it: after Cancel, and when the account is another one."""
        self._forget()
        if self._is_open:
            self.begin()
            self._finish(None)

    def _ask_again(self, *, is_asking: bool) -> None:
        self.cancel_button.description = "Discard what I typed?" if is_asking else "Cancel"
        self.cancel_button.button_style = "danger" if is_asking else ""

    def _finish(self, job: Job | None) -> None:
        self._is_open, self._filled = False, object()
        for listener in self._on_done:
            listener(job)

    def _forget(self) -> None:
        self.password.take()
        self.key.take()
        self.secrets.forget()
        self.callbacks.forget()

    def _show_source(self) -> None:
        is_playbook = self.fields["source"].value == PLAYBOOK
        for widgets, is_shown in ((self._of_playbook, is_playbook), (self._of_repository, not is_playbook)):
            for widget in widgets:
                widget.layout.display = "" if is_shown else "none"
        if not is_playbook and not _has_credentials(self._known):
            self.fields["forgets_credentials"].widget.layout.display = "none"


def _has_credentials(job: Job | None) -> bool:
    credentials = job.repository.credentials if job is not None and job.repository is not None else None
    return credentials is not None and bool(credentials.password or credentials.ssh_private_key)


def _button(description: str, tooltip: str, style: str = "") -> ipywidgets.Button:
    return ipywidgets.Button(description=description, tooltip=tooltip, button_style=style)
