"""The panel: start, follow and understand jobs without writing code."""

from typing import TYPE_CHECKING

from ctl_jupyter.callable_module import make_callable

if TYPE_CHECKING:
    import ipywidgets

    from ctl_jupyter.client import Session

__all__ = ["panel"]


def panel(session: "Session | None" = None) -> "ipywidgets.VBox":
    """Return the panel as a widget; the last expression of a cell shows it.

    Nothing is asked of anybody before it is shown; nothing is kept of a secret that is typed into it.

    Parameters
    ----------
    session
        Where to start jobs; the session of the last log-in, whichever it is by then, when absent.
    """
    from ctl_jupyter.panel.view import Panel

    return Panel(session).widget


make_callable(__name__)
