"""What is wrong with a form's values, and what of them goes to Ansible."""

from typing import Any

import pytest

from ctl_jupyter.catalogs import (
    Choice,
    Product,
    ProductField,
    ProductPanel,
    check_value,
    check_values,
    hosts_of,
    initial_values,
    password_strength,
    secret_names,
    variables_of,
)

OPTIONS = (Choice("Small", "s"), Choice("Large", "l"))
SIX_TO_NINE = {"minimum": 6.0, "maximum": 9.5}


def form(*fields: ProductField) -> Product:
    return Product(folder="shop", name="Shop", panels=(ProductPanel("", fields),))


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ({"type": "text"}, ["", None, "anything", "\u00e9"], []),
        ({"type": "text", "is_required": True}, ["a", " a "], ["", None, "  ", []]),
        ({"type": "text", "min_length": 2, "max_length": 3}, ["", "ab", "abc"], ["a", "abcd"]),
        ({"type": "textarea", "max_length": 3}, ["a\nb"], ["a\nbc"]),
        ({"type": "password", "min_length": 1, "is_required": True}, ["x"], [""]),
        ({"type": "passwordStrength", "disallowed": "[]{}/"}, ["abc"], ["a/b", "[x]"]),
        ({"type": "passwordStrength", "required_strength": 3}, ["", "brisk-otter-lamp-91"], ["password", "abc123"]),
        ({"type": "number", **SIX_TO_NINE}, [6, 9.5, "6", " 7.5 ", None, ""], [5.999, 9.51, "x", "1,5", True, [7]]),
        ({"type": "number"}, [0, -1, "1e3"], ["nan", "inf", float("nan"), "0x10"]),
        ({"type": "number", "minimum": 1}, [1, 10**30, "9" * 400][:2], [0, "9" * 400]),
        ({"type": "slider", **SIX_TO_NINE}, [6], [10]),
        ({"type": "number", "is_required": True}, [0], [None, ""]),
        ({"type": "toggle", "is_required": True}, [True, False], [None, "maybe"]),
        ({"type": "select", "options": OPTIONS}, ["s", "", None], ["x", "Small", ["s", "l"]]),
        ({"type": "select", "options": OPTIONS, "is_multiple": True}, [["s", "l"], [], ("s",)], [["s", "x"]]),
        ({"type": "select", "options": OPTIONS, "is_multiple": True, "is_required": True}, [["s"]], [[], [""], None]),
        ({"type": "servers", "is_multiple": True}, [["nobody-knows-it", "b"], []], []),
        ({"type": "servers", "is_required": True}, ["web1"], ["", [], None, ["a", "b"]]),
        ({"type": "textblock", "is_required": True}, [None, ""], []),
    ],
)
def test_a_value_is_checked_against_its_field(field: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    made = ProductField(name="it", **field)
    for value in good:
        assert check_value(made, value) == "", value
    for value in bad:
        assert check_value(made, value).endswith((".", "]", "/")), value


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ({"type": "number", **SIX_TO_NINE}, 1, "A number from 6 to 9.5."),
        ({"type": "number", "minimum": 6}, "many", "'many' is no number. A number of at least 6."),
        ({"type": "number", "maximum": 6}, 7, "A number of at most 6."),
        ({"type": "number", **SIX_TO_NINE, "is_required": True}, None, "Required: a number from 6 to 9.5."),
        ({"type": "text", "min_length": 2, "max_length": 9}, "a", "2 to 9 characters, and this has 1."),
        ({"type": "text", "min_length": 2, "max_length": 2}, "a", "Exactly 2 characters, and this has 1."),
        ({"type": "text", "max_length": 1}, "ab", "At most 1 character, and this has 2."),
        ({"type": "text", "min_length": 3}, "ab", "At least 3 characters, and this has 2."),
        ({"type": "passwordStrength", "disallowed": "/ ]"}, "a]b/ ]", "These characters are not allowed: ] / space"),
        ({"type": "select", "options": OPTIONS}, "x", "'x' is none of the options."),
        ({"type": "passwordStrength", "required_strength": 4, "message": "Make it long."}, "abc", "Make it long."),
    ],
)
def test_the_sentence_says_what_to_do(field: dict[str, Any], value: Any, sentence: str) -> None:
    assert check_value(ProductField(name="it", **field), value) == sentence


