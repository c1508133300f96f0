"""Hosts against the newest executions of a job: which host fails always, and which now and then."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.given import codes_of, frame_of, milliseconds_of, rows_of_job
from ctl_jupyter.charts.matrix import draw_matrix, failing_first
from ctl_jupyter.charts.outcomes import FAILING, NAMES, ranks_of, worst_of
from ctl_jupyter.charts.style import empty_chart
from ctl_jupyter.charts.texts import counted, cut, inert

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["host_run_matrix"]

NEEDED = ("execution_id", "job_id", "job", "host", "task", "outcome", "timestamp", "message")
MOST_HOSTS = 60
MOST_RUNS = 80


def host_run_matrix(hosts: "History | pd.DataFrame", job: str | None = None, *, newest: int = 60) -> "RunnerChart":
    """Draw a square per host and execution: colour and shape say the worst that happened on it.

    Executions from the oldest to the newest; hosts that failed in most of them first. A host that fails now and then
    is a row of mixed squares, a broken one a row of crosses, a bad commit a column of them.

    Parameters
    ----------
    hosts
        A `History`, or its ``hosts``, or some rows of them.
    job
        The job's id or name; may be left out when all rows are of one job.
    newest
        So many executions at most, the newest ones, and never more than 80. Of more than 60 hosts those are left
        out that failed least; the chart says so.

    Raises
    ------
    DocumentError
        When a column that is needed is missing, there is no such job, or several and none was chosen.
    """
    from ctl_jupyter.documents import DocumentError

    frame = frame_of(hosts, "hosts", NEEDED, "host_run_matrix")
    if frame.empty:
        return empty_chart("Hosts and executions", "no host results yet")
    rows = rows_of_job(frame, job, "host_run_matrix")
    job_codes, _ = codes_of(rows["job_id"])
    if job_codes.min() != job_codes.max():
        raise DocumentError("host_run_matrix(): these are results of several jobs; give job=, an id or a name.")
    whose = cut(inert(str(rows["job"].iloc[0])), 40)
    codes, ids = codes_of(rows["execution_id"])
    chosen, total = _newest(codes, milliseconds_of(rows["timestamp"]), len(ids), max(1, min(newest, MOST_RUNS)))
    columns = _positions(chosen, len(ids))[codes]
    is_drawn = (columns >= 0) & rows["host"].notna().to_numpy()
    return _draw(rows[is_drawn], columns[is_drawn], [str(ids[place]) for place in chosen], total, whose)


def _newest(codes: Any, times: Any, count: int, most: int) -> tuple[Any, int]:
    """Return the executions to draw, oldest first, and how many there are."""
    import numpy as np

    last = np.full(count, -1, dtype="int64")
    np.maximum.at(last, codes, np.maximum(times, 0))
    found = np.flatnonzero(last >= 0)
    order = found[np.argsort(last[found], kind="stable")]
    return order[-most:], len(found)


def _positions(chosen: "np.ndarray[Any, Any]", count: int) -> "np.ndarray[Any, Any]":
    import numpy as np

    position = np.full(count + 1, -1, dtype="int64")
    position[chosen] = np.arange(len(chosen))
    return position


def _draw(rows: "pd.DataFrame", columns: Any, ids: list[str], total: int, whose: str) -> "RunnerChart":
    import numpy as np
    import pandas as pd

    ranks = ranks_of(rows["outcome"])
    host_codes, found = codes_of(rows["host"])
    used, host_codes = np.unique(host_codes, return_inverse=True)
    names = [str(found[place]) for place in used]
    worst, place = worst_of(host_codes * len(ids) + columns, ranks, len(names) * len(ids))
    grid = worst.reshape(len(names), len(ids))
    failures = (grid >= FAILING).sum(axis=1)
    order = failing_first(failures, names)[:MOST_HOSTS]
    lines = np.repeat(np.arange(len(order)), len(ids))
    places = place.reshape(len(names), len(ids))[order].ravel()
    filled = np.flatnonzero(places >= 0)
    shown = rows.iloc[places[filled]]
    times = milliseconds_of(rows["timestamp"])
    # Not-a-time is less than any.
    latest = np.full(len(ids), np.iinfo("int64").min)
    np.maximum.at(latest, columns, times)
    ends = pd.Series(latest.astype("M8[ms]"))
    moments = ends.dt.strftime("%Y-%m-%d %H:%M UTC").fillna("unknown").to_numpy()
    column = filled % len(ids)
    ranks_shown = grid[order].ravel()[filled]
    bad = ranks_shown >= FAILING
    cells = pd.DataFrame(
        {
            "row": lines[filled],
            "column": column,
            "outcome": [NAMES[rank] for rank in ranks_shown],
            "host": _texts(shown["host"], 80),
            "execution": [cut(inert(ids[at]), 60) for at in column],
            "when": moments[column],
            "task": np.where(bad, _texts(shown["task"], 80), "none"),
            "message": np.where(bad, _texts(shown["message"], 160), "none"),
            "often": [f"{failures[order[line]]:,} of {(grid[order[line]] >= 0).sum():,} executions"
                      for line in lines[filled]],
        }
    )  # fmt: skip
    notes = ["each square: the worst outcome; hosts that failed most first; oldest execution left"]
    if len(ids) < total:
        notes.append(f"the newest {len(ids):,} of {total:,} executions")
    if len(order) < len(names):
        notes.append(f"the {len(order):,} of {len(names):,} hosts that failed most")
    labels = ends.dt.strftime("%b %d %H:%M").fillna("").to_list()
    step = max(1, -(-len(labels) // 20))
    labels = [label if (len(labels) - 1 - at) % step == 0 else "" for at, label in enumerate(labels)]
    details = {"host": "host", "execution": "execution", "when": "last result", "outcome": "worst",
               "task": "failed task", "message": "message", "often": "failed in"}  # fmt: skip
    title = f"{counted(len(names), 'host')} in {counted(len(ids), 'execution')} of {whose}"
    return draw_matrix(cells, [names[at] for at in order], labels, title, notes, details)


def _texts(values: "pd.Series[Any]", longest: int) -> list[str]:
    return [cut(inert(text), longest) for text in values.astype("str").fillna("none")]
