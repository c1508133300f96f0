"""The sections of a report: each a measure as a sentence and a table, with its picture."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from itertools import count
from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.given import milliseconds_of
from ctl_jupyter.charts.page import Column, facts, figure, note, section, table
from ctl_jupyter.charts.texts import counted, cut, duration_in_words
from ctl_jupyter.markup import Markup

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Subject", "sections"]

#: Draws a chart into the page.
Picture = Callable[[Callable[[], Any]], Markup]

NEWEST = 20
LONGEST_MESSAGE = 300
#: What grows in an hour says nothing of a week.
DAYS_OF_A_TREND = 3
NO_EVENTS = "No status events are known, so nothing can be said of hosts and tasks."


@dataclass(frozen=True)
class Subject:
    """What a report is about: the frames, cut to the job, and how times are written."""

    name: str
    ids: list[str]
    account: str
    executions: "pd.DataFrame"
    runs: "pd.DataFrame"
    tasks: "pd.DataFrame"
    hosts: "pd.DataFrame"
    tz: str | None
    zone: tzinfo

    @property
    def is_one_job(self) -> bool:
        """Whether there is one job alone."""
        return len(self.ids) == 1

    def moment(self, moment: Any) -> str:
        """Return a time as the clock of the report's zone shows it."""
        return f"{moment.tz_convert(self.zone):%Y-%m-%d %H:%M}"

    def job(self) -> list[Column]:
        """Return the column of the job, where there are several."""
        return [] if self.is_one_job else [Column("job", "job", _name)]


def sections(subject: Subject) -> list[Markup]:
    """Return the sections of a report about one execution or more."""
    numbers = count(1)

    def picture(draw: Callable[[], Any]) -> Markup:
        import vl_convert

        document = draw().to_dict()
        return figure(vl_convert.vegalite_to_svg(document), document.get("description", ""), next(numbers))

    drawn = [part(subject, picture) for part in (_success, _durations, _queue, _hosts, _failures)]
    told = [part(subject) for part in (_tasks, _repair, _cost, _newest)]
    return [section(title, *body) for title, *body in map(tuple, [*drawn, *told])]


def _success(subject: Subject, picture: Picture) -> Iterator[Any]:
    from ctl_jupyter.charts import success_calendar, timeline
    from ctl_jupyter.history.measures import success_rate

    yield "Success"
    whole = _only_row(success_rate(subject.executions, by=None))
    if whole["decided"]:
        yield facts(
            [
                ("success rate", f"{_percent(whole['rate'])} of {whole['decided']:,} decided executions"),
                ("95 % interval", f"{_percent(whole['low'])} to {_percent(whole['high'])} (Wilson)"),
                ("not decided", _undecided(whole)),
            ]
        )
    else:
        yield note(f"None has succeeded or failed: {_undecided(whole)}.")
    yield picture(lambda: success_calendar(subject.executions, tz=subject.tz))
    yield picture(lambda: timeline(subject.executions))
    if not subject.is_one_job:
        rates = success_rate(subject.executions).sort_values(["rate", "decided"], ascending=[True, False])
        yield note("The jobs that fail most:")
        yield table(
            rates,
            [
                Column("job", "job", _name),
                Column("success rate", "rate", _percent, "number"),
                Column("at least", "low", _percent, "number"),
                Column("at most", "high", _percent, "number"),
                Column("decided", "decided", _number, "number"),
                Column("executions", "executions", _number, "number"),
            ],
        )


def _undecided(whole: dict[str, Any]) -> str:
    kinds = (
        ("stopped", "stopped"),
        ("killed", "killed"),
        ("init_failures", "could not begin"),
        ("undecided", "live or unknown"),
    )
    return ", ".join(f"{whole[name]:,} {words}" for name, words in kinds if whole[name]) or "none"


