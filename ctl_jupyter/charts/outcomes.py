"""Outcomes of tasks on hosts as numbers, the worst the greatest, so that a million rows are compared at once."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.looks import OUTCOME_LOOKS, UNKNOWN, Look

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["FAILING", "NAMES", "outcome_looks", "ranks_of", "worst_of"]

#: By rank: from the best to the worst; what is not documented comes first.
NAMES = ("unknown", *OUTCOME_LOOKS)
#: This rank and those above it mean that the host failed or could not be reached.
FAILING = NAMES.index("unreachable")


def outcome_looks() -> dict[str, Look]:
    """Return how each outcome looks, worst first."""
    return {name: OUTCOME_LOOKS.get(name, UNKNOWN) for name in reversed(NAMES)}


def ranks_of(outcome: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    """Return the rank of each outcome, a place in `NAMES`."""
    import numpy as np

    from ctl_jupyter.charts.given import codes_of

    codes, found = codes_of(outcome)
    ranks = [NAMES.index(name) if name in NAMES else 0 for name in found]
    found_ranks: np.ndarray[Any, Any] = np.array([*ranks, 0], dtype="int8")[codes]
    return found_ranks


def worst_of(
    groups: "np.ndarray[Any, Any]", ranks: "np.ndarray[Any, Any]", count: int
) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """Return the worst rank of each group, -1 of empty ones, and the place of a row that has it."""
    import numpy as np

    worst = np.full(count, -1, dtype="int8")
    place = np.full(count, -1, dtype="int64")
    for rank in range(len(NAMES)):
        found = np.flatnonzero(ranks == rank)
        worst[groups[found]] = rank
        place[groups[found]] = found
    return worst, place
