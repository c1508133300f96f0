"""The charts of the tab as outputs; of one that cannot be drawn, a sentence that says why."""

import logging
from typing import TYPE_CHECKING, Any

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.live.html import BAD, coloured
from ctl_jupyter.markup import element

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHARTS", "CHARTS_OF_EVENTS", "CHARTS_OF_ONE", "picture", "picture_of_one"]

logger = logging.getLogger(__name__)

Output = dict[str, Any]

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
#: Of several jobs they tell nothing.
CHARTS_OF_A_JOB = {"host_run_matrix"}
CHARTS_OF_ONE = [("Timeline of its hosts", "execution_timeline"), ("Hosts by tasks", "host_task_matrix")]
LONGEST_TROUBLE = 300


def picture(name: str, history: Any) -> tuple[Output, ...]:
    """Return a chart of a history or one of its frames."""
    return _drawn(name, {value: title for title, value in CHARTS}[name], history)


def picture_of_one(name: str, hosts: "pd.DataFrame", execution_id: str) -> tuple[Output, ...]:
    """Return a chart of one execution, of its rows of the frame ``hosts``."""
    return _drawn(name, {value: title for title, value in CHARTS_OF_ONE}[name], hosts, execution_id)


def _drawn(name: str, title: str, *given: Any) -> tuple[Output, ...]:
    from ctl_jupyter import charts

    try:
        return (_vega(getattr(charts, name)(*given), title),)
    except DocumentError as error:
        why = "it is of one job: choose one in the tab Jobs." if name in CHARTS_OF_A_JOB else str(error)
        return (_sentence(f"{title} cannot be drawn: {why}"),)
    except Exception as error:
        # The sentence is shown; an error in the log would be printed into the notebook.
        logger.info("The chart %s could not be drawn.", name, exc_info=True)
        return (_sentence(f"{title} cannot be drawn, a fault of ctl-jupyter: {type(error).__name__}: {error}"),)


def _vega(chart: Any, title: str) -> Output:
    """Return a chart as Vega-Lite alone, which JupyterLab, Notebook 7 and Voilà draw.

    No image goes with it as in a cell's output: no saved notebook holds this output, and making the image holds up the
    whole kernel, 2 s for a timeline of 5,000 executions.
    """
    from ctl_jupyter.charts.display import VEGALITE_MIME_TYPE, VEGALITE_SCHEMA

    document = chart.to_dict(context={"pre_transform": False})
    data = {VEGALITE_MIME_TYPE: {**document, "$schema": VEGALITE_SCHEMA}, "text/plain": title}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _sentence(text: str) -> Output:
    words = one_line(text, LONGEST_TROUBLE)
    data = {"text/plain": words, "text/html": element("div", coloured("✗", words, BAD))}
    return {"output_type": "display_data", "data": data, "metadata": {}}