def _durations(subject: Subject, picture: Picture) -> Iterator[Any]:
    from ctl_jupyter.charts import duration_trend
    from ctl_jupyter.history.measures import change_points, duration_quantiles, trend

    yield "Durations"
    by = None if subject.is_one_job else "job"
    quantiles = duration_quantiles(subject.executions, by=by)
    if not quantiles["n"].sum():
        yield note("None has succeeded, so there is no usual duration.")
        return
    if by:
        quantiles = quantiles.sort_values("q50", ascending=False)
    times = [("median", "q50"), ("90 %", "q90"), ("95 %", "q95"), ("99 %", "q99")]
    yield note("Of those that succeeded; 90 % took at most the time in that column.")
    columns = [Column(title, name, _duration, "number") for title, name in times]
    yield table(quantiles, [*subject.job(), *columns, Column("n", "n", _number, "number")])
    yield picture(lambda: duration_trend(subject.executions, changes=subject.is_one_job))
    slopes = trend(subject.executions, by=by)
    clear = slopes[(slopes["percent_low"] > 0) | (slopes["percent_high"] < 0)]
    if by is None:
        began = subject.executions["start"]
        yield note(_trend_in_words(_only_row(slopes), (began.max() - began.min()).days))
    elif len(clear):
        yield note("Jobs whose duration grows or shrinks steadily (Theil-Sen slope, 95 % interval without 0):")
        yield table(
            clear.sort_values("percent", key=abs, ascending=False),
            [
                Column("job", "job", _name),
                Column("a week", "percent", _signed, "number"),
                Column("at least", "percent_low", _signed, "number"),
                Column("at most", "percent_high", _signed, "number"),
                Column("n", "n", _number, "number"),
            ],
        )
    changes = change_points(subject.executions, by=by)
    if changes.empty:
        yield note("No change of the level of the duration was found.")
        return
    yield note("When the level of the duration changed, newest first:")
    yield table(
        changes.sort_values("at", ascending=False),
        [
            *subject.job(),
            Column("when", "at", subject.moment, "short"),
            Column("before", "before", _duration, "number"),
            Column("after", "after", _duration, "number"),
            Column("factor", "ratio", lambda ratio: f"\N{MULTIPLICATION SIGN} {ratio:.2f}", "number"),
            Column("commit", "commit", _commit, "id"),
            Column("author", "commit_author", _name),
            Column("commit says", "commit_message", _message),
            Column("first execution", "execution_id", str, "id"),
        ],
    )


def _trend_in_words(slope: dict[str, Any], days: int) -> str:
    import pandas as pd

    if pd.isna(slope["percent"]):
        return "Too few executions to tell a trend."
    if days < DAYS_OF_A_TREND:
        return f"No trend is told of executions that all began within {DAYS_OF_A_TREND} days."
    between = f"{_signed(slope['percent_low'])} to {_signed(slope['percent_high'])}"
    if slope["percent_low"] <= 0 <= slope["percent_high"]:
        return f"No steady trend: {between} a week (Theil-Sen slope, 95 % interval, n = {slope['n']:,})."
    words = "grows" if slope["percent"] > 0 else "shrinks"
    return (
        f"The duration {words} steadily by {_signed(slope['percent'])} a week "
        f"({between}; Theil-Sen slope, 95 % interval, n = {slope['n']:,})."
    )


def _queue(subject: Subject, picture: Picture) -> Iterator[Any]:
    from ctl_jupyter.charts import queue_chart

    yield "Queue and run"
    known = subject.runs[subject.runs["queue"].notna() & subject.runs["duration"].notna()]
    if known.empty:
        yield note("No run's time in the queue is known: it is told by status events.")
        return
    queue, run = (known[name].dt.total_seconds() * 1_000 for name in ("queue", "duration"))
    yield facts(
        [
            ("in the queue", _spread(queue)),
            ("running", _spread(run)),
            ("runs", f"{len(known):,} of {len(subject.runs):,}: those of which both are known"),
        ]
    )
    yield picture(lambda: queue_chart(known, tz=subject.tz))
    yield picture(lambda: queue_chart(known, by="hour", tz=subject.tz))


def _spread(milliseconds: "pd.Series[float]") -> str:
    median, most = (duration_in_words(float(milliseconds.quantile(share))) for share in (0.5, 0.9))
    return f"median {median}, 90 % at most {most}"


