"""The panel's tab of schedules."""

from ctl_jupyter.panel.schedules.tab import SchedulesTab

__all__ = ["SchedulesTab"]
