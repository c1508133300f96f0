"""Waiting for an execution in a cell, its card alive meanwhile."""

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import Execution
from ctl_jupyter.live.card import begin

__all__ = ["wait_with_progress"]

#: Seconds that the last drawing may take; it is a matter of milliseconds.
LAST_DRAWING = 5.0


def wait_with_progress(handle: ExecutionHandle, timeout: float | None = None, quiet: bool = False) -> Execution:
    """Wait until the execution has ended and all of its events are read; show its card unless `quiet`.

    An interrupt (`KeyboardInterrupt`) ends the waiting alone: the execution goes on, and so does its card.

    Parameters
    ----------
    timeout
        Seconds; for ever when ``None``.

    Returns
    -------
    Execution
        The final document, whatever its status.

    Raises
    ------
    WaitTimedOut
        When it has not ended in time; it goes on, and so does its card.
    RunnerError
        When it could not be followed to its end.
    """
    painting = None if quiet else begin(handle)
    try:
        return handle.wait(timeout)
    finally:
        if painting is not None and handle.is_read:
            # The card must be replaced before the cell ends, or a headless run keeps the live one.
            painting.finished.wait(LAST_DRAWING)
