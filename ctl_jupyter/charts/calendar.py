"""A calendar of success: one square per day of the user's own clock."""

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.given import frame_of
from ctl_jupyter.charts.looks import GREY
from ctl_jupyter.charts.rates import ALL_RATES, count_outcomes, range_names
from ctl_jupyter.charts.style import chart_of, empty_chart, kinds, pixels, tooltip
from ctl_jupyter.charts.texts import counted
from ctl_jupyter.charts.zones import clock_times, zone_name, zone_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["success_calendar"]

NEEDED = ("status", "start", "end")
DAY = 86_400_000
#: Pixels: a day, the space for months above, and between years.
CELL = 13
HEAD = 16
GAP = 10
#: So many weeks are drawn in one row; more are drawn a year a row.
MOST_WEEKS = 54
MOST_YEARS = 10
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: 1970-01-01 was a Thursday.
FIRST_WEEKDAY = 3


def success_calendar(executions: "History | pd.DataFrame", tz: str | None = None) -> "RunnerChart":
    """Draw the success rate of each day: weeks from left to right, Monday to Sunday from top to bottom.

    An execution is of the day on which it began, or ended where its begin is not known. The rate is of those that
    were decided (SUCCESS and FAILURE); days without executions stay empty. Beside the colour a shape says the
    range in which the rate lies.

    Parameters
    ----------
    executions
        A `History`, or its ``executions``, or some rows of them.
    tz
        IANA name of the time zone whose days are meant; this machine's when ``None``.

    Raises
    ------
    DocumentError
        When a column that is needed is missing, or there is no such time zone.
    """
    frame = frame_of(executions, "executions", NEEDED, "success_calendar")
    zone = zone_of(tz)
    days = _days(frame, zone)
    if not (days >= 0).any():
        return empty_chart("Calendar of success", "no executions that have begun yet")
    first, last = int(days[days >= 0].min()), int(days.max())
    counts = count_outcomes(frame["status"], (days - first).clip(min=-1), last - first + 1)
    cells, years, width, height = _placed(counts, first)
    drawn = int(cells["n"].sum())
    decided = int((cells["succeeded"] + cells["failed"]).sum())
    rate = f"{100 * cells['succeeded'].sum() / decided:.1f} % of {decided:,} decided succeeded" if decided else ""
    notes = [note for note in (rate, f"days of {zone_name(zone)}") if note]
    if drawn < counts["n"].sum():
        notes.append(f"the newest {MOST_YEARS} years: {drawn:,} of {counts['n'].sum():,}")
    if missing := int((days < 0).sum()):
        notes.append(f"{missing:,} that have not begun left out")
    title = f"Success of {counted(drawn, 'execution')} by day"
    return _draw(cells, years, title, notes, width, height)


