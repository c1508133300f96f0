"""The timeline of very many executions: one cell per job and span of time, which says how many and how they ended."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.bins import bins_of, step_in_words
from ctl_jupyter.charts.given import codes_of, milliseconds_of
from ctl_jupyter.charts.rates import ALL_RATES, count_outcomes, range_names
from ctl_jupyter.charts.style import TICK_LABEL, WIDTH, axis, chart_of, empty_chart, kinds, pixels, tooltip, zoom
from ctl_jupyter.charts.texts import counted, cut, inert

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart

__all__ = ["crowd_chart"]

MOST_JOBS = 60
MOST_BINS = 70
LONGEST_NAME = 32
#: Pixels: the space above a job's cells, and the least height of a cell, in which a mark still fits.
MARGIN = 3
LEAST = 7


def crowd_chart(frame: "pd.DataFrame") -> "RunnerChart":
    """Draw a cell per job and span of time (UTC): its height says how many began, colour and shape their success rate.

    Parameters
    ----------
    frame
        Executions; those that have not begun yet are counted with the newest.
    """
    import numpy as np

    begin, placed, jobs, names = _placed(frame)
    if not placed.any():
        return empty_chart("Timeline", "no executions with times", [f"{len(frame):,} without times left out"])
    bins, begins, length = bins_of(begin[placed], MOST_BINS)
    groups = np.full(len(frame), -1, dtype="int64")
    groups[placed] = jobs[placed] * len(begins) + bins
    counts = count_outcomes(frame["status"], groups, len(names) * len(begins))
    cells = _cells(counts[counts["n"] > 0], names, begins, length)
    chosen = int(cells["n"].sum())
    notes = [
        f"{counted(chosen, 'execution')} aggregated: one cell per job and {step_in_words(length)}",
        "height: how many began (square root, never less than a mark)",
        "decided: succeeded or failed",
    ]
    job_count = frame["job_id"].nunique()
    if job_count > MOST_JOBS:
        notes.append(f"the {MOST_JOBS} of {job_count:,} jobs that ran last")
    if without := int((begin < 0).sum()):
        notes.append(f"{without:,} without times left out")
    whose = cut(names[0], LONGEST_NAME) if len(names) == 1 else counted(len(names), "job")
    return _draw(cells, names, f"{counted(chosen, 'execution')} of {whose}", notes)


def _placed(frame: "pd.DataFrame") -> tuple[Any, Any, Any, list[str]]:
    """Return when each execution began, which are drawn, and their jobs: a number each, by name."""
    import numpy as np

    from ctl_jupyter.documents import FINAL_STATUSES

    start, end = milliseconds_of(frame["start"]), milliseconds_of(frame["end"])
    begin = np.where(start < 0, end, start)
    waiting = begin < 0
    if waiting.any():
        codes, found = codes_of(frame["status"][waiting])
        final = np.append(np.asarray(found.isin([str(status) for status in FINAL_STATUSES])), True)
        begin[np.flatnonzero(waiting)[~final[codes]]] = begin.max()
    codes, ids = codes_of(frame["job_id"])
    known = (codes >= 0) & (begin >= 0)
    last = np.full(len(ids), -1, dtype="int64")
    np.maximum.at(last, codes[known], begin[known])
    first = np.zeros(len(ids), dtype="int64")
    first[codes[known]] = np.flatnonzero(known)
    latest = [place for place in np.argsort(-last, kind="stable")[:MOST_JOBS] if last[place] >= 0]
    named = frame["job"].iloc[first[latest]].astype("str").fillna("(no job)").map(inert)
    order = sorted(zip(named, latest, strict=True), key=lambda pair: (pair[0].casefold(), pair[1]))
    position = np.full(len(ids) + 1, -1, dtype="int64")
    for place, (_, job) in enumerate(order):
        position[job] = place
    jobs = position[codes]
    return begin, known & (jobs >= 0), jobs, [name for name, _ in order]


def _row_height(jobs: int) -> int:
    return 64 if jobs <= 3 else 32 if jobs <= 12 else 16


def _cells(counts: "pd.DataFrame", names: list[str], begins: Any, length: int) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    place = counts.index.to_numpy()
    job, bin_ = place // len(begins), place % len(begins)
    row = _row_height(len(names))
    height = np.maximum(np.sqrt(counts["n"] / counts["n"].max()) * (row - MARGIN), LEAST)
    moments = pd.Series(begins[bin_].astype("M8[ms]"))
    after = pd.Series((begins[bin_] + length).astype("M8[ms]"))
    decided = counts["succeeded"] + counts["failed"]
    percent = (100 * counts["succeeded"] / decided.clip(lower=1)).map("{:.1f} %".format)
    return pd.DataFrame(
        {
            "begin": begins[bin_],
            "finish": begins[bin_] + length,
            "middle": begins[bin_] + length // 2,
            "top": (job + 1) * row - height.to_numpy(),
            "bottom": (job + 1) * row,
            "center": (job + 1) * row - height.to_numpy() / 2,
            "rate": range_names(counts),
            "n": counts["n"].to_numpy(),
            "job": np.asarray(names, dtype=object)[job],
            "since": moments.dt.strftime("%Y-%m-%d %H:%M UTC"),
            "until": after.dt.strftime("%Y-%m-%d %H:%M UTC"),
            "succeeded": (percent.where(decided > 0, "none decided") + decided.map(" of {:,} decided".format)
                          .where(decided > 0, "")).to_numpy(),
            "failed": counts["failed"].to_numpy(),
            "others": (counts["n"] - decided).to_numpy(),
        }
    )  # fmt: skip


def _draw(cells: "pd.DataFrame", names: list[str], title: str, notes: list[str]) -> "RunnerChart":
    import json

    import altair as alt
    import pandas as pd

    row = _row_height(len(names))
    height = row * len(names)
    middles = [row * (place + 0.5) for place in range(len(names))]
    labels = json.dumps([cut(name, LONGEST_NAME) for name in names])
    y_axis = axis(
        values=middles, tickCount=len(middles), labelExpr=f"{labels}[indexof({middles}, datum.value)]",
        labelOverlap=False, labelLimit=240, grid=False, ticks=False, domain=False,
    )  # fmt: skip
    found = cells.groupby("rate")["n"].sum()
    color, shape = kinds("rate", ALL_RATES, {name: int(found[name]) for name in ALL_RATES if name in found.index})
    said = tooltip(
        job="job", since="from", until="until", n="began", succeeded="succeeded", failed="failed",
        others="stopped, killed, not begun or living",
    )  # fmt: skip
    first, last = cells["begin"].min(), cells["finish"].max()
    words = [f"{pd.Timestamp(moment, unit='ms'):%Y-%m-%d %H:%M}" for moment in (first, last)]
    x = alt.X("begin:T", scale=alt.Scale(type="utc", nice=False),
              axis=axis(f"{words[0]} to {words[1]} UTC", labelExpr=TICK_LABEL, tickCount=8))  # fmt: skip
    y = alt.Y("top:Q", scale=pixels(height), axis=y_axis)
    base = alt.Chart(cells).encode(color=color, tooltip=said)
    bars = base.mark_rect(aria=False, clip=True).encode(x=x, x2="finish:T", y=y, y2="bottom:Q")
    # The same rows, so that the chart holds them once.
    marks = (
        alt.Chart(cells)
        .transform_filter(alt.datum.rate != next(iter(ALL_RATES)))
        .mark_point(clip=True, filled=True, opacity=0.85, size=20, color="black")
        .encode(x=alt.X("middle:T"), y="center:Q", shape=shape, tooltip=said)
    )
    layers = [bars.add_params(zoom(f"crowd {title} {first}")), marks]
    return chart_of(layers, title, notes, WIDTH, height)
