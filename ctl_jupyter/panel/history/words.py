"""What the tab of history says of a history: executions as rows, what is lacking, a cell to copy; no widgets here."""

import re
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from ctl_jupyter.live.times import ago
from ctl_jupyter.panel.history.loading import Asked, Loaded
from ctl_jupyter.panel.history.tiles import words_of
from ctl_jupyter.panel.statuses import status_look, status_text
from ctl_jupyter.panel.table import Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_ROWS", "code", "note", "report_name", "rows", "summary"]

#: The table shows the newest ones; a browser is not sent ten thousand.
MOST_ROWS = 500
#: Letters of a job's name in the name of a report's file.
LONGEST_NAME = 60


def rows(executions: "pd.DataFrame", most: int = MOST_ROWS) -> list[Row]:
    """Return the newest `most` executions as rows; a row's key is the execution's id."""
    return [_row(row) for row in executions.head(most).to_dict("records")]


def _row(row: "dict[Any, Any]") -> Row:
    import pandas as pd

    def text(name: str) -> str:
        return "" if pd.isna(row[name]) else str(row[name])

    status, failed = text("status"), row["failed_hosts"]
    # Names; missing ones are a float or None.
    failed = failed if hasattr(failed, "__len__") else None
    cells = {
        "Status": status_text(status),
        "Job": text("job"),
        "Start (UTC)": "" if pd.isna(row["start"]) else f"{row['start']:%Y-%m-%d %H:%M:%S}",
        "Duration": "" if pd.isna(row["duration"]) else words_of(row["duration"]),
        "Failed hosts": "" if failed is None else f"{len(failed):,}",
        "Commit": text("commit")[:8],
    }
    order = {"Failed hosts": float(len(failed))} if failed is not None else {}
    order |= {} if pd.isna(row["duration"]) else {"Duration": row["duration"] / pd.Timedelta(seconds=1)}
    return Row(str(row["execution_id"]), cells, {"Status": status_look(status)}, order)


def summary(number: int, loaded: Loaded, most: int = MOST_ROWS) -> str:
    """Return the sentence that says how much was loaded."""
    where = " from the store" if loaded.is_stored else ""
    shown = f" The table shows the newest {most:,}." if number > most else ""
    if loaded.was_stopped:
        return f"Stopped: {_counted(number)} that had come are shown.{shown} Load again to go on."
    return f"{_counted(number)}{where}.{shown}"


def note(loaded: Loaded, now: float | None = None) -> str:
    """Return what is to be known of a history that may lack something; empty when nothing is.

    Parameters
    ----------
    now
        Epoch seconds; the clock's when absent.
    """
    lacks = " ".join(loaded.lacks)
    if loaded.was_stopped:
        return f"Loading was stopped: what had come is shown. {lacks}".strip()
    if not loaded.is_stored:
        return "" if loaded.history.complete else "Some events are still to come: an execution is still running."
    why = f"{loaded.error} " if loaded.error is not None else ""
    return f"{why}{lacks} {age(loaded.executions, now)}".strip()


def age(executions: "pd.DataFrame", now: float | None = None) -> str:
    """Return the sentence that says when Runner was last asked about stored executions; empty when there is none."""
    checked = executions["checked"].max()
    if executions.empty or checked != checked:
        return "This is the stored history."
    when = ago(int(checked.timestamp() * 1000), now)
    return f"This is the stored history: Runner was last asked about it {when} ({checked:%Y-%m-%d %H:%M} UTC)."


def _counted(number: int) -> str:
    return f"{number:,} execution{'' if number == 1 else 's'}"


def code(asked: Asked) -> str:
    """Return Python that gives the same history; a cell to copy."""
    given = [repr(asked.job)] if asked.job else []
    given += [f"since={asked.since!r}"] if asked.since else []
    given += ["events=True"] if asked.with_events else []
    given += ["offline=True"] if asked.is_offline else []
    return f"import ctl_jupyter\n\nhistory = ctl_jupyter.history({', '.join(given)})"


def report_name(job: str | None, taken: Callable[[str], bool]) -> str:
    """Return the name of a report's file, one that is not taken yet.

    Parameters
    ----------
    job
        The job's name, ``None`` for the whole account.
    taken
        Whether there is a file of a name.
    """
    words = re.sub(r"[^\w.-]+", "-", job or "account").strip("-.")[:LONGEST_NAME] or "job"
    names = (f"report-{words}{f'-{number}' if number > 1 else ''}.html" for number in count(1))
    return next(name for name in names if not taken(name))
