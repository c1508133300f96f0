"""Secrets that no test would mistake for anything else, and the search for them in whatever form."""

import json
import re
import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import quote

__all__ = ["MAGIC_FORMS", "found_in", "key_forms", "password", "password_forms", "token"]

#: How much of a key's base64 must not be found anywhere; shorter than the lines it is ever broken into.
WINDOW = 32
#: Stands in every canary, so that one quick search tells where to look closer.
MAGIC = "c4n4ry"
#: What is the same in each however a canary is spelt, cut or quoted.
CORE = re.compile(MAGIC + "[0-9a-f]{16}")


def token(name: str) -> str:
    """Return a secret that can stand in a header."""
    return f"{name.replace(' ', '-')}-{MAGIC}{secrets.token_hex(8)}"


def password(name: str) -> str:
    """Return a password that JSON, URLs and Python's repr all write differently."""
    return f'{token(name)}"\\ü'


def password_forms(secret: str) -> list[bytes]:
    """Return every spelling in which a password could be written down."""
    texts = [
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        repr(secret)[1:-1],
        quote(secret, safe=""),
    ]
    texts += CORE.findall(secret)
    return [text.encode() for text in texts] + [
        encoded for text in {*texts[:2], *CORE.findall(secret)} for encoded in _base64_at_any_place(text.encode())
    ]


def key_forms(key: str) -> list[bytes]:
    """Return each line of a private key, and pieces of its base64, wherever that begins and is broken."""
    lines = [line for line in key.splitlines() if "-----" not in line]
    body = "\n".join(lines).encode()
    pieces = [
        encoded[begin : begin + WINDOW]
        for encoded in _base64_at_any_place(body)
        for begin in range(0, len(encoded) - WINDOW + 1, 4)
    ]
    return [line.encode() for line in lines if len(line) >= 8] + pieces


def found_in(data: bytes, forms: Mapping[str, Iterable[bytes]]) -> set[str]:
    """Return the names of the secrets that data holds in any form."""
    return {name for name, spellings in forms.items() if any(spelling in data for spelling in spellings)}


def _base64_at_any_place(text: bytes) -> list[bytes]:
    """Return what is the same in every base64 of something that holds the text, for its three possible places."""
    found = []
    for place in range(3):
        encoded = b64encode(b"\0" * place + text)
        # The characters that depend on a neighbour of the text are left out.
        found.append(encoded[-(-place * 8 // 6) : (place + len(text)) * 8 // 6])
    return found


#: The spellings of `MAGIC`: in clear, and in base64 wherever it begins.
MAGIC_FORMS = [MAGIC.encode(), *_base64_at_any_place(MAGIC.encode())]
