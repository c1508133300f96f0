"""Catalogs of products: a repository or folder, each folder of it with a ``config.yml`` a form around a playbook."""

from ctl_jupyter.catalogs.product import Catalog, Choice, Product, ProductField, ProductPanel

__all__ = ["Catalog", "Choice", "Product", "ProductField", "ProductPanel"]
