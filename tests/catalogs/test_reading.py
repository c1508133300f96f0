"""config.yml, tidy and untidy."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl_jupyter.catalogs import Choice, Product, ProductField, initial_values, open_catalog

Read = Callable[[str], Product]
OneField = Callable[[str], tuple[ProductField, str]]

TIDY = """
name: A disk
description: Adds a disk, see <a href="https://example.org/help">help</a><script>alert(1)</script>
shortDescription: Adds a disk
version: 1.10
updateDate: 2016-04-06
public: false
author: Ada
tags: [disk, storage]
fields:
- {name: place, displayName: Place, type: datacenters, required: true}
- {name: net, type: networks, parent: place}
- {name: on, type: servers, parent: place, multiple: true, inventory: true}
- {name: size, type: slider, min: 1, max: 10, default: 5, helpText: In <b>GB</b>}
- name: kind
  type: select
  options: [{displayName: Fast, value: ssd}, {displayName: Large, value: hdd, selected: true}]
- {type: textblock, level: warning, title: Mind, text: It takes long}
"""


def test_a_tidy_product_is_read_whole(read: Read) -> None:
    product = read(TIDY)
    place, net, on, size, kind, block = product.fields
    assert (product.name, product.version, product.update_date) == ("A disk", "1.10", "2016-04-06")
    assert "script" not in product.description
    assert 'href="https://example.org/help"' in product.description
    assert (product.is_public, product.tags) == (False, ("disk", "storage"))
    assert (place.label, place.is_required) == ("Place", True)
    assert (net.label, net.parent) == ("net", "place")
    assert (on.is_multiple, on.is_inventory) == (True, True)
    assert (size.minimum, size.maximum, size.default, size.help_text) == (1, 10, 5, "In <b>GB</b>")
    assert kind.options == (Choice("Fast", "ssd"), Choice("Large", "hdd", True))
    assert kind.default == "hdd"
    assert (block.type, block.level, block.title, block.text) == ("textblock", "warning", "Mind", "It takes long")
    assert product.notes == ("It has no playbook, so it can be looked at and not started.",)
    assert initial_values(product) == {"place": None, "net": None, "on": None, "size": 5, "kind": "hdd"}


@pytest.mark.parametrize(
    ("members", "expected", "told"),
    [
        ("type: sliderr", {"type": "text"}, "not known"),
        ("", {"type": "text"}, "no type"),
        ("type: Number, min: '2', max: '9'", {"type": "number", "minimum": 2, "maximum": 9}, ""),
        ("type: number, minLength: 2, maxLength: 9", {"minimum": 2, "maximum": 9}, ""),
        ("type: number, min: many", {"minimum": None}, "'min'"),
        ("type: number, min: 9, max: 2", {"minimum": None, "maximum": None}, "limits"),
        ("type: number, max: 5, default: 9", {"default": None}, "beyond"),
        ("type: toggle, default: 'true'", {"default": True}, ""),
        ("type: toggle, default: perhaps", {"default": False}, "neither true nor false"),
        ("type: servers, inventory: maybe", {"is_inventory": False}, "neither true nor false"),
        ("type: text, minLength: 9, maxLength: 2", {"min_length": None, "max_length": None}, "lengths"),
        ("type: text, maxLength: -1", {"max_length": None}, "number of characters"),
        ("type: passwordStrength, requiredStrength: 9", {"required_strength": 4}, "from 0 to 4"),
        ("type: password, default: secret", {"default": None}, "not written into a catalog"),
        ("type: passwordStrength, dissallowedCharacters: '[]'", {"disallowed": "[]"}, ""),
        ("type: select", {"options": ()}, "no options"),
        ("type: select, options: [{displayName: B}, {}]", {"options": (Choice("B", "B"),)}, "left out"),
        ("type: select, options: [a, a]", {"options": (Choice("a", "a"),)}, "before"),
        ("type: select, options: [a], default: b", {"default": None}, "none of its options"),
        ("type: networks, parent: nowhere", {"parent": ""}, "is no field"),
        ("type: networks, parent: size", {"parent": ""}, "cannot narrow"),
        ("type: text, required: [1]", {"is_required": False}, "neither true nor false"),
        ("type: text, displayName: {a: 1}", {"label": "size"}, "'displayName'"),
    ],
)  # fmt: skip
def test_an_untidy_field_is_used_as_far_as_it_goes(
    field: OneField, members: str, expected: dict[str, object], told: str
) -> None:
    found, notes = field(members)
    assert {name: getattr(found, name) for name in expected} == expected
    assert told in notes
    assert bool(notes) == bool(told)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("[{type: text}]", "no name"),
        ("[{name: no-name, type: text}]", "Ansible takes no variable"),
        ("[{name: a, type: text}, {name: a, type: text}]", "one of that name before"),
        ("none", "where a list belongs"),
        ("[1]", "where an object belongs"),
    ],
)
def test_what_is_no_field_is_left_out_and_told(read: Read, fields: str, told: str) -> None:
    product = read(f"name: Disk\nfields: {fields}\n")
    assert [each.name for each in product.fields] in ([], ["a"])
    assert any(told in note for note in product.notes)


@pytest.mark.parametrize(("config", "told"), [("{", "is no YAML"), ("- 1", "no members"), ("", "no members")])
def test_a_product_whose_file_is_none_opens_by_its_folders_name(read: Read, config: str, told: str) -> None:
    product = read(config)
    assert product.name == "disk"
    assert any(told in note for note in product.notes)


def test_fields_stand_under_panels_too(read: Read) -> None:
    product = read(
        "panels: [{name: One, fields: [{name: a, type: text}]}, {name: Two, fields: [{name: b, type: text}]}]"
    )
    assert [(panel.name, panel.fields[0].name) for panel in product.panels] == [("One", "a"), ("Two", "b")]


def test_no_file_makes_it_fail(read: Read) -> None:
    chance = random.Random(5)
    letters = TIDY + "[]{}:'\"&*!|>%@`\x07\t"
    for _ in range(300):
        config = list(TIDY)
        for _ in range(chance.randrange(1, 12)):
            place = chance.randrange(len(config))
            config[place : place + chance.randrange(4)] = chance.choice(letters)
        assert isinstance(read("".join(config)), Product)


def test_the_playbook_is_found_in_the_product_or_the_catalog(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yml").write_text(f"name: {name}\ndefaultPlaybook: go.yml\n")
    (tmp_path / "go.yml").write_text("- hosts: all\n")
    (tmp_path / "one" / "go.yml").write_text("- hosts: all\n")
    found = {product.name: product.default_playbook for product in open_catalog(str(tmp_path)).products}
    assert found == {"one": "one/go.yml", "two": "go.yml", "three": "go.yml"}
