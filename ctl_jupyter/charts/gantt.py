"""The timeline of executions: what ran when, how it ended, and what still lives."""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.lanes import lanes_of
from ctl_jupyter.charts.looks import GREY, look_of
from ctl_jupyter.charts.texts import counted, cut, duration_in_words, names_in_words
from ctl_jupyter.documents import FINAL_STATUSES, DocumentError, Status
from ctl_jupyter.history import History

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart

__all__ = ["timeline"]

#: What a frame must have to be drawn.
NEEDED = ("execution_id", "job_id", "job", "status", "start", "end", "duration", "failed_hosts", "commit")

#: What a tooltip says where there is nothing to say.
NONE = "none"

#: Altair draws no more rows than these.
MOST_ROWS = 5_000
MOST_JOBS = 60
MOST_LANES = 8
LONGEST_NAME = 32

#: Pixels: the plot's width, one execution's line, its bar, and the space around a job's lines.
WIDTH = 640
LANE = 16
BAR = 10
MARGIN = 4
EMPTY_HEIGHT = 60

#: A Vega expression: a day at midnight, else the time of day, as exact as the ticks are.
TICK_LABEL = (
    "datum.value % 86400000 == 0 ? utcFormat(datum.value, '%b %d')"
    " : datum.value % 60000 == 0 ? utcFormat(datum.value, '%H:%M')"
    " : datum.value % 1000 == 0 ? utcFormat(datum.value, '%H:%M:%S') : utcFormat(datum.value, '%S.%L')"
)

#: Statuses in the order they are drawn: what went wrong lies on top.
DRAWN_LAST = (Status.STOPPED, Status.KILLED, Status.INIT_FAILURE, Status.FAILURE)


def timeline(history: "History | pd.DataFrame", *, newest: int = 1_000, now: datetime | None = None) -> "RunnerChart":
    """Draw executions as bars along the time (UTC), one group of lines per job.

    Colour and shape at a bar's end say how it ended; a bar with a dashed border has not ended and is drawn to
    now. In a notebook, point at a bar for its details, drag to move in time, turn the wheel with Ctrl held down
    to zoom, double-click to go back.

    Parameters
    ----------
    history
        A `History`, or its ``executions``, or some rows of them. A `History` is pulled when it has not been.
    newest
        How many executions to draw at most, the newest ones; never more than 5,000. The chart says when it
        leaves some out, as it does for all but the 60 jobs that ran last.
    now
        Where the bars of living executions end; the present when ``None``.

    Returns
    -------
    RunnerChart
        An `altair.LayerChart`, to restyle, combine and save.

    Raises
    ------
    DocumentError
        When a column that is needed is missing.
    RunnerError
        When the history cannot be pulled.
    """
    import pandas as pd

    frame = history.executions if isinstance(history, History) else history
    if not isinstance(frame, pd.DataFrame):
        raise DocumentError("timeline() draws a History, its executions, or some rows of them.")
    missing = [column for column in NEEDED if column not in frame.columns]
    if missing:
        raise DocumentError(
            f"timeline() draws executions as History.executions has them, and this frame has no {missing[0]!r}."
        )
    present = pd.Timestamp(now) if now is not None else pd.Timestamp.now(tz="UTC")
    present = present.tz_localize("UTC") if present.tzinfo is None else present.tz_convert("UTC")
    plan = _plan(frame, max(1, min(newest, MOST_ROWS)), present.as_unit("ms"))
    return _chart(plan) if len(plan.bars) else _empty_chart(plan)


@dataclass(frozen=True)
class _Job:
    """A job's place on the y axis, in pixels from the top, and how many of its executions overlap."""

    name: str
    top: float
    bottom: float
    most_at_once: int


@dataclass(frozen=True)
class _Plan:
    """What is drawn where, and what the chart says about it.

    Parameters
    ----------
    bars
        One row per execution: ``begin``, ``finish`` (UTC), ``top``, ``bottom``, ``middle`` (pixels), ``lives``,
        and the texts of the tooltip.
    """

    bars: "pd.DataFrame"
    jobs: list[_Job]
    now: "pd.Timestamp"
    title: str
    notes: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many executions there are of each status, in the order of an execution's life."""
        found = Counter(self.bars["status"])
        return {status: found[status] for status in _in_order(found)}

    @property
    def height(self) -> float:
        return self.jobs[-1].bottom if self.jobs else EMPTY_HEIGHT


