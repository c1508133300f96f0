"""Schedules as rows of a table; pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.documents import Execution, Job, Schedule
from ctl_jupyter.panel.schedules.times import next_fire_of
from ctl_jupyter.panel.table import Column, Row

__all__ = ["SCHEDULE_COLUMNS", "key_of", "last_starts", "schedule_row", "when_text"]

SCHEDULE_COLUMNS = (
    Column("job"),
    Column("description", hides_below=700),
    Column("when"),
    Column("next start"),
    Column("last start", hides_below=900),
    Column("service account", hides_below=700),
)


def key_of(job: Job, schedule: Schedule) -> str:
    """Return what a schedule's row is known by."""
    return f"{job.id}/{schedule.id}"


def last_starts(executions: Iterable[Execution]) -> dict[str, Execution]:
    """Return the newest execution that each schedule started, by the schedule's id; newest executions come first."""
    found: dict[str, Execution] = {}
    for execution in executions:
        if execution.schedule is not None:
            found.setdefault(execution.schedule.id, execution)
    return found


def when_text(schedule: Schedule) -> str:
    """Return what a schedule fires by, and in which zone."""
    if schedule.trigger is None:
        return "not shown"
    zone = schedule.timezone or "UTC"
    return f"{schedule.trigger.expression} ({zone})"


def schedule_row(job: Job, schedule: Schedule, last: Mapping[str, Execution], zone: tzinfo, now: datetime) -> Row:
    """Return a schedule's row.

    Parameters
    ----------
    last
        As `last_starts` returns it.
    zone
        The user's.
    """
    following = next_fire_of(schedule, now)
    # The embedded service always says the zone; without it, this one may just not say.
    says_more = schedule.timezone is not None
    started = last.get(str(schedule.id))
    cells = {
        "job": one_line(job.name or str(job.id), 300),
        "description": schedule.description or "",
        "when": when_text(schedule),
        "next start": f"{following.astimezone(zone):%Y-%m-%d %H:%M}"
        if following
        else ("no more" if says_more else "not shown"),
        "last start": _last_text(started, zone),
        "service account": schedule.service_account_alias or ("" if says_more else "not shown"),
    }
    order = {"next start": following.timestamp() if following else float(2**40)}
    looks = {} if following else {"next start": "quiet"}
    return Row(key_of(job, schedule), cells, looks, order)


def _last_text(execution: Execution | None, zone: tzinfo) -> str:
    if execution is None or execution.schedule is None:
        return ""
    moment = datetime.fromtimestamp(execution.schedule.fire_time / 1000, UTC)
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {execution.status}"
