"""The fields of a product's form, under their panels."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ctl_jupyter.catalogs.field import read_field
from ctl_jupyter.catalogs.field_types import NARROWED_BY
from ctl_jupyter.catalogs.members import LONGEST_LINE, Members, Notes, as_text, kind_of
from ctl_jupyter.catalogs.product import ProductField, ProductPanel
from ctl_jupyter.cleaning import one_line

__all__ = ["read_panels"]

#: More make no form that anybody fills in.
MOST_FIELDS = 500


def read_panels(members: Members, notes: Notes) -> tuple[ProductPanel, ...]:
    """Read ``fields`` and ``panels`` of a product; fields without a panel come first, under no heading."""
    groups = [*_groups_of_fields(members), *_groups_of_panels(members, notes)]
    panels, place, names = [], 0, set[str]()
    for heading, parts in groups:
        fields = []
        for part in parts:
            place += 1
            if place > MOST_FIELDS:
                break
            field = read_field(part, place, notes)
            if field is None:
                continue
            if field.type != "textblock":
                if field.name in names:
                    notes.add(f"The field '{one_line(field.name, 60)}' is there twice; the second is left out.")
                    continue
                names.add(field.name)
            fields.append(field)
        panels.append(ProductPanel(heading, tuple(fields)))
    if place > MOST_FIELDS:
        notes.add(f"There are more than {MOST_FIELDS} fields; the others are left out.")
    return _with_parents([panel for panel in panels if panel.fields], notes)


def _groups_of_fields(members: Members) -> Iterator[tuple[str, list[Any]]]:
    """Yield headings and their fields; a field that has fields itself, and no type, is a panel in the wrong place."""
    without_heading: list[Any] = []
    for part in _list_of(members.get("fields"), "fields", members):
        if isinstance(part, dict) and "fields" in part and "type" not in part:
            if without_heading:
                yield "", without_heading
            without_heading = []
            heading = one_line(as_text(part.get("name")) or "", LONGEST_LINE)
            members.note(f"has the panel '{one_line(heading, 60)}' under 'fields'; it is taken as one.")
            yield heading, _list_of(part["fields"], "fields", members)
        else:
            without_heading.append(part)
    if without_heading:
        yield "", without_heading


def _groups_of_panels(members: Members, notes: Notes) -> Iterator[tuple[str, list[Any]]]:
    for place, part in enumerate(_list_of(members.get("panels"), "panels", members), 1):
        if not isinstance(part, dict):
            members.note(f"has {kind_of(part)} as panel {place}, where a mapping belongs; it is left out.")
            continue
        panel = Members(part, f"Panel {place}", notes)
        heading = panel.line("name") or panel.line("displayName")
        yield heading, _list_of(part.get("fields"), "fields", panel)


def _list_of(written: Any, what: str, members: Members) -> list[Any]:
    """Return a list of mappings, also where one mapping of names to them was written."""
    if isinstance(written, list):
        return written
    if isinstance(written, dict):
        if isinstance(as_text(written.get("type")), str) or "fields" in written:
            members.note(f"has one mapping as '{what}', where a list belongs; it is taken as the one of the list.")
            return [written]
        members.note(f"has '{what}' as a mapping, where a list belongs; its names are taken as theirs.")
        return [_named(name, part) for name, part in written.items()]
    if written is not None:
        members.note(f"has {kind_of(written)} as '{what}', where a list belongs; it is not used.")
    return []


def _named(name: Any, part: Any) -> Any:
    if isinstance(part, dict):
        return {"name": name, **part}
    # A panel by its name: {Servers: [field, field]}.
    return {"name": name, "fields": part} if isinstance(part, list) else part


def _with_parents(panels: list[ProductPanel], notes: Notes) -> tuple[ProductPanel, ...]:
    """Return the panels with each ``parent`` that cannot narrow its field taken off."""
    types = {field.name: field.type for panel in panels for field in panel.fields if field.type != "textblock"}

    def judged(field: ProductField) -> ProductField:
        if not field.parent:
            return field
        why = _why_no_parent(field, types)
        if not why:
            return field
        notes.add(f"The field '{one_line(field.name, 60)}' has '{one_line(field.parent, 60)}' as its 'parent', {why}.")
        return replace(field, parent="")

    return tuple(ProductPanel(panel.name, tuple(map(judged, panel.fields))) for panel in panels)


def _why_no_parent(field: ProductField, types: dict[str, str]) -> str:
    if field.parent == field.name:
        return "which is itself"
    if field.parent not in types:
        return "which is no field of the form"
    if types[field.parent] not in NARROWED_BY.get(field.type, frozenset()):
        return f"but {types[field.parent]} cannot narrow {field.type}"
    return ""