def _hosts(subject: Subject, picture: Picture) -> Iterator[Any]:
    from ctl_jupyter.charts import host_run_matrix
    from ctl_jupyter.history.measures import flaky_hosts

    yield "Hosts"
    if subject.hosts.empty:
        yield note(NO_EVENTS)
        return
    verdicts = flaky_hosts(subject.hosts, subject.executions)
    bad = verdicts[verdicts["verdict"] != "healthy"]
    count = verdicts["host"].nunique()
    if bad.empty:
        yield note(f"None of {counted(count, 'host')} is broken, unreachable or flaky.")
    else:
        yield note(
            f"{bad['host'].nunique():,} of {counted(count, 'host')} broken, unreachable or flaky; failures that most "
            "hosts shared are not counted."
        )
        yield table(
            bad,
            [
                *subject.job(),
                Column("host", "host", _name),
                Column("verdict", "verdict", _name, "short"),
                Column("since", "since", subject.moment, "short"),
                Column("runs", "n", _number, "number"),
                Column("failed", "failed", _number, "number"),
                Column("unreachable", "unreachable", _number, "number"),
                Column("flips", "flips", _number, "number"),
                Column("flip rate", "flip_rate", _percent, "number"),
            ],
        )
    if subject.is_one_job:
        yield picture(lambda: host_run_matrix(subject.hosts, subject.ids[0], newest=50))


def _failures(subject: Subject, picture: Picture) -> Iterator[Any]:
    from ctl_jupyter.charts import failure_chart
    from ctl_jupyter.history.measures import failure_groups

    yield "What hosts failed of"
    if subject.hosts.empty:
        yield note(NO_EVENTS)
        return
    groups = failure_groups(subject.hosts, subject.executions)
    if groups.empty:
        yield note("No host failed.")
        return
    yield picture(lambda: failure_chart(subject.hosts, executions=subject.executions, most=10))
    yield table(
        groups,
        [
            Column("failures", "n", _number, "number"),
            Column("outcome", "outcome", _name, "short"),
            Column("last message", "message", _message),
            Column("tasks", "tasks", _number, "number"),
            Column("hosts", "hosts", _number, "number"),
            Column("executions", "executions", _number, "number"),
            Column("last", "last", subject.moment, "short"),
            Column("execution", "execution_id", str, "id"),
        ],
        most=10,
    )


def _tasks(subject: Subject) -> Iterator[Any]:
    from ctl_jupyter.history.measures import fork_bound, slowest_tasks, stragglers

    yield "Where the time goes"
    if subject.tasks.empty or subject.hosts.empty:
        yield note(NO_EVENTS)
        return
    yield note("Tasks by the time that they took, added up:")
    yield table(
        slowest_tasks(subject.tasks),
        [
            *subject.job(),
            Column("task", "task", _name),
            Column("play", "play", _name),
            Column("total", "total", _duration, "number"),
            Column("share", "share", _percent, "number"),
            Column("median", "median", _duration, "number"),
            Column("95 %", "p95", _duration, "number"),
            Column("n", "n", _number, "number"),
            Column("slowest in", "slowest_execution", str, "id"),
        ],
    )
    waited = stragglers(subject.hosts, subject.tasks)
    waited = waited[waited["last"] > 0]
    if len(waited):
        yield note("Hosts that the others waited for:")
        yield table(
            waited,
            [
                *subject.job(),
                Column("host", "host", _name),
                Column("runs took longer by", "wall_lost", _duration, "number"),
                Column("share of run time", "share", _percent, "number"),
                Column("others idle", "host_time", _duration, "number"),
                Column("last in", "last", _number, "number"),
                Column("of tasks", "n", _number, "number"),
            ],
            most=10,
        )
    bound = fork_bound(subject.hosts, subject.tasks)
    if len(bound):
        yield note("Tasks that waited for a fork:")
        yield table(
            bound,
            [
                *subject.job(),
                Column("task", "task", _name),
                Column("could save", "saved", _duration, "number"),
                Column("forks", "forks", _number, "number"),
                Column("hosts", "hosts", _number, "number"),
                Column("advice", "advice", _message),
            ],
            most=10,
        )


