"""Fields of a form, tidy and untidy: what becomes of them and what is said of it."""

from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.catalogs import Choice
from tests.catalogs.folders import field_of, notes_on, product_of


def test_tidy_fields_are_read_without_a_note(tmp_path: Path) -> None:
    product = product_of(
        tmp_path,
        """
name: Shop
fields:
- {name: where, displayName: Data center, type: datacenters, required: true, default: UC1}
- {name: net, type: networks, parent: where, detail: true}
- {name: team, type: groups, parent: where, multiple: true, default: [a, b]}
- {name: machines, type: servers, parent: team, multiple: true, inventory: true}
- {name: title, type: text, minLength: 2, maxLength: 5, default: abc, helpText: 'see <a href="https://e.org">this</a>'}
- {name: many, type: number, min: 1, max: 2.5, default: 2}
- {name: slide, type: slider, min: -5, max: 5}
- {name: debug, type: toggle, default: yes}
- {name: word, type: passwordStrength, requiredStrength: 3, validationMsg: Stronger!, dissallowedCharacters: "[]{}"}
- {name: note, type: textblock, level: danger, title: Beware, text: "of <b>this</b>"}
- {name: size, type: select, options: [{displayName: Small, value: s}, {displayName: Large, value: l, selected: true}]}
""",
    )
    assert product.notes == ()
    where, net, team, machines, title, many, slide, debug, word, note, size = product.fields
    assert (where.label, where.is_required, where.default) == ("Data center", True, "UC1")
    assert (net.label, net.parent, net.detail) == ("net", "where", "true")
    assert (team.is_multiple, team.default) == (True, ("a", "b"))
    assert (machines.parent, machines.is_inventory) == ("team", True)
    assert (title.min_length, title.max_length, title.default) == (2, 5, "abc")
    assert "noopener" in title.help_text
    assert (many.minimum, many.maximum, many.default) == (1, 2.5, 2)
    assert (slide.minimum, slide.maximum, slide.default) == (-5, 5, None)
    assert debug.default is True
    assert (word.required_strength, word.message, word.disallowed) == (3, "Stronger!", "[]{}")
    assert (note.level, note.title, note.text) == ("danger", "Beware", "of <b>this</b>")
    assert size.options == (Choice("Small", "s"), Choice("Large", "l", True))
    assert size.default == "l"


@pytest.mark.parametrize(
    ("written", "expected", "told"),
    [
        ('type: toggle, default: "true"', {"default": True}, "default"),
        ("type: toggle, default: 0", {"default": False}, "default"),
        ("type: toggle, default: perhaps", {"default": False}, "default"),
        ('type: text, required: "yes"', {"is_required": True}, "required"),
        ('type: number, min: "1", max: "9"', {"minimum": 1, "maximum": 9}, "max"),
        ("type: number, min: few", {"minimum": None}, "min"),
        ("type: number, minLength: 1, maxLength: 9", {"minimum": 1, "maximum": 9}, "minLength"),
        ("type: number, min: 9, max: 1", {"minimum": None, "maximum": None}, "min"),
        ("type: number, max: 9, default: 10", {"default": None}, "default"),
        ("type: number, default: .nan", {"default": None}, "default"),
        ("type: slider", {"minimum": 0, "maximum": 100}, "min"),
        ("type: slider, min: 500", {"minimum": 500, "maximum": 600}, "max"),
        ("type: slider, max: -5", {"minimum": -105, "maximum": -5}, "max"),
        ("type: text, minLength: -1", {"min_length": None}, "minLength"),
        ("type: text, minLength: 5, maxLength: 2", {"min_length": None, "max_length": None}, "minLength"),
        ("type: text, maxLength: 2, default: long", {"default": "long"}, "default"),
        ("type: text, default: [a]", {"default": None}, "default"),
        ("type: passwordStrength, requiredStrength: 9", {"required_strength": 4}, "requiredStrength"),
        ('type: passwordStrength, disallowedCharacters: [" ", "/", [a]]', {"disallowed": " /"}, "disallowedCharacters"),
        ("type: passwordStrength", {"required_strength": None}, "requiredStrength"),
        ("type: servers, inventory: all", {"is_inventory": True}, "inventory"),
        ('type: servers, inventory: "false"', {"is_inventory": False}, "inventory"),
        ("type: servers, inventory: 1", {"is_inventory": True}, "inventory"),
        ("type: servers, default: [a, b]", {"default": "a"}, "default"),
        ("type: servers, default: {a: b}", {"default": None}, "default"),
        ("type: textblok", {"type": "text"}, "textblok"),
        ("displayName: A", {"type": "text", "label": "A"}, "type"),
        ("type: password-strength, requiredStrength: 1", {"type": "passwordStrength"}, "password-strength"),
        ("type: select", {"type": "text"}, "it"),
        ("type: select, options: none", {"type": "text"}, "options"),
        ("type: text, placeholder: here", {}, "placeholder"),
        ("type: toggle, minLength: 3", {}, "minLength"),
        ("type: text, parent: other", {}, "parent"),
        ("type: text, displayName: {a: b}", {"label": "it"}, "displayName"),
        ("type: networks, parent: it", {"parent": ""}, "parent"),
        ("type: networks, parent: nobody", {"parent": ""}, "nobody"),
        ("type: networks, parent: other", {"parent": ""}, "other"),
        ("type: servers, parent: [a]", {"parent": ""}, "parent"),
    ],
)
def test_an_untidy_field_is_used_as_far_as_it_goes_and_named(
    tmp_path: Path, written: str, expected: dict[str, Any], told: str
) -> None:
    field, notes = field_of(tmp_path, f"name: it, {written}", "- {name: other, type: text}")
    assert {name: getattr(field, name) for name in expected} == expected
    assert any("'it'" in note and (f"'{told}'" in note or told == "it") for note in notes), notes


