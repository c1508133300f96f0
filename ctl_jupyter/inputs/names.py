"""Names that were mistyped, and names as the user would type them."""

import difflib
import shlex
from collections.abc import Iterable

from ctl_jupyter.cleaning import one_line

__all__ = ["did_you_mean", "listed", "typed"]

#: How many names a sentence lists.
MOST_LISTED = 5


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'web1'?`` for the known name that is closest, an empty text when none is close."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(names: Iterable[str], most: int = MOST_LISTED) -> str:
    """Return names in a row, the first few and how many more there are: ``web1, web2 and 40 more``."""
    cleaned = [one_line(name, 60) for name in names]
    more = len(cleaned) - most
    return ", ".join(cleaned[:most]) + (f" and {more} more" if more > 0 else "")


def typed(name: str) -> str:
    """Return a name as it is typed on a magic's line."""
    return shlex.quote(name)
