"""HTML built from elements: the one place where what comes from outside is escaped."""

from collections.abc import Iterable
from html import escape

from ctl_jupyter.cleaning import clean

__all__ = ["Markup", "element", "elements"]


class Markup(str):
    """A text that is HTML already: what `element` returns, elements in a row, and what was made safe or is our own."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str) -> Markup:
    """Return an element; every child that is not `Markup`, and every attribute's value, is escaped.

    Parameters
    ----------
    children
        Texts and other elements.
    attributes
        ``aria_live`` becomes ``aria-live``; empty ones are left out.
    """
    inner = "".join(child if isinstance(child, Markup) else escape(clean(child)) for child in children)
    return Markup(f"<{name}{_written(attributes)}>{inner}</{name}>")


def elements(name: str, texts: Iterable[str], **attributes: str) -> list[Markup]:
    """Return an element for each text, all with the same attributes: the cells of a column, quicker than one by one."""
    opening, closing = f"<{name}{_written(attributes)}>", f"</{name}>"
    return [Markup(f"{opening}{escape(clean(text))}{closing}") for text in texts]


def _written(attributes: dict[str, str]) -> str:
    return "".join(
        f' {attribute.replace("_", "-")}="{escape(clean(value))}"' for attribute, value in attributes.items() if value
    )
