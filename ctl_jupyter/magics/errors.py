"""Errors as a cell shows them: a line or two, and the cell, the notebook and its runner still fail."""

from typing import Any

__all__ = ["MagicError", "hide_values"]


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


def hide_values(shell: Any, error: BaseException) -> None:
    """Keep the values of variables out of an error's traceback, also where ``%xmode`` or ``%tb Verbose`` shows them.

    The frames below a magic hold passwords and keys on their way, and a traceback stays in the notebook.
    """
    if hasattr(error, "_render_traceback_"):
        return

    def render() -> list[str]:
        formatter = shell.InteractiveTB
        included, formatter.include_vars = formatter.include_vars, False
        try:
            lines: list[str] = formatter.structured_traceback(type(error), error, error.__traceback__)
        finally:
            formatter.include_vars = included
        return lines

    # As IPython looks for it, on the error itself.
    error._render_traceback_ = render  # type: ignore[attr-defined]
