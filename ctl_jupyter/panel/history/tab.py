"""The tab of history: what it shows and what its buttons do."""

from pathlib import Path
from typing import Any

import ipywidgets

from ctl_jupyter.documents import DocumentError, Job
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.history.words import MOST_ROWS, Tile, code, report_name, rows, summary, tiles, tiles_of_events
from ctl_jupyter.panel.table import Column, Table

__all__ = ["HistoryTab"]

PERIODS = [("last 7 days", "7 days"), ("last 30 days", "30 days"), ("last 90 days", "90 days"), ("all", None)]
CHARTS = [
    ("Timeline", "timeline"),
    ("Trend of durations", "duration_trend"),
    ("Calendar of success", "success_calendar"),
    ("Queue", "queue_chart"),
    ("Failure groups", "failure_chart"),
    ("Hosts by executions", "host_run_matrix"),
]
#: These ask for the status events of each execution, which takes a while.
CHARTS_OF_EVENTS = {"queue_chart", "failure_chart", "host_run_matrix"}
COLUMNS = [
    Column("Status"),
    Column("Job", hides_below=700),
    Column("Start (UTC)", width="170px"),
    Column("Duration", is_number=True, width="88px"),
    Column("Failed hosts", is_number=True, hides_below=500, width="96px"),
    Column("Commit", hides_below=600, width="80px"),
]


class HistoryTab:
    """Measures, a chart and the executions of the chosen job, or of the whole account.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._jobs: dict[str, str] = {}
        self.of = ipywidgets.Dropdown(description="Of", options=[("the whole account", None)])
        self.period = ipywidgets.Dropdown(description="Period", options=PERIODS, value="30 days")
        self.chart = ipywidgets.Dropdown(description="Chart", options=CHARTS)
        self.with_events = ipywidgets.Checkbox(description="with events", indent=False)
        self.offline = ipywidgets.Checkbox(description="from the store alone", indent=False)
        self.load = ipywidgets.Button(description="Load", tooltip="Load the history and draw it")
        self.copy = ipywidgets.Button(description="Copy as cell", tooltip="Show the Python that gives this history")
        self._work = desk.work(self.load)
        self.report = ipywidgets.Button(
            description="Report", tooltip="Save one page with all that matters, beside the notebook", disabled=True
        )
        #: What was loaded last, and the name of its job.
        self._loaded: tuple[Any, str | None] | None = None
        self.note = ipywidgets.HTML()
        self.tiles = ipywidgets.HTML()
        self.code = ipywidgets.HTML()
        self.picture = ipywidgets.Output()
        self.table = Table("Executions", COLUMNS, "No history was loaded yet.")
        self.table.on_open(self._open)
        self.load.on_click(lambda _: self._begin())
        self.copy.on_click(lambda _: self._show_code())
        self.report.on_click(lambda _: self._work.begin("Making the report …", self._save_report))
        desk.job_chosen.listen(self._choose)
        desk.session_changed.listen(lambda _: self._clear())
        self._choose(desk.job)
        choices = ipywidgets.HBox([self.of, self.period, self.chart])
        choices.add_class("ctl-choices")
        buttons = ipywidgets.HBox([self.load, self.report, self.copy, self.with_events, self.offline])
        for line in (choices, buttons):
            line.add_class("ctl-tools")
        self.widget = ipywidgets.VBox(
            [self.note, choices, buttons, self.code, self.tiles, self.picture, self.table.widget]
        )
        self.widget.add_class("ctl-history")

    def show(self) -> None:
        """Take note that the tab is looked at now; a history is asked for on a click alone."""

    def _choose(self, job: Job | None) -> None:
        options: list[tuple[str, str | None]] = [("the whole account", None)]
        if job is not None and job.id:
            options.insert(0, (f"the job {job.name or job.id}", job.id))
        self.of.options = options
        self.of.value = options[0][1]
        note = "" if job else "No job is chosen in the tab Jobs: this is the whole account."
        self.note.value = element("div", note, **{"class": "ctl-help"})

    def _clear(self) -> None:
        self._jobs, self._loaded = {}, None
        self.report.disabled = True
        self.table.rows, self.tiles.value, self.picture.outputs = [], "", ()

    def _begin(self) -> None:
        asked = (self.of.value, self.period.value, self.with_events.value, self.offline.value, self.chart.value)
        self._work.begin("Loading the history …", lambda: self._load(*asked))

    def _load(self, job: str | None, since: str | None, events: bool, offline: bool, chart: str) -> str:
        from ctl_jupyter.history.pull import history
        from ctl_jupyter.history.pulling.progress import progress_told_to

        session = self._desk.session
        with progress_told_to(self._desk.report):
            loaded = history(job, since=since, events=events, offline=offline, session=session)
            executions = loaded.executions
            drawn = self._draw(chart, loaded) if events or chart not in CHARTS_OF_EVENTS else ()
        if not self._desk.is_logged_in or self._desk.session is not session:
            return "Somebody logged in or out meanwhile: load the history again."
        if self.of.value != job:
            return "Another job was chosen meanwhile: load its history."
        self._jobs = dict(zip(executions["execution_id"].astype(str), executions["job_id"].astype(str), strict=True))
        names = executions["job"].astype(str).unique()
        self._loaded = (loaded, str(names[0]) if job is not None and len(names) else None)
        self.report.disabled = executions.empty
        told = tiles_of_events(loaded.runs, loaded.hosts, executions) if events else []
        self.tiles.value = tiles_html([*tiles(executions), *told])
        self.table.rows = rows(executions)
        sentence = summary(len(executions), loaded.complete, offline, MOST_ROWS)
        self.picture.outputs = drawn
        if chart in CHARTS_OF_EVENTS and not events:
            return f"{sentence} This chart needs events: tick 'with events' and load again."
        return sentence

    @staticmethod
    def _draw(chart: str, loaded: Any) -> tuple[dict[str, Any], ...]:
        return () if loaded.executions.empty else (_output(chart, loaded),)

    def _open(self, key: str) -> None:
        def find() -> str:
            handle = self._desk.session.execution(key, self._jobs.get(key))
            self._desk.open_execution(handle)
            return f"Execution {key} is open in the tab Executions."

        self._work.begin("Opening the execution …", find)

    def _save_report(self) -> str:
        from ctl_jupyter.history.pulling.progress import progress_told_to

        if self._loaded is None:
            return "Load a history first."
        loaded, job = self._loaded
        try:
            with progress_told_to(self._desk.report):
                report = loaded.report()
            path = report.save(report_name(job, lambda name: Path(name).exists()))
        except OSError as error:
            raise DocumentError(f"The report cannot be saved here: {error.strerror or error}.") from error
        return f"The report is saved as {path.resolve()}."

    def _show_code(self) -> None:
        text = code(self.of.value, self.period.value, self.with_events.value, self.offline.value)
        self.code.value = element("pre", text)


def _output(name: str, history: Any) -> dict[str, Any]:
    """Return the chart as an output: Vega-Lite for front ends that draw it, a picture for those that do not."""
    from ctl_jupyter import charts

    data, metadata = getattr(charts, name)(history)._repr_mimebundle_()
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def tiles_html(shown: list[Tile]) -> str:
    """Return tiles beside each other."""
    parts = [
        element(
            "div",
            element("div", t.name, **{"class": "ctl-help"}),
            element("b", t.value),
            element("div", t.note, **{"class": "ctl-help"}),
            **{"class": "ctl-tile"},
        )
        for t in shown
    ]
    return element("div", Markup("".join(parts)), **{"class": "ctl-tiles"})
