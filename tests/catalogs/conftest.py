"""Catalogs written into a folder of the test's own."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl_jupyter.catalogs import Product, ProductField, open_catalog

#: Of a product: the text of its config.yml.
Read = Callable[[str], Product]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_CATALOG_HOME", str(tmp_path / "cache"))


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return what becomes of a product with that config.yml."""

    def read(config: str) -> Product:
        folder = tmp_path / "catalog" / "disk"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yml").write_text(config, encoding="utf-8")
        (product,) = open_catalog(str(tmp_path / "catalog")).products
        return product

    return read


@pytest.fixture
def field(read: Read) -> Callable[[str], tuple[ProductField, str]]:
    """Return the one field that a config's field becomes, and the product's notes of it."""

    def field(members: str) -> tuple[ProductField, str]:
        product = read(f"name: Disk\nfields:\n- {{name: size, {members}}}\n")
        (found,) = product.fields
        return found, " ".join(note for note in product.notes if "size" in note)

    return field


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a git repository with one product."""
    path = tmp_path / "repository"
    (path / "disk").mkdir(parents=True)
    (path / "disk" / "config.yml").write_text("name: Disk\ndefaultPlaybook: disk/go.yml\n")
    (path / "disk" / "go.yml").write_text("- hosts: all\n")
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
        git(path, *words)
    return path


def git(path: Path, *words: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "-C", str(path), *identity, *words], check=True, capture_output=True)
