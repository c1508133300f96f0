"""A product opens however untidy its files are, and a note names what could not be used."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from ctl_jupyter.catalogs import Choice, Product, ProductField
from ctl_jupyter.catalogs.reading import MOST_FIELDS, TYPES, read_product
from tests.catalogs.making import read

TIDY = """
name: Disk
description: Adds a <a href="https://example.org">disk</a>.
shortDescription: Adds a disk
version: 2
updateDate: 2016-04-06
public: false
schedulable: true
defaultPlaybook: disk/playbook.yml
author: Ann
organization: Example
organizationUrl: https://example.org
tags: [storage, linux]
fields:
- {type: text, name: path, displayName: Path, required: true, default: /data, minLength: 1, maxLength: 20}
- {type: number, name: size, min: 1, max: 9, default: 3}
- {type: slider, name: share, min: 0, max: 1, default: 0.5}
- {type: toggle, name: quick, default: true}
- type: select
  name: kind
  options: [{displayName: Ext 4, value: ext4}, {displayName: XFS, value: xfs, selected: true}]
- {type: textblock, title: Mind, text: It <b>formats</b>., level: warning}
- {type: datacenters, name: place}
- {type: groups, name: group, parent: place, detail: id}
- {type: servers, name: hosts, parent: group, multiple: true, inventory: true}
- {type: networks, name: network, parent: place}
- {type: passwordStrength, name: word, requiredStrength: 3, validationMsg: More, disallowedCharacters: "$ "}
"""


def by_name(product: Product) -> dict[str, ProductField]:
    return {field.name: field for field in product.fields}


def one(tmp_path: Path, field: str) -> tuple[ProductField, tuple[str, ...]]:
    """Return the field of a product that has one, and the product's notes."""
    product = read(tmp_path, f"name: Disk\nfields:\n- {field}\n")
    return product.fields[0], product.notes


def test_a_tidy_product_is_read_whole_and_nothing_is_said(tmp_path: Path) -> None:
    product = read(tmp_path, TIDY)
    fields = by_name(product)
    assert product.notes == ()
    assert (product.name, product.folder, product.default_playbook) == ("Disk", "disk", "disk/playbook.yml")
    assert (product.version, product.update_date, product.tags) == ("2", "2016-04-06", ("storage", "linux"))
    assert (product.is_public, product.is_schedulable, product.organization_url) == (False, True, "https://example.org")
    assert [field.type for field in product.fields].count("textblock") == 1
    path, block = fields["path"], fields[""]
    assert (path.label, path.is_required, path.default, path.min_length, path.max_length) == (
        "Path",
        True,
        "/data",
        1,
        20,
    )
    assert (fields["size"].minimum, fields["size"].maximum, fields["size"].default) == (1, 9, 3)
    assert (fields["share"].default, fields["quick"].default, fields["kind"].default) == (0.5, True, "xfs")
    assert (block.title, block.text, block.level) == ("Mind", "It <b>formats</b>.", "warning")
    assert (fields["group"].parent, fields["group"].detail) == ("place", "id")
    assert (fields["hosts"].is_inventory, fields["hosts"].is_multiple, fields["hosts"].parent) == (True, True, "group")
    word = fields["word"]
    assert (word.required_strength, word.message, word.disallowed) == (3, "More", "$ ")


@pytest.mark.parametrize(
    "written", ["1.10.2", "1.10", "2", "1.0", "'1.10'", "2016-04-06", "1_0.5", "v1", "1e3", ".5"]
)  # fmt: skip
def test_a_version_stays_as_it_is_written(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, f"name: Disk\nversion: {written}").version == written.strip("'")


