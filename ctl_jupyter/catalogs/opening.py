"""A catalog, opened from a folder or from a git repository."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ctl_jupyter.catalogs.addresses import LogIn, address_of, is_address, log_in_for, shown_address
from ctl_jupyter.catalogs.errors import CatalogError
from ctl_jupyter.catalogs.files import MOST_FOLDERS, product_folders
from ctl_jupyter.catalogs.git import Git, GitFailed, Stop
from ctl_jupyter.catalogs.kept import kept_copy
from ctl_jupyter.catalogs.product import Catalog, Product
from ctl_jupyter.catalogs.reading import read_product
from ctl_jupyter.cleaning import one_line

__all__ = ["open_catalog"]

MOST_PRODUCTS = 1_000


def open_catalog(
    source: str,
    branch: str = "",
    *,
    credentials: Mapping[str, Any] | None = None,
    stop: Stop | None = None,
    timeout: float = 120,
) -> Catalog:
    """Open a catalog and read all its products.

    Parameters
    ----------
    source
        The path of a folder, or the address of a git repository (``https://…``, ``ssh://…``, ``file://…``,
        ``git@host:…``). A repository is fetched into the user's cache directory, and without a connection the copy
        of last time is opened; the catalog's notes say so.
    branch
        A branch or a tag of the repository; its own branch when empty.
    credentials
        What lets in: ``username``, ``password``, ``sshPrivateKey`` (base64), as in a job's ``repository``. They
        are given to git alone, and kept nowhere.
    stop
        Ends it when it is set.
    timeout
        Seconds that fetching may take.

    Returns
    -------
    Catalog
        However untidy the files are: what could not be used of a product is in its notes.

    Raises
    ------
    CatalogError
        When there is no catalog, in one sentence.
    """
    source, branch = source.strip(), branch.strip()
    _check(source, branch)
    if not is_address(source):
        return _open_folder(source, stop)
    address = address_of(source)
    git = Git(address, log_in_for(source, credentials), stop, timeout)
    with kept_copy(git, address, branch) as (copy, notes):
        name = address.rstrip("/").removesuffix(".git").rpartition("/")[2].rpartition(":")[2]
        catalog = _read(copy, name, address, stop)
    return replace(catalog, source=address, url=address, branch=branch, notes=(*notes, *catalog.notes))


def _check(source: str, branch: str) -> None:
    if not source:
        raise CatalogError("Give the path of a folder, or the address of a git repository, to open a catalog.")
    if source.startswith("-") or any(ord(character) < 32 for character in source):
        raise CatalogError(
            f"'{shown_address(source)}' is neither the path of a folder nor the address of a repository."
        )
    if branch.startswith("-") or re.search(r"[\s\x00-\x1f~^:?*\[\\]|\.\.|@\{", branch):
        raise CatalogError(f"'{one_line(branch, 60)}' is not the name of a branch or a tag.")


def _open_folder(source: str, stop: Stop | None) -> Catalog:
    try:
        folder = Path(source).expanduser().resolve()
        is_there, is_folder = folder.exists(), folder.is_dir()
    except (OSError, RuntimeError, ValueError):
        raise CatalogError(f"'{one_line(source)}' is no path of a folder on this machine.") from None
    if not is_there:
        hint = " The address of a repository begins with https://, ssh://, file:// or git@."
        raise CatalogError(f"There is no folder '{one_line(source)}'.{hint if '/' in source else ''}")
    if not is_folder:
        raise CatalogError(f"'{one_line(source)}' is a file; give the folder that holds the products.")
    catalog = _read(folder, folder.name, one_line(source), stop)
    return _with_repository(replace(catalog, source=str(folder)), stop)


def _read(root: Path, name: str, shown: str, stop: Stop | None) -> Catalog:
    root = root.resolve()
    products: list[Product] = []
    notes: list[str] = []
    for found in product_folders(root):
        if stop is not None and stop.is_set():
            raise CatalogError(f"Opening {shown} was stopped.")
        if found is None:
            notes.append(f"Only the first {MOST_FOLDERS:,} folders were looked at.")
        elif len(products) == MOST_PRODUCTS:
            notes.append(f"Only the first {MOST_PRODUCTS:,} products are shown.")
            break
        else:
            products.append(read_product(root, *found, name))
    if not products:
        raise CatalogError(f"There is no product in {shown}: a product is a folder with a config.yml.")
    return Catalog(source=shown, products=tuple(products), notes=tuple(notes))


def _with_repository(catalog: Catalog, stop: Stop | None) -> Catalog:
    """Return a folder's catalog with the repository that the folder is a working copy of, where it is one."""
    git = Git("", LogIn(), stop, timeout=10)
    inside = ("-C", catalog.source)
    try:
        prefix = git.run(*inside, "rev-parse", "--show-prefix").strip()
        branch = git.run(*inside, "symbolic-ref", "--quiet", "--short", "HEAD").strip()
        remote = git.run(*inside, "config", "--get", "remote.origin.url").strip()
        address = address_of(_as_https(remote))
    except (GitFailed, TimeoutError, CatalogError):
        return catalog
    if not address.startswith("https://"):
        return catalog  # what Runner could not reach from elsewhere
    note = f"Jobs run what {address} holds on the branch '{branch}': changes in this folder count once they are pushed."
    return replace(catalog, url=address, branch=branch, prefix=prefix, notes=(*catalog.notes, note))


def _as_https(remote: str) -> str:
    """Return the web address of a repository that is reached by ssh."""
    short = re.fullmatch(r"[\w.-]+@([\w.-]+):(?!//)/?(.+)", remote)
    if short and "://" not in remote:
        return f"https://{short[1]}/{short[2]}"
    long = re.fullmatch(r"ssh://(?:[^@/]*@)?([\w.-]+)(?::\d+)?/(.+)", remote)
    return f"https://{long[1]}/{long[2]}" if long else remote
