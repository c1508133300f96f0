"""Statuses of executions as the cells of a table show them; pure."""

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.live.html import BAD, BUSY, GOOD, QUIET, STATUS_LOOKS, UNKNOWN_LOOK, WARN

__all__ = ["status_look", "status_text"]

LOOKS = {GOOD: "good", BAD: "bad", WARN: "warn", BUSY: "busy", QUIET: "quiet"}


def status_text(status: str) -> str:
    """Return a status with its symbol."""
    return f"{STATUS_LOOKS.get(status, UNKNOWN_LOOK)[0]} {one_line(status, 30)}"


def status_look(status: str) -> str:
    """Return the look of a status, as `Row.looks` has it."""
    return LOOKS[STATUS_LOOKS.get(status, UNKNOWN_LOOK)[1]]
