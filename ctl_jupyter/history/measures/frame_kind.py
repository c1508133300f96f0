"""Which frame a measure takes, and one clear sentence when what it is given is none or lacks a column."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.schema import FRAMES

__all__ = ["takes"]

P = ParamSpec("P")
R = TypeVar("R")


def takes(frame: str, *columns: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say which frame a measure's first parameter is; the measure has it in its attribute ``takes``.

    The measure then also takes an object that has the frame as an attribute, a ``History`` for one, and finds there
    what other frames it has parameters for.

    Parameters
    ----------
    frame
        A name of `ctl_jupyter.history.schema.FRAMES`.
    *columns
        The columns that the measure needs.

    Raises
    ------
    DocumentError
        From the measure, when it is given no such frame or a column is missing.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = function.__name__
        first, *others = signature(function).parameters
        others = [parameter for parameter in others if parameter in FRAMES]

        @wraps(function)
        def measure(*arguments: P.args, **options: P.kwargs) -> R:
            if not arguments and first not in options:
                return function(*arguments, **options)
            given = arguments[0] if arguments else options.pop(first)
            found = _checked(given, name, frame, columns)
            for other in others if given is not found and len(arguments) < 2 else ():
                options.setdefault(other, getattr(given, other, None))
            return function(found, *arguments[1:], **options)  # type: ignore[arg-type]

        measure.takes = frame  # type: ignore[attr-defined]
        return measure

    return decorate


def _checked(given: Any, measure: str, frame: str, columns: tuple[str, ...]) -> Any:
    import pandas as pd

    found = given if isinstance(given, pd.DataFrame) else getattr(given, frame, None)
    if not isinstance(found, pd.DataFrame):
        raise DocumentError(f"{measure}() takes {frame}: that frame of a History, or some rows of it.")
    missing = [column for column in columns if column not in found.columns]
    if missing:
        raise DocumentError(f"{measure}() takes {frame}, and this frame has no {missing[0]!r}.")
    return found
