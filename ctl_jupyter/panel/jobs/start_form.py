"""The form that starts a job."""

import ipywidgets

from ctl_jupyter.documents import Job
from ctl_jupyter.panel.desk import Desk

__all__ = ["StartForm"]


class StartForm:
    """The form that starts a job: hosts, variables, tags, a key; and the same as a cell.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.widget = ipywidgets.VBox()

    def use(self, job: Job | None) -> None:
        """Show the form of a job; ``None`` when none is chosen."""
