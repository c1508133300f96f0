"""Whether what was filled in can be used: one sentence beside each field, before anything is sent; pure."""

from collections.abc import Mapping
from typing import Any

from ctl_jupyter.catalogs.product import Product, ProductField

__all__ = ["check_value", "check_values", "initial_values"]

#: What zxcvbn's scores are called: how hard a password is to guess.
STRENGTHS = ("far too easy", "too easy", "fairly easy", "hard", "very hard")
#: zxcvbn looks at no more of it, since longer ones take it long.
LONGEST_JUDGED = 72


def initial_values(product: Product) -> dict[str, Any]:
    """Return what the form of a product begins with, by the fields' names."""
    return {field.name: field.default for field in product.fields if field.type != "textblock"}


def check_values(product: Product, values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the values of a form: a sentence for each field that cannot be used.

    Parameters
    ----------
    values
        By the fields' names; one that is missing is taken as empty.
    """
    said = {field.name: check_value(field, values.get(field.name)) for field in product.fields}
    return {name: sentence for name, sentence in said.items() if sentence}


def check_value(field: ProductField, value: Any) -> str:
    """Return what is wrong with the value of a field, empty when nothing is.

    Parameters
    ----------
    value
        A text, a number, true or false, a list of texts where several can be chosen; ``None`` or empty for nothing.
        A password as it was typed: it is in no sentence.
    """
    if field.type in ("textblock", "toggle"):
        return ""
    if value is None or value == "" or value == []:
        return "This field is required." if field.is_required else ""
    if field.type in ("number", "slider"):
        return _check_number(field, value)
    if field.type == "select":
        return _check_options(field, value)
    if isinstance(value, str):
        return _check_text(field, value) or (_check_password(field, value) if field.type == "passwordStrength" else "")
    return ""


def _check_number(field: ProductField, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
        return f"{field.label} must be a number."
    low, high = field.minimum, field.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return ""
    if low is not None and high is not None:
        return f"{field.label} must be from {low:g} to {high:g}."
    return f"{field.label} must be {low:g} or more." if low is not None else f"{field.label} must be {high:g} or less."


def _check_options(field: ProductField, value: Any) -> str:
    known = {option.value for option in field.options}
    chosen = value if isinstance(value, list | tuple) else [value]
    if len(chosen) > 1 and not field.is_multiple:
        return f"Choose one {field.label}."
    return "" if all(each in known for each in chosen) else f"Choose {field.label} from the list."


def _check_text(field: ProductField, value: str) -> str:
    shortest, longest, count = field.min_length, field.max_length, len(value)
    if shortest is not None and count < shortest:
        return f"{field.label} must have {shortest} characters or more; it has {count}."
    if longest is not None and count > longest:
        return f"{field.label} must have {longest} characters or fewer; it has {count}."
    forbidden = sorted(set(field.disallowed) & set(value))
    if forbidden:
        return f"{field.label} may not have any of these: {' '.join(sorted(set(field.disallowed)))}"
    return ""


def _check_password(field: ProductField, value: str) -> str:
    required = field.required_strength or 0
    if not required or _score(value) >= required:
        return ""
    return field.message or (
        f"{field.label} is {STRENGTHS[_score(value)]} to guess; it must be {STRENGTHS[required]}: use more words."
    )


def _score(password: str) -> int:
    from zxcvbn import zxcvbn

    score: int = zxcvbn(password[:LONGEST_JUDGED])["score"]
    return score
