"""The form by which a job is created or edited."""

from collections.abc import Callable

import ipywidgets

from ctl_jupyter.documents import Job
from ctl_jupyter.panel.desk import Desk

__all__ = ["JobForm"]


class JobForm:
    """The form by which a job is created or edited.

    Parameters
    ----------
    desk
        The middle of the panel; it is told of the job that was created or replaced (`Desk.job_changed`).
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._on_done: list[Callable[[Job | None], None]] = []
        self.widget = ipywidgets.VBox()

    def begin(self, job: Job | None = None) -> None:
        """Show the form of a job, or an empty one for a new job."""

    def on_done(self, listener: Callable[[Job | None], None]) -> None:
        """Have `listener` called with the job when it was saved, with ``None`` when that was given up."""
        self._on_done.append(listener)
