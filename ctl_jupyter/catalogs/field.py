"""One field of a product's form, read from its part of ``config.yml``."""

import keyword
import math
import re
from typing import Any

from ctl_jupyter.catalogs.field_types import CHOSEN, KNOWN_MEMBERS, NUMBERS, PASSWORDS, TEXTS, TYPES
from ctl_jupyter.catalogs.members import LONGEST_LINE, Members, Notes, as_number, as_text, kind_of, shown
from ctl_jupyter.catalogs.options import read_options, with_default
from ctl_jupyter.catalogs.product import ProductField
from ctl_jupyter.catalogs.safe_html import safe_html
from ctl_jupyter.catalogs.strength import STRONGEST
from ctl_jupyter.cleaning import clean, one_line

__all__ = ["read_field"]

#: What Ansible takes for the name of a variable (documentation of ansible-core, "Creating valid variable names").
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LEVELS = ("info", "warning", "danger")
#: How long a slider is that does not say so.
LONGEST_SLIDER = 100


def read_field(part: Any, place: int, notes: Notes) -> ProductField | None:
    """Read a field; ``None`` when it can be no field at all.

    Parameters
    ----------
    part
        The mapping of the file.
    place
        Which of the product's fields it is, from 1.
    notes
        Told what cannot be used.
    """
    if not isinstance(part, dict):
        notes.add(f"Field {place} is {kind_of(part)}, where a mapping belongs; it is left out.")
        return None
    members = Members(part, f"Field {place}", notes)
    name = members.line("name")
    if name:
        members.whose = f"The field '{one_line(name, 60)}'"
    type_ = _type(members)
    if type_ == "textblock":
        _note_unknown(members, type_)
        return _text_block(members, name)
    if not name:
        label = one_line(members.line("displayName"), 60)
        members.note(
            ("" if not label else f"('{label}') ") + "has no 'name', so nothing can be passed; it is left out."
        )
        return None
    if not VARIABLE_NAME.fullmatch(name) or keyword.iskeyword(name):
        members.note("has a name that Ansible takes for no variable's (letters, digits and _, no digit first).")
    _note_unknown(members, type_)
    return _READERS[type_](members, type_, name)


def _type(members: Members) -> str:
    written = members.line("type")
    if written in TYPES:
        return written
    if not written:
        members.note("has no 'type'; it is shown as a text.")
        return "text"
    alike = {known.lower(): known for known in TYPES}.get(re.sub(r"[\s_-]", "", written).lower())
    taken = f"'{alike}'" if alike else "a text"
    members.note(f"has the unknown type '{one_line(written, 40)}'; it is shown as {taken}.")
    return alike or "text"


def _note_unknown(members: Members, type_: str) -> None:
    unknown = [name for name in members.names() if name not in KNOWN_MEMBERS[type_]]
    if unknown:
        words = ", ".join(f"'{one_line(str(name), 30)}'" for name in unknown[:5])
        members.note(f"has {words}, which a {type_} has no use for.")


def _common(members: Members, type_: str, name: str) -> dict[str, Any]:
    return {
        "type": type_,
        "name": name,
        "label": members.line("displayName") or name,
        "help_text": safe_html(members.text("helpText")),
        "is_required": members.truth("required"),
    }


def _text_block(members: Members, name: str) -> ProductField:
    level = members.line("level").lower()
    if level and level not in LEVELS:
        members.note(f"has the level '{one_line(level, 40)}', which is none of {', '.join(LEVELS)}; taken as info.")
    return ProductField(
        type="textblock",
        name=name,
        label=members.line("displayName"),
        title=members.line("title"),
        text=safe_html(members.text("text")),
        level=level if level in LEVELS else "info",
    )


def _text(members: Members, type_: str, name: str) -> ProductField:
    shortest, longest = members.count("minLength"), members.count("maxLength")
    if shortest is not None and longest is not None and shortest > longest:
        members.note(f"has a 'minLength' of {shortest} above its 'maxLength' of {longest}; neither is used.")
        shortest = longest = None
    more: dict[str, Any] = {}
    if type_ == "passwordStrength":
        wrong = members.get("disallowedCharacters") is None and members.get("dissallowedCharacters") is not None
        more = {
            "required_strength": _strength(members),
            "message": members.line("validationMsg"),
            "disallowed": _disallowed(members, "dissallowedCharacters" if wrong else "disallowedCharacters"),
        }
    default = _text_default(members)
    if default and type_ not in PASSWORDS and not (shortest or 0) <= len(default) <= (longest or len(default)):
        members.note("has a 'default' that its lengths do not allow.")
    return ProductField(
        **_common(members, type_, name), default=default, min_length=shortest, max_length=longest, **more
    )


