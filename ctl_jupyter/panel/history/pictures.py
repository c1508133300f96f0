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
CHARTS_OF_ONE = [("Timeline of its hosts", "execution_timeline"), ("Hosts by tasks", "host_task_matrix")]
LONGEST_TROUBLE = 300


def picture(name: str, history: Any) -> tuple[Output, ...]:
    """Return a chart of a history or one of its frames."""
    return _drawn(name, {value: title for title, value in CHARTS}[name], history)


def picture_of_one(name: str, hosts: "pd.DataFrame", execution_id: str) -> tuple[Output, ...]:
    """Return a chart of one execution, of its rows of the frame ``hosts``."""
    return _drawn(name, {value: title for title, value in CHARTS_OF_ONE}[name], hosts, execution_id)


def _drawn(name: str, title: str, *given: Any) -> tuple[Output, ...]:
    """Return a chart: Vega-Lite for front ends that draw it, a picture for those that do not."""
    from ctl_jupyter import charts

    try:
        data, metadata = getattr(charts, name)(*given)._repr_mimebundle_()
    except DocumentError as error:
        return (_sentence(f"{title} cannot be drawn: {error}"),)
    except Exception as error:
        # The sentence is shown; an error in the log would be printed into the notebook.
        logger.info("The chart %s could not be drawn.", name, exc_info=True)
        return (_sentence(f"{title} cannot be drawn, a fault of ctl-jupyter: {type(error).__name__}: {error}"),)
    return ({"output_type": "display_data", "data": data, "metadata": metadata},)


def _sentence(text: str) -> Output:
    words = one_line(text, LONGEST_TROUBLE)
    data = {"text/plain": words, "text/html": element("div", coloured("✗", words, BAD))}
    return {"output_type": "display_data", "data": data, "metadata": {}}
