"""Times, durations and names in words, as a chart's labels and tooltips say them."""

from collections.abc import Sequence

__all__ = ["counted", "cut", "duration_in_words", "inert", "names_in_words"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 job``, ``1,200 jobs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def cut(text: str, longest: int) -> str:
    """Return a text of at most that many characters on one line, its end replaced by ``…`` when it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def duration_in_words(milliseconds: float) -> str:
    """Return a duration in its two largest units: ``840 ms``, ``12.3 s``, ``3 min 05 s``, ``2 h 00 min``."""
    if milliseconds < 0:
        return f"-{duration_in_words(-milliseconds)}"
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 59_950:
        return f"{milliseconds / 1_000:.1f} s"
    minutes, seconds = divmod(round(milliseconds / 1_000), 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02} s"
    hours, minutes = divmod(round(milliseconds / 60_000), 60)
    if hours < 24:
        return f"{hours} h {minutes:02} min"
    days, hours = divmod(round(milliseconds / 3_600_000), 24)
    return f"{days} d {hours:02} h"


def inert(text: str) -> str:
    """Return a text that looks the same and cannot end a script.

    Names come from strangers, and altair writes them as they are into the script of a page that it saves.
    """
    return text.replace("</", "<\u2060/").replace("<!", "<\u2060!")


def names_in_words(names: Sequence[str], most: int = 5) -> str:
    """Return the first names and how many more there are: ``web1, web2, … 7 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f", … {more:,} more" if more > 0 else "")