def _plan(frame: "pd.DataFrame", newest: int, now: "pd.Timestamp") -> _Plan:
    import pandas as pd

    rows = frame.reset_index(drop=True)
    status = rows["status"].astype("str").fillna("(none)")
    start, end = (pd.to_datetime(rows[column], utc=True).dt.as_unit("ms") for column in ("start", "end"))
    lives = end.isna() & ~status.isin([str(final) for final in FINAL_STATUSES])
    begin = start.fillna(end).where(~lives | start.notna(), now)
    finish = end.fillna(start).where(~lives, now)
    finish = finish.where(finish > begin, begin)
    rows = rows.assign(status=status, start=start, end=end, begin=begin, finish=finish, lives=lives)

    placed = rows[rows["begin"].notna()]
    latest = placed.sort_values("begin", ascending=False, kind="stable").head(newest)
    job_ids = latest["job_id"].unique()
    drawn = latest[latest["job_id"].isin(job_ids[:MOST_JOBS])]
    bars, jobs = _arrange(drawn)

    notes = []
    if len(latest) < len(placed):
        notes.append(f"the newest {len(latest):,} of {len(placed):,} executions")
    if len(job_ids) > MOST_JOBS:
        notes.append(f"the {MOST_JOBS} of {counted(len(job_ids), 'job')} that ran last")
    if any(job.most_at_once > MOST_LANES for job in jobs):
        notes.append(f"more than {MOST_LANES} at a time share lines")
    if len(placed) < len(rows):
        notes.append(f"{len(rows) - len(placed):,} without times left out")
    if living := int(drawn["lives"].sum()):
        notes.append(f"{living:,} not ended, drawn to now ({now:%H:%M} UTC)")
    whose = cut(jobs[0].name, LONGEST_NAME) if len(jobs) == 1 else counted(len(jobs), "job")
    return _Plan(
        bars=bars,
        jobs=jobs,
        now=now,
        title=f"{counted(len(drawn), 'execution')} of {whose}" if len(drawn) else "No executions yet",
        notes=notes,
    )


def _in_order(statuses: Collection[str]) -> list[str]:
    """Return the statuses in the order of an execution's life, unknown ones at the end."""
    known = [str(status) for status in Status if status in statuses]
    return known + sorted(status for status in statuses if status not in known)


def _arrange(drawn: "pd.DataFrame") -> tuple["pd.DataFrame", list[_Job]]:
    """Give each job its lines and each execution its line; jobs by name."""
    import pandas as pd

    names = drawn["job"].fillna(drawn["job_id"]).fillna("(no job)").astype("str")
    drawn = drawn.assign(job=names)
    parts, jobs, top = [], [], 0.0
    groups = drawn.groupby("job_id", dropna=False, observed=True, sort=False)
    for _, group in sorted(groups, key=lambda pair: (pair[1]["job"].iloc[0].casefold(), str(pair[0]))):
        # What lives goes on: one that waits to start now needs a line of its own beside one that runs.
        free = group["finish"].astype("int64") + group["lives"]
        spans = list(zip(group["begin"].astype("int64"), free, strict=True))
        lanes = pd.Series(lanes_of(spans), index=group.index)
        most_at_once = int(lanes.max()) + 1
        parts.append(_bars(group, top + MARGIN + LANE * (lanes % MOST_LANES + 0.5)))
        bottom = top + 2 * MARGIN + LANE * min(most_at_once, MOST_LANES)
        jobs.append(_Job(group["job"].iloc[0], top, bottom, most_at_once))
        top = bottom
    if not parts:
        return pd.DataFrame(), []
    bars = pd.concat(parts)
    rank = bars["status"].map({str(status): place for place, status in enumerate(DRAWN_LAST)}).fillna(-1)
    order = pd.DataFrame({"rank": rank, "begin": bars["begin"]}).sort_values(["rank", "begin"]).index
    return bars.loc[order].reset_index(drop=True), jobs


