"""What all charts have in common: greys that read on white and on dark, titles that say what was left out, zoom."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

from ctl_jupyter.charts.looks import GREY

if TYPE_CHECKING:
    import altair as alt

    from ctl_jupyter.charts.display import RunnerChart

__all__ = [
    "MOST_ROWS",
    "TICK_LABEL",
    "WIDTH",
    "axis",
    "chart_of",
    "empty_chart",
    "kinds",
    "legend",
    "pixels",
    "ticks",
    "title_of",
    "tooltip",
    "zoom",
]

#: Altair draws no more rows than these.
MOST_ROWS = 5_000

#: Pixels.
WIDTH = 560
#: How many letters a line of a legend has room for at that width, and what a symbol and the space around it take.
LEGEND_LETTERS, LETTERS_BETWEEN = 100, 5
EMPTY_HEIGHT = 60
#: Characters of a subtitle's line, as wide as a chart.
LINE = 100

#: A Vega expression: a day at midnight, else the time of day, as exact as the ticks are.
TICK_LABEL = (
    "datum.value % 86400000 == 0 ? utcFormat(datum.value, '%b %d')"
    " : datum.value % 60000 == 0 ? utcFormat(datum.value, '%H:%M')"
    " : datum.value % 1000 == 0 ? utcFormat(datum.value, '%H:%M:%S') : utcFormat(datum.value, '%S.%L')"
)


def axis(title: str | None = None, **more: Any) -> "alt.Axis":
    """Return an axis in grey, with a light grid."""
    import altair as alt

    grey = dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor", "gridColor"), GREY)
    usual: dict[str, Any] = {
        "titleFontWeight": "normal", "titleFontSize": 11, "gridOpacity": 0.2, "labelOverlap": True,
        "labelSeparation": 8,
    }  # fmt: skip
    return alt.Axis(title=title, **{**grey, **usual, **more})


def ticks(values: Any, is_log: bool) -> dict[str, Any]:
    """Return how an axis of numbers is divided; a logarithmic one at 1, 2 and 5 times the powers of ten."""
    if not is_log:
        return {"tickCount": 6}
    import math

    low, high = float(values[values > 0].min()), float(values.max())
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    near = [tick for tick in found if low / 2 <= tick <= 2 * high]
    # Few are enough: where the range is wide, the powers alone.
    return {
        "values": near if len(near) <= 9 else [tick for tick in near if math.log10(tick).is_integer()],
        "format": "~g",
    }


def pixels(height: float, **more: Any) -> "alt.Scale":
    """Return a scale whose unit is one pixel, from the top."""
    import altair as alt

    return alt.Scale(domain=[height, 0], nice=False, zero=False, **more)


def legend(counts: Mapping[str, int] | None = None, **more: Any) -> "alt.Legend":
    """Return a legend above the chart; with counts it says how many there are of each."""
    import altair as alt

    if counts is not None:
        words = {name: f"{name} {count:,}" for name, count in counts.items()}
        more["labelExpr"] = f"{json.dumps(words)}[datum.label]"
        longest = max(map(len, words.values()), default=0)
        more.setdefault("columns", max(1, min(len(counts), LEGEND_LETTERS // (longest + LETTERS_BETWEEN))))
    usual: dict[str, Any] = {
        "title": None, "orient": "top", "direction": "horizontal", "labelColor": GREY, "labelFontSize": 11,
        "labelLimit": 240, "columnPadding": 16, "symbolSize": 90, "symbolOpacity": 1, "symbolStrokeWidth": 0,
    }  # fmt: skip
    return alt.Legend(**{**usual, **more})


def kinds(field: str, looks: Mapping[str, Any], counts: Mapping[str, int]) -> tuple["alt.Color", "alt.Shape"]:
    """Return colour and shape of a field, with one legend for both.

    Parameters
    ----------
    looks
        By value: what has ``color`` and ``shape``.
    counts
        The values that are drawn, in the legend's order, and how many of each.
    """
    import altair as alt

    names = list(counts)
    colors = alt.Scale(domain=names, range=[looks[name].color for name in names])
    shapes = alt.Scale(domain=names, range=[looks[name].shape for name in names])
    said = legend(counts)
    return alt.Color(f"{field}:N", scale=colors, legend=said), alt.Shape(f"{field}:N", scale=shapes, legend=said)


def tooltip(**titles: str) -> list["alt.Tooltip"]:
    """Return a tooltip's lines: titles by column; all are texts."""
    import altair as alt

    return [alt.Tooltip(f"{column}:N", title=title) for column, title in titles.items()]


def zoom(seed: str) -> "alt.Parameter":
    """Return what lets a reader drag along the time and, with Ctrl held down, zoom by the wheel.

    Parameters
    ----------
    seed
        What tells the chart from others: put together, each then has its own zoom.
    """
    import altair as alt

    name = f"zoom_{crc32(seed.encode(errors='replace')):08x}"
    return alt.selection_interval(name=name, bind="scales", encodings=["x"], zoom="wheel![event.ctrlKey]")


def title_of(text: str, notes: Sequence[str]) -> "alt.TitleParams":
    """Return a title; below it the notes, in lines that are no wider than a chart."""
    import altair as alt

    lines: list[str] = []
    for note in notes:
        if lines and len(lines[-1]) + len(note) < LINE:
            lines[-1] += f" · {note}"
        else:
            lines.append(note)
    return alt.TitleParams(
        text, subtitle=lines, anchor="start", frame="group", color=GREY, subtitleColor=GREY, fontSize=14,
        subtitleFontSize=11, offset=8,
    )  # fmt: skip


def chart_of(layers: Sequence[Any], title: str, notes: Sequence[str], width: Any, height: Any) -> "RunnerChart":
    """Return layers as one chart that says what it shows, in its title and for those who cannot see it."""
    import altair as alt

    from ctl_jupyter.charts.display import RunnerChart

    return RunnerChart(
        layer=list(layers),
        title=title_of(title, notes),
        description="; ".join([title, *notes]) + ".",
        width=width,
        height=height,
        view=alt.ViewBackground(stroke=None),
    )


def empty_chart(name: str, words: str, notes: Sequence[str] = ()) -> "RunnerChart":
    """Return a chart that says that there is nothing to draw."""
    import altair as alt
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart

    rows = pd.DataFrame({"text": ["\n".join([words, *notes])]})
    text = alt.Chart(rows).mark_text(color=GREY, fontSize=14, lineBreak="\n")
    return RunnerChart(
        layer=[text.encode(text="text:N")],
        description=f"{name}: {'; '.join([words, *notes])}.",
        width=WIDTH,
        height=EMPTY_HEIGHT,
        view=alt.ViewBackground(stroke=None),
    )