@pytest.mark.parametrize(
    ("config", "note"),
    [
        ("name: [", "config.yml is no YAML"),
        ("name: *gone", "undefined alias"),
        ("\x00", "config.yml is no YAML"),
        (b"name: \xff\xfe\xff", "is no text in UTF-8"),
        ("", "it is empty"),
        ("[1, 2]", "it is a list"),
        ("word", "it is a text"),
        ("name: !!python/object:os.system {}", "config.yml is no YAML"),
        ("name: !!timestamp x", "config.yml cannot be read"),
        ("name: !!bool x", "config.yml cannot be read"),
        ("name: !!int x", "config.yml cannot be read"),
        ("? [a]\n: b", "config.yml is no YAML"),
        ("a: " + "[" * 3000, "config.yml cannot be read"),
        ("#" * 1_000_001, "larger than 1 MB"),
    ],
    ids=range(14),
)
def test_a_file_that_is_no_object_still_opens(tmp_path: Path, config: str | bytes, note: str) -> None:
    product = read(tmp_path, config)
    assert (product.name, product.fields) == ("disk", [])
    assert [said for said in product.notes if note in said]


@pytest.mark.parametrize(
    ("config", "note"),
    [
        ("name: {a: 1}", "'name' is left out: it is an object where a text belongs."),
        ("tags: {a: 1}", "'tags' is left out: it is an object where a list belongs."),
        ("public: maybe", "'public' is neither true nor false, so it is taken as true."),
        ("imagePath: https://example.org/a.png", "https://example.org/a.png is elsewhere"),
        ("imagePath: a.png", "a.png is no picture in the catalog."),
        ("defaultPlaybook: gone.yml", "The playbook 'gone.yml' is not in the catalog."),
        ("defaultPlaybook: ../../gone.yml", "is not in the catalog."),
        ("defaultPlaybook: 'http://[x'", "The playbook 'http://[x' is not in the catalog."),
        ("panels: {a: 1}", "'panels' is left out: it is an object where a list belongs."),
        ("panels: [word]", "A panel is left out: it is a text where an object belongs."),
        ("fields: {a: 1}", "'fields' is left out: it is an object where a list belongs."),
        ("fields: [word]", "Field 1 is left out: it is a text where an object belongs."),
        ("fields: [{type: text}]", "Field 1 is left out: it has no name"),
        ("fields: [{type: text, name: a-b}]", "Field a-b: it is left out, since Ansible takes no"),
        ("fields: [{type: text, name: 1a}]", "Field 1a: it is left out"),
    ],
)  # fmt: skip
def test_a_member_that_cannot_be_used_is_named(tmp_path: Path, config: str, note: str) -> None:
    product = read(tmp_path, config)
    assert product.fields == []
    assert product.default_playbook == "disk/playbook.yml"
    assert [said for said in product.notes if note in said], product.notes


