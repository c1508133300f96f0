"""The grid of hosts and tasks in the page: a canvas, given the whole of it a few times a second."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.live.text import clock
from ctl_jupyter.panel.executions.matrix import Cell, Snapshot

__all__ = ["Grid", "cell_text"]

#: Characters of a name, and of what a cell tells.
LONGEST_NAME, LONGEST_MESSAGE = 120, 400


class _Canvas(anywidget.AnyWidget):
    """The canvas; a snapshot is drawn when its version comes, which is sent together with it."""

    _esm = Path(__file__).with_suffix(".js")
    label = traitlets.Unicode("Hosts and tasks").tag(sync=True)
    names = traitlets.Unicode("[[],[]]").tag(sync=True)
    cells = traitlets.Bytes(b"").tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)


class Grid:
    """A grid that shows snapshots.

    Parameters
    ----------
    look
        Returns what is known of the cell of a host and a column, for the line below the grid.
    choose
        Told of a cell that was clicked.
    """

    def __init__(self, look: Callable[[str, int], Cell | None], choose: Callable[[str, str], None]) -> None:
        self._look = look
        self._choose = choose
        self.widget = _Canvas()
        self.widget.on_msg(self._take)

    def draw(self, snapshot: Snapshot) -> None:
        """Show a snapshot; only what has changed is sent, all of it in one message."""
        names = json.dumps(
            [
                [one_line(host, LONGEST_NAME) for host in snapshot.hosts],
                [[one_line(label, LONGEST_NAME), one_line(group, LONGEST_NAME)] for label, group in snapshot.columns],
            ],
            separators=(",", ":"),
        )
        canvas = self.widget
        if canvas.cells == snapshot.cells and canvas.names == names:
            return
        with canvas.hold_sync():
            canvas.names = names
            canvas.cells = snapshot.cells
            canvas.version += 1

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        host, column = str(content.get("host")), content.get("column")
        if not isinstance(column, int):
            return
        cell = self._look(host, column)
        if cell is None:
            return
        if content.get("kind") == "look":
            self.widget.send({"kind": "cell", "host": host, "column": column, "text": cell_text(cell)})
        elif content.get("kind") == "choose":
            self._choose(cell.host, cell.task)


def cell_text(cell: Cell) -> str:
    """Return a cell in a line: host, task, outcome, how long it took, what Ansible said."""
    took = "" if cell.seconds is None else f"{cell.seconds:.1f} s" if cell.seconds < 60 else clock(cell.seconds)
    message = one_line(cell.message, LONGEST_MESSAGE)
    parts = (one_line(cell.host, LONGEST_NAME), one_line(cell.task, LONGEST_NAME), cell.outcome, took, message)
    return " · ".join(part for part in parts if part)