def _days(frame: "pd.DataFrame", zone: tzinfo) -> "np.ndarray[Any, Any]":
    """Return the day of each execution, counted from 1970; -1 where no time is known."""
    import numpy as np

    from ctl_jupyter.charts.given import milliseconds_of

    times = frame["start"]
    if times.isna().any():
        times = times.fillna(frame["end"])
    local = milliseconds_of(clock_times(times, zone))
    return np.where(local < 0, -1, local // DAY)


def _placed(counts: "pd.DataFrame", first: int) -> tuple["pd.DataFrame", "pd.DataFrame", int, int]:
    """Return a row per day with its place in pixels, the words around them, and the picture's width and height."""
    import numpy as np
    import pandas as pd

    days = first + np.arange(len(counts))
    dates = pd.Series(pd.DatetimeIndex(days.astype("M8[D]").astype("M8[s]")))
    weekday = (days + FIRST_WEEKDAY) % 7
    monday = (days[0] + FIRST_WEEKDAY) // 7
    week = (days + FIRST_WEEKDAY) // 7 - monday
    block = np.zeros(len(days), dtype="int64")
    if week.max() >= MOST_WEEKS:
        year = dates.dt.year.to_numpy()
        starts = np.array([np.datetime64(f"{value}-01-01", "D").astype("int64") for value in year])
        week = (days + FIRST_WEEKDAY) // 7 - (starts + FIRST_WEEKDAY) // 7
        block = year - max(year.min(), year.max() - MOST_YEARS + 1)
    kept = block >= 0
    top = block * (HEAD + 7 * CELL + GAP) + HEAD
    decided = (counts["succeeded"] + counts["failed"]).to_numpy()
    percent = 100 * counts["succeeded"].to_numpy() / np.maximum(decided, 1)
    cells = counts.assign(
        left=week * CELL + 1,
        right=(week + 1) * CELL,
        middle=week * CELL + (CELL + 1) / 2,
        top=top + weekday * CELL + 1,
        bottom=top + (weekday + 1) * CELL,
        center=top + weekday * CELL + (CELL + 1) / 2,
        rate=range_names(counts),
        day=dates.dt.strftime("%a %Y-%m-%d").to_numpy(),
        share=np.where(decided > 0, [f"{p:.1f} % of {n:,} decided" for p, n in zip(percent, decided, strict=True)], "none decided"),
        others=counts["n"].to_numpy() - decided,
    )[kept]  # fmt: skip
    is_first = kept & ((dates.dt.day == 1) | (np.arange(len(days)) == 0)).to_numpy()
    months = pd.DataFrame(
        {"x": (week * CELL)[is_first], "y": top[is_first] - 4, "text": dates[is_first].dt.strftime("%b")}
    )
    # A month whose name would run into the next one's is not named.
    months = months[(months["y"].diff(-1) != 0) | (months["x"].diff(-1) <= -2 * CELL)]
    starts_row = kept & np.append(True, np.diff(block) > 0)
    if starts_row[0] or block[0] < 0:
        labels = [
            (-6, int(t) + row * CELL + CELL - 2, WEEKDAYS[row]) for t in np.unique(top[kept]) for row in (0, 2, 4, 6)
        ]
        years = [(-34, int(t) - 4, str(y)) for t, y in dict.fromkeys(zip(top[kept], dates.dt.year[kept], strict=True))]
        words = pd.concat(
            [
                months.assign(align="left"),
                pd.DataFrame(labels, columns=["x", "y", "text"]).assign(align="right"),
                pd.DataFrame(years[: len(np.unique(top[kept]))], columns=["x", "y", "text"]).assign(align="left"),
            ]
        )
    width = (max(int(week[kept].max()) + 1, 12)) * CELL
    height = int(block.max()) * (HEAD + 7 * CELL + GAP) + HEAD + 7 * CELL + 1
    return cells, words, width, height


def _draw(
    cells: "pd.DataFrame", words: "pd.DataFrame", title: str, notes: list[str], width: int, height: int
) -> "RunnerChart":
    import altair as alt

    from ctl_jupyter.charts.style import legend  # noqa: F401

    across = alt.Scale(domain=[0, width], nice=False, zero=False)
    down = pixels(height)
    x, y = alt.X("left:Q", scale=across, axis=None), alt.Y("top:Q", scale=down, axis=None)
    some = cells[cells["n"] > 0]
    found = some.groupby("rate").size()
    color, shape = kinds("rate", ALL_RATES, {name: int(found[name]) for name in ALL_RATES if name in found.index})
    said = tooltip(day="day", n="executions", share="succeeded", failed="failed", others="stopped, killed, living …")
    place = {"x": x, "x2": "right:Q", "y": y, "y2": "bottom:Q"}
    empty = alt.Chart(cells[cells["n"] == 0]).mark_rect(aria=False, fillOpacity=0, stroke=GREY, strokeOpacity=0.25)
    days = alt.Chart(some).mark_rect(aria=False).encode(**place, color=color, tooltip=said)
    marks = (
        alt.Chart(some[some["rate"] != next(iter(ALL_RATES))])
        .mark_point(filled=True, opacity=0.85, size=26, color="black")
        .encode(x=alt.X("middle:Q", scale=across, axis=None), y=alt.Y("center:Q", scale=down, axis=None), shape=shape,
                tooltip=said)
    )  # fmt: skip
    layers = [empty.encode(**place), days, marks]
    for align in ("left", "right"):
        text = alt.Chart(words[words["align"] == align]).mark_text(align=align, color=GREY, fontSize=10)
        layers.append(
            text.encode(x=alt.X("x:Q", scale=across, axis=None), y=alt.Y("y:Q", scale=down, axis=None), text="text:N")
        )
    return chart_of(layers, title, notes, width, height)
