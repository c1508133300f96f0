"""Squares in rows and columns, each with the worst outcome of what it stands for."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.outcomes import outcome_looks
from ctl_jupyter.charts.style import WIDTH, axis, chart_of, kinds, pixels, tooltip
from ctl_jupyter.charts.texts import cut, inert

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart

__all__ = ["draw_matrix", "failing_first", "folded"]

LONGEST_NAME = 34
#: Pixels.
ROW = 16
WIDEST, NARROWEST = 26, 11


def failing_first(failures: "np.ndarray[Any, Any]", names: Sequence[str]) -> list[int]:
    """Return the places of rows: those with most failures first, then by name."""
    return sorted(range(len(names)), key=lambda place: (-failures[place], names[place].casefold()))


def folded(order: Sequence[int], most: int, count: int) -> tuple["np.ndarray[Any, Any]", int]:
    """Return the line of each thing, and how many share the last line since there are more than `most`.

    Parameters
    ----------
    order
        Things in the order of their lines.
    count
        How many things there are; those that are not in `order` get -1.
    """
    import numpy as np

    line = np.full(count, -1, dtype="int64")
    kept = order if len(order) <= most else order[: most - 1]
    line[list(kept)] = np.arange(len(kept))
    rest = order[len(kept) :]
    line[list(rest)] = len(kept)
    return line, len(rest)


def draw_matrix(
    cells: "pd.DataFrame", rows: Sequence[str], columns: Sequence[str], title: str, notes: Sequence[str],
    details: dict[str, str],
) -> "RunnerChart":  # fmt: skip
    """Draw a square per cell.

    Parameters
    ----------
    cells
        ``row`` and ``column`` (numbers from 0), ``outcome``, and the texts of the tooltip.
    rows, columns
        Their names, as they come from outside.
    details
        Titles of the tooltip's lines by column.
    """
    import altair as alt

    width = min(max(WIDTH / len(columns), NARROWEST), WIDEST)
    height = ROW * len(rows)
    placed = cells.assign(
        left=cells["column"] * width + 1,
        right=(cells["column"] + 1) * width,
        middle=(cells["column"] + 0.5) * width + 0.5,
        top=cells["row"] * ROW + 1,
        bottom=(cells["row"] + 1) * ROW,
        center=(cells["row"] + 0.5) * ROW + 0.5,
    ).drop(columns=["row", "column"])
    found = placed["outcome"].value_counts()
    looks = outcome_looks()
    color, shape = kinds("outcome", looks, {name: int(found[name]) for name in looks if name in found.index})
    y_axis = _names(rows, ROW, labelLimit=220)
    x_axis = _names(
        columns,
        width,
        orient="top",
        labelAngle=-50 if width >= 18 else -90,
        labelAlign="left",
        labelBaseline="middle",
        labelFontSize=10,
        labelLimit=150,
    )
    across = alt.Scale(domain=[0, width * len(columns)], nice=False, zero=False)
    down = pixels(height)
    base = alt.Chart(placed).encode(color=color, tooltip=tooltip(**details))
    squares = base.mark_rect(aria=False, opacity=0.3).encode(
        x=alt.X("left:Q", scale=across, axis=x_axis), x2="right:Q", y=alt.Y("top:Q", scale=down, axis=y_axis),
        y2="bottom:Q",
    )  # fmt: skip
    marks = base.mark_point(filled=True, opacity=1, size=min(width, ROW) ** 2 * 0.28).encode(
        x=alt.X("middle:Q", scale=across, axis=x_axis), y=alt.Y("center:Q", scale=down, axis=y_axis), shape=shape
    )
    return chart_of([squares, marks], title, notes, width * len(columns), height)


def _names(names: Sequence[str], step: float, **more: Any) -> Any:
    """Return an axis that names each line at its middle."""
    middles = [step * (place + 0.5) for place in range(len(names))]
    words = json.dumps([cut(inert(name), LONGEST_NAME) for name in names])
    return axis(
        values=middles, tickCount=len(middles), labelExpr=f"{words}[indexof({middles}, datum.value)]",
        labelOverlap=False, grid=False, ticks=False, domain=False, **more,
    )  # fmt: skip
