"""How long an execution that runs will take yet, as far as the job's history tells."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ctl_jupyter.documents import Status
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.numbers import milliseconds
from ctl_jupyter.history.measures.rows import comparable, rows_with

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NEWEST", "TimeLeft", "time_left"]

#: How many of the newest successful executions are looked at.
NEWEST = 200


@dataclass(frozen=True)
class TimeLeft:
    """An estimate of the time left.

    Parameters
    ----------
    n
        How many executions it is of: those that took longer than `elapsed`.
    looked_at
        How many were looked at: the newest successful ones.
    elapsed
        How long the execution has run.
    left, low, high
        The median, and the bounds of the band; ``NaT`` when n is 0.
    band
        Which share of the n executions took a time within the band.
    """

    n: int
    looked_at: int
    elapsed: timedelta
    left: timedelta
    low: timedelta
    high: timedelta
    band: float

    def __repr__(self) -> str:
        ran = f"after {_clock(self.elapsed)}"
        if not self.looked_at:
            return f"TimeLeft: not known, no execution of this job has succeeded ({ran})"
        if not self.n:
            return f"TimeLeft: not known, none of {self.looked_at} executions took longer ({ran})"
        band = f"{_clock(self.low)} to {_clock(self.high)} in {100 * self.band:g} %"
        return f"TimeLeft: {_clock(self.left)} ({band} of {self.n} executions that took longer, {ran})"


@takes("executions", "status", "start", "duration", "runs")
def time_left(
    executions: "pd.DataFrame", elapsed: timedelta | float, *, job: str | None = None, band: float = 0.8
) -> TimeLeft:
    """Return how long an execution will take yet that has run for a while.

    left = the median of (duration - elapsed) over the job's past executions that took longer than `elapsed`: what is
    known of one that has already lasted so long. They are taken of the `NEWEST` ones with status SUCCESS that were not
    restarted (a restarted one's second run is on the failed hosts alone).

    Parameters
    ----------
    executions
        The frame ``executions``, or some rows of it.
    elapsed
        Since the start of the run: a timedelta, or seconds.
    job
        Id or name of the job; not needed when the frame is of one job alone.
    band
        Which share of the executions lies in the band, between 0 and 1: 0.8 is from the quantile 0.1 to 0.9.

    Raises
    ------
    DocumentError
        A column is missing.
    ValueError
        The frame is of several jobs and none was named, or several have that name; `elapsed` is negative, or `band`
        is none.
    """
    import numpy as np
    import pandas as pd

    passed = pd.Timedelta(elapsed) if isinstance(elapsed, timedelta) else pd.Timedelta(seconds=elapsed)
    if not passed >= pd.Timedelta(0):
        raise ValueError(f"elapsed={elapsed!r} must be 0 or more: a timedelta, or seconds.")
    if not 0 < band < 1:
        raise ValueError(f"band={band!r} must be between 0 and 1: 0.8, for one.")
    mine = _of_job(executions, job)
    useful = comparable(mine) & rows_with(mine, "status", Status.SUCCESS)
    starts, durations = (milliseconds(mine[name])[useful] for name in ("start", "duration"))
    newest = durations[np.argsort(-starts, kind="stable")[:NEWEST]]
    longer = newest[newest > passed / pd.Timedelta(milliseconds=1)]
    # An empty array has no quantile.
    quantiles = np.quantile(longer, (0.5, (1 - band) / 2, (1 + band) / 2)) if len(longer) else [np.nan] * 3
    left, low, high = (pd.Timedelta(value, "ms") - passed for value in quantiles)
    return TimeLeft(len(longer), len(newest), passed, left, low, high, band)


def _of_job(executions: "pd.DataFrame", job: str | None) -> "pd.DataFrame":
    """Return the executions of one job: told by its id, or by its name when it alone has it."""
    names = [name for name in ("job_id", "job") if name in executions.columns]
    if job is not None:
        found = (rows_with(executions, name, job) for name in names)
        executions = next((executions[rows] for rows in found if rows.any()), executions.iloc[:0])
    count = max((executions[name].nunique() for name in names), default=1)
    if count > 1:
        named, by = ("", "time_left(…, job=…)") if job is None else (f", all named {job!r}", "by its id")
        raise ValueError(f"These are executions of {count} jobs{named}: say which, {by}.")
    return executions


def _clock(duration: timedelta) -> str:
    """Return a duration as ``0:07``, ``12:34`` or ``1:02:03``."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
