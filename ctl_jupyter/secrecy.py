"""Which members of a document are secret, and hiding them.

The standard library alone: supervisors of runs, which load nothing else, need this too.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["MASK", "SECRET_NAME", "masked", "restored", "secret_values"]

MASK = "********"

#: Names of variables whose values are secret; a path (``…_key_file``) is not.
SECRET_NAME = re.compile(
    r"(pass|passwd|password|passphrase|secret|token|private_?key|api_?key|bearertoken)$", re.IGNORECASE
)


def masked(document: Any) -> Any:
    """Return a copy of a wire document with every secret member's value replaced by asterisks.

    Secret are the members whose names say so (`SECRET_NAME`), wherever they stand, and a password within a URL.
    """
    if isinstance(document, Mapping):
        return {
            name: MASK if SECRET_NAME.search(str(name)) and value not in (None, "") else masked(value)
            for name, value in document.items()
        }
    if isinstance(document, (list, tuple)):
        return [masked(part) for part in document]
    if isinstance(document, str) and "://" in document:
        return re.sub(r"(://[^/@\s:]*):[^/\s]+@", rf"\1:{MASK}@", document)
    return document


def restored(document: Any, known: Any) -> Any:
    """Return a copy of a wire document in which each masked value is the known document's again.

    A document that was answered masked can so be sent back whole. Hosts and the like are matched by their ``id``.
    """
    if isinstance(document, Mapping) and isinstance(known, Mapping):
        return {
            name: known[name] if value == MASK and name in known else restored(value, known.get(name))
            for name, value in document.items()
        }
    if isinstance(document, list) and isinstance(known, list):
        by_id = {part["id"]: part for part in known if isinstance(part, Mapping) and "id" in part}
        return [
            restored(part, by_id.get(part["id"]) if isinstance(part, Mapping) and "id" in part else None)
            for part in document
        ]
    if isinstance(document, str) and isinstance(known, str) and MASK in document and masked(known) == document:
        return known
    return document


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
        yield from re.findall(r"://[^/@\s:]*:([^/\s]+)@", document)


def _texts(value: Any) -> Iterable[str]:
    """Yield every text and number within a value; true and false are nobody's secret."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != "":
        yield str(value)
