"""Results of hosts written out by hand, and the frames of them; times are in seconds after midnight."""

from typing import Any

import pandas as pd

from ctl_jupyter.history.schema import FRAMES
from tests.history.measures.small_frames import MONDAY, frame

__all__ = ["at", "dtypes", "execution", "executions_of", "hosts_of", "result", "seconds", "tasks_of"]

Row = dict[str, Any]


def at(seconds: float | None) -> str | None:
    """Return a time of that Monday as text."""
    return None if seconds is None else (pd.Timestamp(MONDAY) + pd.Timedelta(seconds=seconds)).isoformat()


def result(
    execution_id: str,
    host: str,
    outcome: str = "ok",
    *,
    number: int | None = 1,
    start: float | None = 0,
    end: float | None = 1,
    **others: Any,
) -> Row:
    """Return a result of a host: of the job deploy's first run, if nothing else is given."""
    duration = None if start is None or end is None else end - start
    told: Row = {"execution_id": execution_id, "host": host, "outcome": outcome, "number": number}
    place = {"job": "deploy", "run": 1, "play": "Site", "task": f"Task {number}", "path": f"site.yml:{number}"}
    times = {"start": at(start), "end": at(end), "duration": duration, "timestamp": at(end)}
    return {**told, **place, "action": "command", **times, **others}


def execution(execution_id: str, **others: Any) -> Row:
    """Return a successful execution of the job deploy."""
    return {"execution_id": execution_id, "job": "deploy", "status": "SUCCESS", "runs": 1, **others}


def hosts_of(*rows: Row) -> pd.DataFrame:
    """Return the frame ``hosts`` of some results."""
    return _frame("hosts", rows)


def tasks_of(*rows: Row) -> pd.DataFrame:
    """Return the frame ``tasks`` of some tasks."""
    return _frame("tasks", rows)


def executions_of(*rows: Row) -> pd.DataFrame:
    """Return the frame ``executions`` of some executions."""
    return _frame("executions", rows)


def dtypes(answer: pd.DataFrame) -> dict[str, str]:
    """Return each column's dtype by name."""
    return {str(column): str(dtype) for column, dtype in answer.dtypes.items()}


def seconds(durations: "pd.Series[Any]") -> list[float]:
    """Return durations in seconds."""
    return [float(value) for value in durations.dt.total_seconds()]


def _frame(name: str, rows: tuple[Row, ...]) -> pd.DataFrame:
    return frame(name, **{column.name: [row.get(column.name) for row in rows] for column in FRAMES[name]})
