"""Where each execution goes on a timeline, and what the timeline says beside it; draws nothing."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.lanes import lanes_of
from ctl_jupyter.charts.texts import counted, cut, duration_in_words, inert, names_in_words
from ctl_jupyter.documents import FINAL_STATUSES, Status

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LONGEST_NAME", "NEEDED", "Plan", "plan_of"]

#: What a frame must have to be drawn.
NEEDED = ("execution_id", "job_id", "job", "status", "start", "end", "duration", "failed_hosts", "commit")

#: What a tooltip says where there is nothing to say.
NONE = "none"

MOST_JOBS = 60
MOST_LANES = 8
LONGEST_NAME = 32

#: Pixels: one execution's line, its bar, the space around a job's lines, and a chart without any.
LANE = 16
BAR = 10
MARGIN = 4
EMPTY_HEIGHT = 60

#: Statuses in the order they are drawn: what went wrong lies on top.
DRAWN_LAST = (Status.STOPPED, Status.KILLED, Status.INIT_FAILURE, Status.FAILURE)


@dataclass(frozen=True)
class Job:
    """A job's place on the y axis, in pixels from the top, and how many of its executions overlap."""

    name: str
    top: float
    bottom: float
    most_at_once: int


@dataclass(frozen=True)
class Plan:
    """What is drawn where, and what the chart says about it.

    Parameters
    ----------
    bars
        One row per execution: ``begin``, ``finish`` (UTC), ``top``, ``bottom``, ``middle`` (pixels), ``lives``,
        and the texts of the tooltip.
    """

    bars: "pd.DataFrame"
    jobs: list[Job]
    now: "pd.Timestamp"
    title: str
    notes: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many executions there are of each status, in the order of an execution's life."""
        found = Counter(self.bars["status"])
        return {status: found[status] for status in _in_order(found)}

    @property
    def height(self) -> float:
        """Pixels that the lines of all jobs take."""
        return self.jobs[-1].bottom if self.jobs else EMPTY_HEIGHT


def plan_of(frame: "pd.DataFrame", newest: int, now: "pd.Timestamp", present: str = "now") -> Plan:
    """Choose what is drawn and place it.

    Parameters
    ----------
    frame
        Executions, with the columns of `NEEDED`.
    newest
        How many to draw at most.
    now
        Where living executions end, UTC in milliseconds.
    present
        What that is called.
    """
    import pandas as pd

    rows = frame.reset_index(drop=True)
    status = _named(rows["status"], "(no status)")
    start, end = (pd.to_datetime(rows[column], utc=True).dt.as_unit("ms") for column in ("start", "end"))
    lives = end.isna() & ~status.isin([str(final) for final in FINAL_STATUSES])
    begin = start.fillna(end).where(~lives | start.notna(), now)
    finish = end.fillna(start).where(~lives, now)
    finish = finish.where(finish > begin, begin)
    rows = rows.assign(status=status, start=start, end=end, begin=begin, finish=finish, lives=lives)

    placed = rows[rows["begin"].notna()]
    latest = placed.sort_values("begin", ascending=False, kind="stable").head(newest)
    job_ids = latest["job_id"].unique()
    drawn = latest[latest["job_id"].isin(job_ids[:MOST_JOBS])]
    bars, jobs = _arrange(drawn)

    notes = []
    if len(latest) < len(placed):
        notes.append(f"the newest {len(latest):,} of {len(placed):,} executions")
    if len(job_ids) > MOST_JOBS:
        notes.append(f"the {MOST_JOBS} of {counted(len(job_ids), 'job')} that ran last")
    if any(job.most_at_once > MOST_LANES for job in jobs):
        notes.append(f"more than {MOST_LANES} at a time share lines")
    if len(placed) < len(rows):
        notes.append(f"{len(rows) - len(placed):,} without times left out")
    if living := int(drawn["lives"].sum()):
        notes.append(f"{living:,} not ended, drawn to {present} ({now:%H:%M} UTC)")
    whose = cut(jobs[0].name, LONGEST_NAME) if len(jobs) == 1 else counted(len(jobs), "job")
    return Plan(
        bars=bars,
        jobs=jobs,
        now=now,
        title=f"{counted(len(drawn), 'execution')} of {whose}" if len(drawn) else "No executions yet",
        notes=notes,
    )


def _in_order(statuses: Collection[str]) -> list[str]:
    """Return the statuses in the order of an execution's life, unknown ones at the end."""
    known = [str(status) for status in Status if status in statuses]
    return known + sorted(status for status in statuses if status not in known)


def _arrange(drawn: "pd.DataFrame") -> tuple["pd.DataFrame", list[Job]]:
    """Give each job its lines and each execution its line; jobs by name."""
    import pandas as pd

    drawn = drawn.assign(job=_named(drawn["job"].astype("str").fillna(drawn["job_id"]), "(no job)"))
    parts, jobs, top = [], [], 0.0
    groups = drawn.groupby("job_id", dropna=False, observed=True, sort=False)
    for _, group in sorted(groups, key=lambda pair: (pair[1]["job"].iloc[0].casefold(), str(pair[0]))):
        # What lives goes on: one that waits to start now needs a line of its own beside one that runs.
        free = group["finish"].astype("int64") + group["lives"]
        spans = list(zip(group["begin"].astype("int64"), free, strict=True))
        lanes = pd.Series(lanes_of(spans), index=group.index)
        most_at_once = int(lanes.max()) + 1
        parts.append(_bars(group, top + MARGIN + LANE * (lanes % MOST_LANES + 0.5)))
        bottom = top + 2 * MARGIN + LANE * min(most_at_once, MOST_LANES)
        jobs.append(Job(group["job"].iloc[0], top, bottom, most_at_once))
        top = bottom
    if not parts:
        return pd.DataFrame(), []
    bars = pd.concat(parts)
    rank = bars["status"].map({str(status): place for place, status in enumerate(DRAWN_LAST)}).fillna(-1)
    order = pd.DataFrame({"rank": rank, "begin": bars["begin"]}).sort_values(["rank", "begin"]).index
    return bars.loc[order].reset_index(drop=True), jobs


def _bars(group: "pd.DataFrame", middle: "pd.Series[float]") -> "pd.DataFrame":
    import pandas as pd

    spent = group["duration"].where(~group["lives"], group["finish"] - group["begin"])
    return pd.DataFrame(
        {
            "begin": group["begin"],
            "finish": group["finish"],
            "top": middle - BAR / 2,
            "bottom": middle + BAR / 2,
            "middle": middle,
            "lives": group["lives"],
            "status": group["status"],
            "job": group["job"],
            "execution": _named(group["execution_id"], NONE),
            "started": [_moment(moment) for moment in group["start"]],
            "ended": [_moment(moment) for moment in group["end"]],
            "took": [_duration(*pair) for pair in zip(spent, group["lives"], strict=True)],
            "commit": _named(group["commit"], NONE).map(lambda commit: cut(commit, 13)),
            "failed": [
                inert(names_in_words(hosts)) if isinstance(hosts, list) and hosts else NONE
                for hosts in group["failed_hosts"]
            ],
        },
        index=group.index,
    )


def _named(texts: "pd.Series[Any]", missing: str) -> "pd.Series[str]":
    return texts.astype("str").fillna(missing).map(inert)


def _moment(moment: Any) -> str:
    import pandas as pd

    return NONE if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _duration(duration: Any, lives: bool) -> str:
    import pandas as pd

    if pd.isna(duration):
        return NONE
    return duration_in_words(duration / pd.Timedelta(milliseconds=1)) + (" so far" if lives else "")
