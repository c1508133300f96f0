"""``--once``: the same cell with the same content starts once in a notebook session, as under Run All."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ctl_jupyter.magics.errors import MagicError

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle, Session

__all__ = ["Guard"]


class Guard:
    """What one cell with one content has started.

    Parameters
    ----------
    started
        Shared by all guards of a notebook session: the handle of each start, ``None`` while nobody knows whether it
        happened.
    shell
        IPython's shell; the front end's id of the cell is asked of it, where there is one.
    session
        Where the start goes: another Runner or account is another start.
    content
        Line and body.
    """

    def __init__(self, started: "dict[tuple[str, ...], Any]", shell: Any, session: "Session", *content: str) -> None:
        self._started = started
        self._key = (_cell_id(shell), session.profile.runner_url, session.account_alias, *content)

    def first(self, look: str) -> "ExecutionHandle | None":
        """Return what was started before, ``None`` when nothing was.

        Parameters
        ----------
        look
            How the user finds out what became of a start, as in ``%ctl_executions hello shows it``.

        Raises
        ------
        MagicError
            When a start was sent and nobody knows whether it happened.
        """
        if self._key not in self._started:
            return None
        handle: ExecutionHandle | None = self._started[self._key]
        if handle is None:
            raise MagicError(
                "This cell has sent its start before, without an answer that says whether it happened, and --once does "
                f"not send it again: {look}, and the cell without --once starts anyway."
            )
        return handle

    def start(self, start: "Callable[[], ExecutionHandle]") -> "ExecutionHandle":
        """Start, and remember it from before it is sent until it was surely refused."""
        from ctl_jupyter.client import RunnerError
        from ctl_jupyter.documents import DocumentError

        self._started[self._key] = None
        try:
            handle = start()
        except (RunnerError, DocumentError) as error:
            if not getattr(error, "may_have_happened", False):
                del self._started[self._key]
            raise
        self._started[self._key] = handle
        return handle


def _cell_id(shell: Any) -> str:
    """Return the front end's id of the cell that runs; empty where it sends none, as in plain IPython."""
    parent: Any = getattr(shell, "get_parent", dict)()
    return str((parent or {}).get("metadata", {}).get("cellId") or "")
