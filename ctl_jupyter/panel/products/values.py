"""What a control of a product's form holds, made the value that is passed to Ansible; pure."""

from collections.abc import Mapping
from typing import Any

from ctl_jupyter.catalogs import ProductField

__all__ = ["PLACES", "SECRETS", "SHOWN_ONLY", "as_value", "read_number", "starting_value"]

#: Types whose value is secret.
SECRETS = frozenset({"password", "passwordStrength"})
#: Types that name something of the account.
PLACES = frozenset({"datacenters", "groups", "servers", "networks"})
#: Types that have no value.
SHOWN_ONLY = frozenset({"textblock"})


def read_number(text: str) -> int | float | str | None:
    """Return the number that was typed: whole where it is written so; the text itself where it is none.

    Returns
    -------
    int, float, str or None
        ``None`` for an empty field. A text is left for the check, which says what is wrong with it.
    """
    words = text.strip()
    if not words:
        return None
    try:
        return int(words)
    except ValueError:
        pass
    try:
        number = float(words)
    except ValueError:
        return words
    return number if number - number == 0 else words  # neither infinite nor no number


def as_value(field: ProductField, held: Any) -> Any:
    """Return what a field's control holds as the field's value."""
    if field.type == "number":
        return read_number(str(held))
    if field.type == "slider":
        return int(held) if float(held).is_integer() else float(held)
    if field.type in PLACES and isinstance(held, str):
        return [each.strip() for each in held.split(",") if each.strip()] if field.is_multiple else held.strip()
    if field.type == "select" or field.type in PLACES:
        return list(held) if field.is_multiple else held or ""
    return held


def starting_value(field: ProductField, initial: Mapping[str, Any]) -> Any:
    """Return what a field begins with, ``None`` for nothing; a secret always begins with nothing."""
    return None if field.type in SECRETS else initial.get(field.name, field.default)
