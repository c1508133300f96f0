"""How many executions succeed: the rate over the decided ones, with its interval."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.documents import Status
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups, names_of
from ctl_jupyter.history.measures.numbers import wilson
from ctl_jupyter.history.measures.rows import rows_with

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PERIODS", "success_rate"]

#: The periods that executions can be counted in: hours, days, weeks from Monday, months, quarters, years.
PERIODS = ("h", "D", "W", "M", "Q", "Y")
#: The column of each final status; the other executions are undecided.
COUNTED = {
    "succeeded": Status.SUCCESS,
    "failed": Status.FAILURE,
    "stopped": Status.STOPPED,
    "killed": Status.KILLED,
    "init_failures": Status.INIT_FAILURE,
}


@takes("executions", "status", "start")
def success_rate(
    executions: "pd.DataFrame",
    by: str | Sequence[str] | None = "job",
    confidence: float = 0.95,
    every: str | None = None,
    tz: str = "UTC",
) -> "pd.DataFrame":
    """Return how often executions succeed.

    rate = SUCCESS / (SUCCESS + FAILURE): the denominator are the decided executions. Those that were stopped, killed
    or never came to run (INIT_FAILURE) say nothing of the playbook and are counted apart, as are those that live or
    have a status that is not known. The interval is Wilson's (`ctl_jupyter.history.measures.numbers.wilson`), which
    also holds for few executions and rates near 1.

    Parameters
    ----------
    executions
        The frame ``executions``, or some rows of it.
    by
        The columns to group by, ``job`` by its id (its column ``job_id`` comes after it); ``None``: all in one row.
    confidence
        Of the interval, between 0 and 1.
    every
        Also by the period in which the execution started: one of `PERIODS`.
    tz
        The time zone in which periods begin.

    Returns
    -------
    DataFrame
        One row for each group: the columns of `by`; ``period`` when `every` is given (its begin, ``datetime64[ms]`` in
        `tz`; NaT: not started yet); ``executions``, ``decided``, ``succeeded``, ``failed``, ``stopped``, ``killed``,
        ``init_failures``, ``undecided`` (``int64``); ``rate``, ``low``, ``high`` (``float64``, 0 to 1, NaN when none
        is decided).

    Raises
    ------
    DocumentError
        A column is missing.
    ValueError
        `confidence` or `every` is none.
    """
    names = names_of(executions, by)
    if every is not None:
        executions = executions.assign(period=_periods(executions["start"], every, tz))
        names = [*dict.fromkeys([*names, "period"])]
    groups = AnswerGroups.of(executions, names)
    counts = {name: groups.sizes(rows_with(executions, "status", status)) for name, status in COUNTED.items()}
    total, decided = groups.sizes(), counts["succeeded"] + counts["failed"]
    low, high = wilson(counts["succeeded"], decided, confidence)
    rate = counts["succeeded"] / decided.astype(float).clip(min=1)
    rate[decided == 0] = float("nan")
    undecided = total - sum(counts.values())
    return groups.table(executions=total, decided=decided, **counts, undecided=undecided, rate=rate, low=low, high=high)


def _periods(times: "pd.Series[Any]", every: str, tz: str) -> "pd.Series[Any]":
    """Return the begin of the period that each time is in."""
    import numpy as np
    import pandas as pd

    if every not in PERIODS:
        raise ValueError(f"every={every!r} is no period: one of {', '.join(map(repr, PERIODS))}.")
    local = times.dt.tz_convert(tz).dt.tz_localize(None)
    # There are few periods: their begins are worked out once each, and `NaT`'s with them.
    numbers, found = pd.factorize(local.dt.to_period(every), use_na_sentinel=False)
    begins = pd.PeriodIndex(found).to_timestamp().as_unit("ms")
    # An hour that comes twice, when summer time ends, is one; a midnight that is left out begins later.
    zoned = begins.tz_localize(tz, ambiguous=np.ones(len(begins), dtype=bool), nonexistent="shift_forward")
    return pd.Series(zoned[numbers], index=times.index)
