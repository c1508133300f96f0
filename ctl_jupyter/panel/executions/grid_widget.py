"""The grid of hosts and tasks in the page: a canvas that is given snapshots."""

import logging
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.live.text import clock
from ctl_jupyter.panel.executions.grid import Cell, Grid

__all__ = ["GridView"]

logger = logging.getLogger(__name__)


class _GridWidget(anywidget.AnyWidget):
    """What the page draws; a snapshot and never a difference, so that a lost message mends itself."""

    _esm = files(__package__).joinpath("grid.js").read_text(encoding="utf-8")

    #: ``version``, ``run`` (another one begins with everything unfolded), ``hosts``, and of each task name and group.
    names = traitlets.Dict({"version": 0, "run": "", "hosts": [], "tasks": []}).tag(sync=True)
    cells = traitlets.Bytes().tag(sync=True)
    #: Of the names that the cells belong to.
    version = traitlets.Int().tag(sync=True)
    #: How many events the cells tell of.
    count = traitlets.Int().tag(sync=True)


class GridView:
    """Shows one `Grid` after another.

    Parameters
    ----------
    on_narrow
        Called with a host and a task when a cell was clicked.
    """

    def __init__(self, on_narrow: Callable[[str, str], None]) -> None:
        self._on_narrow = on_narrow
        self._grid = Grid()
        self._named: tuple[Any, ...] = ()
        self.widget = _GridWidget()
        self.widget.on_msg(self._hear)

    def draw(self, grid: Grid, run: str) -> None:
        """Show a grid as it is by now; the names are sent again only when they are others.

        Parameters
        ----------
        run
            Which run of which execution this is.
        """
        self._grid = grid
        seen = grid.snapshot()
        named = (run, seen.hosts, seen.tasks)
        with self.widget.hold_sync():
            if named != self._named:
                self._named = named
                self.widget.version += 1
                self.widget.names = {
                    "version": self.widget.version,
                    "run": run,
                    "hosts": [one_line(host) for host in seen.hosts],
                    "tasks": [(one_line(column.task), one_line(column.group)) for column in seen.tasks],
                }
            self.widget.cells = seen.cells
            self.widget.count = seen.count

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        asked = message.get("ask")
        if asked == "names":
            self.widget.send_state()
            return
        try:
            cell = self._grid.cell(str(message["host"]), int(message["column"]))
        except (KeyError, ValueError, IndexError):
            logger.debug("The page asked for a cell that there is not: %s", message)
            return
        if asked == "cell":
            self.widget.send({"tell": "cell", "host": cell.host, "column": message["column"], "text": told(cell)})
        elif asked == "narrow":
            self._on_narrow(cell.host, cell.task)


def told(cell: Cell) -> str:
    """Return what a cell says beside its outcome: how long it took, and its message."""
    took = "" if cell.seconds is None else f"{cell.seconds:.1f} s" if cell.seconds < 60 else clock(cell.seconds)
    return " · ".join(filter(None, [took, one_line(cell.message, 400)]))
