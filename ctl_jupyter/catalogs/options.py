"""The options of a ``select``, however they were written."""

from dataclasses import replace
from typing import Any

from ctl_jupyter.catalogs.members import LONGEST_LINE, Members, Notes, as_text, kind_of, shown
from ctl_jupyter.catalogs.product import Choice
from ctl_jupyter.cleaning import clean, one_line

__all__ = ["read_options", "with_default"]

MOST_OPTIONS = 2_000


def read_options(members: Members) -> tuple[Choice, ...]:
    """Read the options of a field: mappings, bare texts, or one mapping of value to label; each value once."""
    written = members.get("options")
    if isinstance(written, dict):
        members.note("has its 'options' as one mapping; each is taken as value and label.")
        written = [{"value": value, "displayName": label} for value, label in written.items()]
    if not isinstance(written, list):
        if written is not None:
            members.note(f"has {kind_of(written)} as 'options', where a list belongs; it is not used.")
        return ()
    if len(written) > MOST_OPTIONS:
        members.note(f"has {len(written)} options; the first {MOST_OPTIONS} are used.")
    options: dict[str, Choice] = {}
    for place, part in enumerate(written[:MOST_OPTIONS], 1):
        option = _option(part, place, members)
        if option is None:
            continue
        if option.value in options:
            members.note(f"has the option '{one_line(option.value, 40)}' twice; the second is left out.")
            continue
        options[option.value] = option
    return tuple(options.values())


def _option(part: Any, place: int, members: Members) -> Choice | None:
    bare = as_text(part)
    if bare is not None and bare.strip():
        return Choice(one_line(bare, LONGEST_LINE), clean(bare.strip()))
    if not isinstance(part, dict):
        members.note(f"has {kind_of(part)} as option {place}; it is left out.")
        return None
    notes = Notes()
    option = Members(part, f"has an option {place} that", notes)
    value, label = option.text("value"), option.line("displayName")
    is_selected = option.truth("selected")
    for sentence in notes.sentences():
        members.note(sentence)
    # An empty value is one where it is written: "none of these".
    if option.get("value") is None or (not value and not label):
        if not label:
            members.note(f"has an option {place} with neither value nor name; it is left out.")
            return None
        members.note(f"has the option '{one_line(label, 40)}' without a 'value'; its name is passed.")
        value = label
    return Choice(label or one_line(value, LONGEST_LINE), value, is_selected)


def with_default(options: tuple[Choice, ...], members: Members, is_multiple: bool) -> tuple[Choice, ...]:
    """Return the options with those selected that the field's ``default`` names, where none says so itself."""
    default = members.get("default")
    selected = [option for option in options if option.is_selected]
    if len(selected) > 1 and not is_multiple:
        members.note("has more than one option selected; the first is taken.")
        options = tuple(replace(option, is_selected=option is selected[0]) for option in options)
    if default is None or selected or not options:
        return options
    wanted = default if isinstance(default, list) else [default]
    chosen: set[str] = set()
    for each in wanted if is_multiple else wanted[:1]:
        text = (as_text(each) or "").strip()
        found = next((option.value for option in options if text in (option.value, option.label)), None)
        if found is None:
            members.note(f"has {shown(each)} as its 'default', which is none of its options; it is not used.")
        else:
            chosen.add(found)
    return tuple(replace(option, is_selected=option.value in chosen) for option in options)
