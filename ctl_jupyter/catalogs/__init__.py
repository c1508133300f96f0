"""Catalogs of products: a repository or a folder, whose folders with a ``config.yml`` are forms around playbooks."""

from ctl_jupyter.catalogs.addresses import without_log_in
from ctl_jupyter.catalogs.checks import check_value, check_values
from ctl_jupyter.catalogs.errors import CatalogError
from ctl_jupyter.catalogs.jobs import find_job, job_of
from ctl_jupyter.catalogs.opening import open_catalog
from ctl_jupyter.catalogs.product import Catalog, Choice, Product, ProductField, ProductPanel
from ctl_jupyter.catalogs.safe_html import plain_text
from ctl_jupyter.catalogs.strength import password_strength
from ctl_jupyter.catalogs.values import hosts_of, initial_values, secret_names, variables_of

__all__ = [
    "Catalog",
    "CatalogError",
    "Choice",
    "Product",
    "ProductField",
    "ProductPanel",
    "check_value",
    "check_values",
    "find_job",
    "hosts_of",
    "initial_values",
    "job_of",
    "open_catalog",
    "password_strength",
    "plain_text",
    "secret_names",
    "variables_of",
    "without_log_in",
]
