"""The members of a mapping, read as what they should be, however they were written; each guess is noted."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ctl_jupyter.catalogs.config_yaml import Plain
from ctl_jupyter.cleaning import clean, one_line

__all__ = ["Members", "Notes", "as_number", "as_text", "as_truth", "kind_of", "shown"]

TRUTHS = {"true": True, "yes": True, "on": True, "y": True, "1": True}
TRUTHS |= {"false": False, "no": False, "off": False, "n": False, "0": False}
LONGEST_LINE = 300
LONGEST_TEXT = 20_000
#: A file can be wrong in more places than anybody reads.
MOST_NOTES = 100


class Notes:
    """Sentences on what could not be used, each once."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}
        self._left_out = 0

    def add(self, sentence: str) -> None:
        """Keep a sentence, or count it where there are too many."""
        if len(self._sentences) < MOST_NOTES:
            self._sentences[one_line(sentence, 400)] = None
        else:
            self._left_out += 1

    def sentences(self) -> tuple[str, ...]:
        """Return what was noted, in order."""
        more = (f"There is more that could not be used: {self._left_out} notes.",) if self._left_out else ()
        return (*self._sentences, *more)


def as_text(value: Any) -> str | None:
    """Return a text, a number or a truth as it was written; ``None`` for anything else."""
    if isinstance(value, Plain):
        return value.text
    return value if isinstance(value, str) else None


def as_truth(value: Any) -> bool | None:
    """Return what a truth, a number or a word such as ``yes`` says; ``None`` for anything else."""
    if isinstance(value, Plain):
        return bool(value.value)
    return TRUTHS.get(value.strip().lower()) if isinstance(value, str) else None


def as_number(value: Any) -> int | float | None:
    """Return a number, or the one that a text holds, whole where it is; ``None`` for anything else."""
    if isinstance(value, Plain):
        value = value.value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    # Beyond this a float no longer tells whole numbers apart, and nobody counts so far.
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def kind_of(value: Any) -> str:
    """Return what a value is, with its article."""
    if isinstance(value, Plain):
        return "a truth" if isinstance(value.value, bool) else "a number"
    if value is None:
        return "empty"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "something else"


def shown(value: Any) -> str:
    """Return a value as a note quotes it: its text, or what it is."""
    text = as_text(value)
    return kind_of(value) if text is None else f"'{one_line(text, 40)}'"


class Members:
    """The members of one mapping.

    Parameters
    ----------
    members
        Name → value, as `ctl_jupyter.catalogs.config_yaml.read_yaml` returns them.
    whose
        How the notes begin: ``The field 'count'``.
    notes
        Told each guess.
    """

    def __init__(self, members: Mapping[Any, Any], whose: str, notes: Notes) -> None:
        self._members = {name.text if isinstance(name, Plain) else name: value for name, value in members.items()}
        self.whose = whose
        self._notes = notes

    def note(self, sentence: str) -> None:
        """Note something of this mapping: the sentence goes on after its name."""
        self._notes.add(f"{self.whose} {sentence}")

    def get(self, name: str) -> Any:
        """Return a member as it is; ``None`` when it is absent or empty."""
        return self._members.get(name)

    def names(self) -> Iterable[Any]:
        """Return the names of all members."""
        return self._members.keys()

    def line(self, name: str) -> str:
        """Return a member as a text on one line; empty when it is absent or no text."""
        return one_line(self._text(name), LONGEST_LINE)

    def text(self, name: str) -> str:
        """Return a member as a text, line breaks kept; empty when it is absent or no text."""
        return clean(self._text(name))[:LONGEST_TEXT]

    def _text(self, name: str) -> str:
        value = self.get(name)
        text = as_text(value)
        if text is None and value is not None:
            self.note(f"has {kind_of(value)} as '{name}', where a text belongs; it is not used.")
        return (text or "").strip()

    def truth(self, name: str, absent: bool = False) -> bool:
        """Return a member as true or false."""
        value = self.get(name)
        truth = as_truth(value)
        if isinstance(value, Plain) and isinstance(value.value, bool):
            return value.value
        if value is None:
            return absent
        if truth is None:
            self.note(f"has {shown(value)} as '{name}', which is neither true nor false; taken as {_word(absent)}.")
            return absent
        self.note(f"has {shown(value)} as '{name}', where true or false belongs; taken as {_word(truth)}.")
        return truth

    def number(self, name: str) -> int | float | None:
        """Return a member as a number; ``None`` when it is absent or none."""
        value = self.get(name)
        if value is None:
            return None
        number = as_number(value)
        if number is None:
            self.note(f"has {shown(value)} as '{name}', which is no number; it is not used.")
        elif isinstance(value, str):
            self.note(f"has the text {shown(value)} as '{name}', which is taken as the number {number}.")
        return number

    def count(self, name: str) -> int | None:
        """Return a member as a whole number from 0 on; ``None`` when it is absent or none."""
        number = self.number(name)
        if number is None or (isinstance(number, int) and number >= 0):
            return number
        self.note(f"has {number} as '{name}', where a whole number from 0 on belongs; it is not used.")
        return None

    def lines(self, name: str) -> tuple[str, ...]:
        """Return a member as texts: a list of them, or one text with commas."""
        value = self.get(name)
        text = as_text(value)
        if text is not None:
            self.note(
                f"has the text {shown(value)} as '{name}', where a list belongs; it is taken apart at its commas."
            )
            value = text.split(",")
        if value is None:
            return ()
        if not isinstance(value, list):
            self.note(f"has {kind_of(value)} as '{name}', where a list belongs; it is not used.")
            return ()
        texts = [one_line(as_text(part) or "", LONGEST_LINE) for part in value[:LONGEST_LINE]]
        if not all(texts):
            self.note(f"has something in '{name}' that is no text; that is left out.")
        return tuple(dict.fromkeys(text for text in texts if text))


def _word(truth: bool) -> str:
    return "true" if truth else "false"
