"""Catalogs of products: a repository or folder, each folder of it with a ``config.yml`` a form around a playbook."""

from ctl_jupyter.catalogs.checking import check_value, check_values, initial_values
from ctl_jupyter.catalogs.opening import open_catalog
from ctl_jupyter.catalogs.product import Catalog, Choice, Product, ProductField, ProductPanel
from ctl_jupyter.catalogs.starting import find_job, hosts_of, job_of, secret_names, variables_of

__all__ = [
    "Catalog",
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
    "secret_names",
    "variables_of",
]