@pytest.mark.parametrize(
    ("field", "expected", "note"),
    [
        ("{type: servers, name: a, inventory: maybe}", {"is_inventory": False}, "'inventory' is neither true nor"),
        ("{type: servers, name: a, inventory: [yes]}", {"is_inventory": False}, "'inventory' is neither true nor"),
        ("{type: servers, name: a, inventory: 'Yes'}", {"is_inventory": True}, ""),
        ("{type: toggle, name: a, default: 'true'}", {"default": True}, ""),
        ("{type: toggle, name: a, default: 0}", {"default": False}, ""),
        ("{type: toggle, name: a}", {"default": False}, ""),
        ("{type: toggle, name: a, default: on and off}", {"default": False}, "'default' is neither true nor false"),
        ("{type: number, name: a, min: '1', max: '2.5'}", {"minimum": 1, "maximum": 2.5}, ""),
        ("{type: number, name: a, min: low}", {"minimum": None}, "'min' is left out: it is no number."),
        ("{type: number, name: a, max: .inf}", {"maximum": None}, "'max' is left out: it is no number."),
        ("{type: number, name: a, minLength: 2, maxLength: 4}", {"minimum": 2, "maximum": 4, "max_length": None}, ""),
        ("{type: number, name: a, min: 1, minLength: 2}", {"minimum": 1}, ""),
        ("{type: number, name: a, min: 9, max: 1}", {"minimum": None, "maximum": None}, "9 is more than 1"),
        ("{type: number, name: a, max: 1234567, default: 2345678}", {"default": None}, "default 2345678 is beyond"),
        ("{type: number, name: a, default: many}", {"default": None}, "'default' is left out: it is no number."),
        ("{type: number, name: a, min: 1, max: 9, default: 9}", {"default": 9}, ""),
        ("{type: slider, name: a}", {"minimum": 0, "maximum": 100}, ""),
        ("{type: slider, name: a, max: -5}", {"minimum": -105, "maximum": -5}, ""),
        ("{type: text, name: a, minLength: -1}", {"min_length": None}, "'minLength' is left out"),
        ("{type: text, name: a, maxLength: 1.5}", {"max_length": None}, "'maxLength' is left out"),
        ("{type: text, name: a, minLength: 9, maxLength: 1}", {"min_length": None}, "9 is more than 1"),
        ("{type: text, name: a, default: [1]}", {"default": None}, "'default' is left out: it is a list"),
        ("{type: text, name: a, default: 1.10}", {"default": "1.10"}, ""),
        ("{type: password, name: a, default: hunter2}", {"default": None}, "a password is not written into a catalog"),
        ("{type: passwordStrength, name: a, dissallowedCharacters: ' $'}", {"disallowed": " $"}, ""),
        ("{type: passwordStrength, name: a, disallowedCharacters: 7}", {"disallowed": "7"}, ""),
        ("{type: passwordStrength, name: a, requiredStrength: 9}", {"required_strength": 4}, "from 0 to 4, not 9"),
        ("{type: passwordStrength, name: a, requiredStrength: x}", {"required_strength": None}, "it is no number"),
        ("{type: select, name: a}", {"options": ()}, "it has no options"),
        ("{type: select, name: a, options: {b: 1}}", {"options": ()}, "it has no options"),
        ("{type: select, name: a, options: [{displayName: B}]}", {"options": (Choice("B", "B"),)}, ""),
        ("{type: select, name: a, options: [1.10]}", {"options": (Choice("1.10", "1.10"),)}, ""),
        ("{type: select, name: a, options: [{selected: true}]}", {"options": ()}, "neither a value nor a name"),
        ("{type: select, name: a, options: [b, b]}", {"options": (Choice("b", "b"),)}, "one of the value 'b' before"),
        ("{type: select, name: a, options: [b], default: c}", {"default": None}, "default 'c' is none of its options"),
        ("{type: select, name: a, options: [yes, no], default: yes}", {"default": "true"}, ""),
        ("{type: select, name: a, options: [{displayName: B, value: b}], default: B}", {"default": "b"}, ""),
        ("{type: select, name: a, options: [b, c], default: [c, b]}", {"default": "c"}, "several options are selected"),
        ("{type: select, name: a, multiple: true, options: [b, c], default: [c, b]}", {"default": ["c", "b"]}, ""),
        ("{type: textblock, level: loud}", {"level": "info"}, "the level 'loud' is not known"),
        ("{type: Text, name: a}", {"type": "text"}, ""),
        ("{type: colour, name: a}", {"type": "text"}, "'colour'"),
        ("{name: a}", {"type": "text"}, "it has no type"),
        ("{type: servers, name: a, parent: gone}", {"parent": ""}, "its parent 'gone' is no field"),
        ("{type: servers, name: a, parent: a}", {"parent": ""}, "cannot narrow a field of type servers"),
        ("{type: text, name: a, displayName: {b: 1}}", {"label": "a"}, "'displayName' is left out"),
    ],
)  # fmt: skip
def test_a_field_keeps_what_can_be_used(tmp_path: Path, field: str, expected: dict[str, Any], note: str) -> None:
    read_field, notes = one(tmp_path, field)
    assert {name: getattr(read_field, name) for name in expected} == expected
    assert [said for said in notes if note in said] if note else notes == ()


