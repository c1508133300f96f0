"""Members that Runner does not know: they pass through, unless one is a known member's name misspelt.

A member that is passed over in silence is the worst kind of mistake: the job runs, without the variables that were
meant for it.
"""

import difflib
import re
from typing import Any

import msgspec

from ctl_jupyter.documents.reading import OTHER, DocumentError

__all__ = ["check_members", "near_miss"]

#: How alike two names are at least, of 1; and by how many characters they differ in length at most.
ALIKE, LENGTHS_APART = 0.8, 2
#: Shorter names are alike by chance: ``uid`` is no misspelt ``id``.
SHORTEST = 4
#: A name without its vowels (``lvl``) tells enough from this length on.
SHORTEST_SKELETON = 3


def check_members(struct: Any, whose: str) -> None:
    """Check the members that a struct does not know.

    Parameters
    ----------
    struct
        With ``other``, the members of its document that it does not know.
    whose
        What they are members of, as in ``the job``.

    Raises
    ------
    DocumentError
        Naming the first that is a known member's name misspelt, and the right name.
    """
    known = [field.encode_name for field in msgspec.structs.fields(struct) if field.encode_name != OTHER]
    for name in struct.other:
        right = near_miss(str(name), known)
        if right is not None:
            raise DocumentError(f"{str(name)!r} is no member of {whose} that Runner knows: write {right!r}.")


def near_miss(name: str, known: list[str]) -> str | None:
    """Return the known name that another one is meant to be, ``None`` when it is none of them."""
    written = _bare(name)
    for right in known:
        bare = _bare(right)
        if written == bare:
            return right
        if len(bare) >= SHORTEST and (sorted(written) == sorted(bare) or _are_alike(written, bare)):
            return right
        skeleton = _skeleton(bare)
        if len(skeleton) >= SHORTEST_SKELETON and _skeleton(written) == skeleton:
            return right
    return None


def _are_alike(written: str, bare: str) -> bool:
    if abs(len(written) - len(bare)) > LENGTHS_APART:
        return False
    return difflib.SequenceMatcher(None, written, bare).ratio() >= ALIKE


def _bare(name: str) -> str:
    """Return a name without what is most often written otherwise: capitals, joints, the plural."""
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return re.sub(r"ies$", "y", bare) if bare.endswith("ies") else re.sub(r"(?<![us])s$", "", bare)


def _skeleton(name: str) -> str:
    return re.sub(r"[aeiou]", "", name)
