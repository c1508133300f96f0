"""Status events as rows of the event log: which are shown, and their words; pure."""

import json
import time
from collections.abc import Sequence
from typing import Any

from ctl_jupyter.cleaning import clean
from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.table import Column, Row

__all__ = ["COLUMNS", "FILTERS", "MOST_ROWS", "event_html", "newest_rows"]

COLUMNS = (
    Column("time", width="68px"),
    Column("host", width="minmax(64px, 1fr)"),
    Column("event", width="minmax(72px, 1fr)"),
    Column("task", hides_below=420, width="minmax(80px, 2fr)"),
    Column("message", hides_below=620, width="minmax(80px, 3fr)"),
)
#: What stands on the filter, and which outcomes pass; all events where there are none.
FILTERS: dict[str, frozenset[str]] = {
    "all events": frozenset(),
    "results": frozenset({"ok", "changed", "skipped", "ignored", "failed", "unreachable"}),
    "changed": frozenset({"changed"}),
    "failures": frozenset({"failed", "unreachable", "ignored"}),
}
LOOKS = {"failed": "bad", "unreachable": "bad", "ignored": "warn", "changed": "warn", "ok": "good", "skipped": "quiet"}
SIGNS = {"failed": "✗", "unreachable": "✗", "ignored": "!", "changed": "~", "ok": "✓", "skipped": "○"}
#: How many rows are shown at most, the newest.
MOST_ROWS = 500
LONGEST_EVENT = 20_000


def newest_rows(events: Sequence[StatusEvent], words: str, which: str) -> tuple[list[Row], int]:
    """Return the rows of the newest events that fit, newest first, and how many fit.

    Parameters
    ----------
    words
        All of them must stand in the host, the task, the event or the message, in any case.
    which
        One of `FILTERS`.
    """
    wanted, outcomes = words.casefold().split(), FILTERS[which]
    rows: list[Row] = []
    count = 0
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        outcome = _outcome(event)
        if outcomes and outcome not in outcomes:
            continue
        if wanted:
            searched = " ".join(map(str, _parts(event, outcome))).casefold()
            if not all(word in searched for word in wanted):
                continue
        count += 1
        if len(rows) < MOST_ROWS:
            rows.append(_row(place, event, outcome))
    return rows, count


def event_html(event: StatusEvent) -> Markup:
    """Return the whole of an event, as Runner sent it."""
    text = json.dumps(event.message, indent=2, ensure_ascii=False, default=str)
    more = "\n…" if len(text) > LONGEST_EVENT else ""
    return element("pre", f"{event.event_type}\n{clean(text)[:LONGEST_EVENT]}{more}", **{"class": "ctl-event"})


def _outcome(event: StatusEvent) -> str:
    outcome = RESULT_EVENTS.get(event.event_type, "")
    details = event.details
    if outcome == "failed" and details.get("ignore_errors"):
        return "ignored"
    return "changed" if outcome == "ok" and details.get("changed") else outcome


def _parts(event: StatusEvent, outcome: str) -> tuple[Any, ...]:
    details = event.details
    what = outcome or event.event_type.removeprefix("playbook_on_").replace("_", " ")
    message = details.get("msg") or details.get("status") or details.get("reason") or ""
    return details.get("host") or "", what, details.get("task") or details.get("play") or "", message


def _row(place: int, event: StatusEvent, outcome: str) -> Row:
    host, what, task, message = _parts(event, outcome)
    told = "" if event.timestamp is None else time.strftime("%H:%M:%S", time.localtime(event.timestamp / 1000))
    sign = f"{SIGNS[outcome]} " if outcome else ""
    cells = {"time": told, "host": str(host), "event": f"{sign}{what}", "task": str(task), "message": str(message)}
    return Row(str(place), cells, {"event": LOOKS.get(outcome, "quiet")})
