"""The timeline of executions: what ran when, how it ended, and what still lives."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from ctl_jupyter.charts.crowd import crowd_chart
from ctl_jupyter.charts.given import frame_of
from ctl_jupyter.charts.looks import GREY, look_of
from ctl_jupyter.charts.plan import LONGEST_NAME, NEEDED, Plan, plan_of
from ctl_jupyter.charts.style import (
    MOST_ROWS,
    TICK_LABEL,
    WIDTH,
    axis,
    empty_chart,
    legend,
    pixels,
    title_of,
    tooltip,
    zoom,
)
from ctl_jupyter.charts.texts import cut

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["timeline"]

#: More executions than these are aggregated.
MOST_BARS = 1_000


def timeline(
    history: "History | pd.DataFrame", *, newest: int | None = None, now: datetime | None = None
) -> "RunnerChart":
    """Draw executions along the time (UTC), one group of lines per job.

    Up to 1,000 are a bar each: colour and shape at its end say how it ended; a bar with a dashed border has not
    ended and is drawn to now. More are aggregated to a cell per job and span of time: its height says how many
    began, colour and shape how many of those that were decided succeeded. In a notebook, point at a bar or cell for
    its details, drag to move in time, turn the wheel with Ctrl held down to zoom, double-click to go back.

    Parameters
    ----------
    history
        A `History`, or its ``executions``, or some rows of them. A `History` is pulled when it has not been.
    newest
        Draw so many executions at most, the newest ones, as a bar each; never more than 5,000. All of them when
        ``None``. The chart says when it leaves some out or aggregates them, and when it draws only the 60 jobs
        that ran last.
    now
        Where the bars of living executions end; when the service was last asked (``checked``) when ``None``, and
        the present where that is not known.

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
    frame = frame_of(history, "executions", NEEDED, "timeline")
    if newest is None and len(frame) > MOST_BARS:
        return crowd_chart(frame)
    moment, words = _present(frame, now)
    plan = plan_of(frame, max(1, min(newest or MOST_BARS, MOST_ROWS)), moment, words)
    return _chart(plan) if len(plan.bars) else empty_chart("Timeline", "no executions yet", plan.notes)


def _present(frame: "pd.DataFrame", now: datetime | None) -> tuple["pd.Timestamp", str]:
    """Return until when living executions are known to live, UTC in milliseconds, and what to call that."""
    import pandas as pd

    asked = frame["checked"].max() if now is None and "checked" in frame.columns else pd.NaT
    if not pd.isna(asked):
        return pd.Timestamp(asked).tz_convert("UTC").as_unit("ms"), "when the service was asked"
    present = pd.Timestamp(now) if now is not None else pd.Timestamp.now(tz="UTC")
    present = present.tz_localize("UTC") if present.tzinfo is None else present.tz_convert("UTC")
    return present.as_unit("ms"), "now"


def _chart(plan: Plan) -> "RunnerChart":
    import altair as alt

    from ctl_jupyter.charts.display import RunnerChart

    looks = {status: look_of(status) for status in plan.counts}
    colors = alt.Scale(domain=list(looks), range=[look.color for look in looks.values()])
    shapes = alt.Scale(domain=list(looks), range=[look.shape for look in looks.values()])
    said = legend(plan.counts)
    details = tooltip(
        job="job", execution="execution", status="status", started="start", ended="end", took="duration",
        commit="commit", failed="failed hosts",
    )  # fmt: skip
    color = alt.Color("status:N", scale=colors, legend=said)
    base = alt.Chart(plan.bars).encode(color=color, tooltip=details)
    lives = alt.when("datum.lives")
    bars = (
        base.mark_rect(aria=False, clip=True, cornerRadius=2, strokeDash=[3, 2])
        .encode(
            x=_time_axis(plan),
            x2="finish:T",
            y=_job_axis(plan),
            y2="bottom:Q",
            fillOpacity=lives.then(alt.value(0.12)).otherwise(alt.value(0.5)),
            stroke=alt.Stroke("status:N", scale=colors, legend=said),
            strokeWidth=lives.then(alt.value(1)).otherwise(alt.value(0)),
        )
        .add_params(zoom(" ".join(plan.bars["execution"])))
    )
    ends = base.mark_point(clip=True, filled=True, opacity=1, size=_marker_size(len(plan.bars))).encode(
        x=alt.X("finish:T", scale=_time_scale(plan)),
        y="middle:Q",
        shape=alt.Shape("status:N", scale=shapes, legend=said),
    )
    layers = [_bands(plan), bars, ends]
    if plan.bars["lives"].any():
        layers.insert(1, _now_line(plan))
    return RunnerChart(
        layer=layers,
        title=title_of(plan.title, plan.notes),
        description=_description(plan),
        width=WIDTH,
        height=plan.height,
        view=alt.ViewBackground(stroke=None),
    )


def _description(plan: Plan) -> str:
    counts = ", ".join(f"{count:,} {status}" for status, count in plan.counts.items())
    return "; ".join([f"Timeline of {plan.title}: {counts}", *plan.notes]) + "."


def _marker_size(count: int) -> int:
    """Return the area of a marker in square pixels: smaller where there are many."""
    return 70 if count <= 100 else 45 if count <= 400 else 30


def _time_axis(plan: Plan) -> "alt.X":
    import altair as alt

    ends = (plan.bars["begin"].min(), plan.bars["finish"].max())
    words = dict.fromkeys(f"{moment:%Y-%m-%d %H:%M}" for moment in ends)
    times = axis(f"{' to '.join(words)} UTC", labelExpr=TICK_LABEL, tickCount=8)
    return alt.X("begin:T", scale=alt.Scale(type="utc", nice=False), axis=times)


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
    labels = axis(
        values=middles, tickCount=len(middles), labelExpr=f"{names}[indexof({middles}, datum.value)]",
        labelOverlap=False, labelLimit=240, grid=False, ticks=False, domain=False,
    )  # fmt: skip
    return alt.Y("top:Q", scale=pixels(plan.height), axis=labels)


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
