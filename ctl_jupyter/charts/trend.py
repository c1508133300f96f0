"""Durations over the time: median, band, and the commits with which they changed."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.bins import bins_of, quantiles_of, step_in_words
from ctl_jupyter.charts.given import codes_of, frame_of, milliseconds_of, rows_of_job
from ctl_jupyter.charts.looks import BLUE, GREY, LOOKS, RED
from ctl_jupyter.charts.style import TICK_LABEL, WIDTH, axis, chart_of, empty_chart, kinds, ticks, tooltip, zoom
from ctl_jupyter.charts.texts import counted, cut, duration_in_words, inert
from ctl_jupyter.documents import Status

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["UNITS", "duration_trend", "unit_for"]

NEEDED = ("execution_id", "job_id", "job", "status", "start", "duration", "commit")
HEIGHT = 240
#: So many executions are drawn as points.
MOST_POINTS = 500
MOST_BINS = 90
#: So many changes are named.
MOST_CHANGES = 12
#: Changes are looked for in so many executions, the newest ones.
MOST_LOOKED_AT = 200_000
DECIDED = (str(Status.SUCCESS), str(Status.FAILURE))
#: Of an axis of durations: milliseconds.
UNITS = {"hours": 3_600_000, "minutes": 60_000, "seconds": 1_000, "milliseconds": 1}


def duration_trend(history: "History | pd.DataFrame", job: str | None = None, *, changes: bool = True) -> "RunnerChart":
    """Draw how long executions took over the time (UTC): the median, and the band that holds 80 of 100.

    Median and band are of the successful ones, per span of time; with 500 executions or fewer each is a point
    besides, the failed ones too. Vertical lines mark changes of one job's duration with the commit they came with.

    Parameters
    ----------
    history
        A `History`, or its ``executions``, or some rows of them.
    job
        Draw this job's alone, by its id or its name.
    changes
        Whether to mark change points (`ctl_jupyter.history.measures.change_points`); of one job only.

    Raises
    ------
    DocumentError
        When a column that is needed is missing, or there is no such job.
    """
    import numpy as np

    frame = frame_of(history, "executions", NEEDED, "duration_trend")
    rows = rows_of_job(frame, job, "duration_trend")
    start, took = milliseconds_of(rows["start"]), milliseconds_of(rows["duration"])
    codes, found = codes_of(rows["status"])
    is_decided = _lookup(found.isin(list(DECIDED)))[codes] & (start >= 0) & (took >= 0)
    is_success = is_decided & _lookup(found == str(Status.SUCCESS))[codes]
    if not is_decided.any():
        return empty_chart("Durations", "no executions that succeeded or failed yet")
    band = _band(start[is_success], took[is_success])
    job_codes, _ = codes_of(rows["job_id"])
    of_one = len(rows) > 0 and int(job_codes.min()) == int(job_codes.max())
    whose = _whose(rows, job, of_one)
    count = int(is_decided.sum())
    notes = []
    if is_success.any():
        step = step_in_words(int(band["finish"].iloc[0] - band["begin"].iloc[0]))
        # A band of one bin is drawn as wide as what is in it, with two equal rows.
        per = f"median per {step}" if band["begin"].nunique() > 1 else "median"
        notes.append(f"line: {per}; band: 10 to 90 %; both of the {int(is_success.sum()):,} that succeeded")
    else:
        notes.append("none succeeded: no line")
    points = None
    if count <= MOST_POINTS or not is_success.any():
        drawn = np.flatnonzero(is_decided)
        drawn = drawn[np.argsort(-start[drawn], kind="stable")[:MOST_POINTS]]
        points = _points(rows.iloc[drawn], start[drawn], took[drawn])
        if len(drawn) < count:
            notes.append(f"the newest {MOST_POINTS:,} of {count:,} executions")
    else:
        notes.append(f"aggregated: {count:,} executions are too many to draw each")
    marks = _changes(rows, notes) if changes and of_one else None
    if changes and not of_one:
        notes.append("changes are marked for one job: give job=")
    title = f"Duration of {counted(count, 'execution')} of {whose}"
    return _draw(band, points, marks, title, notes)


def _whose(rows: "pd.DataFrame", job: str | None, of_one: bool) -> str:
    """Return of what the executions are; jobs of one name stay apart."""
    if of_one:
        return cut(inert(str(rows["job"].iloc[0])), 40)
    count = counted(rows["job_id"].nunique(), "job")
    return count if job is None else f"{count} named {cut(inert(job), 40)}"


def unit_for(longest: float) -> str:
    """Return the unit of `UNITS` in which durations up to so many milliseconds read well."""
    return next((unit for unit, length in UNITS.items() if longest >= 2 * length), "milliseconds")


def _lookup(values: Any) -> "np.ndarray[Any, Any]":
    """Return what holds for each code; for that of a missing value, -1, it is false."""
    import numpy as np

    return np.append(np.asarray(values, dtype=bool), False)


def _band(start: "np.ndarray[Any, Any]", took: "np.ndarray[Any, Any]") -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    if not len(start):
        return pd.DataFrame({name: [] for name in ("begin", "finish", "middle", "low", "median", "high", "n")})
    # Fewer than five in a bin say little of a band.
    bins, begins, length = bins_of(start, max(1, min(MOST_BINS, len(start) // 5)))
    # No line before the first and behind the last.
    middle = (begins + length // 2).clip(start.min(), start.max())
    sizes, (low, median, high) = quantiles_of(bins, took, len(begins), (0.1, 0.5, 0.9))
    band = pd.DataFrame(
        {"begin": begins, "finish": begins + length, "middle": middle, "n": sizes, "low": low,
         "median": median, "high": high}
    )  # fmt: skip
    if len(begins) == 1:
        # Drawn as wide as what is in it, not as a point.
        band = pd.concat([band.assign(middle=int(end)) for end in (start.min(), start.max())], ignore_index=True)
    band = band[band["n"] > 0]
    words = {name: [duration_in_words(value) for value in band[name]] for name in ("low", "median", "high")}
    since = pd.Series(band["begin"].to_numpy().astype("M8[ms]")).dt.strftime("%Y-%m-%d %H:%M UTC")
    return band.assign(
        since=since.to_numpy(),
        typical=words["median"],
        between=[f"{low} to {high}" for low, high in zip(words["low"], words["high"], strict=True)],
        part=np.cumsum(np.append(0, np.diff(band["middle"]) > 3 * length)),
    )


def _points(rows: "pd.DataFrame", start: Any, took: Any) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {
            "start": start,
            "took": took,
            "status": rows["status"].astype("str").to_numpy(),
            "execution": rows["execution_id"].astype("str").map(inert).to_numpy(),
            "job": rows["job"].astype("str").fillna("(no job)").map(inert).to_numpy(),
            "commit": [cut(inert(commit), 13) for commit in rows["commit"].astype("str").fillna("none")],
            "words": [duration_in_words(value) for value in took],
            "started": pd.Series(start.astype("M8[ms]")).dt.strftime("%Y-%m-%d %H:%M:%S UTC").to_numpy(),
        }
    )


def _changes(rows: "pd.DataFrame", notes: list[str]) -> "pd.DataFrame":
    """Return the greatest changes in the order of time; say in `notes` how many there are."""
    import numpy as np
    import pandas as pd

    from ctl_jupyter.history.measures import change_points

    if len(rows) > MOST_LOOKED_AT:
        newest = np.argpartition(milliseconds_of(rows["start"]), -MOST_LOOKED_AT)[-MOST_LOOKED_AT:]
        rows = rows.iloc[np.sort(newest)]
        notes.append(f"changes looked for in the newest {MOST_LOOKED_AT:,} executions")
    found = change_points(rows, by=None)
    kept = found
    if len(found) > MOST_CHANGES:
        greatest = np.log(found["ratio"]).abs().nlargest(MOST_CHANGES).index
        kept = found.loc[greatest.sort_values()]
    if len(found):
        said = (
            counted(len(found), "change")
            + " of level"
            + (f", the {MOST_CHANGES} greatest drawn" if len(kept) < len(found) else "")
        )
        notes.append(f"dashed: {said}, with the commit where one came with it")
    commits = [cut(inert(commit), 13) for commit in kept["commit"].astype("str").fillna("no new commit")]
    short = [commit[:7] if commit != "no new commit" else "" for commit in commits]
    factors = [f"\N{MULTIPLICATION SIGN} {ratio:.2f}" for ratio in kept["ratio"]]
    at = milliseconds_of(kept["at"])
    # Labels side by side would run into each other: they take turns on three lines.
    return pd.DataFrame(
        {
            "at": at,
            "label": [" ".join(filter(None, pair)) for pair in zip(factors, short, strict=True)],
            "line": np.arange(len(at)) % 3,
            "moment": [f"{moment:%Y-%m-%d %H:%M} UTC" for moment in kept["at"]],
            "execution": [cut(inert(name), 60) for name in kept["execution_id"].astype("str")],
            "commit": commits,
            "author": [cut(inert(name), 40) for name in kept["commit_author"].astype("str").fillna("unknown")],
            "before": [duration_in_words(value) for value in milliseconds_of(kept["before"])],
            "after": [duration_in_words(value) for value in milliseconds_of(kept["after"])],
            "factor": factors,
        }
    )


def _draw(band: Any, points: Any, marks: Any, title: str, notes: list[str]) -> "RunnerChart":
    import altair as alt
    import pandas as pd

    drawn = [band["high"], band["low"]] + ([points["took"]] if points is not None else [])
    values = pd.concat(drawn).astype("float64")
    unit = unit_for(values.max())
    length = UNITS[unit]
    positive = values[values > 0]
    is_log = len(positive) > 1 and positive.max() > 30 * positive.min()
    # Within a logarithm there is no 0 ms.
    band = band.assign(**{name: band[name].clip(lower=1) / length for name in ("low", "median", "high")})
    scale = alt.Scale(type="log") if is_log else alt.Scale(zero=True, nice=True)
    y_axis = axis(f"duration, {unit}" + (" (log scale)" if is_log else ""), **ticks(values / length, is_log))
    y = alt.Y("median:Q", scale=scale, axis=y_axis)
    moments = pd.concat([band["middle"]] + ([points["start"]] if points is not None else []))
    first, last = int(moments.min()), int(moments.max())
    space = max((last - first) // 50, 1_000) if last > first else 30_000
    words = " to ".join(dict.fromkeys(f"{pd.Timestamp(m, unit='ms'):%Y-%m-%d %H:%M}" for m in (first, last)))
    times = alt.Scale(type="utc", domain=[first - space, last + space], nice=False)
    x_axis = axis(f"{words} UTC", labelExpr=TICK_LABEL, tickCount=8)
    x = alt.X("middle:T", scale=times, axis=x_axis)
    layers: list[Any] = []
    if len(band):
        base = alt.Chart(band)
        layers = [
            base.mark_area(aria=False, clip=True, color=BLUE, opacity=0.25).encode(
                x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q", detail="part:N"
            ),
            base.mark_line(aria=False, clip=True, color=BLUE, strokeWidth=2).encode(x=x, y=y, detail="part:N"),
            base.mark_point(clip=True, color=BLUE, filled=True, opacity=1, size=14, shape="square").encode(
                x=x,
                y=y,
                tooltip=tooltip(since="from", n="successful", typical="median", between="10 to 90 %"),
            ),
        ]
    if points is not None:
        found = points["status"].value_counts()
        color, shape = kinds("status", LOOKS, {name: int(found[name]) for name in DECIDED if name in found.index})
        layers.append(
            alt.Chart(points.assign(y=points["took"].clip(lower=1) / length))
            .mark_point(clip=True, filled=True, opacity=0.8, size=40 if len(points) <= 100 else 22)
            .encode(
                x=alt.X("start:T", scale=times, axis=x_axis), y=alt.Y("y:Q", scale=scale, axis=y_axis),
                color=color, shape=shape,
                tooltip=tooltip(job="job", execution="execution", status="status", started="start", words="duration",
                                commit="commit"),
            )
        )  # fmt: skip
    layers[0] = layers[0].add_params(zoom(f"trend {title} {first}"))
    if marks is not None and len(marks):
        layers += _change_layers(marks, times)
    return chart_of(layers, title, notes, WIDTH, HEIGHT)


def _change_layers(marks: "pd.DataFrame", times: Any) -> list[Any]:
    import altair as alt

    details = tooltip(
        moment="change", execution="first execution", commit="commit", author="author", before="median before",
        after="median after", factor="factor",
    )  # fmt: skip
    base = alt.Chart(marks).encode(x=alt.X("at:T", scale=times), tooltip=details)
    rule = base.mark_rule(clip=True, color=RED, strokeDash=[5, 3], strokeWidth=1.5)
    layers = [rule]
    for line in sorted(set(marks["line"])):
        text = alt.Chart(marks[marks["line"] == line]).mark_text(
            align="left", baseline="top", dx=3, color=GREY, fontSize=11, fontWeight="bold", clip=True
        )
        layers.append(
            text.encode(x=alt.X("at:T", scale=times), y=alt.value(2 + 13 * line), text="label:N", tooltip=details)
        )
    return layers