def _repair(subject: Subject) -> Iterator[Any]:
    from ctl_jupyter.history.measures import time_to_repair

    yield "Time to repair"
    streaks = time_to_repair(subject.executions)
    if streaks.empty:
        yield note("Nothing had to be repaired: no execution failed.")
        return
    done = streaks[streaks["duration"].notna()]
    words = f"{counted(len(streaks), 'streak')} of failures"
    if len(done):
        words += f"; until the next success it took {_duration(done['duration'].median())} (median of {len(done):,})"
    open_ = len(streaks) - len(done)
    yield note(f"{words}; {open_:,} not repaired yet. Newest first, those not repaired before all:")
    ordered = streaks.assign(is_done=streaks["repaired_at"].notna()).sort_values(
        ["is_done", "failed_at"], ascending=[True, False]
    )
    yield table(
        ordered,
        [
            *subject.job(),
            Column("first failed", "failed_at", subject.moment, "short"),
            Column("failures", "failures", _number, "number"),
            Column("took", "duration", _duration, "number"),
            Column("repaired", "repaired_at", subject.moment, "short"),
            Column("first failure", "execution_id", str, "id"),
            Column("repaired by", "repaired_by", str, "id"),
            Column("with commit", "repair_commit", _commit, "id"),
        ],
        most=10,
    )


def _cost(subject: Subject) -> Iterator[Any]:
    from ctl_jupyter.history.measures import cost
    from ctl_jupyter.history.measures.cost import PRICE_PER_HOUR

    yield "Cost"
    whole = _only_row(cost(subject.executions, by=None))
    left_out = f"; {whole['left_out']:,} without a known duration left out" if whole["left_out"] else ""
    yield note(
        f"{whole['hours']:,.1f} hours of runs: {whole['cost']:,.2f} $ at {PRICE_PER_HOUR} $ an hour, the price of "
        f"external jobs{left_out}."
    )
    if not subject.is_one_job:
        yield table(
            cost(subject.executions).sort_values("cost", ascending=False),
            [
                Column("job", "job", _name),
                Column("hours", "hours", lambda hours: f"{hours:,.1f}", "number"),
                Column("$", "cost", lambda money: f"{money:,.2f}", "number"),
                Column("executions", "n", _number, "number"),
            ],
            most=10,
        )


def _newest(subject: Subject) -> Iterator[Any]:
    yield "Newest executions"
    import numpy as np

    begun = milliseconds_of(subject.executions["start"].fillna(subject.executions["end"]))
    # Those that have not begun are the newest.
    order = np.argsort(np.where(begun < 0, np.iinfo("int64").max, begun), kind="stable")[::-1]
    newest = subject.executions.iloc[order[:NEWEST]]
    columns = [
        Column("execution", "execution_id", str, "id"),
        *subject.job(),
        Column("status", "status", _name, "short"),
        Column("start", "start", subject.moment, "short"),
        Column("duration", "duration", _duration, "number"),
        Column("failed hosts", "failed_hosts", _some),
        Column("commit", "commit", _commit, "id"),
    ]
    yield table(newest, [column for column in columns if column.name in newest.columns], most=NEWEST, total=len(order))


def _only_row(table: "pd.DataFrame") -> dict[str, Any]:
    """Return the values of a table's one row, whole numbers as such."""
    return {str(name): values.iloc[0] for name, values in table.items()}


def _name(value: Any) -> str:
    return cut(str(value), 80)


def _message(value: Any) -> str:
    return cut(str(value), LONGEST_MESSAGE)


def _commit(value: Any) -> str:
    """Return the beginning of a commit's name, by which git finds it."""
    return str(value)[:12]


def _number(value: Any) -> str:
    return f"{value:,}"


def _percent(value: Any) -> str:
    return f"{100 * value:.1f} %"


def _signed(value: Any) -> str:
    """Return what is in percent already, with its sign."""
    return f"{value:+.1f} %"


def _duration(value: Any) -> str:
    return duration_in_words(value.total_seconds() * 1_000)


def _some(values: Any) -> str:
    from ctl_jupyter.charts.texts import names_in_words

    return names_in_words([_name(value) for value in values])
