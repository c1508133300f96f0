"""Finding the parts of a panel as a person does, by what is written on them."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import ipywidgets
from ipywidgets.embed import dependency_state

from ctl_jupyter.panel.view import Panel

__all__ = ["is_shown", "part", "parts", "state_of", "status", "type_into", "words"]


def parts(widget: Any) -> Iterator[Any]:
    """Yield a widget and all below it, from top to bottom."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def part(widget: Any, name: str) -> Any:
    """Return the one control of that label."""
    (found,) = [
        one
        for one in parts(widget)
        if name in (getattr(one, "description", ""), getattr(one, "label", "")) and not isinstance(one, ipywidgets.Tab)
    ]
    return found


def words(widget: Any) -> str:
    """Return what texts say, without their tags."""
    texts = [one.value for one in parts(widget) if isinstance(one, ipywidgets.HTML) and "<style>" not in one.value]
    return unescape(re.sub(r"<[^>]*>", " ", " ".join(texts)))


def status(panel: Panel) -> str:
    """Return what the status line says."""
    return " ".join(words(panel.desk.status).split())


def is_shown(widget: Any) -> bool:
    """Whether a widget itself is not hidden."""
    return bool(widget.layout.display != "none")


def type_into(field: Any, text: str, *, and_enter: bool = False) -> None:
    """Send what the page sends when something was typed into a field for a secret."""
    message = {"kind": "given", "text": text, "is_submitted": and_enter}
    field.widget._handle_custom_msg(message, [])


def state_of(widget: Any) -> str:
    """Return all that a front end or a saved notebook may hold of a widget and what belongs to it."""
    return repr(dependency_state([widget], drop_defaults=False)) + repr(widget._repr_mimebundle_()) + repr(widget)