def _text_default(members: Members) -> str | None:
    default = members.get("default")
    text = as_text(default)
    if text is None and default is not None:
        members.note(f"has {kind_of(default)} as its 'default', where a text belongs; it is not used.")
    if text is None:
        return None
    return clean(text)


def _disallowed(members: Members, name: str) -> str:
    """Return the characters that a password may not have, a space among them; some write a list of them."""
    written = members.get(name)
    parts = written if isinstance(written, list) else [] if written is None else [written]
    texts = [text for text in map(as_text, parts) if text is not None]
    if len(texts) < len(parts):
        members.note(f"has something in '{name}' that is no text; that is left out.")
    return "".join(dict.fromkeys(clean("".join(texts))))[:LONGEST_LINE]


def _strength(members: Members) -> int | None:
    strength = members.number("requiredStrength")
    if strength is None:
        members.note("asks for no 'requiredStrength' (0 to 4); any password is strong enough.")
        return None
    taken = min(max(math.ceil(strength), 0), STRONGEST)
    if taken != strength:
        members.note(f"has {strength} as 'requiredStrength', which goes from 0 to {STRONGEST}; taken as {taken}.")
    return taken


def _number(members: Members, type_: str, name: str) -> ProductField:
    low, high = _bound(members, "min", "minLength"), _bound(members, "max", "maxLength")
    if low is not None and high is not None and low > high:
        members.note(f"has a 'min' of {low} above its 'max' of {high}; neither is used.")
        low = high = None
    if type_ == "slider" and (low is None or high is None):
        # Whatever it starts from, there must be room to slide.
        if low is None:
            low = 0 if high is None or high > 0 else high - LONGEST_SLIDER
        if high is None:
            high = LONGEST_SLIDER if low < LONGEST_SLIDER else low + LONGEST_SLIDER
        members.note(f"needs 'min' and 'max'; it goes from {low} to {high}.")
    default = members.number("default")
    if default is not None and ((low is not None and default < low) or (high is not None and default > high)):
        members.note(f"has a 'default' of {default} out of its range; it is not used.")
        default = None
    return ProductField(**_common(members, type_, name), default=default, minimum=low, maximum=high)


def _bound(members: Members, name: str, other_name: str) -> int | float | None:
    bound = members.number(name)
    if bound is not None or members.get(other_name) is None:
        return bound
    bound = members.number(other_name)
    if bound is not None:
        members.note(f"has '{other_name}', which a number has not; taken as its '{name}'.")
    return bound


def _toggle(members: Members, type_: str, name: str) -> ProductField:
    return ProductField(**_common(members, type_, name), default=members.truth("default"))


def _select(members: Members, type_: str, name: str) -> ProductField:
    is_multiple = members.truth("multiple")
    options = with_default(read_options(members), members, is_multiple)
    if not options:
        members.note("has no options to choose from; it is shown as a text.")
        return ProductField(**_common(members, "text", name), default=_text_default(members))
    selected = tuple(option.value for option in options if option.is_selected)
    return ProductField(
        **_common(members, type_, name),
        options=options,
        is_multiple=is_multiple,
        default=selected if is_multiple else next(iter(selected), None),
    )


def _chosen(members: Members, type_: str, name: str) -> ProductField:
    is_multiple = members.truth("multiple")
    detail = members.get("detail")
    text = "" if as_text(detail) is None else members.line("detail")
    if detail is not None and not text:
        members.note(f"has {kind_of(detail)} as 'detail'; it is not used.")
    return ProductField(
        **_common(members, type_, name),
        default=_chosen_default(members, is_multiple),
        is_multiple=is_multiple,
        parent=members.line("parent"),
        detail="" if text.lower() == "false" else text,
        is_inventory=type_ == "servers" and _inventory(members),
    )


def _chosen_default(members: Members, is_multiple: bool) -> Any:
    default = members.get("default")
    if default is None:
        return None
    written = default if isinstance(default, list) else [default]
    names = [one_line(text) for text in map(as_text, written) if text and text.strip()]
    if len(names) < len(written) or (len(names) > 1 and not is_multiple):
        members.note("has a 'default' that cannot be used as a whole; what can be is used.")
    if is_multiple:
        return tuple(dict.fromkeys(names))
    return names[0] if names else None


def _inventory(members: Members) -> bool:
    inventory = members.get("inventory")
    if isinstance(inventory, str) and inventory.strip() and as_number(inventory) is None:
        word = inventory.strip().lower()
        # Somebody who names an inventory, such as 'all', wants the servers in it.
        taken = word not in ("false", "no", "off", "n", "none")
        members.note(
            f"has {shown(inventory)} as 'inventory', where true or false belongs; taken as {str(taken).lower()}."
        )
        return taken
    return members.truth("inventory")


_READERS = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(CHOSEN, _chosen),
    "toggle": _toggle,
    "select": _select,
}
