"""The search for secrets in files, whatever they were turned into there."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

__all__ = ["holders"]

#: Bytes of a secret that are searched for at a time; a shorter one is not searched for.
PIECE = 24


def holders(files: Mapping[Path, bytes], secrets: Iterable[str]) -> list[Path]:
    """Return the files that hold a piece of a secret, as it is or as base64."""
    pattern = re.compile(b"|".join(re.escape(form) for secret in secrets for form in forms(secret.encode())))
    return sorted(path for path, content in files.items() if pattern.search(content))


def forms(secret: bytes) -> Iterator[bytes]:
    """Yield what to search for: pieces of a secret, and what each is in base64, wherever in a text it began."""
    for begin in range(0, len(secret) - PIECE + 1, PIECE):
        piece = secret[begin : begin + PIECE]
        yield piece
        for before in range(3):
            # What stands before and behind the piece decides about the digits at its ends.
            yield base64.b64encode(bytes(before) + piece)[4 if before else 0 : 4 * ((before + PIECE) // 3)]
