"""The form that starts a job."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import RunnerError, Session
from ctl_jupyter.client.unclear import explained
from ctl_jupyter.documents import MASK, DocumentError, Job, masked
from ctl_jupyter.inputs.names import listed
from ctl_jupyter.markup import element
from ctl_jupyter.panel.cells import start_cell
from ctl_jupyter.panel.copy_box import CopyBox
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.jobs.notebook_hosts import namespace_of_notebook
from ctl_jupyter.panel.jobs.start_fields import StartFields
from ctl_jupyter.panel.start_words import StartWords, start_of

__all__ = ["StartForm"]

START, START_ANYWAY = "Start", "Start anyway"
LOOK = "the tab Executions shows it"


class StartForm:
    """The form that starts a job: hosts, variables, tags, a key; and the same as a cell.

    Parameters
    ----------
    desk
        The middle of the panel.
    namespace
        Returns the notebook's variables.
    """

    def __init__(self, desk: Desk, namespace: Callable[[], Mapping[str, Any]] = namespace_of_notebook) -> None:
        self._desk = desk
        self._job: Job | None = None
        #: Another object whenever another job is shown, and whenever the form says something else.
        self._showing, self._said = object(), object()
        #: The jobs of which nobody knows whether their last start happened.
        self._unclear: set[object] = set()
        self._box = CopyBox()
        self.fields = StartFields(desk, namespace, self._out_of_date)
        self.start_button = _button(START, "Start this job on these hosts", "primary")
        self.dry_run_button = _button("Dry run", "Show what would be sent, and send nothing")
        self.copy_button = _button("Copy as cell", "Show the %%ctl_start cell that does the same")
        self._work = desk.work(self.start_button, self.dry_run_button)
        self.start_button.on_click(lambda _: self._start())
        self.dry_run_button.on_click(lambda _: self._dry_run())
        self.copy_button.on_click(lambda _: desk.attempt(self._show_cell))
        self._title = ipywidgets.HTML()
        buttons = ipywidgets.HBox([self.start_button, self.dry_run_button, self.copy_button])
        buttons.add_class("ctl-row")
        self.widget = ipywidgets.VBox([self._title, self.fields.widget, buttons, self._box])
        self.widget.add_class("ctl-start")
        self.use(None)
        desk.session_changed.listen(lambda _: self._forget())

    def use(self, job: Job | None) -> None:
        """Show the form of a job; ``None`` when none is chosen."""
        is_other = (job.id if job else None) != (self._job.id if self._job else None)
        self._job = job
        self.widget.layout.display = "none" if job is None else ""
        if is_other:
            self._showing = object()
        if job is None:
            return
        self._show_doubt()
        self._title.value = element("h3", f"Start {_shown(job)}")
        self.fields.use(job, is_other=is_other)
        self._out_of_date()

    def words(self) -> StartWords:
        """Return what the form says.

        Raises
        ------
        DocumentError
            The first thing that cannot be used; each stands beside its field.
        """
        return self.fields.words(self._job or Job())

    def _forget(self) -> None:
        """Forget what was given in an account that was left."""
        self.use(None)
        self.fields.clear()
        self._out_of_date()

    def _show_doubt(self) -> None:
        """Have the button say it when the last start of the job that is shown may have happened."""
        is_unclear = self._job is not None and self._job.id in self._unclear
        self.start_button.description = START_ANYWAY if is_unclear else START

    # --- buttons -----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        job = self._job
        if job is None or self._work.has_just_sent(_announcement(job)):
            return
        showing = self._showing
        try:
            request = start_of(self.words(), job)
        except DocumentError as error:
            self._desk.report(str(error), is_well=False)
            return
        self._out_of_date()

        def work(session: Session) -> str:
            try:
                handle = session.start(job, request)
            except RunnerError as error:
                if error.may_have_happened:
                    self._unclear.add(job.id)
                    self._show_doubt()
                raise explained(error, f"the start of {_shown(job)!r}", LOOK) from error
            self._unclear.discard(job.id)
            self._show_doubt()
            if self._showing is showing:
                self.fields.forget_secrets()
            if self._desk.session_now() is session:
                self._desk.open_execution(handle)
            return f"{_shown(job)} was started: execution {handle.execution_id}."

        self._work.send(_announcement(job), work)

    def _dry_run(self) -> None:
        job = self._job
        if job is None:
            return
        try:
            words = self.words()
            request = start_of(words, job)
        except DocumentError as error:
            self._desk.report(str(error), is_well=False)
            return

        said, session = self._said, self._desk.session_now()

        def work() -> str:
            calls = (session or self._desk.session).calls
            calls.check_taken(str(job.id), request)
            wire = masked(request.to_wire())
            for name in words.secret_variables:
                # Secret by the field it was given in, whatever its name.
                wire["properties"][name] = MASK
            body = json.dumps(wire, indent=2, ensure_ascii=False)
            if self._said is not said:
                return "The form says something else by now: press Dry run again."
            self._show("The request, secrets masked", f"POST {calls.job_path(job.id, 'start')}\n{body}\n")
            return "Dry run: this is what Start would send; nothing was sent."

        self._work.begin("Looking at what would be sent …", work)

    def _show_cell(self) -> str:
        words = self.words()
        self._show("The cell that does the same", start_cell(words, self._job or Job()))
        left_out = [*words.secret_variables, *(["the key"] if words.key else [])]
        without = f" Not in it: {listed(left_out)}; its comments say how to give them." if left_out else ""
        return f"This cell sends what Start would send.{without}"

    def _show(self, label: str, text: str) -> None:
        self._box.label = label
        self._box.text = text
        self._box.layout.display = ""

    def _out_of_date(self) -> None:
        """Take a request or cell away that the form no longer says."""
        self._said = object()
        self._box.layout.display = "none"


def _button(description: str, tooltip: str, style: str = "") -> ipywidgets.Button:
    return ipywidgets.Button(description=description, tooltip=tooltip, button_style=style)


def _announcement(job: Job) -> str:
    return f"Starting {_shown(job)} …"


def _shown(job: Job) -> str:
    return one_line(job.name or str(job.id), 100)
