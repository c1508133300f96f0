"""The tab of executions: what it shows and what its buttons do."""

import ipywidgets

from ctl_jupyter.panel.desk import Desk

__all__ = ["ExecutionsTab"]


class ExecutionsTab:
    """The panel's tab of executions.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.widget = ipywidgets.VBox()

    def show(self) -> None:
        """Take note that the tab is looked at now; what it needs is asked for then, in a thread of its own."""
