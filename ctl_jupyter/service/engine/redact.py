"""Hides secrets by value in whatever is about to be written: events, reasons, output of commands."""

import base64
import json
import re
from collections.abc import Iterable
from typing import Any

__all__ = ["Redactor"]

MASK = "********"
#: A run of characters that base64 and PEM lines are made of, long enough to be part of a key.
CHUNK = re.compile(r"[A-Za-z0-9+/=]{24,}")
#: Shorter secrets are hidden only where they are the whole text: "a" stands in every word.
SHORTEST_WITHIN_TEXT = 4


class Redactor:
    """Replaces secrets in texts, and in every text within a structure.

    Parameters
    ----------
    secrets
        Passwords and the like, as they are.
    keys
        Private keys as text (PEM); each line of one, and its base64, is hidden too.
    """

    def __init__(self, secrets: Iterable[str], keys: Iterable[str]) -> None:
        self._whole = {secret for secret in secrets if secret}
        within = {text for secret in self._whole if len(secret) >= SHORTEST_WITHIN_TEXT for text in _spellings(secret)}
        self._pattern = (
            re.compile("|".join(re.escape(text) for text in sorted(within, key=len, reverse=True))) if within else None
        )
        self._chunks = {chunk for key in keys for text in (key, *_base64_forms(key)) for chunk in CHUNK.findall(text)}
        # A line break written as \n (JSON within JSON) glues its n to the next line.
        self._chunks |= {"n" + chunk for chunk in self._chunks}

    def text(self, text: str) -> str:
        """Return the text with every secret in it replaced by asterisks."""
        if text in self._whole:
            return MASK
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        if self._chunks and len(text) >= 24:
            text = CHUNK.sub(lambda found: MASK if found.group() in self._chunks else found.group(), text)
        return text

    def structure(self, value: Any) -> Any:
        """Return a copy of lists, objects and texts with every secret replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                self.text(key) if isinstance(key, str) else str(key): self.structure(part)
                for key, part in value.items()
            }
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.structure(part) for part in value]
        if isinstance(value, (int, float)) and str(value) in self._whole:
            return MASK
        return value


def _spellings(secret: str) -> list[str]:
    """Return the secret as it is, as JSON writes it, and as base64."""
    return [secret, json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()]


def _base64_forms(key: str) -> list[str]:
    """Return the base64 of a key with and without its closing line break."""
    return [base64.b64encode(text.encode()).decode() for text in (key, key.rstrip("\n"), key.rstrip("\n") + "\n")]
