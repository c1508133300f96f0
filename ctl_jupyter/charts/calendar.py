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
    cells, words, width, height = _placed(counts, first)
    drawn = int(cells["n"].sum())
    decided = int((cells["succeeded"] + cells["failed"]).sum())
    rate = f"{100 * cells['succeeded'].sum() / decided:.1f} % of {decided:,} decided succeeded" if decided else ""
    notes = [note for note in (rate, f"a square per day of {zone_name(zone)}") if note]
    if drawn < counts["n"].sum():
        notes.append(f"the newest {MOST_YEARS} years: {drawn:,} of {counts['n'].sum():,}")
    if missing := int((days < 0).sum()):
        notes.append(f"{missing:,} that have not begun left out")
    title = f"Success of {counted(drawn, 'execution')} by day"
    return _draw(cells, words, title, notes, width, height)


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
    week = (days + FIRST_WEEKDAY) // 7
    week, block = week - week[0], np.zeros(len(days), dtype="int64")
    if week[-1] >= MOST_WEEKS:
        year = dates.dt.year.to_numpy()
        new_year = (year - 1970).astype("M8[Y]").astype("M8[D]").astype("int64")
        week = (days + FIRST_WEEKDAY) // 7 - (new_year + FIRST_WEEKDAY) // 7
        block = year - max(year[0], year[-1] - MOST_YEARS + 1)
    kept = block >= 0
    counts, dates = counts[kept], dates[kept]
    weekday, week, block = weekday[kept], week[kept], block[kept]
    top = block * (HEAD + 7 * CELL + GAP) + HEAD
    decided = counts["succeeded"] + counts["failed"]
    percent = 100 * counts["succeeded"] / decided.clip(lower=1)
    cells = counts.assign(
        left=week * CELL + 1,
        right=(week + 1) * CELL,
        middle=week * CELL + (CELL + 1) / 2,
        top=top + weekday * CELL + 1,
        bottom=top + (weekday + 1) * CELL,
        center=top + weekday * CELL + (CELL + 1) / 2,
        rate=range_names(counts),
        day=dates.dt.strftime("%a %Y-%m-%d").to_numpy(),
        share=[f"{p:.1f} % of {n:,} decided" if n else "none decided" for p, n in zip(percent, decided, strict=True)],
        others=counts["n"] - decided,
    )
    width = max(int(week.max()) + 1, 12) * CELL
    return cells, _words(dates, week * CELL, top), width, int(top[-1]) + 7 * CELL + 1


def _words(dates: "pd.Series[Any]", left: "np.ndarray[Any, Any]", top: "np.ndarray[Any, Any]") -> "pd.DataFrame":
    """Return months and years above the days, and weekdays beside them."""
    import numpy as np
    import pandas as pd

    is_first = (dates.dt.day == 1).to_numpy() | (np.arange(len(dates)) == 0)
    months = pd.DataFrame({"x": left[is_first], "y": top[is_first] - 4, "text": dates[is_first].dt.strftime("%b")})
    # A month whose name would run into the next one's is not named.
    months = months[(months["y"].diff(-1) != 0) | (months["x"].diff(-1) <= -2 * CELL)]
    tops, starts = np.unique(top, return_index=True)
    years = [(-34, y - 4, f"{year}") for y, year in zip(tops, dates.dt.year.iloc[starts], strict=True)]
    weekdays = [(-6, y + row * CELL + CELL - 2, WEEKDAYS[row]) for y in tops for row in (0, 2, 4, 6)]
    places = ["x", "y", "text"]
    return pd.concat(
        [
            months.assign(align="left"),
            pd.DataFrame(years, columns=places).assign(align="left"),
            pd.DataFrame(weekdays, columns=places).assign(align="right"),
        ]
    )


def _draw(
    cells: "pd.DataFrame", words: "pd.DataFrame", title: str, notes: list[str], width: int, height: int
) -> "RunnerChart":
    import altair as alt

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
