"""How jobs fare, by the newest executions: the last one, and how many of them succeeded; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from ctl_jupyter.documents import Execution, Status

__all__ = ["Standing", "rate_text", "standings"]

#: Statuses by which an execution is decided.
DECIDED = frozenset({Status.SUCCESS, Status.FAILURE})


@dataclass
class Standing:
    """How a job fares.

    Parameters
    ----------
    last
        Its newest execution.
    decided, succeeded
        Of its executions that were looked at: how many ended in SUCCESS or FAILURE, and in SUCCESS.
    """

    last: Execution
    decided: int = 0
    succeeded: int = 0

    @property
    def rate(self) -> float | None:
        """The share of the decided ones that succeeded; ``None`` when none was decided."""
        return self.succeeded / self.decided if self.decided else None


def standings(executions: Iterable[Execution]) -> dict[str, Standing]:
    """Return how each job fares, by its id.

    Parameters
    ----------
    executions
        Newest first, as Runner lists them.
    """
    found: dict[str, Standing] = {}
    for execution in executions:
        standing = found.setdefault(execution.job_id, Standing(execution))
        if execution.status in DECIDED:
            standing.decided += 1
            standing.succeeded += execution.status == Status.SUCCESS
    return found


def rate_text(standing: Standing) -> str:
    """Return the rate and of how many executions it is: ``95 % of 20``; empty when none was decided."""
    return "" if standing.rate is None else f"{standing.rate:.0%} of {standing.decided}".replace("%", " %")
