"""How the panel looks: one style sheet, every rule below ``.ctl-panel``, colours from the front end's theme."""

from importlib.resources import files

import ipywidgets

from ctl_jupyter.markup import Markup

__all__ = ["style_sheet"]


def style_sheet() -> ipywidgets.HTML:
    """Return the widget that brings the style sheet; it shows nothing."""
    css = files(__package__).joinpath("panel.css").read_text(encoding="utf-8")
    sheet = ipywidgets.HTML(Markup(f"<style>{css}</style>"))
    sheet.layout.display = "none"
    return sheet
