"""The measures of a history as short texts, a tile each; one that fails says so in its own tile. No widgets here."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.markup import Markup, element

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Tile", "measured", "tiles", "tiles_html", "tiles_of_events"]

logger = logging.getLogger(__name__)

#: How many hosts a tile names.
NAMED = 3
LONGEST_TROUBLE = 160
NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Tile:
    """A measure: its name, its value as text, and of how many executions it is."""

    name: str
    value: str
    note: str


def measured(name: str, measure: Callable[[], tuple[str, str]]) -> Tile:
    """Return a measure's tile; of one that fails, one that says so: the others are shown all the same."""
    try:
        return Tile(name, *measure())
    except Exception as error:
        # The sentence is shown; an error in the log would be printed into the notebook.
        logger.info("The measure %r failed.", name, exc_info=True)
        return Tile(name, NOT_KNOWN, one_line(f"it failed: {type(error).__name__}: {error}", LONGEST_TROUBLE))


def tiles(executions: "pd.DataFrame") -> list[Tile]:
    """Return the measures of all rows of `executions` together; none when there is no row."""
    if executions.empty:
        return []
    measures: list[tuple[str, Callable[[pd.DataFrame], tuple[str, str]]]] = [
        ("Executions", _count),
        ("Failures", _failures),
        ("Success rate", _success),
        ("Median duration", lambda rows: _duration(rows, 0.5)),
        ("95 % take at most", lambda rows: _duration(rows, 0.95)),
        ("Trend", _trend),
        ("Change of duration", _change),
        ("Median time to repair", _repair),
        ("Cost", _cost),
    ]
    return [measured(name, lambda measure=measure: measure(executions)) for name, measure in measures]  # type: ignore[misc]


def tiles_of_events(runs: "pd.DataFrame", hosts: "pd.DataFrame", executions: "pd.DataFrame") -> list[Tile]:
    """Return what status events tell besides: the time in the queue, and hosts that fail now and then."""
    if executions.empty:
        return []
    return [
        measured("Median time in the queue", lambda: _queue(runs)),
        measured("Flaky hosts", lambda: _hosts_of("flaky", hosts, executions)),
        measured("Broken hosts", lambda: _hosts_of("broken", hosts, executions)),
    ]


def tiles_html(shown: list[Tile]) -> str:
    """Return tiles beside each other, as a list for screen readers."""
    parts = [
        element(
            "div",
            element("div", tile.name, **{"class": "ctl-help"}),
            element("b", tile.value),
            element("div", tile.note, **{"class": "ctl-help"}),
            role="listitem",
            **{"class": "ctl-tile"},
        )
        for tile in shown
    ]
    return element("div", Markup("".join(parts)), role="list", **{"class": "ctl-tiles"}) if parts else ""


def words_of(duration: Any) -> str:
    """Return a duration in words, also of one that is not known."""
    import pandas as pd

    from ctl_jupyter.charts.texts import duration_in_words

    return NOT_KNOWN if pd.isna(duration) else duration_in_words(duration / pd.Timedelta(milliseconds=1))


def _count(executions: "pd.DataFrame") -> tuple[str, str]:
    runs = int(executions["runs"].fillna(0).sum())
    restarts = int((executions["runs"].fillna(0) - 1).clip(lower=0).sum())
    jobs = executions["job_id"].nunique()
    of_jobs = f" of {jobs:,} jobs" if jobs > 1 else ""
    return f"{len(executions):,}{of_jobs}", f"{runs:,} run{'' if runs == 1 else 's'}, {restarts:,} restarted"


def _failures(executions: "pd.DataFrame") -> tuple[str, str]:
    failed = executions[executions["status"].isin(["FAILURE", "INIT_FAILURE"])]
    last = failed["start"].max()
    note = "none failed" if failed.empty else "" if last is None or last != last else f"last {last:%Y-%m-%d %H:%M} UTC"
    return f"{len(failed):,}", note


