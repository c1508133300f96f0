"""Pictures drawn from the frames of `ctl_jupyter.history`; pandas and altair are imported when one is drawn."""

from ctl_jupyter.charts.gantt import timeline

__all__ = ["timeline"]
