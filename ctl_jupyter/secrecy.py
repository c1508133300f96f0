"""Which members of a document are secret, and hiding them.

The standard library alone: supervisors of runs, which load nothing else, need this too.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

__all__ = ["MASK", "SECRET_NAME", "SHORTEST_TOKEN", "masked", "restored", "secret_values"]

MASK = "********"

#: Names of variables whose values are secret; a path (``…_key_file``) is not.
SECRET_NAME = re.compile(
    r"(pass|passwd|pwd|password|passphrase|secret|token|(private|secret|access|api|auth|encryption|signing)[-_]?key)s?$",
    re.IGNORECASE,
)
#: Parameters of a URL's query that hold what lets one in, besides those whose names say so.
SECRET_PARAMETERS = frozenset({"auth", "code", "key", "sig", "signature"})
#: A user name this long in a URL is a token: ``https://TOKEN:x-oauth-basic@…``.
SHORTEST_TOKEN = 20

_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):([^/\s]+)@")
_TOKEN = re.compile(rf"(?<=://)[^/@\s:]{{{SHORTEST_TOKEN},}}(?=(?::[^/\s]*)?@)")
_PARAMETER = re.compile(r"([?&]([^=&\s#]+)=)([^&\s#]+)")


def masked(document: Any) -> Any:
    """Return a copy of a wire document with every secret member's value replaced by asterisks.

    Secret are the members whose names say so (`SECRET_NAME`), wherever they stand, and a password or a token within
    a URL.
    """
    if isinstance(document, Mapping):
        return {
            name: MASK if SECRET_NAME.search(str(name)) and value not in (None, "") else masked(value)
            for name, value in document.items()
        }
    if isinstance(document, (list, tuple)):
        return [masked(part) for part in document]
    if isinstance(document, str) and "://" in document:
        return _masked_urls(document)
    return document


def _masked_urls(text: str) -> str:
    text = _TOKEN.sub(MASK, _PASSWORD.sub(rf"\1:{MASK}@", text))
    return _PARAMETER.sub(lambda found: found[1] + MASK if _is_secret_parameter(found[2]) else found[0], text)


def _is_secret_parameter(name: str) -> bool:
    return name.lower() in SECRET_PARAMETERS or SECRET_NAME.search(name) is not None


def restored(document: Any, known: Any) -> Any:
    """Return a copy of a wire document in which each masked value is the known document's again.

    A document that was answered masked can so be sent back whole. Parts of a list are matched by their ``id``, those
    without one when they are the known ones, masked.
    """
    if isinstance(document, Mapping) and isinstance(known, Mapping):
        return {
            name: known[name] if value == MASK and name in known else restored(value, known.get(name))
            for name, value in document.items()
        }
    if isinstance(document, list) and isinstance(known, list):
        by_id = {part["id"]: part for part in known if isinstance(part, Mapping) and "id" in part}
        others = [part for part in known if not (isinstance(part, Mapping) and "id" in part)]
        return [
            restored(part, by_id.get(part["id"]))
            if isinstance(part, Mapping) and "id" in part
            else _taken(part, others)
            for part in document
        ]
    if isinstance(document, str) and isinstance(known, str) and MASK in document and masked(known) == document:
        return known
    return document


def _taken(part: Any, others: list[Any]) -> Any:
    """Take the first of others that looks like a part when masked; the part itself when there is none."""
    for place, other in enumerate(others):
        if masked(other) == part:
            return others.pop(place)
    return part


def secret_values(document: Any) -> Iterable[str]:
    """Yield the texts that `masked` would hide, to search for or to redact them by value."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            if SECRET_NAME.search(str(name)):
                yield from _texts(value)
            else:
                yield from secret_values(value)
    elif isinstance(document, (list, tuple)):
        for part in document:
            yield from secret_values(part)
    elif isinstance(document, str):
        for secret in _secrets_of_urls(document) if "://" in document else ():
            yield secret
            # What stands there percent-encoded is used, and printed, in clear.
            if unquote(secret) != secret:
                yield unquote(secret)


def _secrets_of_urls(text: str) -> Iterable[str]:
    yield from (found[2] for found in _PASSWORD.finditer(text))
    yield from _TOKEN.findall(text)
    yield from (found[3] for found in _PARAMETER.finditer(text) if _is_secret_parameter(found[2]))


def _texts(value: Any) -> Iterable[str]:
    """Yield every text and number within a value; true and false are nobody's secret."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != "":
        yield str(value)
