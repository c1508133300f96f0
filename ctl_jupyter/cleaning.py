"""Texts from outside (host names, messages, output), made fit for a page, a terminal or a line."""

import re

__all__ = ["clean", "one_line"]

#: Colours and cursor movements that tools print for terminals.
ANSI_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
#: What must not reach a page or a terminal: controls, marks that turn the reading direction, halves of characters.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Return a text from outside without what would upset a page or a terminal; line breaks stay."""
    if text.isascii() and text.isprintable():
        return text  # as most are: tables have hundreds
    without_colours = ANSI_SEQUENCE.sub("", text).replace("\r\n", "\n")
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", without_colours)


def one_line(text: str, longest: int = 200) -> str:
    """Return a text from outside on one line of at most `longest` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