def _success(executions: "pd.DataFrame") -> tuple[str, str]:
    from ctl_jupyter.history import measures

    row = measures.success_rate(executions, by=None).iloc[0]
    decided = int(row["decided"])
    if not decided:
        return NOT_KNOWN, "none succeeded or failed"
    return f"{row['rate']:.0%}", f"95 %: {row['low']:.0%} to {row['high']:.0%}, {decided:,} decided"


def _duration(executions: "pd.DataFrame", quantile: float) -> tuple[str, str]:
    from ctl_jupyter.history import measures

    row = measures.duration_quantiles(executions, by=None, quantiles=(quantile,)).iloc[0]
    return words_of(row[f"q{quantile * 100:g}"]), f"{row['n']:,} that succeeded"


def _trend(executions: "pd.DataFrame") -> tuple[str, str]:
    """Return by how much durations grow; of several jobs, of the one that surely grows or shrinks most."""
    import pandas as pd

    from ctl_jupyter.charts.report_parts import DAYS_OF_A_TREND
    from ctl_jupyter.history import measures

    starts = executions.groupby("job_id", observed=True)["start"]
    spans = starts.max() - starts.min()
    long_enough = spans.index[spans >= pd.Timedelta(days=DAYS_OF_A_TREND)]
    found = measures.trend(executions[executions["job_id"].isin(long_enough)])
    known = found[found["percent"].notna()]
    if known.empty:
        return NOT_KNOWN, f"too few, or all within {DAYS_OF_A_TREND} days"
    sure = known[(known["percent_low"] > 0) | (known["percent_high"] < 0)]
    if sure.empty:
        return "steady", f"no sure trend in {int(known['n'].sum()):,} executions"
    row = sure.sort_values("percent", key=abs).iloc[-1]
    of = f" of {row['job']}" if executions["job_id"].nunique() > 1 else ""
    return f"{row['percent']:+,.1f} % a week", f"95 %: {row['percent_low']:+,.1f} to {row['percent_high']:+,.1f}{of}"


def _change(executions: "pd.DataFrame") -> tuple[str, str]:
    """Return the last change of a duration's level, and the commit it came with."""
    from ctl_jupyter.history import measures

    changes = measures.change_points(executions)
    if changes.empty:
        return "none", "no level of durations changed"
    last = changes.sort_values("at").iloc[-1]
    commit = "" if last.isna()["commit"] else f" with {str(last['commit'])[:8]}"
    of = f" of {last['job']}" if executions["job_id"].nunique() > 1 else ""
    return f"{last['ratio']:.2g} times", f"since {last['at']:%Y-%m-%d}{commit}{of}"


def _repair(executions: "pd.DataFrame") -> tuple[str, str]:
    from ctl_jupyter.history import measures

    repair = measures.time_to_repair(executions)
    mended = repair["duration"].dropna()
    if repair.empty:
        return "nothing failed", "no streak of failures"
    return words_of(mended.median()), f"{len(mended):,} of {len(repair):,} streaks mended"


def _cost(executions: "pd.DataFrame") -> tuple[str, str]:
    from ctl_jupyter.history import measures

    row = measures.cost(executions, by=None).iloc[0]
    return f"{row['cost']:,.2f} $", f"{row['hours']:,.1f} hours at 0.015 $ an hour"


def _queue(runs: "pd.DataFrame") -> tuple[str, str]:
    from ctl_jupyter.history import measures

    row = measures.queue_and_run(runs, by=None).iloc[0]
    return words_of(row["queue_median"]), f"{int(row['queue_known']):,} runs"


def _hosts_of(verdict: str, hosts: "pd.DataFrame", executions: "pd.DataFrame") -> tuple[str, str]:
    from ctl_jupyter.charts.texts import names_in_words
    from ctl_jupyter.history import measures

    found = measures.flaky_hosts(hosts, executions)
    names = list(dict.fromkeys(found.loc[found["verdict"] == verdict, "host"].astype(str)))
    return f"{len(names):,}", names_in_words(names, NAMED) if names else "none"
