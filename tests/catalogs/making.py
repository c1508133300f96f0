"""Folders and repositories of products for the tests of catalogs."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ctl_jupyter.catalogs import Product, ProductField
from ctl_jupyter.catalogs.product import ProductPanel
from ctl_jupyter.catalogs.reading import read_product

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
WHO = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b.c"}


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by their paths within a folder, and return the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(root: Path, config: str | bytes, **files: str | bytes) -> Product:
    """Return the product of a ``config.yml`` with a playbook beside it, in the folder ``disk`` of a catalog."""
    write(root / "disk", {"playbook.yml": "- hosts: all", "config.yml": config, **files})
    return read_product(root, root / "disk")


def product(*fields: ProductField, playbook: str = "disk/playbook.yml") -> Product:
    """Return a product of these fields."""
    return Product(folder="disk", name="Disk", default_playbook=playbook, panels=(ProductPanel("", fields),))


def git(folder: Path, *words: str) -> None:
    """Run git in a folder."""
    subprocess.run(
        ["git", "-C", str(folder), *words], env={**os.environ, **WHO}, check=True, capture_output=True, timeout=60
    )


def commit(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Commit files to the repository of a folder, which is made where there is none."""
    write(folder, files)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=products")
