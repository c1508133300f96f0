"""Frames written out by hand, with the columns and dtypes of the schema."""

from typing import Any

import pandas as pd

from ctl_jupyter.history.schema import FRAMES, empty_frame

MONDAY = "2026-03-02T00:00:00Z"


def frame(name: str, **columns: Any) -> pd.DataFrame:
    """Return a frame with these columns, and nothing in the others; durations are given in seconds."""
    empty = empty_frame(name)
    count = len(next(iter(columns.values())))
    whole = {}
    for column in FRAMES[name]:
        values = columns.get(column.name, [None] * count)
        dtype = empty[column.name].dtype
        if isinstance(dtype, pd.CategoricalDtype):
            known = list(dtype.categories)
            others = sorted({value for value in values if value is not None} - set(known))
            whole[column.name] = pd.Series(pd.Categorical(values, categories=pd.Index([*known, *others], dtype="str")))
        elif dtype.kind == "m":
            whole[column.name] = pd.Series(pd.to_timedelta(values, unit="s")).astype(dtype)
        elif dtype.kind == "M":
            whole[column.name] = pd.Series(pd.to_datetime(values, utc=True, format="ISO8601")).astype(dtype)
        else:
            whole[column.name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(whole)


def many_series(seconds: Any, every: str = "1h") -> pd.DataFrame:
    """Return successful executions with these durations: one job for each row, named by its number."""
    count, jobs = seconds.shape[1], seconds.shape[0]
    starts = pd.date_range(MONDAY, periods=count, freq=every).as_unit("ms")
    executions = frame("executions", job=[str(job) for job in range(jobs) for _ in range(count)])
    executions["execution_id"] = [f"deploy-{number}" for number in range(count)] * jobs
    executions["status"] = pd.Categorical(["SUCCESS"] * count * jobs, categories=executions["status"].cat.categories)
    executions["start"] = starts.append([starts] * (jobs - 1))
    executions["duration"] = (1000 * seconds.ravel()).astype("timedelta64[ms]")
    executions["runs"] = pd.array([1] * count * jobs, dtype="Int64")
    return executions


def series_of(seconds: Any, every: str = "1h", job: str = "deploy", **columns: Any) -> pd.DataFrame:
    """Return successful executions of one job with these durations in seconds, oldest first, newest on top."""
    count = len(seconds)
    starts = pd.date_range(MONDAY, periods=count, freq=every)
    given = {
        "execution_id": [f"{job}-{number}" for number in range(count)],
        "job": [job] * count,
        "status": ["SUCCESS"] * count,
        "start": [start.isoformat() for start in starts],
        "duration": list(seconds),
        "runs": [1] * count,
        **columns,
    }
    return frame("executions", **given).iloc[::-1].reset_index(drop=True)
