"""Folders and real git repositories."""

from pathlib import Path

import pytest

from ctl_jupyter.catalogs import open_catalog
from ctl_jupyter.documents import DocumentError
from tests.catalogs.conftest import git


def test_a_repository_is_fetched_and_fetched_again(repository: Path) -> None:
    source = f"file://{repository}"
    catalog = open_catalog(source)
    assert (catalog.url, [product.name for product in catalog.products]) == (source, ["Disk"])
    (repository / "disk" / "config.yml").write_text("name: Larger disk\n")
    git(repository, "commit", "--quiet", "-am", "two")
    assert [product.name for product in open_catalog(source).products] == ["Larger disk"]


def test_without_the_repository_the_kept_one_is_opened_and_told(repository: Path) -> None:
    source = f"file://{repository}"
    open_catalog(source)
    repository.rename(repository.with_name("gone"))
    catalog = open_catalog(source)
    assert [product.name for product in catalog.products] == ["Disk"]
    assert "as it was the last time" in catalog.notes[0]


def test_a_branch_is_opened_by_its_name(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "next")
    (repository / "disk" / "config.yml").write_text("name: Next disk\n")
    git(repository, "commit", "--quiet", "-am", "two")
    git(repository, "checkout", "--quiet", "main")
    catalog = open_catalog(f"file://{repository}", "next")
    assert (catalog.branch, catalog.products[0].name) == ("next", "Next disk")


def test_a_clone_in_a_folder_knows_where_it_came_from(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", f"file://{repository}", "clone")
    assert open_catalog(str(tmp_path / "clone")).url == f"file://{repository}"
    assert open_catalog(str(tmp_path / "clone" / "disk")).url == ""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", "Give the address"),
        ("/no/such/folder", "neither a folder"),
        (__file__, "is no folder"),
        ("file:///no/such/repository", "git cannot fetch it"),
        ("https://ada:canary@127.0.0.1:9/c.git", "holds credentials"),
        ("https://127.0.0.1:9/c.git", "git cannot fetch it"),
    ],
)
def test_what_is_no_catalog_says_why(source: str, told: str) -> None:
    with pytest.raises(DocumentError, match=told) as raised:
        open_catalog(source)
    assert "canary" not in str(raised.value)


def test_a_folder_without_products_says_so(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none of its folders has a config\.yml"):
        open_catalog(str(tmp_path))
