"""The tab of jobs: what it shows and what its buttons do."""

import ipywidgets

from ctl_jupyter.panel.desk import Desk

__all__ = ["JobsTab"]


class JobsTab:
    """The panel's tab of jobs.

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
