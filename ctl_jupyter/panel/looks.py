"""How the panel looks and takes keys: one style sheet, every rule below ``.ctl-panel``, and a guard of its keys."""

from importlib.resources import files

import anywidget
import ipywidgets

from ctl_jupyter.markup import Markup

__all__ = ["key_guard", "style_sheet"]


class _KeyGuard(anywidget.AnyWidget):
    """Shows nothing; while it is in a panel, keys that are pressed there are no shortcuts of the notebook."""

    _esm = files(__package__).joinpath("keys.js").read_text(encoding="utf-8")


def key_guard() -> anywidget.AnyWidget:
    """Return the widget that keeps the notebook's shortcuts away from the panel; it shows nothing."""
    return _KeyGuard()


def style_sheet() -> ipywidgets.HTML:
    """Return the widget that brings the style sheet; it shows nothing."""
    css = files(__package__).joinpath("panel.css").read_text(encoding="utf-8")
    sheet = ipywidgets.HTML(Markup(f"<style>{css}</style>"))
    sheet.layout.display = "none"
    return sheet
