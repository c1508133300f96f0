"""Catalogs in a folder, written for a test."""

from pathlib import Path

from ctl_jupyter.catalogs import Catalog, Product, ProductField, open_catalog

__all__ = ["PLAYBOOK", "field_of", "notes_on", "product_of", "write"]

PLAYBOOK = "- hosts: all\n  tasks: []\n"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files beneath a folder and return the folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def product_of(root: Path, config: str | bytes, files: dict[str, str | bytes] | None = None) -> Product:
    """Return the product that a catalog with this configuration holds."""
    base: dict[str, str | bytes] = {"shop/config.yml": config, "shop/playbook.yml": PLAYBOOK}
    catalog: Catalog = open_catalog(str(write(root, base | (files or {}))))
    (product,) = catalog.products
    return product


def field_of(root: Path, field: str, more: str = "") -> tuple[ProductField, tuple[str, ...]]:
    """Return the field ``it`` of a form as YAML's short form writes it, and the product's notes."""
    product = product_of(root, f"name: Shop\nfields:\n- {{{field}}}\n{more}")
    return next(each for each in product.fields if each.name == "it"), product.notes


def notes_on(product: Product, name: str) -> list[str]:
    """Return the notes that name something."""
    return [note for note in product.notes if f"'{name}'" in note]
