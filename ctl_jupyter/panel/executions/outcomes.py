"""How a task may end on a host, as one byte of a grid; pure."""

from ctl_jupyter.documents import StatusEvent

__all__ = ["CODES", "MARKS", "OUTCOMES", "outcome_of", "worst"]

#: The word of each code, from 0; the page has the same list.
OUTCOMES = ("waiting", "running", "ok", "changed", "skipped", "ignored", "failed", "unreachable")
CODES = {word: code for code, word in enumerate(OUTCOMES)}
#: A symbol for each, so that no colour is needed to tell them apart.
MARKS = {
    "waiting": "·",
    "running": "●",
    "ok": "✓",
    "changed": "✎",
    "skipped": "○",
    "ignored": "≈",
    "failed": "✗",
    "unreachable": "!",
}
#: What several tasks come to together: the first of these that any of them is.
FROM_WORST = ("failed", "unreachable", "running", "ignored", "changed", "ok", "skipped", "waiting")
WORST_FIRST = bytes(CODES[word] for word in FROM_WORST)

RESULTS = {
    "runner_on_ok": "ok",
    "runner_on_async_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_async_failed": "failed",
    "runner_on_unreachable": "unreachable",
}


def outcome_of(event: StatusEvent) -> str:
    """Return the word for what an event tells of one host's task; empty for events that end no task."""
    word = RESULTS.get(event.event_type, "")
    if word == "failed" and event.details.get("ignore_errors"):
        return "ignored"
    if word == "ok" and event.details.get("changed"):
        return "changed"
    return word


def worst(cells: bytes) -> int:
    """Return the code that stands for several cells."""
    return next((code for code in WORST_FIRST if code in cells), CODES["waiting"])
