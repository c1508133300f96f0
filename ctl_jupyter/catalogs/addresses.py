"""Where a catalog lies: a folder, or a git repository whose address is told from its log-in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from ctl_jupyter.catalogs.errors import CatalogError
from ctl_jupyter.cleaning import UNPRINTABLE, one_line
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.documents.jobs import decode_private_key
from ctl_jupyter.secrecy import SHORTEST_TOKEN

__all__ = ["LogIn", "address_of", "is_address", "log_in_for", "same_place", "shown_address", "without_log_in"]

SCHEMES = ("https", "http", "ssh", "git", "file")
#: What ssh's short form looks like: ``git@host:owner/repository``.
SHORT_FORM = re.compile(r"[\w.-]+@[\w.-]+:[^\s:][^\s]*")


@dataclass(frozen=True)
class LogIn:
    """What lets git in: a name and a password or token, or a private key; never in a repr."""

    username: str = ""
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)


def is_address(source: str) -> bool:
    """Return whether a source is the address of a repository, not the path of a folder."""
    return "://" in source or (SHORT_FORM.fullmatch(source) is not None and not Path(source).exists())


def address_of(source: str) -> str:
    """Return a repository's address without a log-in, fit for a command line, a message and a file.

    Raises
    ------
    CatalogError
        When git cannot use it.
    """
    if "://" not in source:
        return source
    parts = _parts(source)
    if parts.scheme.lower() not in SCHEMES:
        scheme = one_line(parts.scheme, 20)
        raise CatalogError(f"A catalog's address begins with https://, ssh://, file:// or git@, not {scheme}://.")
    if parts.scheme.lower() != "file" and not parts.hostname:
        raise CatalogError("The catalog's address names no host: it looks like https://host/owner/repository.")
    # A log-in over ssh is a name, and needed; over http it goes to git by another way.
    user = f"{parts.username}@" if parts.username and parts.scheme.lower() == "ssh" else ""
    return parts._replace(netloc=user + parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def shown_address(source: str) -> str:
    """Return an address as it may be shown, whatever it is."""
    return re.sub(r"(?<=://)[^/\s]*@", "", one_line(source))


def without_log_in(source: str) -> str:
    """Return an address without a password, a token or a name to log in with; a name for ssh is no secret and stays."""
    user, at, rest = source.partition("://")[2].partition("/")[0].rpartition("@")
    if not at or (source.startswith("ssh://") and ":" not in user):
        return source
    return source.replace(f"{user}@{rest}", rest, 1)


def log_in_for(source: str, credentials: Mapping[str, Any] | None) -> LogIn:
    """Return what to log in with: the credentials given, else those that stand in the address.

    Parameters
    ----------
    credentials
        ``username``, ``password``, ``sshPrivateKey`` (base64), as in a job's ``repository``.

    Raises
    ------
    CatalogError
        When they cannot be used; the sentence holds none of them.
    """
    given = {name: str(value) for name, value in (credentials or {}).items() if value}
    parts = _parts(source) if "://" in source else SplitResult("", "", "", "", "")
    username = given.get("username") or unquote(parts.username or "")
    password = given.get("password") or unquote(parts.password or "")
    if not password and len(username) >= SHORTEST_TOKEN:
        # https://TOKEN@host: the token is the name, and any password will do.
        password = "x-oauth-basic"  # noqa: S105 -- what is sent beside a token
    if UNPRINTABLE.search(username + password) or "\n" in username + password:
        raise CatalogError("The catalog's user name or password holds a line break or another character that none has.")
    key = ""
    if given.get("sshPrivateKey"):
        try:
            key = decode_private_key(given["sshPrivateKey"], "The catalog's private key")
        except DocumentError as error:
            raise CatalogError(str(error)) from None
    return LogIn(username, password, key)


def _parts(source: str) -> SplitResult:
    try:
        parts = urlsplit(source)
        parts.port  # noqa: B018 -- asking for it is the check
    except ValueError:
        raise CatalogError(
            "The catalog's address cannot be read: in a user name or a password, / is written %2F, @ %40, # %23."
        ) from None
    return parts


def same_place(address: str) -> str:
    """Return what two addresses of one repository have in common, whether they go by https or ssh."""
    text = address.strip()
    if SHORT_FORM.fullmatch(text) and "://" not in text:
        host, _, path = text.partition("@")[2].partition(":")
    elif "://" in text:
        rest = text.partition("://")[2]
        host, _, path = rest.rpartition("@")[2].partition("/") if "@" in rest.partition("/")[0] else rest.partition("/")
    else:
        host, path = "", text
    return f"{host.lower()}/{path.strip('/').removesuffix('.git').rstrip('/')}"
