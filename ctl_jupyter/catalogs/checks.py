"""Whether a form's values can be sent: one sentence for beside each field, none of which repeats a password."""

from collections.abc import Mapping
from typing import Any

from ctl_jupyter.catalogs.field_types import CHOSEN, NUMBERS, TEXTS
from ctl_jupyter.catalogs.members import as_number
from ctl_jupyter.catalogs.product import Product, ProductField
from ctl_jupyter.catalogs.strength import STRENGTHS, password_strength
from ctl_jupyter.cleaning import one_line

__all__ = ["check_value", "check_values", "is_empty", "names_in"]


def check_values(product: Product, values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong, by the name of the field; empty when all can be sent.

    Parameters
    ----------
    values
        Field name → value; one that is absent counts as empty.
    """
    found = {field.name: check_value(field, values.get(field.name)) for field in product.fields if takes_value(field)}
    return {name: sentence for name, sentence in found.items() if sentence}


def check_value(field: ProductField, value: Any) -> str:
    """Return what is wrong with a value, as a sentence for beside the field; empty when it can be sent.

    Hosts, groups and the like may be named that nobody knows: only Runner can tell.
    """
    if not takes_value(field):
        return ""
    if is_empty(value):
        return _missing(field) if field.is_required else ""
    if field.type in TEXTS:
        return _check_text(field, str(value))
    if field.type in NUMBERS:
        return _check_number(field, value)
    if field.type == "toggle":
        return "" if isinstance(value, bool) else "Choose yes or no."
    if field.type == "select":
        return _check_choice(field, names_in(value))
    return "Choose one only." if not field.is_multiple and len(names_in(value)) > 1 else ""


def takes_value(field: ProductField) -> bool:
    """Return whether a field has a value at all; a text block has none."""
    return field.type != "textblock"


def is_empty(value: Any) -> bool:
    """Return whether nothing was typed or chosen."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple, set, frozenset)) and all(map(is_empty, value)))


def names_in(value: Any) -> list[str]:
    """Return what was chosen, each once, in order: of a text that one, of a list all of it that is not empty."""
    parts = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return list(dict.fromkeys(str(part).strip() for part in parts if not is_empty(part)))


def _missing(field: ProductField) -> str:
    if field.type in CHOSEN or field.type == "select":
        return "Required: choose at least one." if field.is_multiple else "Required: choose one."
    if field.type == "toggle":
        return "Required: choose yes or no."
    if field.type in NUMBERS:
        return f"Required: {_range(field)[0].lower()}{_range(field)[1:]}"
    return "Required: type something here."


def _check_text(field: ProductField, text: str) -> str:
    low, high = field.min_length, field.max_length
    if (low is not None and len(text) < low) or (high is not None and len(text) > high):
        return f"{_lengths(low, high)}, and this has {len(text)}."
    found = "".join(dict.fromkeys(character for character in text if character in field.disallowed))
    if found:
        return f"These characters are not allowed: {' '.join(map(_named, found))}"
    return _check_strength(field, text)


def _lengths(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f"Exactly {_characters(low)}" if low == high else f"{low} to {_characters(high)}"
    return f"At least {_characters(low)}" if low is not None else f"At most {_characters(high or 0)}"


def _characters(count: int) -> str:
    return f"{count} character" if count == 1 else f"{count} characters"


def _named(character: str) -> str:
    return "space" if character == " " else character


def _check_strength(field: ProductField, password: str) -> str:
    needed = field.required_strength
    if not needed:
        return ""
    strength = password_strength(password)
    if strength >= needed:
        return ""
    return field.message or (
        f"Too easy to guess: this is {STRENGTHS[strength]} ({strength}), and {STRENGTHS[needed]} ({needed}) is needed. "
        "Make it longer, with words that do not belong together."
    )


def _check_number(field: ProductField, value: Any) -> str:
    number = as_number(value)
    if number is None:
        shown = f"'{one_line(value, 30)}' is" if isinstance(value, str) else "This is"
        return f"{shown} no number. {_range(field)}"
    low, high = field.minimum, field.maximum
    return _range(field) if (low is not None and number < low) or (high is not None and number > high) else ""


def _range(field: ProductField) -> str:
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        return f"A number from {_figure(low)} to {_figure(high)}."
    if low is not None:
        return f"A number of at least {_figure(low)}."
    return "Type a number." if high is None else f"A number of at most {_figure(high)}."


def _figure(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def _check_choice(field: ProductField, chosen: list[str]) -> str:
    known = {option.value for option in field.options}
    unknown = [name for name in chosen if name not in known]
    if unknown:
        return f"'{one_line(unknown[0], 40)}' is none of the options."
    return "Choose one only." if len(chosen) > 1 and not field.is_multiple else ""
