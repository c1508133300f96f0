"""What differs between two executions: tasks, durations, hosts and commit."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures.failures import without_line
from ctl_jupyter.history.measures.hosts_of_runs import hosts_of_runs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ExecutionDifference", "difference"]

SIDES = ("before", "after")
IN = ("before", "after", "both")
CHANGES = ("added", "removed", "outcome changed")
HOST_OUTCOMES = ("ok", "failed", "unreachable")
_SUMMARY = ["execution_id", "job", "status", "start", "duration", "runs", "commit", "commit_author", "commit_message"]
_KEY = ["play", "task", "file", "occurrence"]
#: Tasks that the text names, and hosts.
_NAMED = 3


class Frames(Protocol):
    """What has the frames of `ctl_jupyter.history.schema`."""

    executions: "pd.DataFrame"
    tasks: "pd.DataFrame"
    hosts: "pd.DataFrame"


@dataclass(frozen=True, eq=False)
class ExecutionDifference:
    """What differs between two executions; its text says the most of it.

    Parameters
    ----------
    before, after
        Their ids.
    summary
        A row for each, ``before`` and ``after``, with the columns execution_id, job, status, start, duration, runs,
        commit, commit_author and commit_message of the frame ``executions``.
    ratio
        The duration after by that before; NaN when one is not known, or that before is 0.
    tasks
        The tasks of their first runs, which are of all hosts; most time more first, then those only in one of them:

        ============  ===============  =============================================================================
        column        dtype            what it holds
        ============  ===============  =============================================================================
        play, task    category         which task
        path          category         its file and line: after, where it is there
        occurrence    Int64            which of its name in this play and file, from 1
        only_in       category         before, after, both
        n_before      Int64            hosts that ended it; NA where it is not there
        n_after       Int64
        before        timedelta64[ms]  how long it took; NaT where it is not there, or not known
        after         timedelta64[ms]
        difference    timedelta64[ms]  after - before
        ratio         float64          after / before; NaN when one is not known, or that before is 0
        ============  ===============  =============================================================================
    hosts
        The hosts that are in one of them alone, or came out of the last run they took part in in another way; those
        that fail now first:

        ==============  ========  =================================================
        column          dtype     what it holds
        ==============  ========  =================================================
        host            category  the host
        change          category  added, removed, outcome changed
        before, after   category  ok, failed, unreachable; NaN where it is not there
        n_before        Int64     results of tasks; NA where it is not there
        n_after         Int64
        ==============  ========  =================================================
    commits
        Commits that executions of the same job began with between the two, that after among them, other than that
        before; in the order in which they came: ``commit``, ``commit_author``, ``commit_message`` (str), ``start`` (of
        the first of these executions) and ``execution_id`` (str).
    """

    before: str
    after: str
    summary: "pd.DataFrame" = field(repr=False)
    ratio: float
    tasks: "pd.DataFrame" = field(repr=False)
    hosts: "pd.DataFrame" = field(repr=False)
    commits: "pd.DataFrame" = field(repr=False)

    def __repr__(self) -> str:
        return "\n".join([*_said_of_both(self), _said_of_tasks(self.tasks), _said_of_hosts(self.hosts)])


def difference(frames: Frames, before: str, after: str) -> ExecutionDifference:
    """Return what differs between two executions, of one job or of two.

    Tasks are the same one when play, name, file and their place among those with the same are: not the line, which
    moves with each commit.

    Parameters
    ----------
    frames
        What has the frames ``executions``, ``tasks`` and ``hosts``: a ``History``.
    before, after
        Ids of executions.

    Raises
    ------
    DocumentError
        When the frame ``executions`` lacks one of them.
    """
    import numpy as np
    import pandas as pd

    ids = (before, after)
    executions = frames.executions
    rows = [_execution(executions, each) for each in ids]
    summary = pd.concat([row[_SUMMARY] for row in rows], ignore_index=True).astype({"duration": "timedelta64[ms]"})
    summary.index = pd.Index(SIDES, dtype="str")
    first, second = (duration / pd.Timedelta("1ms") for duration in summary["duration"])
    return ExecutionDifference(
        before=before,
        after=after,
        summary=summary,
        ratio=float(second / first) if first else np.nan,
        tasks=_tasks(*(_tasks_of(frames.tasks, each) for each in ids)),
        hosts=_hosts(*(_hosts_of(frames.hosts, executions, each) for each in ids)),
        commits=_commits(executions, *rows),
    )


def _execution(executions: "pd.DataFrame", execution_id: str) -> "pd.DataFrame":
    row: pd.DataFrame = executions[executions["execution_id"] == execution_id].iloc[:1]
    if row.empty:
        raise DocumentError(
            f"difference() knows no execution {execution_id!r}: it is none of the {len(executions):,} of this history."
        )
    return row


def _tasks_of(tasks: "pd.DataFrame", execution_id: str) -> "pd.DataFrame":
    """Return the tasks of an execution's first run, in their order, with what they are known by."""
    rows: pd.DataFrame = tasks[(tasks["execution_id"] == execution_id)]
    rows = rows[rows["run"] == rows["run"].min()].sort_values("number", kind="stable")
    types = {"play": "str", "task": "str", "path": "str", "duration": "timedelta64[ms]"}
    rows = rows[["play", "task", "path", "hosts", "duration"]].astype(types)
    rows["file"] = without_line(rows["path"]).astype("str")
    rows["occurrence"] = rows.groupby(_KEY[:3], dropna=False).cumcount() + 1
    return rows


