"""What happens outside of the panel: somebody logs in or out in another cell."""

import weakref
from typing import Any

from ctl_jupyter.panel.desk import Desk

__all__ = ["look_after_cells"]


def look_after_cells(desk: Desk) -> None:
    """Have a desk look, after each cell that runs, whether somebody logged in or out.

    Without effect outside of IPython. The desk is not kept alive by it.
    """
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    known = weakref.ref(desk)

    def look(*_result: Any) -> None:
        alive = known()
        if alive is None:
            shell.events.unregister("post_run_cell", look)
        else:
            alive.look()

    shell.events.register("post_run_cell", look)
