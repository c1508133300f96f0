"""Time in the queue against time of running: over the time, or by the hour of the day."""

from typing import TYPE_CHECKING, Any, Literal

from ctl_jupyter.charts.bins import bins_of, quantiles_of, step_in_words
from ctl_jupyter.charts.given import frame_of, milliseconds_of
from ctl_jupyter.charts.looks import BLUE, CIRCLE, SQUARE, Look
from ctl_jupyter.charts.style import TICK_LABEL, WIDTH, axis, chart_of, empty_chart, kinds, ticks, tooltip, zoom
from ctl_jupyter.charts.texts import counted, duration_in_words
from ctl_jupyter.charts.trend import UNITS, unit_for
from ctl_jupyter.charts.zones import clock_times, zone_name, zone_of

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["queue_chart"]

NEEDED = ("start", "queue", "duration")
HEIGHT = 220
MOST_BINS = 60
#: What is drawn, and how: orange and blue stay apart for every eye, and the shapes differ.
KINDS = {"in the queue": Look("#D4741A", SQUARE), "running": Look(BLUE, CIRCLE)}


def queue_chart(
    runs: "History | pd.DataFrame", *, by: Literal["time", "hour"] = "time", tz: str | None = None
) -> "RunnerChart":
    """Draw how long runs waited in the queue and how long they then ran: medians, and bands that hold 80 of 100.

    Parameters
    ----------
    runs
        A `History`, or its ``runs``, or some rows of them. Runs whose time in the queue is not known (it is told by
        events), and those that still run, are left out, and counted in the chart.
    by
        ``"time"``: along the time. ``"hour"``: by the hour of the day at which the run began.
    tz
        IANA name of the time zone of days and hours; this machine's when ``None``.

    Raises
    ------
    DocumentError
        When a column that is needed is missing, or there is no such time zone.
    ValueError
        When `by` is neither of the two.
    """
    import numpy as np

    if by not in ("time", "hour"):
        raise ValueError(f"queue_chart() draws by 'time' or by 'hour', not by {by!r}.")
    frame = frame_of(runs, "runs", NEEDED, "queue_chart")
    zone = zone_of(tz)
    start = milliseconds_of(clock_times(frame["start"], zone))
    values = {"in the queue": milliseconds_of(frame["queue"]), "running": milliseconds_of(frame["duration"])}
    known = (start >= 0) & np.logical_and.reduce([value >= 0 for value in values.values()])
    without = (
        [f"{int((~known).sum()):,} left out, whose time in the queue or of running is not known"]
        if not known.all()
        else []
    )
    if not known.any():
        return empty_chart("Queue", "no runs whose time in the queue is known", without)
    start = start[known]
    if by == "hour":
        bins, begins, step = start // 3_600_000 % 24, np.arange(24), "hour of the day"
        words = [f"{hour:02}:00 to {hour:02}:59" for hour in range(24)]
        length = 1
    else:
        bins, begins, length = bins_of(start, max(1, min(MOST_BINS, len(start) // 5)))
        step = step_in_words(length) if len(begins) > 1 else ""
        import pandas as pd

        words = pd.Series(begins.astype("M8[ms]")).dt.strftime("%Y-%m-%d %H:%M").to_list()
    table = _table(bins, begins, length, {kind: value[known] for kind, value in values.items()}, words)
    median = f"median per {step}" if step else "median of all"
    notes = [f"aggregated: {median}, band 10 to 90 %", f"clock of {zone_name(zone)}", *without]
    return _draw(table, by, f"Queue and run time of {counted(len(start), 'run')}", notes)


def _table(bins: Any, begins: Any, length: int, values: dict[str, Any], words: list[str]) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    parts = []
    for kind, value in values.items():
        sizes, (low, median, high) = quantiles_of(bins, value, len(begins), (0.1, 0.5, 0.9))
        part = pd.DataFrame({"at": begins + length // 2, "n": sizes, "low": low, "median": median, "high": high})
        part = part.assign(kind=kind, since=words)[sizes > 0]
        if len(begins) == 1 and length > 1:
            # Drawn as wide as what is in it, not as a point.
            part = pd.concat([part.assign(at=begins[0]), part.assign(at=begins[0] + length)], ignore_index=True)
        parts.append(part.assign(part=np.cumsum(np.append(0, np.diff(part["at"]) > 3 * length))))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(
        typical=[duration_in_words(value) for value in table["median"]],
        between=[
            f"{duration_in_words(low)} to {duration_in_words(high)}"
            for low, high in zip(table["low"], table["high"], strict=True)
        ],
    )


def _draw(table: "pd.DataFrame", by: str, title: str, notes: list[str]) -> "RunnerChart":
    import altair as alt
    import pandas as pd

    unit = unit_for(table["high"].max())
    highest, lowest = table["high"].max(), table.loc[table["low"] > 0, "low"].min()
    is_log = bool(lowest > 0 and highest > 30 * lowest)
    table = table.assign(**{name: table[name].clip(lower=1) / UNITS[unit] for name in ("low", "median", "high")})
    scale = alt.Scale(type="log") if is_log else alt.Scale(zero=True)
    y_axis = axis(unit + (" (log scale)" if is_log else ""), **ticks(table[["low", "high"]].stack(), is_log))
    if by == "hour":
        x = alt.X("at:Q", scale=alt.Scale(domain=[-0.5, 23.5], nice=False),
                  axis=axis("hour of the day", values=list(range(0, 24, 2)), format="02d"))  # fmt: skip
    else:
        first, last = int(table["at"].min()), int(table["at"].max())
        space = (last - first) // 50 or 30_000
        times = alt.Scale(type="utc", domain=[first - space, last + space], nice=False)
        days = [str(pd.Timestamp(at, unit="ms").date()) for at in (first, last)]
        x = alt.X("at:T", scale=times, axis=axis(" to ".join(dict.fromkeys(days)), labelExpr=TICK_LABEL, tickCount=8))
    counts = table.drop_duplicates(["kind", "since"]).groupby("kind")["n"].sum()
    color, shape = kinds("kind", KINDS, {kind: int(counts.get(kind, 0)) for kind in KINDS})
    details = tooltip(kind="time", since="when", n="runs", typical="median", between="10 to 90 %")
    base = alt.Chart(table).encode(x=x, color=color, detail="part:N")
    y = alt.Y("median:Q", scale=scale, axis=y_axis)
    band = base.mark_area(aria=False, clip=True, opacity=0.18).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    line = base.mark_line(aria=False, clip=True, strokeWidth=2).encode(y=y)
    marks = base.mark_point(clip=True, filled=True, opacity=1, size=36).encode(y=y, shape=shape, tooltip=details)
    layers = [band, line, marks if by == "hour" else marks.add_params(zoom(f"queue {title} {table['at'].min()}"))]
    return chart_of(layers, title, notes, WIDTH, HEIGHT)
