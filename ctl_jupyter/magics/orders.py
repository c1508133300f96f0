"""Orders to several executions, one after the other; what is refused for one keeps the others from nothing."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

from IPython.display import display

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.magics.sending import send

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle, RunnerError

__all__ = ["Orders"]

T = TypeVar("T")

#: How many refusals an error tells.
MOST_TOLD = 3
DONE = {"stop": "stopped", "kill": "killed", "restart": "restarted"}


class Orders:
    """One order to executions, and which of them the service refused.

    Parameters
    ----------
    action
        ``stop``, ``kill`` or ``restart``.
    """

    def __init__(self, action: str) -> None:
        self._action = action
        self._count = 0
        self._refusals: list[tuple[ExecutionHandle, RunnerError]] = []

    def give(
        self,
        handles: "Sequence[ExecutionHandle]",
        order: "Callable[[ExecutionHandle], T]",
        may_have_ended: "Collection[ExecutionHandle]" = (),
    ) -> "list[tuple[ExecutionHandle, T]]":
        """Send the order to each, once, and return the answers of those that took it.

        Parameters
        ----------
        may_have_ended
            Those whose refusal is none when they have ended: they ran a moment ago.

        Raises
        ------
        Interrupted
            When the wait for an answer was interrupted; those that follow were not sent.
        RunnerError
            When the service could not be asked; those that follow were not sent.
        """
        from ctl_jupyter.client import RequestRefused

        self._count = len(handles)
        answers: list[tuple[ExecutionHandle, T]] = []
        for place, handle in enumerate(handles, 1):
            left = f"; {len(handles) - place} after it were not sent" if place < len(handles) else ""
            what = f"the {self._action} of {one_line(handle.job_name)} ({handle.execution_id})"
            look = f"%ctl_watch {handle.execution_id} shows it{left}"
            try:
                answers.append((handle, send(lambda handle=handle: order(handle), what, look, handle)))  # type: ignore[misc]
            except RequestRefused as error:
                if handle in may_have_ended and handle.in_final_state():
                    continue
                self._refusals.append((handle, error))
        return answers

    def raise_refusals(self) -> None:
        """Raise one error for all that were refused, the service's own sentences in it; nothing when none was.

        Raises
        ------
        RunnerError
            The refusal itself when there was one order.
        """
        from ctl_jupyter.client import RunnerError

        if not self._refusals:
            return
        first = self._refusals[0][1]
        if self._count == 1:
            raise first
        composite = RunnerError(self._told())
        refused = [handle for handle, _ in self._refusals]
        composite.handle = refused[0] if len(refused) == 1 else refused
        raise composite from first

    def tell_refusals(self) -> None:
        """Show which were refused before the others are waited for, which may take long and end otherwise."""
        from ctl_jupyter.magics.tables import Notice

        if self._refusals:
            display(Notice(self._told()))

    def _told(self) -> str:
        lines = [f"{len(self._refusals)} of {self._count} executions could not be {DONE[self._action]}:"]
        lines += [f"{handle.execution_id}: {error}" for handle, error in self._refusals[:MOST_TOLD]]
        if len(self._refusals) > MOST_TOLD:
            lines.append(f"… and {len(self._refusals) - MOST_TOLD} more")
        return "\n".join(lines)