def test_a_sentence_never_repeats_a_password() -> None:
    field = ProductField(name="it", type="passwordStrength", required_strength=4, min_length=40, disallowed="#")
    for length in (40, 1):
        for password in ("hunter2hunter2", "hunter2#hunter2"):
            made = ProductField(**{**vars(field), "min_length": length})
            assert check_value(made, password)
            assert "hunter" not in check_value(made, password)


def test_a_form_is_checked_field_by_field_and_what_is_absent_is_empty() -> None:
    product = form(
        ProductField(type="text", name="needed", is_required=True),
        ProductField(type="number", name="count", maximum=3),
        ProductField(type="textblock", name="words"),
        ProductField(type="text", name="free"),
    )
    assert set(check_values(product, {"count": 4, "stranger": 1})) == {"needed", "count"}
    assert check_values(product, {"needed": "x", "count": 3}) == {}


@pytest.mark.parametrize(
    ("password", "strength"),
    [("", 0), ("password", 0), ("qwerty123", 0), ("brisk-otter-lamp-91", 4), ("x" * 100_000, 0)],
)
def test_the_strength_of_a_password_goes_from_0_to_4(password: str, strength: int) -> None:
    assert password_strength(password) == strength


EVERYTHING = form(
    ProductField(type="text", name="title", default="DFLT"),
    ProductField(type="textarea", name="licence"),
    ProductField(type="password", name="first_secret"),
    ProductField(type="passwordStrength", name="second_secret"),
    ProductField(type="number", name="count"),
    ProductField(type="slider", name="days", minimum=1, maximum=9),
    ProductField(type="toggle", name="debug", default=True),
    ProductField(type="toggle", name="quiet"),
    ProductField(type="select", name="size", options=OPTIONS, default="l"),
    ProductField(type="select", name="sizes", options=OPTIONS, is_multiple=True, default=("s",)),
    ProductField(type="datacenters", name="where", default="UC1"),
    ProductField(type="servers", name="targets", is_multiple=True, is_inventory=True),
    ProductField(type="servers", name="one", is_inventory=True),
    ProductField(type="servers", name="others", is_multiple=True),
    ProductField(type="textblock", name="words"),
)


def test_a_form_begins_with_its_defaults_in_the_types_of_its_fields() -> None:
    assert initial_values(EVERYTHING) == {
        "title": "DFLT",
        "licence": "",
        "first_secret": "",
        "second_secret": "",
        "count": None,
        "days": 1,
        "debug": True,
        "quiet": False,
        "size": "l",
        "sizes": ["s"],
        "where": "UC1",
        "targets": [],
        "one": "",
        "others": [],
    }
    assert secret_names(EVERYTHING) == {"first_secret", "second_secret"}


def test_values_become_variables_in_their_types_and_servers_hosts() -> None:
    values = {
        "title": "0777",
        "licence": "",
        "first_secret": " spaces stay ",
        "count": "2.50",
        "days": 3.0,
        "debug": False,
        "quiet": None,
        "size": "l",
        "sizes": ("s", "l", "s"),
        "targets": ["web1", "web2", ""],
        "one": "web2",
        "others": ["db1"],
        "words": "never",
        "stranger": 1,
    }
    variables = variables_of(EVERYTHING, values)
    assert variables == {
        "title": "0777",
        "first_secret": " spaces stay ",
        "count": 2.5,
        "days": 3,
        "debug": False,
        "size": "l",
        "sizes": ["s", "l"],
        "others": ["db1"],
    }
    assert type(variables["days"]) is int
    assert hosts_of(EVERYTHING, values) == ["web1", "web2"]
    assert hosts_of(EVERYTHING, {}) == []
