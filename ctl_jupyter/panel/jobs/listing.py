"""Jobs and executions as rows of a table; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ctl_jupyter.documents import Execution, Job
from ctl_jupyter.live.text import clock
from ctl_jupyter.live.times import ago, local_time
from ctl_jupyter.panel.jobs.standing import Standing, rate_text
from ctl_jupyter.panel.statuses import status_look, status_text
from ctl_jupyter.panel.table import Column, Row

__all__ = ["EXECUTION_COLUMNS", "JOB_COLUMNS", "execution_row", "job_row", "matching"]

JOB_COLUMNS = (
    Column("name", width="minmax(120px, 3fr)"),
    Column("description", hides_below=700, width="minmax(80px, 3fr)"),
    Column("last status", hides_below=260, width="minmax(96px, 1fr)"),
    Column("success", hides_below=420, width="88px", is_number=True),
    Column("last run", hides_below=520, width="96px", is_number=True),
)
EXECUTION_COLUMNS = (
    Column("status", width="minmax(96px, 1fr)"),
    Column("started", hides_below=300, width="148px"),
    Column("took", hides_below=380, width="64px", is_number=True),
    Column("failed hosts", hides_below=480, width="minmax(80px, 2fr)"),
)
#: How many failed hosts are named.
NAMED = 3


def matching(jobs: Sequence[Job], words: str) -> list[Job]:
    """Return the jobs whose name, description or id holds every one of the words, in any case."""
    wanted = words.casefold().split()
    return [job for job in jobs if all(word in _searched(job) for word in wanted)]


def _searched(job: Job) -> str:
    return " ".join(str(part) for part in (job.name, job.description, job.id) if part).casefold()


def job_row(job: Job, known: Mapping[str, Standing], now: float) -> Row:
    """Return a job's row.

    Parameters
    ----------
    known
        How jobs fare, by their ids.
    now
        Epoch seconds.
    """
    cells: dict[str, str] = {"name": job.name or str(job.id), "description": job.description or ""}
    looks: dict[str, str] = {}
    order: dict[str, Any] = {}
    titles: dict[str, str] = {}
    standing = known.get(str(job.id))
    if standing is not None:
        started = standing.last.start
        cells |= {
            "last status": status_text(standing.last.status),
            "success": rate_text(standing),
            "last run": ago(started, now),
        }
        looks["last status"] = status_look(standing.last.status)
        order["success"] = -1.0 if standing.rate is None else standing.rate
        order["last run"] = float(started or 0)
        titles["last run"] = local_time(started)
        if standing.decided:
            titles["success"] = f"{standing.succeeded} of its last {standing.decided} decided executions succeeded"
    return Row(str(job.id), cells, looks, {"success": -2.0, "last run": -1.0, **order}, titles)


def execution_row(execution: Execution) -> Row:
    """Return an execution's row; what it took is of its last run."""
    timers = execution.timers or []
    start, end = (timers[-1].start, timers[-1].end) if timers else (None, None)
    took = (end - start) / 1000 if start is not None and end is not None else None
    failed = [str(host) for host in execution.failed_hosts]
    more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    cells = {
        "status": status_text(execution.status),
        "started": local_time(start),
        "took": "" if took is None else clock(took),
        "failed hosts": ", ".join(failed[:NAMED]) + more,
    }
    order = {"took": -1.0 if took is None else took, "started": float(start or 0)}
    return Row(execution.execution_id, cells, {"status": status_look(execution.status)}, order)
