"""What was filled in is checked: one sentence for each field that cannot be used."""

from typing import Any

import pytest

from ctl_jupyter.catalogs import Choice, ProductField, check_value, check_values, initial_values
from tests.catalogs.making import product

AB = (Choice("A", "a"), Choice("B", "b"))
EMPTY: tuple[Any, ...] = (None, "", [])
STRONG = {"type": "passwordStrength", "required_strength": 3}


def field(**members: Any) -> ProductField:
    return ProductField(**{"type": "text", "name": "f", "label": "F", **members})


@pytest.mark.parametrize(
    ("members", "value", "said"),
    [
        *(({"is_required": True}, empty, "F is required.") for empty in EMPTY),
        *(({}, empty, "") for empty in EMPTY),
        ({"is_required": True, "type": "number"}, 0, ""),
        ({"is_required": True, "type": "toggle"}, False, ""),
        ({"is_required": True, "type": "textblock"}, None, ""),
        ({"is_required": True, "type": "servers", "is_multiple": True}, ["web1"], ""),
        ({"min_length": 2}, "a", "F must have 2 characters or more; it has 1."),
        ({"min_length": 2}, "ab", ""),
        ({"max_length": 2}, "ab", ""),
        ({"max_length": 2}, "abc", "F must have 2 characters or fewer; it has 3."),
        ({"type": "textarea", "max_length": 2}, "a\nb", "F must have 2 characters or fewer; it has 3."),
        *(({"type": kind, "minimum": 1, "maximum": 9}, value, "") for kind in ("number", "slider") for value in (1, 9)),
        ({"type": "number", "minimum": 1, "maximum": 9}, 0.9, "F must be from 1 to 9."),
        ({"type": "number", "minimum": 1, "maximum": 9}, 9.1, "F must be from 1 to 9."),
        ({"type": "number", "minimum": 1234567}, 1, "F must be 1234567 or more."),
        ({"type": "number", "maximum": 0.5}, 1, "F must be 0.5 or less."),
        *(({"type": "number"}, value, "F must be a number.") for value in ("1", True, [1], float("nan"), float("inf"))),
        ({"type": "select", "options": AB}, "a", ""),
        ({"type": "select", "options": AB}, "A", "Choose F from the list."),
        ({"type": "select", "options": AB}, ["a", "b"], "Choose one F."),
        ({"type": "select", "options": AB, "is_multiple": True}, ["a", "b"], ""),
        ({"type": "select", "options": AB, "is_multiple": True}, ["a", "c"], "Choose F from the list."),
        ({**STRONG, "disallowed": "$ $"}, "hunter 2", "F may not have any of these: a space $"),
        (STRONG, "hunter2", "F is too easy to guess; it must be hard: use more words."),
        ({**STRONG, "message": "More!"}, "hunter2", "More!"),
        ({**STRONG, "required_strength": 1}, "hunter2", ""),
        ({**STRONG, "required_strength": 0}, "a", ""),
        ({**STRONG, "required_strength": None}, "a", ""),
        (STRONG, "plum gravel tuesday windmill", ""),
        (STRONG, "plum gravel tuesday windmill" * 5_000, ""),
        ({"type": "password", "required_strength": 3}, "a", ""),
    ],
)  # fmt: skip
def test_a_value(members: dict[str, Any], value: Any, said: str) -> None:
    assert check_value(field(**members), value) == said


@pytest.mark.parametrize(
    "members", [STRONG, {**STRONG, "disallowed": "7"}, {"min_length": 30}, {"max_length": 3}, {"type": "select"}]
)
def test_what_was_typed_is_in_no_sentence(members: dict[str, Any]) -> None:
    said = check_value(field(**members), "sesame7")
    assert said
    assert "sesame" not in said


def test_a_form_says_what_is_wrong_with_each_field() -> None:
    form = product(
        field(name="a", label="A", is_required=True),
        field(name="b", type="number", maximum=1, default=7),
        field(name="c", default="well"),
        field(name="", type="textblock"),
    )
    assert initial_values(form) == {"a": None, "b": 7, "c": "well"}
    assert check_values(form, initial_values(form)) == {"a": "A is required.", "b": "F must be 1 or less."}
    assert check_values(form, {"a": "x", "b": 1, "gone": 1}) == {}
