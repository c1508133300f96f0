"""Waiting for executions in a cell, their cards alive meanwhile."""

from collections.abc import Sequence

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live.card import begin

__all__ = ["Detached", "show_executions"]

#: Seconds that the last drawing may take; it is a matter of milliseconds.
LAST_DRAWING = 5.0


class Detached(KeyboardInterrupt):
    """The cell was interrupted while it waited; the executions go on."""

    def __init__(self, message: str, handles: Sequence[ExecutionHandle]) -> None:
        super().__init__(message)
        self.handle = handles[0]
        self.handles = list(handles)

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback."""
        return str(self).splitlines()


def show_executions(
    handles: Sequence[ExecutionHandle],
    *,
    wait: bool = False,
    timeout: float | None = None,
    on_interrupt: str = "detach",
    quiet: bool = False,
) -> None:
    """Show the cards of executions; with `wait`, wait until all have ended and fail when one of them did.

    Parameters
    ----------
    timeout
        Seconds to wait at most; for ever when ``None``.
    on_interrupt
        What an interrupt does to the executions: ``detach`` (they go on), ``stop`` or ``kill``.
    quiet
        Show no card.

    Raises
    ------
    Detached
        When it was interrupted.
    ExecutionFailed, WaitTimedOut, RunnerError
        As `ExecutionHandle.wait` and `ExecutionHandle.raise_for_failure`.
    """
    paintings = [] if quiet else [begin(handle) for handle in handles]
    if not wait:
        return
    try:
        for handle in handles:
            handle.wait(timeout)
    except KeyboardInterrupt:
        ids = " ".join(handle.execution_id for handle in handles)
        raise Detached(
            f"Waiting was interrupted; the execution goes on. To watch it again: %ctl_watch {ids}", handles
        ) from None
    finally:
        for painting, handle in zip(paintings, handles, strict=False):
            if painting is not None and handle.is_read:
                # The card must be replaced before the cell ends, or a headless run keeps the live one.
                painting.finished.wait(LAST_DRAWING)
    for handle in handles:
        handle.raise_for_failure()
