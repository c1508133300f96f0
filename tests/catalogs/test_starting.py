"""A filled-in form as variables, hosts and the job that is started."""

from typing import Any

import pytest

from ctl_jupyter.catalogs import Catalog, ProductField, find_job, hosts_of, job_of, secret_names, variables_of
from ctl_jupyter.documents import DocumentError, Host, Job, Repository
from tests.catalogs.making import product

URL = "https://example.org/c"
FORM = product(
    ProductField(type="text", name="text"),
    ProductField(type="number", name="size"),
    ProductField(type="toggle", name="quick"),
    ProductField(type="select", name="kinds", is_multiple=True),
    ProductField(type="servers", name="hosts", is_multiple=True, is_inventory=True),
    ProductField(type="servers", name="more", is_inventory=True),
    ProductField(type="servers", name="others", is_multiple=True),
    ProductField(type="password", name="word"),
    ProductField(type="passwordStrength", name="key"),
    ProductField(type="textblock", name="block"),
)
CATALOG = Catalog(source=URL, url=URL)


def test_variables_keep_their_types_and_hosts_are_none() -> None:
    values: dict[str, Any] = {"text": "a", "size": 0, "quick": False, "kinds": ["a"], "others": ["db1"], "word": "w"}
    hosts = {"hosts": ["web1", "web2"], "more": "web1"}
    assert variables_of(FORM, {**values, **hosts, "block": "b", "gone": 1}) == values
    assert hosts_of(FORM, {**values, **hosts}) == [Host(id="web1"), Host(id="web2")]


@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_fields_are_neither_variables_nor_hosts(empty: Any) -> None:
    values = {field.name: empty for field in FORM.fields}
    assert (variables_of(FORM, values), hosts_of(FORM, values)) == ({}, [])


def test_secret_fields_are_named() -> None:
    assert secret_names(FORM) == ["word", "key"]


@pytest.mark.parametrize("branch", ["", "next"])
def test_the_job_of_a_product_is_found_again(branch: str) -> None:
    catalog = Catalog(source=URL, url=URL, branch=branch)
    job = job_of(catalog, FORM)
    assert (job.name, job.repository) == (
        "Disk",
        Repository(url=URL, branch=branch or None, default_playbook="disk/playbook.yml"),
    )
    assert find_job([Job(name="Disk"), job], catalog, FORM) is job


@pytest.mark.parametrize(
    ("name", "members", "is_found"),
    [
        ("Disk", {}, True),
        ("Disk", {"url": f"{URL}.git"}, True),
        ("Disk", {"url": f"{URL}/"}, True),
        ("Disk", {"url": f"{URL}.git/"}, True),
        ("Disk", {"branch": ""}, True),
        ("Disk", {"branch": "next"}, False),
        ("Disk", {"url": f"{URL}2"}, False),
        ("Disk", {"default_playbook": "web/playbook.yml"}, False),
        ("Other", {}, False),
    ],
)
def test_a_job_of_another_place_or_name_is_another(name: str, members: dict[str, Any], is_found: bool) -> None:
    job = Job(name=name, repository=Repository(**{"url": URL, "default_playbook": "disk/playbook.yml", **members}))
    assert (find_job([job], CATALOG, FORM) is job) == is_found


@pytest.mark.parametrize(
    ("catalog", "playbook", "said"),
    [
        (CATALOG, "", "Disk has no playbook, so there is nothing to start."),
        (Catalog(source="/mine"), "disk/playbook.yml", "/mine is a folder in no repository that Runner could fetch"),
    ],
)
def test_what_runner_could_not_fetch_is_no_job(catalog: Catalog, playbook: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        job_of(catalog, product(playbook=playbook))
