"""The timeline of executions: what ran when, how it ended, and what still lives."""

import json
from datetime import datetime
from typing import TYPE_CHECKING
from zlib import crc32

from ctl_jupyter.charts.looks import GREY, look_of
from ctl_jupyter.charts.plan import LONGEST_NAME, NEEDED, Plan, plan_of
from ctl_jupyter.charts.texts import cut
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history import History

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart

__all__ = ["timeline"]

#: Altair draws no more rows than these.
MOST_ROWS = 5_000

#: Pixels.
WIDTH = 560

#: A Vega expression: a day at midnight, else the time of day, as exact as the ticks are.
TICK_LABEL = (
    "datum.value % 86400000 == 0 ? utcFormat(datum.value, '%b %d')"
    " : datum.value % 60000 == 0 ? utcFormat(datum.value, '%H:%M')"
    " : datum.value % 1000 == 0 ? utcFormat(datum.value, '%H:%M:%S') : utcFormat(datum.value, '%S.%L')"
)


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
    plan = plan_of(frame, max(1, min(newest, MOST_ROWS)), present.as_unit("ms"))
    return _chart(plan) if len(plan.bars) else _empty_chart(plan)


def _chart(plan: Plan) -> "RunnerChart":
    import altair as alt

    from ctl_jupyter.charts.display import RunnerChart

    # A name of the chart's own: two timelines can then be put together, each with its zoom.
    name = f"zoom_{crc32(' '.join(plan.bars['execution']).encode()):08x}"
    zoom = alt.selection_interval(name=name, bind="scales", encodings=["x"], zoom="wheel![event.ctrlKey]")
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


def _description(plan: Plan) -> str:
    counts = ", ".join(f"{count:,} {status}" for status, count in plan.counts.items())
    return "; ".join([f"Timeline of {plan.title}: {counts}", *plan.notes]) + "."


def _legend(plan: Plan) -> "alt.Legend":
    """Say each status with its count; no more in a row than fit."""
    import altair as alt

    counts = json.dumps({status: f"{status} {count:,}" for status, count in plan.counts.items()})
    return alt.Legend(
        title=None, orient="top", direction="horizontal", columns=min(len(plan.counts), 6),
        labelExpr=f"{counts}[datum.label]", labelColor=GREY, labelFontSize=11, labelLimit=240,
        symbolSize=90, symbolOpacity=1, symbolStrokeWidth=0,
    )  # fmt: skip


def _title(plan: Plan) -> "alt.TitleParams":
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


def _time_axis(plan: Plan) -> "alt.X":
    import altair as alt

    ends = (plan.bars["begin"].min(), plan.bars["finish"].max())
    words = dict.fromkeys(f"{moment:%Y-%m-%d %H:%M}" for moment in ends)
    axis = alt.Axis(
        title=f"{' to '.join(words)} UTC", titleFontWeight="normal", titleFontSize=11,
        labelExpr=TICK_LABEL, labelOverlap=True, tickCount=8, gridOpacity=0.2,
        labelColor=GREY, titleColor=GREY, domainColor=GREY, tickColor=GREY, gridColor=GREY,
    )  # fmt: skip
    return alt.X("begin:T", scale=alt.Scale(type="utc", nice=False), axis=axis)


def _time_scale(plan: Plan) -> "alt.Scale":
    """Leave space at both ends, so that no marker is cut.

    It goes with the markers: beside the ``x2`` of the bars Vega-Lite takes the domain in twice, and warns.
    """
    import altair as alt
    import pandas as pd

    first, last = plan.bars["begin"].min(), plan.bars["finish"].max()
    span = last - first
    space = max(span * 0.02, pd.Timedelta(seconds=1)) if span else pd.Timedelta(seconds=30)
    domain = [moment.timestamp() * 1_000 for moment in (first - space, last + space)]
    return alt.Scale(type="utc", domain=domain, nice=False)


def _job_axis(plan: Plan) -> "alt.Y":
    """Name each job at the middle of its lines; the scale's unit is one pixel."""
    import altair as alt

    middles = [(job.top + job.bottom) / 2 for job in plan.jobs]
    names = json.dumps([cut(job.name, LONGEST_NAME) for job in plan.jobs])
    axis = alt.Axis(
        title=None, values=middles, tickCount=len(middles), labelExpr=f"{names}[indexof({middles}, datum.value)]",
        labelColor=GREY, labelLimit=240, grid=False, ticks=False, domain=False,
    )  # fmt: skip
    return alt.Y("top:Q", scale=alt.Scale(domain=[plan.height, 0], nice=False, zero=False), axis=axis)


def _bands(plan: Plan) -> "alt.Chart":
    """Shade every other job, so that a line can be followed to its name."""
    import altair as alt
    import pandas as pd

    bands = pd.DataFrame({"top": [job.top for job in plan.jobs], "bottom": [job.bottom for job in plan.jobs]})
    chart: alt.Chart = alt.Chart(bands.iloc[::2]).mark_rect(aria=False, color=GREY, opacity=0.1)
    return chart.encode(x=alt.value(0), x2=alt.value("width"), y=_job_axis(plan), y2="bottom:Q")


def _now_line(plan: Plan) -> "alt.Chart":
    import altair as alt
    import pandas as pd

    now = pd.DataFrame({"now": [plan.now]})
    chart: alt.Chart = alt.Chart(now).mark_rule(aria=False, color=GREY, strokeDash=[2, 3], clip=True)
    return chart.encode(x="now:T")


def _empty_chart(plan: Plan) -> "RunnerChart":
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
