"""Pictures drawn from the frames of `ctl_jupyter.history`; pandas and altair are imported when one is drawn."""

from ctl_jupyter.charts.calendar import success_calendar
from ctl_jupyter.charts.gantt import timeline
from ctl_jupyter.charts.trend import duration_trend

__all__ = ["duration_trend", "success_calendar", "timeline"]
