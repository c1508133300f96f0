"""What is shown of the chosen execution: its card, grid, reason, log, and what can be done with it."""

import threading
import time
from collections.abc import Callable

import ipywidgets

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live import why
from ctl_jupyter.live.buttons import Buttons
from ctl_jupyter.live.glance import Glance, glance
from ctl_jupyter.live.html import card_html
from ctl_jupyter.live.why_html import why_html
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.executions.grid_widget import GridView
from ctl_jupyter.panel.executions.log_view import LogView
from ctl_jupyter.panel.executions.opened import RESTARTABLE, OpenExecution, progress_of
from ctl_jupyter.panel.executions.restart_form import RestartForm

__all__ = ["LiveView"]

#: Seconds between two drawings of the card.
CARD_PAUSE = 1.0
AUTO = {"width": "auto"}


class LiveView:
    """Draws one open execution at a time.

    Parameters
    ----------
    on_restart
        Called with the handle of the new run.
    """

    def __init__(self, desk: Desk, on_restart: Callable[[ExecutionHandle], None]) -> None:
        self._desk = desk
        self._lock = threading.RLock()
        self._opened: OpenExecution | None = None
        self._buttons: Buttons | None = None
        self._card_drawn, self._card_status = 0.0, ""
        self._card = ipywidgets.HTML()
        self._card.add_class("ctl-live-card")
        self._progress = ipywidgets.HTML()
        self._actions = ipywidgets.HBox()
        self._actions.add_class("ctl-live-actions")
        self._restart = RestartForm(desk, on_restart)
        self._why = ipywidgets.Button(
            description="Why?", icon="question", tooltip="Find out why it failed, as %ctl_why does", layout=AUTO
        )
        self._run = ipywidgets.Dropdown(description="Run", layout={"width": "160px", "display": "none"})
        self._reason = ipywidgets.HTML()
        self._reason.add_class("ctl-live-why")
        self._why.on_click(lambda _: self._ask_why(self._opened))
        self._run.observe(self._choose_run, "value")
        self._log = LogView()
        self._grid = GridView(self._log.narrow)
        self.widget = ipywidgets.VBox(
            [
                self._card,
                self._progress,
                self._actions,
                self._restart.options,
                self._grid.widget,
                self._reason,
                self._log.widget,
            ]
        )
        self.widget.add_class("ctl-live")
        self.widget.layout.display = "none"

    def choose(self, opened: OpenExecution | None) -> None:
        """Show another execution; none when ``None``."""
        with self._lock:
            self._opened = opened
            self.widget.layout.display = "none" if opened is None else ""
            if opened is None:
                return
            self._buttons = Buttons(opened.orders)
            self._actions.children = (self._buttons.row, self._restart.button, self._why, self._run)
            self._restart.use(opened)
            self._card_drawn = 0.0
            self._draw(opened, glance(opened.handle), is_other=True)

    def draw(self, opened: OpenExecution, seen: Glance) -> None:
        """Draw what has changed of an execution, if it is the chosen one."""
        with self._lock:
            if opened is self._opened:
                self._draw(opened, seen, is_other=False)
            if seen.is_read and seen.status in RESTARTABLE and not opened.is_why_asked:
                self._ask_why(opened)

    def _draw(self, opened: OpenExecution, seen: Glance, *, is_other: bool) -> None:
        is_other = opened.runs.read(opened.handle.known_events) or is_other
        runs = opened.runs
        self._grid.draw(runs.grid, f"{opened.key} {runs.chosen}")
        self._log.show(runs.events, is_other=is_other, is_urgent=seen.is_read)
        if self._buttons is not None:
            self._buttons.draw()
        self._restart.draw()
        self._tell_orders(opened)
        self._reason.value = opened.why
        if is_other:
            self._show_runs(opened)
        is_due = time.monotonic() - self._card_drawn >= CARD_PAUSE or seen.status != self._card_status
        if seen.is_read or is_other or is_due:
            self._card_drawn, self._card_status = time.monotonic(), seen.status
            self._draw_card(opened)
            self._progress.value = _bar(seen)

    def _tell_orders(self, opened: OpenExecution) -> None:
        """Have the status line say what the card says of a stop or kill."""
        note = opened.orders.note
        if note is not None and note is not opened.told:
            opened.told = note
            self._desk.report(note.text, note.is_well)

    def _draw_card(self, opened: OpenExecution) -> None:
        # What failed is told once, below the grid when it was looked into.
        self._card.value = card_html(opened.handle, note=opened.orders.note, is_explained=bool(opened.why))

    def _show_runs(self, opened: OpenExecution) -> None:
        runs = opened.runs
        self._run.unobserve(self._choose_run, "value")
        self._run.options = [(f"{number} of {runs.count}", number) for number in range(1, runs.count + 1)]
        self._run.value = runs.chosen
        self._run.layout.display = "none" if runs.count == 1 else ""
        self._run.observe(self._choose_run, "value")

    def _choose_run(self, change: dict[str, int]) -> None:
        with self._lock:
            if self._opened is not None and change["new"]:
                self._opened.runs.choose(change["new"])
                self._draw(self._opened, glance(self._opened.handle), is_other=True)

    def _ask_why(self, opened: OpenExecution | None) -> None:
        if opened is None:
            return
        if opened.asking is None:
            # One for each: another execution may be looked into at the same time.
            opened.asking = self._desk.work(self._why)

        def ask() -> str:
            opened.why = str(why_html(why(opened.handle)))
            with self._lock:
                if opened is self._opened:
                    self._reason.value = opened.why
                    self._draw_card(opened)
            return f"Why {opened.handle.job_name} ended as it did is shown below its grid."

        opened.is_why_asked = opened.asking.begin("Finding out why …", ask) or opened.is_why_asked


def _bar(seen: Glance) -> str:
    share, words = progress_of(seen)
    if not words:
        return ""
    percent = f"{100 * share:.0f}"
    filled = element("div", style=f"width: {percent}%", **{"class": "ctl-bar-filled"})
    named = {"aria-valuenow": percent, "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": words}
    bar = element("div", filled, role="progressbar", **named, **{"class": "ctl-bar"})
    return element("div", bar, element("span", words), **{"class": "ctl-live-progress"})
