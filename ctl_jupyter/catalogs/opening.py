"""Opening a catalog: a folder, or a repository, which git fetches into the user's cache."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from ctl_jupyter.catalogs.product import Catalog
from ctl_jupyter.catalogs.reading import CONFIGS, read_product
from ctl_jupyter.documents import DocumentError

__all__ = ["open_catalog"]

#: Seconds that git may take.
PATIENCE = 120
#: How deep products may lie, and how many of them are opened.
DEEPEST, MOST_PRODUCTS = 6, 500
ADDRESS = re.compile(r"(?:https?|ssh|git|file)://\S+|[\w.-]+@[\w.-]+:\S+")
#: Nobody is asked for a password, and no program of the user's settings is started for one.
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}


def open_catalog(source: str, branch: str = "") -> Catalog:
    """Open the catalog of a folder or a git repository and return its products, in the order of their names.

    A repository is fetched again each time; where that cannot be done, the one that was fetched last is opened and a
    note says so.

    Parameters
    ----------
    source
        A folder's path, or an address that git takes; credentials are no part of it.
    branch
        A branch or tag of a repository; its own when empty.

    Raises
    ------
    DocumentError
        When there is no catalog; one sentence that says why.
    """
    source = source.strip()
    if not source:
        raise DocumentError("Give the address of a git repository, or a folder.")
    if not ADDRESS.fullmatch(source):
        return _of_folder(source)
    if urlsplit(source).password or (urlsplit(source).username and source.startswith("http")):
        raise DocumentError("The address holds credentials: leave them out, git knows its own.")
    folder = _kept(source, branch)
    notes: list[str] = []
    try:
        _fetch(source, branch, folder)
    except DocumentError as error:
        if not (folder / ".git").is_dir():
            raise
        notes.append(f"It could not be fetched, so it is as it was the last time: {error}")
    return _read(folder, source, source, branch, notes)


def _of_folder(source: str) -> Catalog:
    folder = Path(source).expanduser()
    if not folder.is_dir():
        kind = "is no folder" if folder.exists() else "is neither a folder here nor an address that git takes"
        raise DocumentError(f"{source[:300]} {kind}.")
    return _read(folder, source, _remote_of(folder), "", [])


def _kept(source: str, branch: str) -> Path:
    """Return where a repository is kept, a directory of the user alone."""
    home = Path(os.environ.get("CTL_CATALOG_HOME") or platformdirs.user_cache_dir("ctl-jupyter")) / "catalogs"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return home / sha256(f"{source}\n{branch}".encode()).hexdigest()[:24]


def _fetch(source: str, branch: str, folder: Path) -> None:
    if not (folder / ".git").is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            chosen = ["--branch", branch] if branch else []
            _git("clone", "--quiet", "--depth=1", *chosen, "--", source, str(folder))
        except DocumentError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return
    _git("-C", str(folder), "fetch", "--quiet", "--depth=1", "origin", branch or "HEAD")
    _git("-C", str(folder), "reset", "--quiet", "--hard", "FETCH_HEAD")


def _git(*words: str) -> str:
    command = [
        "git",
        "-c",
        "core.symlinks=false",
        "-c",
        "protocol.ext.allow=never",
        "-c",
        "credential.interactive=never",
    ]
    try:
        done = subprocess.run(  # noqa: S603 -- git alone, and no shell
            [*command, *words],
            env={**os.environ, **QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            start_new_session=True,
            check=False,
        )
    except FileNotFoundError:
        raise DocumentError(
            "git is not installed here, and it fetches catalogs: install it, or open a folder."
        ) from None
    except subprocess.TimeoutExpired:
        raise DocumentError(f"git had not ended after {PATIENCE} s.") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith(("fatal:", "error:", "remote:"))]
        said = re.sub(r"^(fatal|error|remote): *", "", lines[-1] if lines else "git gave no reason")
        raise DocumentError(f"git cannot fetch it: {_without_credentials(said)[:400]}")
    return done.stdout.strip()


def _without_credentials(text: str) -> str:
    return re.sub(r"://[^/@\s]+@", "://", text)


def _remote_of(folder: Path) -> str:
    """Return the address that a folder was cloned from; empty where that is none that Runner can fetch."""
    try:
        top = _git("-C", str(folder), "rev-parse", "--show-toplevel")
        url = _git("-C", str(folder), "remote", "get-url", "origin")
    except DocumentError:
        return ""
    is_whole = Path(top).resolve() == folder.resolve()
    return _without_credentials(url) if is_whole and re.match(r"https?://|file://", url) else ""


def _read(folder: Path, source: str, url: str, branch: str, notes: list[str]) -> Catalog:
    folders: list[Path] = []
    for found in _folders(folder.resolve(), DEEPEST):
        if len(folders) == MOST_PRODUCTS:
            notes.append(f"Only the first {MOST_PRODUCTS} products are shown.")
            break
        folders.append(found)
    if not folders:
        raise DocumentError(f"{source} has no product: none of its folders has a config.yml.")
    products = sorted((read_product(folder.resolve(), each) for each in folders), key=lambda one: one.name.casefold())
    return Catalog(source=source, url=url, branch=branch, products=tuple(products), notes=tuple(notes))


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the folders that hold a product; what a link of the file system leads to is passed over."""
    if any((folder / name).is_file() and not (folder / name).is_symlink() for name in CONFIGS):
        yield folder
    if depth:
        try:
            inner = sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink())
        except OSError:
            return
        for each in inner:
            if not each.name.startswith("."):
                yield from _folders(each, depth - 1)
