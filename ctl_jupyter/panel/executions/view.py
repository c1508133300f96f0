"""The live view of one execution: its card, its grid, its event log, why it failed, and its buttons."""

from collections.abc import Callable
from typing import Any

import ipywidgets

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import FINAL_STATUSES, Status, StatusEvent
from ctl_jupyter.live.buttons import Buttons
from ctl_jupyter.live.html import card_html
from ctl_jupyter.live.orders import Orders
from ctl_jupyter.live.painter import Painting
from ctl_jupyter.live.why_html import why_html
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.executions.grid import Grid
from ctl_jupyter.panel.executions.log_rows import COLUMNS, FILTERS, MOST_ROWS, event_html, newest_rows
from ctl_jupyter.panel.executions.matrix import Cell, Matrix
from ctl_jupyter.panel.latest import Latest
from ctl_jupyter.panel.table import Table

__all__ = ["ExecutionView"]

#: Seconds between two drawings.
PAUSE = 0.2
#: More tasks than that are folded at first.
FOLDED_ABOVE = 60
FOLD, UNFOLD = "Fold tasks by role", "Show every task"


class ExecutionView:
    """One execution, followed until all of it has been read.

    Parameters
    ----------
    desk
        The middle of the panel.
    handle
        Which execution.
    on_draw
        Called after each drawing, shown or not.
    """

    def __init__(self, desk: Desk, handle: ExecutionHandle, on_draw: Callable[[], None]) -> None:
        self._desk = desk
        self._on_draw = on_draw
        self.handle = handle
        self.is_shown = False
        self._matrix = Matrix()
        self._taken = 0
        self._source: Any = None
        self._is_folded: bool | None = None
        self._logged: tuple[int, str, str] = (-1, "", "")
        self._card = ipywidgets.HTML(card_html(handle))
        self._painting = Painting(handle, self._paint, PAUSE)
        self._orders = Orders(handle, self._painting.note_change)
        self._buttons = Buttons(self._orders)
        self._restart = ipywidgets.Button(
            description="Restart failed hosts", icon="repeat", tooltip="Run it again on the hosts that failed"
        )
        self._ask_why = ipywidgets.Button(
            description="Why?", icon="question", tooltip="What failed first, and what was different when it succeeded"
        )
        self._fold = ipywidgets.Button(description=FOLD, tooltip="One column for each role, or for each task")
        self._why = ipywidgets.HTML()
        self._grid = Grid(self._look, self._find)
        self._words = ipywidgets.Text(description="Find", placeholder="words of a host, task or message")
        self._which = ipywidgets.Dropdown(description="Show", options=list(FILTERS))
        self._log = Table("Events, newest first", COLUMNS, "No event has come yet.", height=10)
        self._count = ipywidgets.HTML()
        self._event = ipywidgets.HTML()
        self._work = desk.work(self._restart)
        self._latest = Latest(desk.report)
        self._restart.on_click(lambda _: self._work.begin("Restarting …", self._restart_failed))
        self._ask_why.on_click(lambda _: self._latest.begin(self._read_why))
        self._fold.on_click(lambda _: self._change_fold())
        for control in (self._words, self._which):
            control.observe(lambda _: self._draw_log(), "value")
        self._log.on_choose(self._show_event)
        self.widget = self._arranged()
        self._show_buttons()

    def begin(self) -> None:
        """Follow the execution from now on."""
        self._painting.begin()

    def show(self) -> None:
        """Take note that it is looked at: what was not drawn meanwhile is drawn."""
        self.is_shown = True
        self._draw(self.handle.is_read)

    def hide(self) -> None:
        """Take note that another one is looked at; it is followed all the same."""
        self.is_shown = False

    def _arranged(self) -> Any:
        self._restart.layout.width = self._ask_why.layout.width = self._fold.layout.width = "auto"
        orders = ipywidgets.HBox([self._buttons.row, self._restart, self._ask_why, self._fold])
        search = ipywidgets.HBox([self._words, self._which])
        for box in (orders, search):
            box.add_class("ctl-tools")
        return ipywidgets.VBox(
            [self._card, orders, self._why, self._grid.widget, search, self._log.widget, self._count, self._event]
        )

    # --- drawing -----------------------------------------------------------------------------------------------

    def _paint(self, has_ended: bool) -> None:
        if self.is_shown:
            self._draw(has_ended)
        self._on_draw()

    def _draw(self, has_ended: bool) -> None:
        self._card.value = card_html(self.handle, note=self._orders.note)
        self._show_buttons()
        self._take_events()
        if self._is_folded is None and self._matrix.size[1] > FOLDED_ABOVE:
            self._change_fold()
        else:
            self._draw_grid()
        self._draw_log()
        if has_ended and not self._why.value and self.handle.execution.status in (Status.FAILURE, Status.INIT_FAILURE):
            self._latest.begin(self._read_why)

    def _take_events(self) -> None:
        """Fold in what has come since the last time; all of it again where it was read whole."""
        events = self.handle.read_so_far
        if events is not self._source:
            self._source, self._matrix, self._taken = events, Matrix(), 0
        count = len(events)
        self._matrix.take(events[self._taken : count])
        self._taken = count

    def _draw_grid(self) -> None:
        self._grid.draw(self._matrix.snapshot(is_folded=bool(self._is_folded)))
        self._fold.layout.display = "" if self._matrix.size[1] > 1 else "none"

    def _draw_log(self) -> None:
        events = self.handle.read_so_far
        wanted = (len(events), self._words.value, self._which.value)
        if wanted == self._logged:
            return
        self._logged = wanted
        rows, count = newest_rows(events[: wanted[0]], wanted[1], wanted[2])
        self._log.empty = "No event fits." if events else "No event has come yet."
        self._log.rows = rows
        shown = f"the newest {MOST_ROWS:,} of {count:,}" if count > len(rows) else f"{count:,}"
        said = f"{shown} events" + (f" that fit, of {len(events):,}" if count != len(events) else "")
        self._count.value = element("div", said, **{"class": "ctl-help"})

    def _show_buttons(self) -> None:
        self._buttons.draw()
        status = self.handle.progress.status
        has_ended = self.handle.is_read or status in FINAL_STATUSES
        self._buttons.row.layout.display = "none" if has_ended else ""
        self._restart.layout.display = "" if has_ended and status == Status.FAILURE else "none"
        self._ask_why.layout.display = "none" if status == Status.SUCCESS else ""

    # --- what is clicked ---------------------------------------------------------------------------------------

    def _change_fold(self) -> None:
        self._is_folded = not self._is_folded
        self._fold.description = UNFOLD if self._is_folded else FOLD
        self._draw_grid()

    def _look(self, host: str, column: int) -> Cell | None:
        return self._matrix.cell(host, column, is_folded=bool(self._is_folded))

    def _find(self, host: str, task: str) -> None:
        """Have the log show a cell's events."""
        self._which.value = "results"
        self._words.value = f"{host} {task}"

    def _show_event(self, key: str | None) -> None:
        events: Any = self.handle.read_so_far
        event: StatusEvent | None = events[int(key)] if key is not None and int(key) < len(events) else None
        self._event.value = "" if event is None else event_html(event)

    def _read_why(self) -> None:
        self._why.value = why_html(self.handle.why())

    def _restart_failed(self) -> str:
        again = self.handle.restart()
        self._desk.open_execution(again)
        return f"Restarted {again.job_name} on its failed hosts: execution {again.execution_id}."