def _bars(group: "pd.DataFrame", middle: "pd.Series[float]") -> "pd.DataFrame":
    import pandas as pd

    spent = group["duration"].where(~group["lives"], group["finish"] - group["begin"])
    return pd.DataFrame(
        {
            "begin": group["begin"],
            "finish": group["finish"],
            "top": middle - BAR / 2,
            "bottom": middle + BAR / 2,
            "middle": middle,
            "lives": group["lives"],
            "status": group["status"],
            "job": group["job"],
            "execution": group["execution_id"].astype("str"),
            "started": [_moment(moment) for moment in group["start"]],
            "ended": [_moment(moment) for moment in group["end"]],
            "took": [_duration(*pair) for pair in zip(spent, group["lives"], strict=True)],
            "commit": [cut(text, 13) if isinstance(text, str) else NONE for text in group["commit"]],
            "failed": [
                names_in_words(hosts) if isinstance(hosts, list) and hosts else NONE for hosts in group["failed_hosts"]
            ],
        },
        index=group.index,
    )


def _moment(moment: Any) -> str:
    import pandas as pd

    return NONE if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _duration(duration: Any, lives: bool) -> str:
    import pandas as pd

    if pd.isna(duration):
        return NONE
    return duration_in_words(duration / pd.Timedelta(milliseconds=1)) + (" so far" if lives else "")


def _chart(plan: _Plan) -> "RunnerChart":
    import altair as alt

    from ctl_jupyter.charts.display import RunnerChart

    zoom = alt.selection_interval(name="zoom", bind="scales", encodings=["x"], zoom="wheel![event.ctrlKey]")
    looks = {status: look_of(status) for status in plan.counts}
    colors = alt.Scale(domain=list(looks), range=[look.color for look in looks.values()])
    shapes = alt.Scale(domain=list(looks), range=[look.shape for look in looks.values()])
    legend = _legend(plan)
    tooltip = [
        alt.Tooltip(f"{column}:N", title=title)
        for column, title in (
            ("job", "job"),
            ("execution", "execution"),
            ("status", "status"),
            ("started", "start"),
            ("ended", "end"),
            ("took", "duration"),
            ("commit", "commit"),
            ("failed", "failed hosts"),
        )
    ]
    color = alt.Color("status:N", scale=colors, legend=legend)
    base = alt.Chart(plan.bars).encode(color=color, tooltip=tooltip)
    lives = alt.when("datum.lives")
    bars = (
        base.mark_rect(aria=False, clip=True, cornerRadius=2, strokeDash=[3, 2])
        .encode(
            x=_time_axis(plan),
            x2="finish:T",
            y=_job_axis(plan),
            y2="bottom:Q",
            fillOpacity=lives.then(alt.value(0.12)).otherwise(alt.value(0.5)),
            stroke=alt.Stroke("status:N", scale=colors, legend=legend),
            strokeWidth=lives.then(alt.value(1)).otherwise(alt.value(0)),
        )
        .add_params(zoom)
    )
    ends = base.mark_point(clip=True, filled=True, opacity=1, size=_marker_size(len(plan.bars))).encode(
        x=alt.X("finish:T", scale=_time_scale(plan)),
        y="middle:Q",
        shape=alt.Shape("status:N", scale=shapes, legend=legend),
    )
    layers = [_bands(plan), bars, ends]
    if plan.bars["lives"].any():
        layers.insert(1, _now_line(plan))
    return RunnerChart(
        layer=layers,
        title=_title(plan),
        description=_description(plan),
        width=WIDTH,
        height=plan.height,
        view=alt.ViewBackground(stroke=None),
    )


def _description(plan: _Plan) -> str:
    counts = ", ".join(f"{count:,} {status}" for status, count in plan.counts.items())
    return "; ".join([f"Timeline of {plan.title}: {counts}", *plan.notes]) + "."


def _legend(plan: _Plan) -> "alt.Legend":
    """Say each status with its count; no more in a row than fit."""
    import altair as alt

    counts = json.dumps({status: f"{status} {count:,}" for status, count in plan.counts.items()})
    return alt.Legend(
        title=None, orient="top", direction="horizontal", columns=min(len(plan.counts), 6),
        labelExpr=f"{counts}[datum.label]", labelColor=GREY, labelFontSize=11, labelLimit=240,
        symbolSize=90, symbolOpacity=1, symbolStrokeWidth=0,
    )  # fmt: skip


