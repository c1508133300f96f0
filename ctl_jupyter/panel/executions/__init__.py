"""The panel's tab of executions."""

from ctl_jupyter.panel.executions.tab import ExecutionsTab

__all__ = ["ExecutionsTab"]
