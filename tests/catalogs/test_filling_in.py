"""Values of a form: checked, and made variables, hosts and a job."""

from typing import Any

import pytest

from ctl_jupyter.catalogs import (
    Catalog,
    Choice,
    Product,
    ProductField,
    ProductPanel,
    check_value,
    check_values,
    find_job,
    hosts_of,
    job_of,
    secret_names,
    variables_of,
)
from ctl_jupyter.documents import DocumentError, Job, Repository

OPTIONS = (Choice("A", "a"), Choice("B", "b"))


@pytest.mark.parametrize(
    ("members", "value", "told"),
    [
        ({"type": "text", "is_required": True}, "", "This field is required."),
        ({"type": "text"}, "", ""),
        ({"type": "text", "min_length": 3}, "ab", "3 characters or more; it has 2"),
        ({"type": "text", "max_length": 3}, "abcd", "3 characters or fewer; it has 4"),
        ({"type": "text", "min_length": 2, "max_length": 2}, "ab", ""),
        ({"type": "number"}, "much", "must be a number"),
        ({"type": "number", "minimum": 1, "maximum": 9}, 0, "from 1 to 9"),
        ({"type": "number", "minimum": 1, "maximum": 9}, 1, ""),
        ({"type": "number", "minimum": 1, "maximum": 9}, 9, ""),
        ({"type": "number", "minimum": 1}, 0.5, "1 or more"),
        ({"type": "number", "maximum": 9}, 9.5, "9 or less"),
        ({"type": "number", "is_required": True}, 0, ""),
        ({"type": "toggle", "is_required": True}, False, ""),
        ({"type": "select", "options": OPTIONS}, "c", "from the list"),
        ({"type": "select", "options": OPTIONS}, "a", ""),
        ({"type": "select", "options": OPTIONS, "is_multiple": True}, ["a", "b"], ""),
        ({"type": "select", "options": OPTIONS}, ["a", "b"], "Choose one"),
        ({"type": "passwordStrength", "required_strength": 3}, "canary1", "it must be hard"),
        ({"type": "passwordStrength", "required_strength": 3, "message": "Weak."}, "canary1", "Weak."),
        ({"type": "passwordStrength", "required_strength": 3}, "correct horse battery staple", ""),
        ({"type": "passwordStrength", "disallowed": "[]"}, "canary[1]", "may not have"),
        ({"type": "servers", "is_required": True, "is_multiple": True}, [], "required"),
    ],
)
def test_a_value_is_checked(members: dict[str, Any], value: Any, told: str) -> None:
    sentence = check_value(ProductField(name="size", label="Size", **members), value)
    assert told in sentence
    assert bool(sentence) == bool(told)
    assert "canary" not in sentence


FIELDS = (
    ProductField(type="textblock", title="Mind"),
    ProductField(type="number", name="size", label="Size", is_required=True),
    ProductField(type="password", name="word", label="Word"),
    ProductField(type="servers", name="on", label="On", is_multiple=True, is_inventory=True),
    ProductField(type="servers", name="near", label="Near", is_multiple=True),
)
PRODUCT = Product(folder="disk", name="Disk", default_playbook="disk/go.yml", panels=(ProductPanel("", FIELDS),))
CATALOG = Catalog(source="https://git.example/c.git", url="https://git.example/c.git")
VALUES = {"size": 4, "word": "canary", "on": ["WA1A", "WA1B", "WA1A"], "near": ["WA1C"]}


def test_a_forms_values_become_variables_and_hosts() -> None:
    assert check_values(PRODUCT, {}) == {"size": "This field is required."}
    assert variables_of(PRODUCT, VALUES) == {"size": 4, "word": "canary", "near": ["WA1C"]}
    assert [host.id for host in hosts_of(PRODUCT, VALUES)] == ["WA1A", "WA1B"]
    assert secret_names(PRODUCT) == ["word"]


def test_a_products_job_is_found_again() -> None:
    job = job_of(CATALOG, PRODUCT)
    assert job.repository == Repository(url="https://git.example/c.git", default_playbook="disk/go.yml")
    same = Job(name="Disk", repository=Repository(url="https://git.example/c", default_playbook="disk/go.yml"))
    other = Job(name="Disk", repository=Repository(url="https://git.example/d", default_playbook="disk/go.yml"))
    assert find_job([Job(name="Disk"), other, same], CATALOG, PRODUCT) is same
    assert find_job([other], CATALOG, PRODUCT) is None


@pytest.mark.parametrize(
    ("catalog", "product", "told"),
    [
        (Catalog(source="/here"), PRODUCT, "push it"),
        (CATALOG, Product(folder="a", name="Disk"), "no playbook"),
    ],
)
def test_what_runner_could_not_fetch_is_not_started(catalog: Catalog, product: Product, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        job_of(catalog, product)