def _title(plan: _Plan) -> "alt.TitleParams":
    import altair as alt

    return alt.TitleParams(
        plan.title,
        subtitle=[" · ".join(plan.notes)] if plan.notes else [],
        anchor="start",
        frame="group",
        color=GREY,
        subtitleColor=GREY,
        fontSize=14,
        subtitleFontSize=11,
        offset=8,
    )


def _marker_size(count: int) -> int:
    """Return the area of a marker in square pixels: smaller where there are many."""
    return 70 if count <= 100 else 45 if count <= 400 else 30


def _time_axis(plan: _Plan) -> "alt.X":
    import altair as alt

    first, last = plan.bars["begin"].min(), plan.bars["finish"].max()
    axis = alt.Axis(
        title=f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC", titleFontWeight="normal", titleFontSize=11,
        labelExpr=TICK_LABEL, labelOverlap=True, tickCount=8, gridOpacity=0.2,
        labelColor=GREY, titleColor=GREY, domainColor=GREY, tickColor=GREY, gridColor=GREY,
    )  # fmt: skip
    return alt.X("begin:T", scale=alt.Scale(type="utc", nice=False), axis=axis)


def _time_scale(plan: _Plan) -> "alt.Scale":
    """Leave space at both ends, so that no marker is cut.

    It goes with the markers: beside the ``x2`` of the bars Vega-Lite takes the domain in twice, and warns.
    """
    import altair as alt
    import pandas as pd

    first, last = plan.bars["begin"].min(), plan.bars["finish"].max()
    space = max((last - first) * 0.02, pd.Timedelta(seconds=1))
    domain = [moment.timestamp() * 1_000 for moment in (first - space, last + space)]
    return alt.Scale(type="utc", domain=domain, nice=False)


def _job_axis(plan: _Plan) -> "alt.Y":
    """Name each job at the middle of its lines; the scale's unit is one pixel."""
    import altair as alt

    middles = [(job.top + job.bottom) / 2 for job in plan.jobs]
    names = json.dumps([cut(job.name, LONGEST_NAME) for job in plan.jobs])
    axis = alt.Axis(
        title=None, values=middles, tickCount=len(middles), labelExpr=f"{names}[indexof({middles}, datum.value)]",
        labelColor=GREY, labelLimit=240, labelOverlap=False, grid=False, ticks=False, domain=False,
    )  # fmt: skip
    return alt.Y("top:Q", scale=alt.Scale(domain=[plan.height, 0], nice=False, zero=False), axis=axis)


def _bands(plan: _Plan) -> "alt.Chart":
    """Shade every other job, so that a line can be followed to its name."""
    import altair as alt
    import pandas as pd

    bands = pd.DataFrame({"top": [job.top for job in plan.jobs], "bottom": [job.bottom for job in plan.jobs]})
    chart: alt.Chart = alt.Chart(bands.iloc[::2]).mark_rect(aria=False, color=GREY, opacity=0.1)
    return chart.encode(x=alt.value(0), x2=alt.value("width"), y=_job_axis(plan), y2="bottom:Q")


def _now_line(plan: _Plan) -> "alt.Chart":
    import altair as alt
    import pandas as pd

    now = pd.DataFrame({"now": [plan.now]})
    chart: alt.Chart = alt.Chart(now).mark_rule(aria=False, color=GREY, strokeDash=[2, 3], clip=True)
    return chart.encode(x="now:T")


def _empty_chart(plan: _Plan) -> "RunnerChart":
    import altair as alt
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart

    words = "\n".join(["no executions yet", *plan.notes])
    text = alt.Chart(pd.DataFrame({"text": [words]})).mark_text(color=GREY, fontSize=14, lineBreak="\n")
    return RunnerChart(
        layer=[text.encode(text="text:N")],
        description="Timeline: no executions yet.",
        width=WIDTH,
        height=plan.height,
        view=alt.ViewBackground(stroke=None),
    )
