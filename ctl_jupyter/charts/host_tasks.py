"""Hosts against tasks of one execution: how each ended."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.given import codes_of, frame_of, milliseconds_of, rows_of_execution, run_of
from ctl_jupyter.charts.matrix import draw_matrix, failing_first, folded
from ctl_jupyter.charts.outcomes import FAILING, NAMES, ranks_of, worst_of
from ctl_jupyter.charts.style import empty_chart
from ctl_jupyter.charts.tasks_of import tasks_of
from ctl_jupyter.charts.texts import counted, cut, duration_in_words, inert

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.charts.display import RunnerChart
    from ctl_jupyter.history import History

__all__ = ["NEEDED", "host_task_matrix"]

NEEDED = ("execution_id", "job", "run", "number", "host", "play", "task", "role", "outcome", "start", "duration",
          "timestamp", "message")  # fmt: skip
MOST_HOSTS = 60
MOST_TASKS = 50


def host_task_matrix(history: "History | pd.DataFrame", execution_id: str, *, run: int | None = None) -> "RunnerChart":
    """Draw a square per host and task of an execution: colour and shape say how it ended.

    Hosts that failed come first, tasks in the order they ran. Of more than 60 hosts, or 50 tasks, the others share
    the last line, which shows the worst of them; the chart says so.

    Parameters
    ----------
    history
        A `History`, or its ``hosts``, or some rows of them.
    run
        Which run of the execution; the last when ``None``.

    Raises
    ------
    DocumentError
        When a column that is needed is missing.
    """
    frame = frame_of(history, "hosts", NEEDED, "host_task_matrix")
    rows, run = run_of(rows_of_execution(frame, execution_id), run)
    rows = rows[rows["host"].notna()]
    shown_id = cut(inert(execution_id), 60)
    if rows.empty:
        return empty_chart("Hosts and tasks", f"no host results of execution {shown_id}")
    ranks = ranks_of(rows["outcome"])
    host_codes, hosts = _compact(rows["host"])
    tasks = tasks_of(rows)
    host_order = failing_first(_failures(host_codes, ranks, len(hosts)), hosts)
    host_line, more_hosts = folded(host_order, MOST_HOSTS, len(hosts))
    task_line, task_names, more_tasks = _task_lines(tasks.codes, tasks.names, ranks)
    row_names = [hosts[place] for place in host_order[: len(hosts) - more_hosts]]
    row_names += [f"… {more_hosts:,} more hosts"] if more_hosts else []
    cells = _cells(rows, ranks, host_line[host_codes], task_line[tasks.codes], row_names, task_names)
    notes = [f"run {run}"] if run is not None and run > 1 else []
    notes.append("failing hosts first, tasks in the order they ran")
    if more_hosts:
        notes.append(f"aggregated: {more_hosts:,} of {len(hosts):,} hosts share the last row, the worst of them shown")
    if more_tasks:
        notes.append(f"{more_tasks:,} of {len(tasks.names):,} tasks share the last column, the worst of them shown")
    title = f"{counted(len(hosts), 'host')}, {counted(len(tasks.names), 'task')} of execution {shown_id}"
    details = {"host": "host", "task": "task", "outcome": "outcome", "words": "results", "took": "duration",
               "message": "message", "execution": "execution"}  # fmt: skip
    return draw_matrix(cells.assign(execution=shown_id), row_names, task_names, title, notes, details)


def _compact(values: "pd.Series[Any]") -> tuple[Any, list[str]]:
    """Return codes and names of those that occur."""
    import numpy as np

    codes, found = codes_of(values)
    used, compact = np.unique(codes, return_inverse=True)
    return compact, [str(found[place]) for place in used]


def _failures(groups: Any, ranks: Any, count: int) -> Any:
    import numpy as np

    return np.bincount(groups[ranks >= FAILING], minlength=count)


def _task_lines(codes: Any, names: list[str], ranks: Any) -> tuple[Any, list[str], int]:
    """Return the column of each task, the columns' names, and how many tasks share the last.

    Tasks that failed, then those that changed something, have a column of their own first.
    """
    import numpy as np

    if len(names) <= MOST_TASKS:
        return np.arange(len(names)), names, 0
    worst, _ = worst_of(codes, ranks, len(names))
    kept = np.sort(np.argsort(-worst, kind="stable")[: MOST_TASKS - 1])
    order = [*kept, *(place for place in range(len(names)) if place not in set(kept.tolist()))]
    line, more = folded(order, MOST_TASKS, len(names))
    return line, [*(names[place] for place in kept), f"… {more:,} more tasks"], more


def _cells(rows: "pd.DataFrame", ranks: Any, row: Any, column: Any, row_names: Any, column_names: Any) -> Any:
    import numpy as np
    import pandas as pd

    count = len(row_names) * len(column_names)
    groups = row * len(column_names) + column
    worst, place = worst_of(groups, ranks, count)
    sizes = np.bincount(groups, minlength=count)
    as_bad = np.bincount(groups[ranks == worst[groups]], minlength=count)
    filled = np.flatnonzero(sizes)
    shown = rows.iloc[place[filled]]
    took = milliseconds_of(shown["duration"])
    names = [NAMES[rank] for rank in worst[filled]]
    return pd.DataFrame(
        {
            "row": filled // len(column_names),
            "column": filled % len(column_names),
            "outcome": names,
            "host": [cut(inert(host), 80) for host in shown["host"].astype("str")],
            "task": [cut(inert(column_names[at % len(column_names)]), 80) for at in filled],
            "words": [
                "1" if of == 1 else f"{bad:,} of {of:,} {name}"
                for name, bad, of in zip(names, as_bad[filled], sizes[filled], strict=True)
            ],
            "took": ["none" if value < 0 else duration_in_words(value) for value in took],
            "message": [cut(inert(text), 160) for text in shown["message"].astype("str").fillna("none")],
        }
    )
