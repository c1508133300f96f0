"""What stands in a saved notebook in the panel's place, where no kernel is: a short summary as plain HTML.

The panel's cell has two outputs: this one and the live panel. While the panel lives it brings a style that hides the
summary; without it, in a viewer or in a notebook that was opened without its kernel, the summary is what is seen.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live.html import CARD, QUIET
from ctl_jupyter.markup import Markup, element

__all__ = ["StaticSummary", "Summary", "summary_html", "summary_text"]

#: How many of the executions that were opened are named.
NAMED = 5
#: Seconds between two updates: each makes the notebook one with unsaved changes.
BETWEEN = 5.0
#: Seconds before the first, so that it tells all that comes at once.
FIRST = 1.0


@dataclass(frozen=True)
class Summary:
    """What is told; nothing of it is secret.

    Parameters
    ----------
    account
        Who was logged in where, empty when nobody was.
    jobs
        How many the account has; ``None`` when that is not known.
    executions
        Job, id and status of those that were opened in the panel, the last one first.
    """

    account: str = ""
    jobs: int | None = None
    executions: tuple[tuple[str, str, str], ...] = ()


def summary_text(summary: Summary, when: str) -> str:
    """Return the summary as lines of text."""
    lines = [f"Runner panel: {_head(summary)}.", *_executions(summary)]
    return "\n".join([*lines, _foot(when)])


def summary_html(summary: Summary, when: str, css_id: str) -> str:
    """Return the summary as HTML.

    Parameters
    ----------
    when
        The time at which it was so, in words.
    css_id
        By which the live panel hides it.
    """
    rows = [element("li", line) for line in _executions(summary)]
    parts = [
        element("div", element("b", "Runner panel"), " · ", _head(summary)),
        element("ul", *rows, style="margin: 4px 0; padding-left: 20px") if rows else Markup(""),
        element("div", _foot(when), style=f"color: {QUIET}"),
    ]
    # Without a kernel Lab says in the panel's place that its widget is missing, which is what this is instead of.
    place = f".jp-OutputArea-child:has(#{css_id}) + .jp-OutputArea-child > .jupyter-widgets:not(:has(.ctl-panel))"
    style = Markup(f"<style>{place} {{ font-size: 0; }}</style>")
    return str(element("div", *parts, style, id=css_id, style=CARD))


def _head(summary: Summary) -> str:
    if not summary.account:
        return "nobody was logged in"
    if summary.jobs is None:
        return one_line(summary.account)
    return f"{one_line(summary.account)}, {summary.jobs:,} job{'' if summary.jobs == 1 else 's'}"


def _executions(summary: Summary) -> list[str]:
    return [
        f"{one_line(job)}: {one_line(status, 40)} ({execution_id})" for job, execution_id, status in summary.executions
    ]


def _foot(when: str) -> str:
    return f"As of {when}. Run this cell to use the panel."


class StaticSummary:
    """The summary of one panel that is shown: it follows what happens, a change every few seconds at most.

    Parameters
    ----------
    css_id
        By which the live panel hides it; also its display id.
    """

    def __init__(self, css_id: str) -> None:
        self._css_id = css_id
        self._account = ""
        self._jobs: int | None = None
        self._handles: list[ExecutionHandle] = []
        self._display: Any = None
        self._shown: Summary | None = None
        self._lock = threading.Lock()
        self._is_due = False
        self._last = 0.0

    def style(self) -> Markup:
        """Return the style that hides it and the room it takes, for the live panel to bring."""
        hidden = f"#{self._css_id}, .jp-OutputArea-child:has(#{self._css_id})"
        return Markup(f"<style>{hidden} {{ display: none !important; }}</style>")

    def show(self) -> None:
        """Show it as an output of this cell; without effect outside of IPython."""
        from IPython.display import display

        self._shown = self._now()
        self._display = display(self._bundle(self._shown), raw=True, display_id=self._css_id)

    def tell(self, account: str, jobs: int | None) -> None:
        """Tell who is logged in, empty for nobody, and how many jobs there are, ``None`` when that is not known."""
        with self._lock:
            self._account, self._jobs = account, jobs
        self._soon()

    def note(self, handle: ExecutionHandle) -> None:
        """Tell an execution that was opened, and what becomes of it."""
        with self._lock:
            others = [other for other in self._handles if other.execution_id != handle.execution_id]
            self._handles = [handle, *others][:NAMED]
        handle.follow(self._soon)
        self._soon()

    def _now(self) -> Summary:
        with self._lock:
            told = [(handle.job_name, handle.execution_id, handle.progress.status) for handle in self._handles]
            return Summary(self._account, self._jobs, tuple(told))

    def _bundle(self, summary: Summary) -> dict[str, str]:
        when = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
        return {"text/html": summary_html(summary, when, self._css_id), "text/plain": summary_text(summary, when)}

    def _soon(self) -> None:
        with self._lock:
            if self._display is None or self._is_due:
                return
            self._is_due = True
            timer = threading.Timer(max(FIRST, self._last + BETWEEN - time.monotonic()), self._update)
        timer.daemon = True
        timer.name = "ctl-jupyter-summary"
        timer.start()

    def _update(self) -> None:
        with self._lock:
            self._is_due, self._last = False, time.monotonic()
        summary = self._now()
        if summary != self._shown:
            self._shown = summary
            self._display.update(self._bundle(summary), raw=True)
