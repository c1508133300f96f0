"""Every group of magics."""

from ctl_jupyter.magics.control import ControlMagics
from ctl_jupyter.magics.jobs import JobMagics
from ctl_jupyter.magics.log_in import LogInMagics
from ctl_jupyter.magics.panel import PanelMagics
from ctl_jupyter.magics.results import ResultMagics
from ctl_jupyter.magics.schedules import ScheduleMagics

__all__ = ["GROUPS"]

GROUPS = (LogInMagics, JobMagics, ControlMagics, ResultMagics, ScheduleMagics, PanelMagics)
