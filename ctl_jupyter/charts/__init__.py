"""Pictures drawn from the frames of `ctl_jupyter.history`; pandas and altair are imported when one is drawn."""

from ctl_jupyter.charts.calendar import success_calendar
from ctl_jupyter.charts.failures import failure_chart
from ctl_jupyter.charts.gantt import timeline
from ctl_jupyter.charts.host_runs import host_run_matrix
from ctl_jupyter.charts.host_tasks import host_task_matrix
from ctl_jupyter.charts.one_execution import execution_timeline
from ctl_jupyter.charts.queue import queue_chart
from ctl_jupyter.charts.report import Report, report
from ctl_jupyter.charts.trend import duration_trend

__all__ = [
    "Report",
    "duration_trend",
    "execution_timeline",
    "failure_chart",
    "host_run_matrix",
    "host_task_matrix",
    "queue_chart",
    "report",
    "success_calendar",
    "timeline",
]
