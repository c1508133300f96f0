"""Which control a field of a product's form gets."""

from typing import Any

import ipywidgets

from ctl_jupyter.catalogs import ProductField
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.products.values import PLACES

__all__ = ["PLACES_HELP", "control_of", "help_of", "text_block"]

#: Said below a field of the account's things, which takes their ids.
PLACES_HELP = "Type its id."
SEVERAL_PLACES_HELP = "Type their ids, with commas between them."
LEVELS = {"info": ("●", "Note"), "warning": ("⚠", "Warning"), "danger": ("✗", "Danger")}
SLIDER_MAXIMUM = 100


def control_of(field: ProductField, start: Any) -> Any:
    """Return a control for a field that is neither a secret nor a text block.

    Parameters
    ----------
    start
        What it holds at first; ``None`` for nothing.
    """
    if field.type == "toggle":
        return ipywidgets.Checkbox(value=start is True or str(start).lower() in {"true", "yes", "1"}, indent=False)
    if field.type == "slider":
        return _slider(field, start)
    if field.type == "select":
        return _select(field, start)
    text = _text(start)
    if field.type == "textarea":
        return ipywidgets.Textarea(value=text, rows=4)
    return ipywidgets.Text(value=text)


def _text(start: Any) -> str:
    if isinstance(start, list | tuple):
        return ", ".join(map(str, start))
    return "" if start is None else str(start)


def _slider(field: ProductField, start: Any) -> Any:
    low = field.minimum if field.minimum is not None else 0
    high = max(field.maximum if field.maximum is not None else SLIDER_MAXIMUM, low)
    value = start if isinstance(start, int | float) else low
    value = min(max(value, low), high)
    if all(float(each).is_integer() for each in (low, high, value)):
        return ipywidgets.IntSlider(value=int(value), min=int(low), max=int(high))
    return ipywidgets.FloatSlider(value=value, min=low, max=high)


def _select(field: ProductField, start: Any) -> Any:
    options = [(choice.label, choice.value) for choice in field.options]
    known = {value for _, value in options}
    if field.is_multiple:
        chosen = [start] if isinstance(start, str) else list(start or [])
        return ipywidgets.SelectMultiple(options=options, value=tuple(each for each in chosen if each in known))
    value = start if start in known else ""
    return ipywidgets.Dropdown(options=options if "" in known else [("Choose…", ""), *options], value=value)


def help_of(field: ProductField) -> Markup:
    """Return a field's help, and how to name things of the account."""
    if field.type not in PLACES:
        return field.help_text
    more = SEVERAL_PLACES_HELP if field.is_multiple else PLACES_HELP
    return Markup(field.help_text + element("div", more))


def text_block(field: ProductField) -> ipywidgets.HTML:
    """Return a text block: its level as a word and a symbol, its title and its text."""
    level = field.level if field.level in LEVELS else "info"
    symbol, word = LEVELS[level]
    title = element("strong", f"{symbol} {word}{': ' + field.title if field.title else ''}")
    classes = {"class": f"ctl-block ctl-block-{level}"}
    block = ipywidgets.HTML(element("div", title, element("div", field.text), **classes))
    block.add_class("ctl-wide")
    return block
