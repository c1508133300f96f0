"""The tab of history: what it shows and what its buttons do."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from ctl_jupyter.client import Session
from ctl_jupyter.documents import DocumentError, Job
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.history.chosen import ChosenExecution
from ctl_jupyter.panel.history.loading import Asked, Loaded, kept_jobs, load
from ctl_jupyter.panel.history.pictures import CHARTS, CHARTS_OF_EVENTS, picture
from ctl_jupyter.panel.history.tables import TroubleTables
from ctl_jupyter.panel.history.tiles import tiles, tiles_html, tiles_of_events
from ctl_jupyter.panel.history.words import code, note, report_name, rows, summary
from ctl_jupyter.panel.table import Column, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HistoryTab"]

PERIODS = [("last 7 days", "7 days"), ("last 30 days", "30 days"), ("last 90 days", "90 days"), ("all", "")]
COLUMNS = [
    Column("Status", width="minmax(96px, 1fr)"),
    Column("Job", hides_below=700),
    Column("Start (UTC)", hides_below=300, width="150px"),
    Column("Duration", is_number=True, hides_below=380, width="88px"),
    Column("Failed hosts", is_number=True, hides_below=500, width="96px"),
    Column("Commit", hides_below=600, width="80px"),
]
NOT_LOADED = "No history was loaded yet."
NO_EXECUTIONS = "There is no execution in this period."
WANTS_EVENTS = "This chart needs events: tick 'with events' and load again."


class HistoryTab:
    """Measures, a chart and the executions of the chosen job, or of the whole account.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        #: The jobs of the executions, by their ids, and the names of jobs.
        self._jobs: dict[str, str] = {}
        self._names: dict[str, str] = {}
        #: What was loaded last.
        self._loaded: Loaded | None = None
        self._stop = threading.Event()
        #: What was asked for last, or is now; and whether its choices are being made anew.
        self._of: str | None = None
        self._is_offering = False
        self.of = ipywidgets.Dropdown(description="Of", options=[("the whole account", "")])
        self.period = ipywidgets.Dropdown(description="Period", options=PERIODS, value="30 days")
        self.chart = ipywidgets.Dropdown(description="Chart", options=CHARTS)
        self.with_events = ipywidgets.Checkbox(description="with events", indent=False)
        self.offline = ipywidgets.Checkbox(description="from the store alone", indent=False)
        self.load = ipywidgets.Button(description="Load", tooltip="Load the history and draw it")
        self.load.add_class("ctl-primary")
        self.cancel = ipywidgets.Button(description="Cancel", tooltip="Load no more; what had come stays")
        self.copy = ipywidgets.Button(description="Copy as cell", tooltip="Show the Python that gives this history")
        self.report = ipywidgets.Button(
            description="Report", tooltip="Save one page with all that matters, beside the notebook"
        )
        self._work = desk.work(self.load, self.report, self.chart)
        self.note = ipywidgets.HTML()
        #: What the history that is shown lacks, and how old it is.
        self.lack = ipywidgets.HTML()
        self.tiles = ipywidgets.HTML()
        self.code = ipywidgets.HTML()
        self.picture = ipywidgets.Output()
        self.table = Table("Executions", COLUMNS, NOT_LOADED)
        self.chosen = ChosenExecution(desk, self._hosts_here, lambda job: self._names.get(job, ""))
        self.troubles = TroubleTables(self._open)
        self.table.on_open(self._open)
        self.table.on_choose(self._choose_execution)
        self.load.on_click(lambda _: self._begin())
        self.cancel.on_click(lambda _: self._cancel())
        self.copy.on_click(lambda _: self._show_code())
        self.report.on_click(lambda _: self._work.begin("Making the report …", self._save_report))
        self.of.observe(lambda _: self._take_of(), "value")
        self.chart.observe(lambda _: self._redraw(), "value")
        self.offline.observe(lambda _: self._offer(desk.job), "value")
        desk.job_chosen.listen(self._choose)
        desk.session_changed.listen(lambda _: self._take_session())
        choices = ipywidgets.HBox([self.of, self.period, self.chart])
        choices.add_class("ctl-choices")
        buttons = ipywidgets.HBox([self.load, self.cancel, self.report, self.copy, self.with_events, self.offline])
        for line in (choices, buttons):
            line.add_class("ctl-tools")
        shown = [self.tiles, self.picture, self.table.widget, self.chosen.widget, self.troubles.widget]
        self.widget = ipywidgets.VBox([self.note, choices, buttons, self.code, self.lack, *shown])
        self.widget.add_class("ctl-history")
        self._clear()
        self._choose(desk.job)

    def show(self) -> None:
        """Take note that the tab is looked at now; a history is asked for on a click alone."""
        self._offer(self._desk.job)

    # --- what is asked for -------------------------------------------------------------------------------------

    @property
    def _asked(self) -> Asked:
        return Asked(self.of.value or None, self.period.value or None, self.with_events.value, self.offline.value)

    def _choose(self, job: Job | None) -> None:
        self._offer(job)
        self.of.value = self.of.options[0][1]

    def _take_of(self) -> None:
        # What is shown is of something else.
        if not self._is_offering and (self.of.value or None) != self._of:
            self._clear()

    def _offer(self, job: Job | None) -> None:
        """Offer the chosen job and the account; where Runner is not asked, also the jobs that are known here."""
        # A dropdown takes None for no choice at all.
        options = [("the whole account", "")]
        if job is not None and job.id:
            options.insert(0, (f"the job {job.name or job.id}", str(job.id)))
        if self.offline.value or not self._desk.is_logged_in:
            there = {job_id for _, job_id in options}
            kept = kept_jobs(self._session)
            options += [(f"the job {name}", job_id) for job_id, name in kept.items() if job_id not in there]
        chosen = self.of.value
        if tuple(options) != tuple(self.of.options):
            self._is_offering = True
            self.of.options = options
            self.of.value = chosen if chosen in [job_id for _, job_id in options] else options[0][1]
            self._is_offering = False
            self._take_of()
        words = "" if job else "No job is chosen in the tab Jobs: this is the whole account."
        if not self._desk.is_logged_in:
            words = "Nobody is logged in: this shows what was stored before."
        self.note.value = element("div", words, **{"class": "ctl-help"})

    def _take_session(self) -> None:
        self._clear()
        self._offer(self._desk.job)

    def _clear(self) -> None:
        # What is still being loaded is not for who is here now.
        self._stop.set()
        self._jobs, self._loaded = {}, None
        _show(self.report, is_shown=False)
        _show(self.cancel, is_shown=False)
        self.table.empty = NOT_LOADED
        self.table.rows, self.tiles.value, self.lack.value, self.picture.outputs = [], "", "", ()
        self.troubles.clear()

    def _begin(self) -> None:
        asked, chart = self._asked, self.chart.value
        self._of = asked.job
        self._work.begin("Loading the history …", lambda: self._load(asked, chart))

    def _cancel(self) -> None:
        self.cancel.disabled = True
        self._desk.report("Stopping: what has come stays …")
        self._stop.set()

    # --- what came ---------------------------------------------------------------------------------------------

    def _load(self, asked: Asked, chart: str) -> str:
        session = self._session
        self._stop = stop = threading.Event()
        self.cancel.disabled = False
        _show(self.cancel, is_shown=True)
        try:
            loaded = load(asked, session, self._desk.report, stop)
        finally:
            _show(self.cancel, is_shown=False)
        if self._session is not session:
            return "Somebody logged in or out meanwhile: load the history again."
        if (self.of.value or None) != asked.job:
            return "Another job was chosen meanwhile: load its history."
        self._desk.report("Measuring …")
        self._take(loaded)
        sentence = summary(len(loaded.executions), loaded)
        wants_events = self._draw(chart, loaded)
        if loaded.error is not None:
            raise loaded.error
        return f"{sentence} {wants_events}".strip()

    @property
    def _session(self) -> Session | None:
        return self._desk.session_now()

    def _take(self, loaded: Loaded) -> None:
        executions, history = loaded.executions, loaded.history
        self._jobs = dict(zip(executions["execution_id"].astype(str), executions["job_id"].astype(str), strict=True))
        named = executions.drop_duplicates("job_id")
        self._names = dict(zip(named["job_id"].astype(str), named["job"].astype(str), strict=True))
        self._loaded = loaded
        _show(self.report, is_shown=not executions.empty)
        words = note(loaded)
        self.lack.value = element("div", words, role="note", **{"class": "ctl-lack"}) if words else ""
        self.table.empty = NO_EXECUTIONS
        self.table.rows = rows(executions)
        told = tiles(executions)
        if loaded.has_events:
            told += tiles_of_events(history.runs, history.hosts, executions)
            self.troubles.show(history.hosts, history.tasks, executions)
        else:
            self.troubles.clear()
        self.tiles.value = tiles_html(told)

    def _draw(self, chart: str, loaded: Loaded) -> str:
        """Draw a chart of what was loaded, and return what is to be said of it."""
        self.picture.outputs = ()
        if loaded.executions.empty:
            return ""
        if chart in CHARTS_OF_EVENTS and not loaded.has_events:
            return WANTS_EVENTS
        drawn = picture(chart, loaded.history)
        # Somebody may have logged out, or chosen something else, while it was drawn.
        if self._loaded is loaded:
            self.picture.outputs = drawn
        return ""

    def _redraw(self) -> None:
        loaded, chart = self._loaded, self.chart.value
        if loaded is not None:
            self._work.begin("Drawing …", lambda: self._draw(chart, loaded) or "The chart is drawn.")

    # --- one execution -----------------------------------------------------------------------------------------

    def _choose_execution(self, key: str | None) -> None:
        row = next((row for row in self.table.rows if row.key == key), None)
        self.chosen.choose(row, self._jobs.get(key or ""))

    def _open(self, key: str) -> None:
        self.chosen.show_live(key, self._jobs.get(key))

    def _hosts_here(self, key: str) -> "pd.DataFrame | None":
        if self._loaded is None or not self._loaded.has_events:
            return None
        hosts = self._loaded.history.hosts
        found = hosts[hosts["execution_id"] == key]
        return None if found.empty else found

    # --- what is made of it ------------------------------------------------------------------------------------

    def _save_report(self) -> str:
        from ctl_jupyter.history.pulling.progress import progress_told_to

        if self._loaded is None:
            return "Load a history first."
        names = self._loaded.executions["job"].astype(str).unique()
        job = str(names[0]) if self._loaded.history.jobs is not None and len(names) else None
        lacks: list[str] = []
        try:
            with progress_told_to(self._desk.report, lack=lacks.append):
                report = self._loaded.history.report()
            path = report.save(report_name(job, lambda name: Path(name).exists()))
        except OSError as error:
            raise DocumentError(f"The report cannot be saved here: {error.strerror or error}.") from error
        return " ".join([f"The report is saved as {path.resolve()}.", *lacks])

    def _show_code(self) -> None:
        self.code.value = element("pre", code(self._asked))


def _show(widget: Any, *, is_shown: bool) -> None:
    widget.layout.display = "" if is_shown else "none"
