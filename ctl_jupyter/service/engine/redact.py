"""Hides secrets by value in whatever is about to be written: events, reasons, output of commands."""

import base64
import json
import os
import re
from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote

__all__ = ["Redactor"]

MASK = "********"
#: A run of characters that base64 and PEM lines are made of.
RUN = re.compile(r"[A-Za-z0-9+/=]{8,}")
#: Length of the pieces that a key is known by: any 31 characters in a row of one hold a whole piece.
PIECE = 16
#: Pieces with fewer different characters than this (padding, mostly) stand in other things, too.
TELLING = 6
#: Shorter secrets are hidden only where they are the whole text: "a" stands in every word.
SHORTEST_WITHIN_TEXT = 4
#: Shorter numbers are never hidden: they are counts and return codes before they are secrets.
SHORTEST_NUMBER = 4
#: Shorter lines of a secret that has several stand in other texts, too.
SHORTEST_LINE = 8
#: Less of a secret's base64 than this stands in any base64.
SHORTEST_WITHIN_BASE64 = 8
#: Names of hosts, tasks and members come again and again: texts up to this length, and so many of them.
LONGEST_REMEMBERED, MOST_REMEMBERED = 200, 4096
#: How deep a pattern's groups are nested at most; what lies deeper is tried one after the other.
DEEPEST = 20


class Redactor:
    """Replaces secrets in texts, and in every text within a structure.

    Parameters
    ----------
    secrets
        Passwords and the like, as they are.
    keys
        Private keys as text (PEM); each line of one, and its base64 however broken into lines, is hidden too.
    """

    def __init__(self, secrets: Iterable[str], keys: Iterable[str]) -> None:
        self._whole = {secret for secret in secrets if secret}
        self._answers: dict[str, str] = {}
        keys = [*keys, *(secret for secret in self._whole if "PRIVATE KEY-----" in secret)]
        # Ansible gives what a command prints line by line, too.
        parts = {line.strip() for secret in self._whole if "\n" in secret for line in secret.splitlines()}
        self._whole |= {line for line in parts if len(line) >= SHORTEST_LINE and "-----" not in line}
        self._pieces: set[str] = set()
        self._lines: set[str] = set()
        for key in keys:
            lines = [line for line in key.splitlines() if line and "-----" not in line]
            for text in ("".join(lines), *_base64_anywhere(key)):
                self._pieces |= {piece for piece in _pieces(text) if len(set(piece)) >= TELLING}
            # The last line may be shorter than a piece; a line break written as \\n glues its n to it.
            self._lines |= {glued + line for line in lines for glued in ("", "n")}

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """What stands for a secret within a text; made when there is a text to look at, as there mostly is none."""
        within = {text for secret in self._whole if len(secret) >= SHORTEST_WITHIN_TEXT for text in _spellings(secret)}
        return re.compile(_any_of(within)) if within else None

    def text(self, text: str) -> str:
        """Return the text with every secret in it replaced by asterisks."""
        if not text:
            return text
        if len(text) > LONGEST_REMEMBERED:
            return self._replaced(text)
        answer = self._answers.get(text)
        if answer is None:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            answer = self._answers[text] = self._replaced(text)
        return answer

    def _replaced(self, text: str) -> str:
        if text in self._whole:
            return MASK
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        if self._pieces:
            text = RUN.sub(lambda found: MASK if self._is_of_key(found.group()) else found.group(), text)
        return text

    def _is_of_key(self, run: str) -> bool:
        return run in self._lines or any(
            run[begin : begin + PIECE] in self._pieces for begin in range(len(run) - PIECE + 1)
        )

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
        if isinstance(value, (int, float)) and str(value) in self._whole and len(str(value)) >= SHORTEST_NUMBER:
            return MASK
        return value


def _spellings(secret: str) -> set[str]:
    """Return the secret as it is, and as JSON (twice over), Python, URLs and base64 write it."""
    spelt = {secret}
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        spelt |= {once, json.dumps(once)[1:-1], json.dumps(once, ensure_ascii=False)[1:-1]}
    spelt |= {repr(secret)[1:-1], quote(secret), quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}
    # JSON is what is most often encoded whole.
    for text in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        spelt |= {piece for piece in _base64_anywhere(text) if len(piece) >= SHORTEST_WITHIN_BASE64}
    return spelt | {text.translate(_FOR_URLS) for text in spelt if _IN_BASE64.fullmatch(text)}


_IN_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
#: Base64 as URLs and tokens have it.
_FOR_URLS = str.maketrans("+/", "-_")


def _base64_anywhere(text: str) -> list[str]:
    """Return what of a text's base64 is the same wherever the text begins in what is encoded."""
    data = text.encode()
    return [
        base64.b64encode(b"\0" * place + data).decode()[-(-place * 8 // 6) : (place + len(data)) * 8 // 6]
        for place in range(3)
    ]


def _pieces(text: str) -> list[str]:
    return [text[begin : begin + PIECE] for begin in range(0, len(text) - PIECE + 1, PIECE)]


def _any_of(texts: Collection[str], depth: int = 0) -> str:
    """Return a pattern for the longest of these texts that stands at a place.

    Texts that begin alike share that beginning: a reader of 60 KB tries each place of them once, not once for each of
    a thousand spellings (200 secrets: a twentieth of the time).
    """
    if depth == DEEPEST:
        return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    branches = []
    for _, group in groupby(sorted(filter(None, texts)), key=itemgetter(0)):
        alike = list(group)
        begin = os.path.commonprefix(alike)  # noqa: RUF071 -- texts, not paths
        rests = [text[len(begin) :] for text in alike]
        more = f"(?:{_any_of(rests, depth + 1)}){'?' if '' in rests else ''}" if any(rests) else ""
        branches.append(re.escape(begin) + more)
    return "|".join(branches)
