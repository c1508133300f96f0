"""The panel's tab of history."""

from ctl_jupyter.panel.history.tab import HistoryTab

__all__ = ["HistoryTab"]
