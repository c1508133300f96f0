"""The timeline of one execution: which task ran when on which host, and how it ended."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.given import codes_of, frame_of, milliseconds_of, rows_of_execution, run_of
from ctl_jupyter.charts.host_tasks import NEEDED
from ctl_jupyter.charts.looks import GREY
from ctl_jupyter.charts.outcomes import FAILING, NAMES, outcome_looks, ranks_of
from ctl_jupyter.charts.style import TICK_LABEL, WIDTH, axis, chart_of, empty_chart, kinds, pixels, tooltip, zoom
from ctl_jupyter.charts.tasks_of import tasks_of
from ctl_jupyter.charts.texts import counted, cut, duration_in_words, inert

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["execution_timeline"]

MOST_HOSTS = 40
MOST_RESULTS = 1_500
#: So many results have a marker each; of more, those that did not go well.
MOST_MARKERS = 300
MOST_TASK_MARKS = 60
#: Pixels: the numbers of tasks above the hosts, a host's line, and its bars.
HEAD = 14
LANE = 16
BAR = 11


def execution_timeline(history: "History | pd.DataFrame", execution_id: str, run: int | None = None) -> "RunnerChart":
    """Draw a bar per host and task of an execution along the time (UTC), one line per host.

    Colour and shape say how it ended; the numbers on top say where tasks began. Hosts that failed come first, then
    those that were busy longest. Of more than 40 hosts the others are left out, and of more than 1,500 results the
    shortest that went well; the chart says so.

    Parameters
    ----------
    history
        A `History`, or its ``hosts``, or some rows of them.
    run
        Which run of the execution; the last when ``None``.

    Raises
    ------
    DocumentError
        When a column that is needed is missing.
    """
    frame = frame_of(history, "hosts", (*NEEDED, "end"), "execution_timeline")
    rows, run = run_of(rows_of_execution(frame, execution_id), run)
    shown_id = cut(inert(execution_id), 60)
    end = rows["end"].fillna(rows["timestamp"])
    known = (rows["host"].notna() & end.notna()).to_numpy()
    notes = [f"run {run}"] if run is not None and run > 1 else []
    if not known.any():
        return empty_chart("Timeline of an execution", f"no host results of execution {shown_id}", notes)
    if not known.all():
        notes.append(f"{int((~known).sum()):,} results without host or time left out")
    rows, end = rows[known], end[known]
    finish = milliseconds_of(end)
    begin = milliseconds_of(rows["start"])
    begin = _where(begin < 0, finish, begin)
    results = _results(rows, begin, finish)
    title = f"{counted(len(results), 'result')} of {counted(results['host'].nunique(), 'host')}: execution {shown_id}"
    tasks = results.groupby("task", sort=False)["begin"].min().sort_values()
    results, hosts = _chosen(results, notes)
    return _draw(results, hosts, tasks, title, notes, shown_id)


def _where(condition: Any, yes: Any, no: Any) -> Any:
    import numpy as np

    return np.where(condition, yes, no)


def _results(rows: "pd.DataFrame", begin: Any, finish: Any) -> "pd.DataFrame":
    """Return numbers alone: texts are made of those rows that are drawn."""
    import numpy as np
    import pandas as pd

    tasks = tasks_of(rows)
    codes, found = codes_of(rows["host"])
    return pd.DataFrame(
        {
            "begin": begin,
            "finish": np.maximum(finish, begin),
            "rank": ranks_of(rows["outcome"]),
            "host": pd.Categorical.from_codes(codes, categories=found),
            "task": pd.Categorical.from_codes(tasks.codes, categories=pd.Index(tasks.names, dtype="str")),
            "message": rows["message"].to_numpy(),
        }
    )


def _chosen(results: "pd.DataFrame", notes: list[str]) -> tuple["pd.DataFrame", list[str]]:
    """Return what is drawn and its hosts, in their order; say in `notes` what is not."""
    span = results["finish"] - results["begin"]
    busy = (
        results.assign(bad=results["rank"] >= FAILING, span=span)
        .groupby("host", observed=True)[["bad", "span"]]
        .sum()
        .sort_values(["bad", "span"], ascending=False, kind="stable")
    )
    hosts = [str(host) for host in busy.index[:MOST_HOSTS]]
    if len(hosts) < len(busy):
        notes.append(f"{len(hosts)} of {len(busy):,} hosts: failing ones first, then the busiest")
        results = results[results["host"].isin(hosts)]
    if len(results) > MOST_RESULTS:
        score = (results["finish"] - results["begin"]).where(results["rank"] < FAILING, 1 << 62)
        kept = score.nlargest(MOST_RESULTS).index
        notes.append(f"{MOST_RESULTS:,} of their {len(results):,} results: failures, then the longest")
        results = results.loc[kept]
    return results, hosts


def _draw(
    results: "pd.DataFrame", hosts: list[str], tasks: "pd.Series[Any]", title: str, notes: list[str], shown_id: str
) -> "RunnerChart":
    import json

    import altair as alt
    import pandas as pd

    line = results["host"].astype("str").map({host: place for place, host in enumerate(hosts)})
    bars = pd.DataFrame(
        {
            "begin": results["begin"],
            "finish": results["finish"],
            "top": HEAD + line * LANE + (LANE - BAR) / 2,
            "bottom": HEAD + line * LANE + (LANE + BAR) / 2,
            "middle": HEAD + (line + 0.5) * LANE,
            "outcome": [NAMES[rank] for rank in results["rank"]],
            "host": [cut(inert(host), 80) for host in results["host"].astype("str")],
            "task": [cut(inert(task), 80) for task in results["task"].astype("str")],
            "took": [duration_in_words(span) for span in results["finish"] - results["begin"]],
            "since": pd.Series(results["begin"].to_numpy().astype("M8[ms]")).dt.strftime("%H:%M:%S UTC").to_numpy(),
            "message": [cut(inert(text), 160) for text in results["message"].astype("str").fillna("none")],
            "execution": shown_id,
        }
    ).sort_values("outcome", key=lambda names: names.map(NAMES.index), kind="stable")
    first, last = int(bars["begin"].min()), int(bars["finish"].max())
    space = max((last - first) // 50, 500)
    times = alt.Scale(type="utc", domain=[first - space, last + space], nice=False)
    height = HEAD + LANE * len(hosts)
    middles = [HEAD + LANE * (place + 0.5) for place in range(len(hosts))]
    names = json.dumps([cut(inert(host), 34) for host in hosts])
    y_axis = axis(
        values=middles, tickCount=len(middles), labelExpr=f"{names}[indexof({middles}, datum.value)]",
        labelOverlap=False, labelLimit=220, grid=False, ticks=False, domain=False,
    )  # fmt: skip
    words = " to ".join(dict.fromkeys(f"{pd.Timestamp(m, unit='ms'):%Y-%m-%d %H:%M:%S}" for m in (first, last)))
    x_axis = axis(f"{words} UTC", labelExpr=TICK_LABEL, tickCount=8)
    looks = outcome_looks()
    found = bars["outcome"].value_counts()
    color, shape = kinds("outcome", looks, {name: int(found[name]) for name in looks if name in found.index})
    details = tooltip(host="host", task="task", outcome="outcome", since="begin", took="duration", message="message",
                      execution="execution")  # fmt: skip
    base = alt.Chart(bars).encode(color=color, tooltip=details)
    spans = base.mark_rect(aria=False, clip=True, opacity=0.5, cornerRadius=1.5).encode(
        x=alt.X("begin:T", axis=x_axis, scale=alt.Scale(type="utc", nice=False)), x2="finish:T",
        y=alt.Y("top:Q", scale=pixels(height), axis=y_axis), y2="bottom:Q",
    )  # fmt: skip
    marked = bars if len(bars) <= MOST_MARKERS else bars[bars["outcome"].isin(["failed", "unreachable", "ignored"])]
    ends = (
        alt.Chart(marked)
        .mark_point(clip=True, filled=True, opacity=1, size=40)
        .encode(x=alt.X("finish:T", scale=times), y="middle:Q", shape=shape, color=color, tooltip=details)
    )
    layers = [*_task_marks(tasks, times), spans.add_params(zoom(f"one {title} {first}")), ends]
    return chart_of(layers, title, notes, WIDTH, height)


def _task_marks(tasks: "pd.Series[Any]", times: Any) -> list[Any]:
    """Return a light line where each task began, with its number on top; of very many tasks only some."""
    import altair as alt
    import pandas as pd

    some = tasks.iloc[:: -(-len(tasks) // MOST_TASK_MARKS)]
    marks = pd.DataFrame(
        {
            "begin": some.to_numpy(),
            "number": [name.split(" ", 1)[0] for name in some.index.astype("str")],
            "task": [cut(inert(name), 80) for name in some.index.astype("str")],
        }
    )
    # Numbers that would run into each other are not written.
    span = max(int(tasks.max() - tasks.min()), 1)
    slot = (marks["begin"] - marks["begin"].min()) * (WIDTH // 16) // span
    base = alt.Chart(marks).encode(x=alt.X("begin:T", scale=times), tooltip=tooltip(task="task begins"))
    rules = base.mark_rule(aria=False, clip=True, color=GREY, opacity=0.25)
    text = alt.Chart(marks[~slot.duplicated()]).mark_text(align="center", baseline="bottom", color=GREY, fontSize=9)
    return [
        rules,
        text.encode(
            x=alt.X("begin:T", scale=times), y=alt.value(10), text="number:N", tooltip=tooltip(task="task begins")
        ),
    ]