def _tasks(before: "pd.DataFrame", after: "pd.DataFrame") -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    both = before.merge(after, on=_KEY, how="outer", suffixes=("_before", "_after"), indicator=True, sort=False)
    old, new = both["duration_before"], both["duration_after"]
    only_in = both["_merge"].map({"left_only": "before", "right_only": "after", "both": "both"})
    found = pd.DataFrame(
        {
            "play": both["play"].astype("category"),
            "task": both["task"].astype("category"),
            "path": both["path_after"].fillna(both["path_before"]).astype("category"),
            "occurrence": both["occurrence"].astype("Int64"),
            "only_in": pd.Categorical(only_in, categories=pd.Index(IN, dtype="str")),
            "n_before": both["hosts_before"].astype("Int64"),
            "n_after": both["hosts_after"].astype("Int64"),
            "before": old,
            "after": new,
            "difference": new - old,
            "ratio": (new / old).replace([np.inf, -np.inf], np.nan),
        }
    )
    worst = found.assign(longest=found[["before", "after"]].max(axis=1))
    return found.loc[worst.sort_values(["difference", "longest"], ascending=False).index].reset_index(drop=True)


def _hosts_of(hosts: "pd.DataFrame", executions: "pd.DataFrame", execution_id: str) -> "pd.DataFrame":
    """Return an execution's hosts, how each came out of the last run it took part in, and its results of all runs."""
    import pandas as pd

    rows = hosts[hosts["execution_id"] == execution_id]
    came_out = hosts_of_runs(rows, executions[executions["execution_id"] == execution_id])
    found = rows[["host", "run"]].iloc[came_out.row].astype({"host": "str"}).reset_index(drop=True)
    found["outcome"] = pd.Series(HOST_OUTCOMES, dtype="str").iloc[came_out.outcome].array
    last = found.sort_values("run", kind="stable").drop_duplicates("host", keep="last")
    n = rows["host"].astype("str").value_counts().astype("Int64").rename("n")
    return last[["host", "outcome"]].join(n, on="host")


