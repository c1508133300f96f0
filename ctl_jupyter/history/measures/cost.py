"""What executions cost by Runner's price list."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ctl_jupyter.documents import LIVE_STATUSES
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups
from ctl_jupyter.history.measures.numbers import milliseconds
from ctl_jupyter.history.measures.rows import rows_with

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PRICE_PER_HOUR", "cost"]

#: What Runner's price list asks for an hour of a job on hosts outside of the cloud, in US dollars.
PRICE_PER_HOUR = 0.015
HOUR = 3_600_000


@takes("executions", "status", "start", "duration")
def cost(
    executions: "pd.DataFrame",
    price_per_hour: float = PRICE_PER_HOUR,
    by: str | Sequence[str] | None = "job",
    now: datetime | None = None,
) -> "pd.DataFrame":
    """Return what executions cost: the hours of their runs times the price of an hour.

    hours = the sum of ``duration``, whatever the status; nothing is rounded, the time in the queue is free. Source of
    the default price: Runner's price list, 0.015 $ an hour for external jobs.

    Parameters
    ----------
    executions
        The frame ``executions`` or ``runs``, or some rows of it: the same hours, except for `now`.
    price_per_hour
        In any currency; the cost is in the same.
    by
        The columns to group by, ``job`` by its id (its column ``job_id`` comes after it); ``None``: all in one row.
    now
        Count those that live as well, from their start to this time; of the frame ``executions``, a pause before a
        restart is counted with them. Not given: they are left out.

    Returns
    -------
    DataFrame
        One row for each group: the columns of `by`; ``n``, ``left_out`` (``int64``: how many were counted, and how many
        not, since they have not begun, live, or their end is not known); ``hours``, ``cost`` (``float64``).

    Raises
    ------
    DocumentError
        A column is missing.
    ValueError
        `now` has no time zone.
    """
    import numpy as np

    groups = AnswerGroups.of(executions, by)
    spent = milliseconds(executions["duration"])
    if now is not None:
        if now.tzinfo is None:
            raise ValueError(f"now={now!r} has no time zone: datetime.now(UTC), for one.")
        starts = milliseconds(executions["start"])
        lives = rows_with(executions, "status", *LIVE_STATUSES) & executions["duration"].isna().to_numpy()
        lives &= executions["start"].notna().to_numpy()
        spent = np.where(lives, np.maximum(int(now.timestamp() * 1000) - starts, 0), spent)
    counted = spent >= 0
    hours = groups.sums(spent, counted) / HOUR
    return groups.table(
        n=groups.sizes(counted), left_out=groups.sizes(~counted), hours=hours, cost=hours * price_per_hour
    )
