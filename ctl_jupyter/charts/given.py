"""What a chart was given to draw: a frame, or something that has the frames, checked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.documents import DocumentError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["codes_of", "frame_of", "milliseconds_of", "rows_of_execution", "rows_of_job", "run_of"]


def frame_of(given: Any, name: str, needed: Sequence[str], chart: str) -> "pd.DataFrame":
    """Return the frame to draw.

    Parameters
    ----------
    given
        The frame itself, or an object that has it as an attribute of that name.
    needed
        Its columns that are drawn.
    chart
        The chart's name, for what is said when it cannot be drawn.

    Raises
    ------
    DocumentError
        When it is no such frame, or a column is missing.
    """
    import pandas as pd

    frame = given if isinstance(given, pd.DataFrame) else getattr(given, name, None)
    if not isinstance(frame, pd.DataFrame):
        raise DocumentError(f"{chart}() draws a History, its {name}, or some rows of them.")
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise DocumentError(f"{chart}() draws {name} as History.{name} has them, and this frame has no {missing[0]!r}.")
    return frame


def codes_of(values: "pd.Series[Any]") -> tuple["np.ndarray[Any, Any]", "pd.Index[Any]"]:
    """Return a number for each row, -1 where there is nothing, and what the numbers stand for.

    Categories have them already, so that a million rows cost nothing.
    """
    import numpy as np
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes), values.cat.categories
    codes, found = pd.factorize(values)
    return codes, pd.Index(found)


def milliseconds_of(values: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    """Return times as epoch milliseconds, or durations in milliseconds; not-a-time is the smallest int64."""
    import numpy as np
    import pandas as pd

    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    elif values.dtype == object:
        values = pd.to_datetime(values, utc=True).dt.tz_localize(None)
    array = values.to_numpy()
    unit = "m8[ms]" if np.issubdtype(array.dtype, np.timedelta64) else "M8[ms]"
    return array.astype(unit, copy=False).view("int64")


def rows_of_job(frame: "pd.DataFrame", job: str | None, chart: str) -> "pd.DataFrame":
    """Return the rows of a job, by its id or its name; all of them when it is ``None``.

    Raises
    ------
    DocumentError
        When the frame has rows, and none of them is of that job.
    """
    if job is None or frame.empty:
        return frame
    for column in ("job_id", "job"):
        codes, found = codes_of(frame[column])
        if job in found:
            rows: pd.DataFrame = frame[codes == found.get_loc(job)]
            if len(rows):
                return rows
    raise DocumentError(f"{chart}(): no execution here is of a job {job!r}; give the id or the name of one that is.")


def rows_of_execution(frame: "pd.DataFrame", execution_id: str) -> "pd.DataFrame":
    """Return the rows of an execution; none when it has none here."""
    codes, found = codes_of(frame["execution_id"])
    return frame[codes == found.get_loc(execution_id)] if execution_id in found else frame.iloc[:0]


def run_of(rows: "pd.DataFrame", run: int | None) -> tuple["pd.DataFrame", int | None]:
    """Return the rows of one run, the last one when none is asked for, and which that is."""
    if run is None and rows["run"].notna().any():
        run = int(rows["run"].max())
    return (rows if run is None else rows[(rows["run"] == run).fillna(value=False).to_numpy(dtype=bool)]), run