def test_a_password_in_a_catalog_is_in_no_note(tmp_path: Path) -> None:
    assert "hunter2" not in repr(read(tmp_path, "fields: [{type: password, name: a, default: hunter2}]"))


def test_of_two_fields_of_one_name_the_first_is_kept_in_every_panel(tmp_path: Path) -> None:
    config = "panels: [{name: A, fields: [{type: text, name: a}]}, {name: B, fields: [{type: number, name: a}]}]"
    product = read(tmp_path, config)
    assert [(panel.name, [field.type for field in panel.fields]) for panel in product.panels] == [("A", ["text"])]
    assert "Field a: it is left out, since there is one of that name before." in product.notes


def test_fields_stand_before_the_panels_and_panels_among_the_fields_open(tmp_path: Path) -> None:
    inner = "{name: in, fields: [{type: text, name: c}]}"
    product = read(
        tmp_path,
        f"fields: [{{type: text, name: a}}, {inner}]\npanels: [{{name: B, fields: [{{type: text, name: b}}]}}]",
    )
    assert [(panel.name, [field.name for field in panel.fields]) for panel in product.panels] == [
        ("", ["a", "c"]),
        ("B", ["b"]),
    ]


ALIASES = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))


@pytest.mark.parametrize(
    "config",
    [
        "fields: &f [{fields: *f}, {fields: *f}]",
        "fields: [" + "{type: text}," * (MOST_FIELDS + 1) + "]",
        ALIASES + "tags: *a59\nfields: [{type: select, name: a, required: *a59, options: *a59, default: *a59}]",
    ],
    ids=["a panel in itself", "many fields", "aliases of aliases"],
)
def test_a_file_without_an_end_opens(tmp_path: Path, config: str) -> None:
    product = read(tmp_path, config)
    assert len(product.fields) <= MOST_FIELDS
    assert product.notes


def test_a_config_that_leads_outside_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("name: Secret")
    (tmp_path / "root" / "disk").mkdir(parents=True)
    (tmp_path / "root" / "disk" / "config.yml").symlink_to(tmp_path / "secret.yml")
    (tmp_path / "root" / "disk" / "config.yaml").write_text("name: Disk")
    assert read_product(tmp_path / "root", tmp_path / "root" / "disk").name == "Disk"


ODD: list[Any] = [None, True, 0, -1, 1e308, float("nan"), 10**30, "", "x", "<b>", "\x00", [], [1], {}, {"a": [1]}, [[]]]


def _mutated(value: Any, chance: random.Random) -> Any:
    """Return a value with some of what it holds replaced, left out or doubled."""
    if chance.random() < 0.08:
        return chance.choice([*ODD, *TYPES, "http://[x", "../../etc/passwd"])
    if isinstance(value, dict):
        return {name: _mutated(each, chance) for name, each in value.items() if chance.random() > 0.05}
    if isinstance(value, list):
        return [_mutated(each, chance) for each in value for _ in range(chance.choice([1, 1, 1, 2]))]
    return value


@pytest.mark.parametrize("seed", range(10))
def test_no_mutation_of_a_config_raises(tmp_path: Path, seed: int) -> None:
    chance, tidy = random.Random(seed), yaml.safe_load(TIDY)
    for _ in range(20):
        product = read(tmp_path, yaml.safe_dump(_mutated(tidy, chance)))
        names = [field.name for field in product.fields if field.type != "textblock"]
        assert len(names) == len(set(names))
        assert all(field.type in TYPES for field in product.fields)
        text = list(TIDY)
        for _ in range(chance.randint(1, 12)):
            text[chance.randrange(len(text))] = chance.choice("[]{}:,-&*!'\"\n\t #|>%@0x")
        assert read(tmp_path, "".join(text)).folder == "disk"