def _hosts(before: "pd.DataFrame", after: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    both = before.merge(after, on="host", how="outer", suffixes=("_before", "_after"), indicator=True)
    both = both[both["outcome_before"].fillna("") != both["outcome_after"].fillna("")].reset_index(drop=True)
    change = both["_merge"].map({"left_only": "removed", "right_only": "added", "both": "outcome changed"})
    outcomes = pd.Index(HOST_OUTCOMES, dtype="str")
    found = pd.DataFrame(
        {
            "host": both["host"].astype("category"),
            "change": pd.Categorical(change, categories=pd.Index(CHANGES, dtype="str")),
            "before": pd.Categorical(both["outcome_before"], categories=outcomes),
            "after": pd.Categorical(both["outcome_after"], categories=outcomes),
            "n_before": both["n_before"],
            "n_after": both["n_after"],
        }
    )
    worst = found.assign(now=found["after"].cat.codes, way=found["change"].cat.codes)
    order = worst.sort_values(["now", "way"], ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def _commits(executions: "pd.DataFrame", before: "pd.DataFrame", after: "pd.DataFrame") -> "pd.DataFrame":
    old, new = before.iloc[0], after.iloc[0]
    between = (executions["start"] > old["start"]) & (executions["start"] <= new["start"])
    # Two jobs may have the same name; one that was deleted since may have no id here.
    job = "job_id" if "job_id" in executions.columns and isinstance(new.get("job_id"), str) else "job"
    of_job = executions[job] == new[job]
    rows = executions[between & of_job & executions["commit"].notna() & (executions["commit"] != old["commit"])]
    rows = rows.sort_values("start", kind="stable").drop_duplicates("commit")
    found: pd.DataFrame = rows[["commit", "commit_author", "commit_message", "start", "execution_id"]]
    return found.reset_index(drop=True)


def _said_of_both(found: ExecutionDifference) -> list[str]:
    old, new = found.summary.loc["before"], found.summary.loc["after"]
    of = f"{new['job']}" if old["job"] == new["job"] else f"{old['job']} → {new['job']}"
    ratio = f", {found.ratio:.2f} times as long" if found.ratio == found.ratio else ""
    commit = (
        "the same commit"
        if old["commit"] == new["commit"]
        else f"commit {_text(old['commit'])} → {_text(new['commit'])}"
    )
    is_known = not (_is_missing(old["commit"]) and _is_missing(new["commit"]))
    return [
        f"{found.before} → {found.after} of {of}",
        f"{_text(old['status'])} → {_text(new['status'])}, {_text(old['duration'])} → {_text(new['duration'])}{ratio}",
        *([commit] if is_known else []),
    ]


def _said_of_tasks(tasks: "pd.DataFrame") -> str:
    import pandas as pd

    n = tasks["only_in"].value_counts()
    slower = tasks[tasks["difference"] > pd.Timedelta(0)].iloc[:_NAMED]
    most = ", ".join(
        f"{task} {_text(more)} more" for task, more in zip(slower["task"], slower["difference"], strict=True)
    )
    said = f"tasks: {n['both']} in both, {n['before']} only before, {n['after']} only after"
    return f"{said}; {most}" if most else said


def _said_of_hosts(hosts: "pd.DataFrame") -> str:
    n = hosts["change"].value_counts()
    changed = hosts[hosts["change"] == "outcome changed"].iloc[:_NAMED]
    which = ", ".join(
        f"{host} {before} → {after}"
        for host, before, after in zip(changed["host"], changed["before"], changed["after"], strict=True)
    )
    said = f"hosts: {n['added']} added, {n['removed']} removed, {n['outcome changed']} with another outcome"
    return f"{said}: {which}" if which else said


def _text(value: Any) -> str:
    """Return a value in few characters: durations without days that are none, commits by their beginning."""
    import pandas as pd

    if _is_missing(value):
        return "unknown"
    if isinstance(value, pd.Timedelta):
        text = str(value).removeprefix("0 days ")
        return text.removesuffix("000") if "." in text else text
    return str(value)[:12]


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return value is None or bool(pd.isna(value))
