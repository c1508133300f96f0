"""The job that starts a product: made from it, or found among those that are there."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ctl_jupyter.catalogs.addresses import same_place
from ctl_jupyter.catalogs.errors import CatalogError
from ctl_jupyter.catalogs.files import FileUnusable, read_bytes
from ctl_jupyter.catalogs.playbook_files import file_needed
from ctl_jupyter.catalogs.product import Catalog, Product
from ctl_jupyter.catalogs.safe_html import plain_text
from ctl_jupyter.cleaning import one_line
from ctl_jupyter.documents import Job, Repository
from ctl_jupyter.documents.jobs import Credentials
from ctl_jupyter.documents.playbooks import parse_playbook
from ctl_jupyter.documents.reading import DocumentError, decode_base64, decode_utf8

__all__ = ["find_job", "job_of"]

LONGEST_DESCRIPTION = 1_000


def job_of(catalog: Catalog, product: Product, *, credentials: Mapping[str, Any] | None = None) -> Job:
    """Return the job document that starts a product; its variables and hosts are for the caller to add.

    Parameters
    ----------
    credentials
        What lets Runner in to the catalog's repository: ``username``, ``password``, ``sshPrivateKey`` (base64).

    Returns
    -------
    Job
        With the catalog's ``repository``; of a plain folder, with the ``playbook`` itself.

    Raises
    ------
    DocumentError
        When the product has no playbook, or one that needs other files of a folder that Runner cannot reach.
    """
    if not product.default_playbook:
        raise CatalogError(f"The product '{product.name}' has no playbook, so that there is nothing to start.")
    job = Job(name=product.name, description=_description(product))
    if catalog.url:
        given = {name: value for name, value in (credentials or {}).items() if value}
        job.repository = Repository(
            url=catalog.url,
            branch=catalog.branch or None,
            default_playbook=catalog.prefix + product.default_playbook,
            credentials=_credentials(given) if given else None,
        )
    else:
        job.playbook = base64.b64encode(_playbook(catalog, product).encode()).decode("ascii")
    return job


def _description(product: Product) -> str | None:
    return one_line(product.short_description or plain_text(product.description), LONGEST_DESCRIPTION) or None


def _credentials(given: Mapping[str, Any]) -> Credentials:
    return Credentials(
        username=given.get("username"), password=given.get("password"), ssh_private_key=given.get("sshPrivateKey")
    )


def _playbook(catalog: Catalog, product: Product) -> str:
    """Return the playbook's text, where that is all it needs."""
    root = Path(catalog.source)
    path = root / product.default_playbook
    shown = f"'{one_line(product.default_playbook, 120)}'"
    try:
        text = decode_utf8(read_bytes(root, path), f"The playbook {shown}")
    except FileUnusable as error:
        raise CatalogError(f"The playbook {shown} {error}.") from None
    try:
        plays = parse_playbook(text)
    except DocumentError as error:
        raise CatalogError(f"The playbook {shown} cannot be used. {error}") from None
    needed = file_needed(plays, path.parent)
    if needed:
        raise CatalogError(
            f"The playbook {shown} needs other files ({needed}), which Runner gets from a git repository alone: "
            "put the catalog into one, and open it by its address."
        )
    return text


def find_job(jobs: Iterable[Job], catalog: Catalog, product: Product) -> Job | None:
    """Return the first job that starts a product already: with its name, and its repository, branch and playbook.

    Addresses of one repository count as the same whether they go by https or ssh. In a catalog without a repository
    it is the job with the product's name and the very text of its playbook.
    """
    if not product.default_playbook:
        return None
    named = (job for job in jobs if job.name == product.name)
    if catalog.url:
        return next((job for job in named if _is_of_repository(job, catalog, product)), None)
    try:
        text = _playbook(catalog, product)
    except DocumentError:
        return None
    return next((job for job in named if _is_of_text(job, text)), None)


def _is_of_repository(job: Job, catalog: Catalog, product: Product) -> bool:
    repository = job.repository
    if repository is None or (repository.branch or "") != catalog.branch:
        return False
    playbook = (repository.default_playbook or "").removeprefix("./")
    return playbook == catalog.prefix + product.default_playbook and same_place(repository.url) == same_place(
        catalog.url
    )


def _is_of_text(job: Job, text: str) -> bool:
    try:
        return bool(job.playbook) and decode_base64(job.playbook or "", "The playbook") == text.encode()
    except DocumentError:
        return False
