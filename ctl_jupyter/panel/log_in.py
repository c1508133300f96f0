"""The strip at the top of the panel: who is logged in where, logging in and out, the embedded Runner."""

import ipywidgets

from ctl_jupyter.panel.desk import Desk

__all__ = ["LogInStrip"]


class LogInStrip:
    """Who is logged in.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.widget = ipywidgets.VBox()
