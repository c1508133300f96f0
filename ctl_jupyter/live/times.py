"""Times as people read them, in this machine's zone; pure."""

import time

__all__ = ["ago", "local_time"]

#: Seconds of each unit, the longest first.
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def local_time(epoch_ms: int | None) -> str:
    """Return a time in this machine's zone, to the second; empty when there is none."""
    if epoch_ms is None:
        return ""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(epoch_ms // 1000))
    except (OverflowError, ValueError, OSError):
        return str(epoch_ms)  # no time that a clock shows


def ago(epoch_ms: int | None, now: float | None = None) -> str:
    """Return how long ago a time was, in its largest unit: ``3 h ago``; empty when there is none.

    Parameters
    ----------
    now
        Epoch seconds; the clock's when absent.
    """
    if epoch_ms is None:
        return ""
    seconds = (time.time() if now is None else now) - epoch_ms / 1000
    for unit, length in UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now" if seconds > -UNITS[-1][1] else local_time(epoch_ms)
