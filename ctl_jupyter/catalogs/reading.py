"""A product's ``config.yml``, read however untidy it is: what cannot be used is left out, and a note says so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ctl_jupyter.catalogs.product import Choice, Product, ProductField, ProductPanel
from ctl_jupyter.catalogs.texts import inside, picture_of, plain_text, read_text, rendered, safe_html
from ctl_jupyter.markup import Markup

__all__ = ["CONFIGS", "TYPES", "read_product"]

#: What the description of a product may be called.
CONFIGS = ("config.yml", "config.yaml")
TYPES = frozenset(
    [
        "text",
        "textarea",
        "password",
        "passwordStrength",
        "number",
        "slider",
        "toggle",
        "select",
        "textblock",
        "datacenters",
        "groups",
        "servers",
        "networks",
    ]
)
#: What narrows what: a field's parent may be of these types.
PARENTS = {"groups": {"datacenters"}, "networks": {"datacenters"}, "servers": {"datacenters", "groups"}}
LEVELS = ("info", "warning", "danger")
LIKE_TYPES = {kind.casefold(): kind for kind in TYPES}
#: Ansible takes no other names of variables.
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PLAYBOOKS = ("playbook.yml", "playbook.yaml", "site.yml", "site.yaml", "main.yml", "main.yaml")
READMES = ("README.md", "readme.md", "Readme.md", "README.markdown")
MOST_NOTES, MOST_FIELDS, MOST_OPTIONS = 50, 500, 5_000
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class _Loader(yaml.SafeLoader):
    """Reads dates, versions and words as they are written: ``2016-04-06``, ``1.10`` and ``on`` are texts here."""


AS_WRITTEN = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in AS_WRITTEN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_product(root: Path, folder: Path) -> Product:
    """Return the product of a folder; it always opens.

    Parameters
    ----------
    root
        The catalog's folder.
    folder
        The product's, which has one of `CONFIGS`.
    """
    notes = _Notes()
    config = _read_config(folder, notes)
    name = _word(config, "name", notes) or folder.name
    return Product(
        folder=folder.relative_to(root).as_posix(),
        name=name,
        description=safe_html(_word(config, "description", notes)),
        short_description=plain_text(_word(config, "shortDescription", notes)),
        version=_word(config, "version", notes),
        update_date=_word(config, "updateDate", notes),
        author=_word(config, "author", notes),
        organization=_word(config, "organization", notes),
        organization_url=_address(_word(config, "organizationUrl", notes)),
        tags=tuple(_words(config.get("tags"), "tags", notes)),
        is_public=_yes_no(config, "public", notes, otherwise=True),
        is_schedulable=_yes_no(config, "schedulable", notes, otherwise=True),
        picture=_picture(config, root, folder, notes),
        readme=_readme(root, folder, notes),
        default_playbook=_playbook(config, root, folder, notes),
        panels=_panels(config, notes),
        notes=notes.told,
    )


class _Notes:
    """What could not be used, one sentence each."""

    def __init__(self) -> None:
        self._told: list[str] = []

    def add(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.append(sentence)

    @property
    def told(self) -> tuple[str, ...]:
        more = len(self._told) - MOST_NOTES
        return (*self._told[:MOST_NOTES], f"{more} more things could not be used.") if more > 0 else tuple(self._told)


def _read_config(folder: Path, notes: _Notes) -> Mapping[str, Any]:
    path = next(folder / name for name in CONFIGS if (folder / name).is_file())
    try:
        # The loader makes plain values alone, as yaml.safe_load does.
        read = yaml.load(read_text(path), Loader=_Loader)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        notes.add(f"{path.name} is no YAML: {getattr(error, 'problem', None) or 'it cannot be read'}{where}.")
        return {}
    except Exception as error:  # noqa: BLE001 -- an explicit tag makes PyYAML raise what it meets: !!bool perhaps
        notes.add(f"{path.name} cannot be read: {error}")
        return {}
    if not isinstance(read, Mapping):
        notes.add(f"{path.name} has no members: it is {_kind(read)}.")
        return {}
    return read


def _kind(value: Any) -> str:
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"), ((int, float), "a number"), (str, "a text"), (Mapping, "an object"), (list, "a list"),
    )  # fmt: skip
    return next((words for kind, words in kinds if isinstance(value, kind)), "empty" if value is None else "unusable")


def _word(config: Mapping[str, Any], name: str, notes: _Notes, of: str = "") -> str:
    """Return a member as text; empty where there is none."""
    value = config.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value).strip()
    notes.add(f"{of}{name!r} is left out: it is {_kind(value)} where a text belongs.")
    return ""


def _words(value: Any, name: str, notes: _Notes) -> list[str]:
    if value is None:
        return []
    values = (
        value if isinstance(value, list) else str(value).split(",") if isinstance(value, str | int | float) else None
    )
    if values is None:
        notes.add(f"{name!r} is left out: it is {_kind(value)} where a list belongs.")
        return []
    return [str(each).strip() for each in values if isinstance(each, str | int | float) and str(each).strip()]


def _yes_no(config: Mapping[str, Any], name: str, notes: _Notes, of: str = "", *, otherwise: bool = False) -> bool:
    value = config.get(name)
    if value is None or isinstance(value, bool):
        return otherwise if value is None else value
    word = str(value).strip().casefold()
    if word in TRUE | FALSE:
        return word in TRUE
    notes.add(f"{of}{name!r} is neither true nor false, so it is taken as {'true' if otherwise else 'false'}.")
    return otherwise


def _number(config: Mapping[str, Any], name: str, notes: _Notes, of: str) -> float | None:
    value = config.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(value) if not isinstance(value, bool) else None
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or number - number != 0:
        notes.add(f"{of}{name!r} is left out: it is no number.")
        return None
    return int(number) if number.is_integer() else number


def _length(config: Mapping[str, Any], name: str, notes: _Notes, of: str) -> int | None:
    number = _number(config, name, notes, of)
    if number is None:
        return None
    if number < 0 or not float(number).is_integer():
        notes.add(f"{of}{name!r} is left out: it is no number of characters.")
        return None
    return int(number)


def _address(text: str) -> str:
    return text if re.match(r"https?://", text) else ""


def _picture(config: Mapping[str, Any], root: Path, folder: Path, notes: _Notes) -> str:
    name = _word(config, "imagePath", notes)
    if not name:
        return ""
    found = picture_of(root, folder, name)
    if not found:
        where = "is elsewhere, and nothing is fetched from there" if "://" in name else "is no picture in the catalog"
        notes.add(f"The picture is left out: {name[:200]} {where}.")
    return found


def _readme(root: Path, folder: Path, notes: _Notes) -> Markup:
    path = next((folder / name for name in READMES if inside(root, folder, name) and (folder / name).is_file()), None)
    if path is None:
        return Markup("")
    try:
        return rendered(read_text(path), root, folder)
    except (OSError, ValueError, RecursionError) as error:
        notes.add(f"The README is left out: {error}")
        return Markup("")


def _playbook(config: Mapping[str, Any], root: Path, folder: Path, notes: _Notes) -> str:
    wanted = _word(config, "defaultPlaybook", notes)
    found = inside(root, folder, wanted) if wanted else None
    if wanted and found is None:
        notes.add(f"The playbook {wanted[:200]!r} is not in the catalog.")
    if found is None:
        found = next((path for name in PLAYBOOKS if (path := inside(folder, folder, name))), None)
    if found is None:
        notes.add("It has no playbook, so it can be looked at and not started.")
        return ""
    return found.relative_to(root.resolve()).as_posix()


def _panels(config: Mapping[str, Any], notes: _Notes) -> tuple[ProductPanel, ...]:
    found: list[tuple[str, Any]] = []
    if config.get("fields") is not None:
        found.append(("", config["fields"]))
    panels = config.get("panels")
    if panels is not None and not isinstance(panels, list):
        notes.add(f"'panels' is left out: it is {_kind(panels)} where a list belongs.")
    for panel in panels if isinstance(panels, list) else []:
        if isinstance(panel, Mapping):
            found.append((_word(panel, "name", notes), panel.get("fields") or []))
        else:
            notes.add(f"A panel is left out: it is {_kind(panel)} where an object belongs.")
    taken: set[str] = set()
    made = [ProductPanel(name, tuple(_fields(fields, taken, notes))) for name, fields in found]
    return _narrowed([panel for panel in made if panel.fields], notes)


def _fields(fields: Any, taken: set[str], notes: _Notes) -> list[ProductField]:
    # A field may itself be a panel, with fields of its own.
    if not isinstance(fields, list):
        notes.add(f"'fields' is left out: it is {_kind(fields)} where a list belongs.")
        return []
    read: list[ProductField] = []
    for place, config in enumerate(fields[:MOST_FIELDS], start=1):
        if not isinstance(config, Mapping):
            notes.add(f"Field {place} is left out: it is {_kind(config)} where an object belongs.")
        elif config.get("fields") is not None and config.get("type") is None:
            read += _fields(config["fields"], taken, notes)
        else:
            read += _field(config, place, taken, notes)
    if len(fields) > MOST_FIELDS:
        notes.add(f"Only the first {MOST_FIELDS} fields are shown, of {len(fields):,}.")
    return read


def _field(config: Mapping[str, Any], place: int, taken: set[str], notes: _Notes) -> list[ProductField]:
    name = _word(config, "name", notes, f"Field {place}: ")
    of = f"Field {name or place}: "
    kind = _type(config, of, notes)
    help_text = safe_html(_word(config, "helpText", notes, of))
    if kind == "textblock":
        return [_text_block(config, name, of, notes)]
    if not name:
        notes.add(f"Field {place} is left out: it has no name, so there is no variable to pass.")
        return []
    if not VARIABLE.fullmatch(name):
        notes.add(f"{of}it is left out, since Ansible takes no variable of that name.")
        return []
    if name in taken:
        notes.add(f"{of}it is left out, since there is one of that name before.")
        return []
    taken.add(name)
    field = ProductField(
        type=kind,
        name=name,
        label=plain_text(_word(config, "displayName", notes, of)) or name,
        help_text=help_text,
        is_required=_yes_no(config, "required", notes, of),
        is_multiple=_yes_no(config, "multiple", notes, of),
        **_limits(config, kind, of, notes),
        required_strength=_strength(config, kind, of, notes),
        message=plain_text(_word(config, "validationMsg", notes, of)),
        disallowed=_word(config, "disallowedCharacters", notes, of)
        or _word(config, "dissallowedCharacters", notes, of),
        options=_options(config, kind, of, notes),
        parent=_word(config, "parent", notes, of),
        detail=_word(config, "detail", notes, of),
        is_inventory=_yes_no(config, "inventory", notes, of) if kind == "servers" else False,
    )
    return [replace(field, default=_default(config, field, of, notes))]


def _type(config: Mapping[str, Any], of: str, notes: _Notes) -> str:
    written = _word(config, "type", notes, of)
    if written in TYPES:
        return written
    known = LIKE_TYPES.get(written.casefold().replace("_", ""))
    if known is None:
        notes.add(
            f"{of}{f'the type {written[:50]!r} is not known' if written else 'it has no type'}; it is a text here."
        )
    return known or "text"


def _text_block(config: Mapping[str, Any], name: str, of: str, notes: _Notes) -> ProductField:
    level = _word(config, "level", notes, of) or "info"
    if level not in LEVELS:
        notes.add(f"{of}the level {level[:50]!r} is not known; it is 'info' here.")
        level = "info"
    title = plain_text(_word(config, "title", notes, of))
    return ProductField(
        type="textblock", name=name, title=title, text=safe_html(_word(config, "text", notes, of)), level=level
    )


def _limits(config: Mapping[str, Any], kind: str, of: str, notes: _Notes) -> dict[str, Any]:
    """Return the limits of a field; those of a number are also seen as lengths."""
    if kind in ("number", "slider"):
        low, high = _number(config, "min", notes, of), _number(config, "max", notes, of)
        if kind == "number":
            low = _number(config, "minLength", notes, of) if low is None else low
            high = _number(config, "maxLength", notes, of) if high is None else high
        if low is not None and high is not None and low > high:
            notes.add(f"{of}its limits are left out: {low:g} is more than {high:g}.")
            low = high = None
        if kind == "slider":
            low = 0 if low is None else low
            high = max(low + 100, 100) if high is None else high
        return {"minimum": low, "maximum": high}
    shortest, longest = _length(config, "minLength", notes, of), _length(config, "maxLength", notes, of)
    if shortest is not None and longest is not None and shortest > longest:
        notes.add(f"{of}its lengths are left out: {shortest} is more than {longest}.")
        shortest = longest = None
    return {"min_length": shortest, "max_length": longest}


def _strength(config: Mapping[str, Any], kind: str, of: str, notes: _Notes) -> int | None:
    number = _number(config, "requiredStrength", notes, of) if kind == "passwordStrength" else None
    if number is None:
        return None
    if not 0 <= number <= 4:
        notes.add(f"{of}'requiredStrength' is from 0 to 4, not {number:g}.")
    return min(max(int(number), 0), 4)


def _options(config: Mapping[str, Any], kind: str, of: str, notes: _Notes) -> tuple[Choice, ...]:
    if kind != "select":
        return ()
    options = config.get("options")
    if not isinstance(options, list):
        notes.add(f"{of}it has no options to choose from.")
        return ()
    made: dict[str, Choice] = {}
    for option in options[:MOST_OPTIONS]:
        members: Mapping[str, Any] = option if isinstance(option, Mapping) else {"value": option}
        label = plain_text(_word(members, "displayName", notes, of))
        value = _word(members, "value", notes, of) if members.get("value") is not None else label
        if not value and not label:
            notes.add(f"{of}an option is left out: it has neither a value nor a name.")
        elif value in made:
            notes.add(f"{of}an option is left out: there is one of the value {value[:50]!r} before.")
        else:
            made[value] = Choice(label or value, value, _yes_no(members, "selected", notes, of))
    return tuple(made.values())


def _default(config: Mapping[str, Any], field: ProductField, of: str, notes: _Notes) -> Any:
    """Return a field's default as its type has it; ``None`` where there is none that fits."""
    value = config.get("default")
    if field.type == "toggle":
        return _yes_no(config, "default", notes, of)
    if field.type == "select":
        return _default_options(value, field, of, notes)
    if value is None or field.type in ("password", "passwordStrength"):
        if value is not None:
            notes.add(f"{of}its default is left out: a password is not written into a catalog.")
        return None
    if field.type in ("number", "slider"):
        number = _number(config, "default", notes, of)
        low, high = field.minimum, field.maximum
        if number is not None and ((low is not None and number < low) or (high is not None and number > high)):
            notes.add(f"{of}its default {number:g} is beyond its limits, and left out.")
            return None
        return number
    if field.is_multiple:
        return _words(value, f"{field.name}.default", notes) or None
    return _word(config, "default", notes, of) or None


