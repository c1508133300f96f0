"""How long executions take, and how much of it they wait in the queue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.documents import Status
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups
from ctl_jupyter.history.measures.numbers import group_quantiles, milliseconds, timedeltas
from ctl_jupyter.history.measures.rows import rows_with

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Floats

__all__ = ["duration_quantiles", "queue_and_run"]


@takes("executions", "status", "duration")
def duration_quantiles(
    executions: "pd.DataFrame",
    by: str | Sequence[str] | None = "job",
    quantiles: Sequence[float] = (0.5, 0.9, 0.95, 0.99),
    statuses: Sequence[str] = (Status.SUCCESS,),
) -> "pd.DataFrame":
    """Return how long executions take: quantiles of ``duration``.

    A quantile q of n durations is the one at place q·(n-1) of them in order, linear between the two nearest: as
    `numpy.quantile` by default (R. J. Hyndman, Y. Fan, Sample Quantiles in Statistical Packages, The American
    Statistician 50 (1996), type 7). n are the executions of these statuses whose duration is known; a negative one,
    a clock's mistake, is left out.

    Parameters
    ----------
    executions
        The frame ``executions`` or ``runs``, or some rows of it.
    by
        The columns to group by, ``job`` by its id (its column ``job_id`` comes after it); ``None``: all in one row.
    quantiles
        From 0 to 1.
    statuses
        Which executions count.

    Returns
    -------
    DataFrame
        One row for each group, also one where nothing counts: the columns of `by`; ``n`` (``int64``); a column for each
        quantile, ``q50`` for 0.5 (``timedelta64[ms]``, NaT when n is 0).

    Raises
    ------
    DocumentError
        A column is missing.
    ValueError
        A quantile is not from 0 to 1.
    """
    wrong = [quantile for quantile in quantiles if not 0 <= quantile <= 1]
    if wrong:
        raise ValueError(f"quantiles={quantiles!r}: {wrong[0]!r} is not from 0 to 1.")
    groups = AnswerGroups.of(executions, by)
    values = milliseconds(executions["duration"])
    wanted = rows_with(executions, "status", *statuses) & (values >= 0)
    found = group_quantiles(values[wanted], groups.codes[wanted], len(groups), quantiles)
    columns = {f"q{100 * quantile:g}": timedeltas(result) for quantile, result in zip(quantiles, found, strict=True)}
    return groups.table(n=groups.sizes(wanted), **columns)


@takes("runs", "queue", "duration")
def queue_and_run(runs: "pd.DataFrame", by: str | Sequence[str] | None = "job") -> "pd.DataFrame":
    """Return how long runs wait in the queue and how long they take.

    queue_share = time queued / (time queued + time of the runs), over the runs of which both are known. The time in
    the queue is known where events were pulled. Runs of all statuses count; negative times, a clock's mistake, don't.

    Parameters
    ----------
    runs
        The frame ``runs``, or some rows of it.
    by
        The columns to group by, ``job`` by its id (its column ``job_id`` comes after it); ``None``: all in one row.

    Returns
    -------
    DataFrame
        One row for each group: the columns of `by`; ``runs``, ``queue_known``, ``run_known`` (``int64``: how many the
        numbers are of); ``queue_median``, ``queue_p90``, ``queue_total``, ``run_median``, ``run_p90``, ``run_total``
        (``timedelta64[ms]``, NaT when none is known); ``queue_share`` (``float64``, 0 to 1, NaN when none is known).

    Raises
    ------
    DocumentError
        A column is missing.
    """
    import numpy as np

    groups = AnswerGroups.of(runs, by)
    queue, run = milliseconds(runs["queue"]), milliseconds(runs["duration"])
    both = (queue >= 0) & (run >= 0)
    known = {"queue": queue >= 0, "run": run >= 0}
    counts = {name: groups.sizes(which) for name, which in known.items()}
    columns: dict[str, Floats] = {}
    for name, values in (("queue", queue), ("run", run)):
        which = known[name]
        median, p90 = group_quantiles(values[which], groups.codes[which], len(groups), (0.5, 0.9))
        total = np.where(counts[name] > 0, groups.sums(values, which), np.nan)
        columns |= {f"{name}_median": median, f"{name}_p90": p90, f"{name}_total": total}
    queued, ran = groups.sums(queue, both), groups.sums(run, both)
    spent = queued + ran
    share = np.divide(queued, spent, out=np.full(len(groups), np.nan), where=spent > 0)
    return groups.table(
        runs=groups.sizes(),
        queue_known=counts["queue"],
        run_known=counts["run"],
        **{name: timedeltas(values) for name, values in columns.items()},
        queue_share=share,
    )
