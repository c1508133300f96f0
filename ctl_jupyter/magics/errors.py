"""Errors as a cell shows them: a line or two, and the cell, the notebook and its runner still fail."""

from typing import Any

__all__ = ["Interrupted", "MagicError"]


class MagicError(Exception):
    """What went wrong, in words for the user.

    Parameters
    ----------
    message
        One or two lines.
    handle
        The execution concerned, when there is one; of several, a list.
    """

    def __init__(self, message: str, handle: Any = None) -> None:
        super().__init__(message)
        self.handle = handle

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback."""
        return str(self).splitlines()


class Interrupted(KeyboardInterrupt):
    """The cell was interrupted while something that changes something was on its way.

    Parameters
    ----------
    message
        One line.
    handle
        The execution concerned, when it is known.
    """

    def __init__(self, message: str, handle: Any = None) -> None:
        super().__init__(message)
        self.handle = handle

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback."""
        return str(self).splitlines()