@pytest.mark.parametrize(
    ("options", "expected", "told"),
    [
        ("[a, 1.10, on]", ["a", "1.10", "on"], ""),
        ("[{displayName: A}, {value: b}]", ["A", "b"], "without a 'value'"),
        ("[{displayName: None of them, value: ''}, {value: b}]", ["", "b"], ""),
        ("{a: A, b: B}", ["a", "b"], "one mapping"),
        ("[a, a]", ["a"], "twice"),
        ("[a, [b], {}, null]", ["a"], "left out"),
    ],
)
def test_options_are_read_however_they_are_written(
    tmp_path: Path, options: str, expected: list[str], told: str
) -> None:
    field, notes = field_of(tmp_path, f"name: it, type: select, options: {options}")
    assert [option.value for option in field.options] == expected
    assert (not notes) if not told else any(told in note for note in notes)


@pytest.mark.parametrize(
    ("written", "default", "is_noted"),
    [
        ("options: [a, b], default: b", "b", False),
        ("options: [{displayName: Big, value: b}], default: Big", "b", False),
        ("options: [a, b], default: c", None, True),
        ("options: [{value: a, selected: true}, {value: b, selected: true}]", "a", True),
        ("options: [a, b, c], multiple: true, default: [c, a]", ("a", "c"), False),
        ("options: [a, b], multiple: true, default: [c, a]", ("a",), True),
        ("options: [a, b], multiple: true", (), False),
    ],
)
def test_what_is_selected_at_first_is_among_the_options(
    tmp_path: Path, written: str, default: Any, is_noted: bool
) -> None:
    field, notes = field_of(tmp_path, f"name: it, type: select, {written}")
    assert field.default == default
    assert bool(notes) == is_noted


def test_fields_stand_under_panels_wherever_these_are(tmp_path: Path) -> None:
    product = product_of(
        tmp_path,
        """
name: Shop
fields:
- {name: first, type: text}
- {name: Network, fields: [{name: second, type: text}]}
panels:
- {name: Servers, fields: [{name: third, type: text}]}
- {name: Nothing, fields: []}
- just words
""",
    )
    assert [(panel.name, [field.name for field in panel.fields]) for panel in product.panels] == [
        ("", ["first"]),
        ("Network", ["second"]),
        ("Servers", ["third"]),
    ]
    assert len(product.notes) == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("fields: {a: {type: text}, b: {type: toggle}}", ["a", "b"]),
        ("fields: {name: a, type: text}", ["a"]),
        ("fields: words", []),
        ("panels: {Servers: [{name: a, type: text}]}", ["a"]),
        ("panels: {name: Servers, fields: {a: {type: text}}}", ["a"]),
        ("fields: [words, {name: a, type: text}, [b], null]", ["a"]),
        ("fields: [{name: a, type: text}, {name: a, type: toggle}]", ["a"]),
        ("fields: [{type: text, displayName: Nameless}, {name: a, type: text}]", ["a"]),
    ],
)
def test_fields_that_are_no_list_of_mappings_are_made_one(tmp_path: Path, fields: str, expected: list[str]) -> None:
    product = product_of(tmp_path, f"name: Shop\n{fields}")
    assert [field.name for field in product.fields] == expected
    assert product.notes


def test_two_text_blocks_may_have_one_name_or_none(tmp_path: Path) -> None:
    product = product_of(
        tmp_path,
        "name: S\nfields: [{name: a, type: text}, {name: a, type: textblock, text: x}, {type: textblock, level: bad}]",
    )
    assert [field.type for field in product.fields] == ["text", "textblock", "textblock"]
    assert len(product.notes) == 1
    assert "'bad'" in product.notes[0]


@pytest.mark.parametrize("name", ["my-name", "1st", "a b", "class", "été"])
def test_a_name_that_is_no_variables_is_kept_and_noted(tmp_path: Path, name: str) -> None:
    product = product_of(tmp_path, f"name: S\nfields: [{{name: '{name}', type: text}}]")
    assert [field.name for field in product.fields] == [name]
    assert notes_on(product, name)


def test_parents_that_lead_in_a_circle_are_taken_off(tmp_path: Path) -> None:
    product = product_of(
        tmp_path,
        "name: S\nfields: [{name: a, type: groups, parent: b}, {name: b, type: servers, parent: a}]",
    )
    a, b = product.fields
    assert (a.parent, b.parent) == ("", "a")
    assert notes_on(product, "a")


def test_a_file_wrong_in_more_places_than_anybody_reads_has_few_notes(tmp_path: Path) -> None:
    fields = "\n".join(f"- {{name: f{place}, type: t{place}, required: maybe}}" for place in range(700))
    product = product_of(tmp_path, f"name: S\nfields:\n{fields}")
    assert len(product.fields) == 500
    assert len(product.notes) == 101
