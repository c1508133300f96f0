"""Configurations spoilt at random: each opens, and everything can be asked of it."""

import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from ctl_jupyter.catalogs import check_values, hosts_of, initial_values, secret_names, variables_of
from tests.catalogs.folders import product_of

TIDY: dict[str, Any] = {
    "name": "Shop",
    "description": "Sells <a href='https://example.org'>things</a>",
    "imagePath": "a.png",
    "version": "1.10.2",
    "public": True,
    "defaultPlaybook": "playbook.yml",
    "tags": ["a", "b"],
    "fields": [
        {"name": "where", "type": "datacenters", "required": True, "default": "UC1"},
        {"name": "team", "type": "groups", "parent": "where", "multiple": True},
        {"name": "hosts", "type": "servers", "parent": "team", "multiple": True, "inventory": True, "detail": False},
        {"name": "title", "type": "text", "minLength": 1, "maxLength": 9, "default": "x", "helpText": "<b>so</b>"},
        {"name": "word", "type": "passwordStrength", "requiredStrength": 3, "disallowedCharacters": "[]"},
        {"name": "count", "type": "number", "min": 1, "max": 9, "default": 3},
        {"name": "days", "type": "slider", "min": 1, "max": 9},
        {"name": "debug", "type": "toggle", "default": True},
        {"name": "size", "type": "select", "options": [{"value": "a", "displayName": "A", "selected": True}, "b"]},
        {"name": "told", "type": "textblock", "title": "T", "text": "<i>t</i>", "level": "info"},
    ],
    "panels": [{"name": "More", "fields": [{"name": "net", "type": "networks", "parent": "where"}]}],
}
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        10**400,
        1.5,
        float("nan"),
        float("-inf"),
        "",
        " ",
        "yes",
        "x" * 5000,
        "{{ x }}",
        "a\0b\x1b[31m",
    ),
    *("\ud7ff\u202e\ufffe", "<script>", "servers", "select", "where", "-", [], {}, [[]], [None], {"a": None}, {1: 2}),
    *([{}], {"fields": []}, [{"fields": {}}], ["a", {"value": [1]}], {"type": ["text"]}, "2016-04-06", "9" * 5000),
)


def spoilt(part: Any, chance: random.Random) -> Any:
    """Return a copy of a document with parts of it replaced, dropped, doubled or moved."""
    if chance.random() < 0.06:
        return chance.choice(ODD)
    if isinstance(part, dict):
        names = [name for name in part if chance.random() > 0.04]
        return {
            chance.choice(list(part)) if chance.random() < 0.04 else name: spoilt(part[name], chance) for name in names
        }
    if isinstance(part, list):
        parts = [spoilt(each, chance) for each in part if chance.random() > 0.04]
        return parts + parts[:1] if chance.random() < 0.2 else parts
    return part


def spoilt_text(text: str, chance: random.Random) -> str:
    """Return a text with some characters changed."""
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice("{}[]:-#&*!|>'\"%@`\t\n ~<") + text[place + chance.randrange(3) :]
    return text


def test_whatever_a_configuration_holds_the_product_opens(tmp_path: Path) -> None:
    for seed in range(400):
        chance = random.Random(seed)
        text = yaml.safe_dump(spoilt(TIDY, chance), sort_keys=False)
        if seed % 2:
            text = spoilt_text(text, chance)
        product = product_of(tmp_path, text.encode("utf-8", "replace"))
        assert product.name
        # As it goes to a browser.
        json.dumps(asdict(product), ensure_ascii=False, allow_nan=False).encode()
        names = [field.name for field in product.fields if field.type != "textblock"]
        assert all(names), seed
        assert len(set(names)) == len(names), seed
        values = initial_values(product)
        assert set(values) == set(names), seed
        for each in (values, {name: chance.choice(ODD) for name in names}):
            wrong = check_values(product, each)
            assert all(wrong.values()), seed
            good = {name: value for name, value in each.items() if name not in wrong}
            variables = variables_of(product, good)
            assert set(variables) <= set(names), seed
            assert None not in variables.values(), seed
            hosts_of(product, each)
        assert secret_names(product) <= set(names)


def test_a_document_that_refers_to_itself_over_and_over_is_read_in_no_time(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    product = product_of(tmp_path, "\n".join([*lines, "fields: *a29", "name: *a29", "tags: *a29"]))
    assert product.name == "shop"
    assert product.fields == []
    product = product_of(tmp_path, "name: S\nfields: &f\n- {name: a, fields: *f}\n")
    assert [field.name for field in product.fields] == ["a"]
