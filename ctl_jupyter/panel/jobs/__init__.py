"""The panel's tab of jobs."""

from ctl_jupyter.panel.jobs.tab import JobsTab

__all__ = ["JobsTab"]
