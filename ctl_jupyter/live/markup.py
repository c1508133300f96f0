"""HTML built from elements: the one place where what comes from outside is escaped."""

from html import escape

from ctl_jupyter.live.text import clean

__all__ = ["Markup", "element"]


class Markup(str):
    """A text that is HTML already; only `element` makes one."""

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
    written = "".join(
        f' {attribute.replace("_", "-")}="{escape(clean(value))}"' for attribute, value in attributes.items() if value
    )
    inner = "".join(child if isinstance(child, Markup) else escape(clean(child)) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")
