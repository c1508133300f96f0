"""What hosts failed of: a bar per cause."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.given import frame_of, rows_of_job
from ctl_jupyter.charts.looks import GREY, OUTCOME_LOOKS, UNKNOWN
from ctl_jupyter.charts.style import WIDTH, axis, chart_of, empty_chart, kinds, pixels, tooltip
from ctl_jupyter.charts.texts import counted, cut, inert

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["failure_chart"]

NEEDED = ("execution_id", "job_id", "job", "host", "task", "outcome", "message")
#: Pixels: a cause, its bar, the space for its words above the bar.
ROW = 40
BAR = 12
WORDS = 22
LONGEST_CAUSE = 88


def failure_chart(
    hosts: "History | pd.DataFrame",
    job: str | None = None,
    *,
    executions: "pd.DataFrame | None" = None,
    most: int = 15,
) -> "RunnerChart":
    """Draw what hosts failed of, as `ctl_jupyter.history.measures.failure_groups` counts it: a bar per cause.

    Parameters
    ----------
    hosts
        A `History`, or its ``hosts``, or some rows of them.
    job
        This job's failures alone, by its id or its name.
    executions
        Say which hosts failed in the end; those of the `History` when ``None``.
    most
        So many causes at most, those that most hosts of runs failed of; the chart says how many there are.

    Raises
    ------
    DocumentError
        When a column that is needed is missing, or there is no such job.
    """
    import pandas as pd

    from ctl_jupyter.history.measures import failure_groups

    frame = rows_of_job(frame_of(hosts, "hosts", NEEDED, "failure_chart"), job, "failure_chart")
    if executions is None and not isinstance(hosts, pd.DataFrame):
        executions = getattr(hosts, "executions", None)
    groups = failure_groups(frame, executions)
    if groups.empty:
        return empty_chart("Failures", "no host failed" if len(frame) else "no host results yet")
    return _draw(groups, max(1, most))


def _draw(groups: "pd.DataFrame", most: int) -> "RunnerChart":
    import altair as alt

    total, shown = int(groups["n"].sum()), groups.head(most)
    bars = _bars(shown)
    height = ROW * len(bars)
    found = bars["outcome"].value_counts()
    looks = {name: OUTCOME_LOOKS.get(name, UNKNOWN) for name in found.index}
    counts = {name: int(bars.loc[bars["outcome"] == name, "n"].sum()) for name in looks}
    color, shape = kinds("outcome", looks, counts)
    across = alt.Scale(domain=[0, float(bars["n"].max()) * 1.3], nice=False)
    down = pixels(height)
    x = alt.X(
        "n:Q",
        scale=across,
        axis=axis("failures: hosts of runs", tickCount=min(6, int(bars["n"].max())), tickMinStep=1, format=",d"),
    )
    y = alt.Y("top:Q", scale=down, axis=None)
    details = tooltip(cause="cause", task="task", outcome="outcome", often="failures", spread="in", names="hosts",
                      when="when", message="last message", execution="last execution")  # fmt: skip
    base = alt.Chart(bars).encode(tooltip=details)
    rects = base.mark_rect(aria=False, opacity=0.6).encode(x=x, x2=alt.datum(0), y=y, y2="bottom:Q", color=color)
    place = {"y": alt.Y("middle:Q", scale=down, axis=None)}
    marks = base.mark_point(filled=True, opacity=1, size=70).encode(x=x, **place, color=color, shape=shape)
    words = base.mark_text(align="left", baseline="middle", color=GREY, fontSize=11, limit=WIDTH)
    causes = words.encode(x=alt.value(0), y=alt.Y("words:Q", scale=down, axis=None), text="label:N")
    spread = base.mark_text(align="left", baseline="middle", dx=9, color=GREY, fontSize=10)
    more = spread.encode(x=x, **place, text="short:N")
    notes = [] if len(shown) == len(groups) else [f"the {len(shown)} of {len(groups):,} causes with most failures"]
    notes.append("one failure per host and run, grouped by cause")
    title = f"{counted(total, 'failure')} of {counted(len(groups), 'cause')}"
    return chart_of([rects, marks, causes, more], title, notes, WIDTH, height)


def _bars(groups: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    def texts(column: str, longest: int, missing: str = "none") -> list[str]:
        return [cut(inert(text), longest) for text in groups[column].astype("str").fillna(missing)]

    place = pd.RangeIndex(len(groups)).to_numpy()
    causes, tasks = texts("cause", 300, "no message"), texts("task", 80, "(no task)")
    places = groups["tasks"].to_numpy(dtype="int64")
    tasks = [task if n < 2 else counted(n, "task") for task, n in zip(tasks, places, strict=True)]
    hosts, executions = (groups[column].to_numpy(dtype="int64") for column in ("hosts", "executions"))
    spread = [f"{counted(h, 'host')}, {counted(e, 'execution')}" for h, e in zip(hosts, executions, strict=True)]
    return pd.DataFrame(
        {
            "n": groups["n"].to_numpy(dtype="int64"),
            "top": place * ROW + WORDS,
            "middle": place * ROW + WORDS + BAR / 2,
            "bottom": place * ROW + WORDS + BAR,
            "words": place * ROW + WORDS - 9,
            "label": [cut(f"{task}: {cause}", LONGEST_CAUSE) for task, cause in zip(tasks, causes, strict=True)],
            "short": [f"{n:,} · {words}" for n, words in zip(groups["n"], spread, strict=True)],
            "often": [f"{n:,}" for n in groups["n"]],
            "spread": spread,
            "outcome": texts("outcome", 40, "unknown"),
            "cause": causes,
            "task": tasks,
            "names": texts("host_names", 160),
            "message": texts("message", 300),
            "execution": texts("execution_id", 60),
            "when": [_when(first, last) for first, last in zip(groups["first"], groups["last"], strict=True)],
        }
    )


def _when(first: Any, last: Any) -> str:
    """Return the day and minute of the first failure and of the last."""
    import pandas as pd

    known = [moment for moment in (first, last) if not pd.isna(moment)]
    return " to ".join(dict.fromkeys(f"{moment:%Y-%m-%d %H:%M}" for moment in known)) + " UTC" if known else "unknown"