def _default_options(value: Any, field: ProductField, of: str, notes: _Notes) -> Any:
    values = {option.value for option in field.options} | {option.label for option in field.options}
    by_label = {option.label: option.value for option in field.options}
    given = (
        []
        if value is None
        else [str(each) for each in (value if isinstance(value, Sequence) and not isinstance(value, str) else [value])]
    )
    unknown = [each for each in given if each not in values]
    if unknown:
        notes.add(f"{of}its default {unknown[0][:50]!r} is none of its options, and left out.")
    chosen = [by_label.get(each, each) for each in given if each in values]
    chosen = chosen or [option.value for option in field.options if option.is_selected]
    if field.is_multiple:
        return chosen
    if len(chosen) > 1:
        notes.add(f"{of}several options are selected, and one can be: it is the first.")
    return chosen[0] if chosen else None


def _narrowed(panels: list[ProductPanel], notes: _Notes) -> tuple[ProductPanel, ...]:
    """Return panels without the parents that cannot narrow anything."""
    by_name = {field.name: field for panel in panels for field in panel.fields if field.name}

    def kept(field: ProductField) -> ProductField:
        if not field.parent:
            return field
        parent = by_name.get(field.parent)
        if parent is not None and parent.type in PARENTS.get(field.type, ()):
            return field
        why = "is no field" if parent is None else f"cannot narrow a field of type {field.type}"
        notes.add(f"Field {field.name}: its parent {field.parent[:50]!r} {why}, so all there is can be chosen.")
        return replace(field, parent="")

    return tuple(ProductPanel(panel.name, tuple(kept(field) for field in panel.fields)) for panel in panels)
