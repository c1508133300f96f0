"""``df.runner``: the measures that fit a frame, as its methods: ``history.executions.runner.success_rate()``.

Works on some rows of a frame and with columns more, too. It is there once a frame has been made, or pandas had been
imported before `ctl_jupyter.history`; importing that loads no pandas for it.
"""

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import MethodType
from typing import TYPE_CHECKING, Any

from ctl_jupyter.settings import closest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Measures", "kind_of", "measures", "register", "register_when_loaded"]

#: Columns by which a frame is known, most telling first.
MARKS = {
    "events": ("event_type",),
    "tasks": ("task", "hosts"),
    "hosts": ("host", "outcome"),
    "runs": ("run", "queue"),
    "executions": ("execution_id", "runs"),
}


def kind_of(frame: "pd.DataFrame") -> str | None:
    """Return which of the five frames this is, or some rows of; ``None`` when it is none of them."""
    columns = set(frame.columns)
    return next((name for name, marks in MARKS.items() if columns.issuperset(marks)), None)


def measures(frame: str) -> dict[str, Callable[..., Any]]:
    """Return the measures that take this frame, by name."""
    return {name: measure for name, measure in _all_measures().items() if measure.__dict__["takes"] == frame}


class Measures:
    """The measures of one frame.

    Parameters
    ----------
    frame
        One of the five, or some rows of it.

    Raises
    ------
    AttributeError
        When it is none of them: pandas knows by that type that there is no such accessor here.
    """

    def __init__(self, frame: "pd.DataFrame") -> None:
        kind = kind_of(frame)
        if kind is None:
            marks = "; ".join(f"{name} have {' and '.join(map(repr, columns))}" for name, columns in MARKS.items())
            raise AttributeError(f".runner measures the frames of a History, and this is none of them: {marks}.")
        self._frame = frame
        self._kind = kind

    def __repr__(self) -> str:
        return f"<measures of {self._kind}: {', '.join(measures(self._kind)) or 'none'}>"

    def __dir__(self) -> list[str]:
        return list(measures(self._kind))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        known = _all_measures()
        if name not in known:
            close = closest(name, known)
            raise AttributeError(f"There is no measure {name!r}{f'; did you mean {close!r}?' if close else '.'}")
        takes = known[name].__dict__["takes"]
        if takes != self._kind:
            raise AttributeError(f"{name}() takes {takes}, and this frame is {self._kind}.")
        return MethodType(known[name], self._frame)


@cache
def register() -> None:
    """Give DataFrames their ``runner``."""
    import pandas as pd

    pd.api.extensions.register_dataframe_accessor("runner")(Measures)


def register_when_loaded() -> None:
    """Give DataFrames their ``runner`` if pandas has been imported already."""
    if "pandas" in sys.modules:
        register()


def _all_measures() -> dict[str, Callable[..., Any]]:
    module = import_module("ctl_jupyter.history.measures")
    exported = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    return {name: measure for name, measure in exported.items() if hasattr(measure, "takes")}
