"""The patterns of ``--limit``: names, ``*`` and ``?`` as wildcards, ``!NAME`` for all but it."""

import re
from collections.abc import Sequence

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.inputs.names import did_you_mean, listed

__all__ = ["matching"]


def matching(names: Sequence[str], patterns: str, where: str = "--limit") -> list[str]:
    """Return the names that fit one of the patterns and none of those with ``!``, in their order.

    Parameters
    ----------
    patterns
        Separated by commas; with ``!`` alone, all other names fit.
    where
        What they were typed into.

    Raises
    ------
    DocumentError
        When a pattern fits no name, or no name is left.
    """
    wanted = [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]
    for pattern in wanted:
        bare = pattern.removeprefix("!")
        if not any(_fits(bare, name) for name in names):
            close = did_you_mean(bare, names)
            raise DocumentError(f"{where}: no host fits {bare!r}{close or f'; the hosts are {listed(names)}.'}")
    including = [pattern for pattern in wanted if not pattern.startswith("!")]
    excluding = [pattern[1:] for pattern in wanted if pattern.startswith("!")]
    chosen = [
        name
        for name in names
        if (not including or any(_fits(pattern, name) for pattern in including))
        and not any(_fits(pattern, name) for pattern in excluding)
    ]
    if not wanted or not chosen:
        raise DocumentError(f"{where} {patterns!r} leaves none of the hosts {listed(names)}.")
    return chosen


def _fits(pattern: str, name: str) -> bool:
    # Brackets, which fnmatch has too, are plain characters of names.
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(character) or re.escape(character) for character in pattern)
    return re.fullmatch(expression, name, re.DOTALL) is not None
