"""A filled-in form as what starts it: variables, hosts, and the job; pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from ctl_jupyter.catalogs.product import Catalog, Product
from ctl_jupyter.documents import DocumentError, Host, Job, Repository

__all__ = ["find_job", "hosts_of", "job_of", "secret_names", "variables_of"]

SECRETS = frozenset({"password", "passwordStrength"})


def variables_of(product: Product, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that are passed to Ansible, by the fields' names; empty fields are left out.

    Servers that become hosts are no variable.
    """
    return {
        field.name: values[field.name]
        for field in product.fields
        if field.type != "textblock" and not field.is_inventory and values.get(field.name) not in (None, "", [])
    }


def hosts_of(product: Product, values: Mapping[str, Any]) -> list[Host]:
    """Return the hosts that were chosen: the servers of fields whose ``inventory`` is true, each once."""
    names: dict[str, None] = {}
    for field in product.fields:
        if field.is_inventory:
            value = values.get(field.name) or []
            names |= dict.fromkeys(str(each) for each in (value if isinstance(value, list | tuple) else [value]))
    return [Host(id=name) for name in names]


def secret_names(product: Product) -> list[str]:
    """Return the names of the fields whose values are secret."""
    return [field.name for field in product.fields if field.type in SECRETS]


def job_of(catalog: Catalog, product: Product) -> Job:
    """Return the job document by which a product is started; it holds nothing that was filled in.

    Raises
    ------
    DocumentError
        When Runner could not fetch the playbook: it is in no repository, or there is none.
    """
    if not product.default_playbook:
        raise DocumentError(f"{product.name} has no playbook, so there is nothing to start.")
    if not catalog.url:
        raise DocumentError(
            f"{catalog.source} is a folder in no repository that Runner could fetch: push it, and open its address."
        )
    return Job(
        name=product.name,
        description=product.short_description or None,
        repository=_repository(catalog, product),
    )


def find_job(jobs: Iterable[Job], catalog: Catalog, product: Product) -> Job | None:
    """Return the job that starts a product already: the same name, repository, branch and playbook."""
    wanted = _repository(catalog, product)
    for job in jobs:
        has = job.repository
        if (
            has is not None
            and job.name == product.name
            and _address(has.url) == _address(wanted.url)
            and (has.branch or None) == wanted.branch
            and has.default_playbook == wanted.default_playbook
        ):
            return job
    return None


def _repository(catalog: Catalog, product: Product) -> Repository:
    return Repository(url=catalog.url, branch=catalog.branch or None, default_playbook=product.default_playbook)


def _address(url: str) -> str:
    return url.rstrip("/").removesuffix(".git")
