"""An execution that is open in the live view: what is read of it, and when it is drawn."""

from collections.abc import Callable

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import Status
from ctl_jupyter.live.glance import Glance
from ctl_jupyter.live.orders import Note, Orders
from ctl_jupyter.live.painter import Painting
from ctl_jupyter.live.text import clock
from ctl_jupyter.live.work import Work
from ctl_jupyter.panel.executions.runs import Runs
from ctl_jupyter.panel.statuses import status_text

__all__ = ["OpenExecution", "progress_of", "title_of"]

#: Seconds between two drawings: four a second.
PAUSE = 0.22
RESTARTABLE = frozenset({Status.FAILURE, Status.INIT_FAILURE})


class OpenExecution:
    """An execution and what the view holds of it.

    Parameters
    ----------
    handle
        Followed from now on.
    draw
        Called with this and whether it is the last time, on the painter's thread.
    """

    def __init__(self, handle: ExecutionHandle, draw: Callable[["OpenExecution", bool], None]) -> None:
        self.handle = handle
        self.runs = Runs()
        self.why = ""
        #: Whether the reason of a failure was asked for already.
        self.is_why_asked = False
        self.asking: Work | None = None
        #: Whether its restart is being sent.
        self.is_restarting = False
        #: What the status line was told last of its orders.
        self.told: Note | None = None
        self._painting = Painting(handle, lambda has_ended: draw(self, has_ended), PAUSE)
        self.orders = Orders(handle, self._painting.note_change)

    @property
    def key(self) -> str:
        """The execution's id."""
        return self.handle.execution_id

    @property
    def may_restart(self) -> bool:
        """Whether its failed hosts may be run again: only of what has failed."""
        return self.handle.is_read and self.handle.execution.status in RESTARTABLE

    def begin(self) -> None:
        """Follow it and have it drawn."""
        self._painting.begin()

    def close(self) -> None:
        """Draw it no more."""
        self._painting.finished.set()


def title_of(seen: Glance) -> str:
    """Return what stands on an open execution's button: ``✗ deploy-web · FAILURE · 0:42``."""
    failed = seen.outcomes.get("failed", 0) + seen.outcomes.get("unreachable", 0)
    symbol, _, word = status_text(seen.status).partition(" ")
    parts = [one_line(seen.job_name, 60), word]
    if failed and not seen.has_ended:
        parts.append(f"{failed} failed")
    if seen.seconds is not None:
        parts.append(clock(seen.seconds))
    return f"{symbol} {' · '.join(parts)}"


def progress_of(seen: Glance) -> tuple[float, str]:
    """Return how far the present task is, from 0 to 1, and the same in words.

    How many tasks there will be nobody knows before the end: roles and conditions decide as it goes.
    """
    if seen.has_ended or not seen.tasks:
        return (1.0 if seen.has_ended else 0.0), ""
    met = len(seen.hosts)
    gone = sum(host.outcome in ("failed", "unreachable") for host in seen.hosts)
    done = sum(host.outcome == "done" for host in seen.hosts)
    left = max(met - gone, 1)
    return min(done / left, 1.0), f"task {seen.tasks}: {done} of {left} host{'' if left == 1 else 's'} done"
