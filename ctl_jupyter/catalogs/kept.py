"""Copies of repositories, kept in the user's cache directory, brought up to date when they are opened again."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import platformdirs

from ctl_jupyter.catalogs.errors import CatalogError
from ctl_jupyter.catalogs.git import LOOK, Git, GitFailed

__all__ = ["kept_copy"]

#: How git, ssh and the great hosts say that they do not let somebody in.
NOT_LET_IN = (
    "authentication failed",
    "permission denied",
    "could not read username",
    "could not read password",
    "access denied",
    "the requested url returned error: 401",
    "the requested url returned error: 403",
)
NOT_THERE = (
    "repository not found",
    "does not exist",
    "does not appear to be a git repository",
    "not a git repository",
    "the requested url returned error: 404",
    "access denied or repository not exported",
    "no such file or directory",
    "not found",
)
NO_SUCH_BRANCH = ("couldn't find remote ref", "could not find remote ref", "no such ref")


@contextmanager
def kept_copy(git: Git, address: str, branch: str) -> Iterator[tuple[Path, list[str]]]:
    """Hold an up-to-date copy of a repository, and what to say of it, while it is read.

    Without a connection it is the copy of last time, and that is said.

    Parameters
    ----------
    branch
        A branch or a tag; the repository's own branch when empty.

    Raises
    ------
    CatalogError
        When there is no copy to be had, in one sentence.
    """
    copies = _private(Path(platformdirs.user_cache_dir("ctl-jupyter")) / "catalogs")
    name = sha256(f"{address}\n{branch}".encode()).hexdigest()[:20]
    copy = copies / name
    with _alone(copies / f"{name}.lock", git, address):
        notes = []
        try:
            _bring_up_to_date(git, copy, address, branch)
        except (GitFailed, TimeoutError) as error:
            sentence, may_be_away = _why(error, address, branch)
            if not _has_commit(copy):
                rmtree(copy, ignore_errors=True)
                raise CatalogError(sentence) from None
            if not may_be_away:
                raise CatalogError(sentence) from None
            notes.append(f"{sentence} This is the copy that was fetched {_age(copy)}.")
        except OSError as error:
            raise _not_kept(copy, error) from None
        yield copy, notes


def _private(path: Path) -> Path:
    """Return a directory that this user alone can open, made when it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
    except OSError as error:
        raise _not_kept(path, error) from None
    return path


def _not_kept(path: Path, error: OSError) -> CatalogError:
    return CatalogError(f"Catalogs cannot be kept in {path}: {os.strerror(error.errno or 0)}.")


@contextmanager
def _alone(path: Path, git: Git, address: str) -> Iterator[None]:
    """Keep other kernels of this user from the copy meanwhile."""
    try:
        file = path.open("w")
    except OSError as error:
        raise _not_kept(path, error) from None
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                try:
                    git.check_wanted()
                except TimeoutError as error:
                    raise CatalogError(f"The catalog {address} is being opened elsewhere, and {error}.") from None
                time.sleep(LOOK)
        yield


def _bring_up_to_date(git: Git, copy: Path, address: str, branch: str) -> None:
    _private(copy)
    # Left by a command that was ended; nobody else is at work here.
    for lock in (copy / ".git").glob("*.lock"):
        lock.unlink()
    inside = ("-C", str(copy))
    git.run("init", "--quiet", "--template=", str(copy))
    _fetch(git, inside, address, branch)
    # The mark of what is whole: moved only when everything of it is here.
    git.run(*inside, "reset", "--quiet", "--hard", "FETCH_HEAD")
    git.run(*inside, "clean", "--quiet", "-ffdx")
    os.utime(copy)


def _fetch(git: Git, inside: tuple[str, ...], address: str, branch: str) -> None:
    """Fetch one commit: of a branch, else of a tag of that name."""
    refs = [f"refs/heads/{branch}", f"refs/tags/{branch}"] if branch else ["HEAD"]
    for ref in refs:
        command = [*inside, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--update-shallow"]
        try:
            try:
                git.run(*command, "--depth=1", "--", address, ref)
            except GitFailed as error:
                if "shallow" not in error.words:
                    raise
                git.run(*command, "--", address, ref)  # a plain web server, which has whole histories alone
        except GitFailed as error:
            if ref == refs[-1] or not _says(error, NO_SUCH_BRANCH):
                raise
        else:
            return


def _has_commit(copy: Path) -> bool:
    return any((copy / ".git" / "refs" / "heads").glob("*"))


def _age(copy: Path) -> str:
    return datetime.fromtimestamp(copy.stat().st_mtime, tz=UTC).strftime("on %Y-%m-%d at %H:%M UTC")


def _says(error: GitFailed, words: tuple[str, ...]) -> bool:
    return any(word in error.words for word in words)


def _why(error: GitFailed | TimeoutError, address: str, branch: str) -> tuple[str, bool]:
    """Return a sentence, and whether the repository may only be out of reach."""
    if isinstance(error, TimeoutError):
        return f"The catalog {address} was not fetched: {error}.", str(error) != "it was stopped"
    if _says(error, NO_SUCH_BRANCH):
        if branch:
            return f"The repository {address} has no branch or tag '{branch}'.", False
        return f"The repository {address} is empty: it holds no commit.", False
    if _says(error, ("cannot run ssh",)):
        return f"There is no 'ssh' command on this machine, which {address} needs.", False
    if _says(error, ("host key verification failed",)):
        return f"The host of {address} shows another key than it used to, so that ssh does not trust it.", False
    if "could not resolve" not in error.words and _says(error, NOT_LET_IN):
        needed = "a user name and a password or token, or an ssh key that it knows"
        return f"The repository {address} does not let you in: give {needed}; or it is not there.", False
    if "could not resolve" not in error.words and _says(error, NOT_THERE):
        return f"There is no repository at {address}, or none that is shown without a log-in.", False
    return f"The repository {address} cannot be fetched: {error.line}.", True
