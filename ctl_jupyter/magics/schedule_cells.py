"""The schedule that a cell of ``%%ctl_schedule`` describes, and schedules in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.documents import DocumentError, Job, Schedule, parse_yaml, read_schedule
from ctl_jupyter.live.times import local_time
from ctl_jupyter.magics.bodies import refuse_secrets
from ctl_jupyter.magics.tables import Table

__all__ = ["ScheduleWords", "next_fire_words", "read_cell", "schedule_document", "schedule_table"]

HEADINGS = ("job", "id", "when", "zone", "next (local time)", "service account", "description")


@dataclass(frozen=True, kw_only=True)
class ScheduleWords:
    """What the options of ``%%ctl_schedule`` say; what they do not say is ``None``."""

    cron: str | None = None
    date: str | None = None
    timezone: str | None = None
    service_account: str | None = None
    description: str | None = None


def read_cell(body: str) -> dict[str, Any]:
    """Return the members of a schedule document that a cell names; those that it has as ``null`` are ``None``.

    Raises
    ------
    DocumentError
        When it is none.
    MagicError
        When a secret is typed in it.
    """
    document = parse_yaml(body, "The cell") if body.strip() else {}
    schedule = read_schedule(document)
    refuse_secrets(document)
    return {**{member: None for member, value in document.items() if value is None}, **schedule.to_wire()}


def schedule_document(said: Mapping[str, Any], words: ScheduleWords, known: Schedule | None) -> Schedule:
    """Return the schedule that a cell and its options describe: a new one, or the known one with what is said.

    Parameters
    ----------
    said
        What `read_cell` returned.

    Raises
    ------
    DocumentError
        When it is not said when it fires, or in two ways.
    """
    if words.cron is not None and words.date is not None:
        raise DocumentError("A schedule has either --cron or --date: for both, make two schedules.")
    wire = {**(known.to_wire() if known is not None else {}), **said}
    if words.cron is not None or words.date is not None:
        kind, expression = ("cron", words.cron) if words.cron is not None else ("date", words.date)
        wire["trigger"] = {"type": kind, "expression": expression}
    if wire.get("trigger") is None:
        raise DocumentError(_no_times(known))
    options = {
        "timezone": words.timezone,
        "serviceAccountAlias": words.service_account,
        "description": words.description,
    }
    wire.update({member: word for member, word in options.items() if word is not None})
    # When it fires next is the service's to say.
    return read_schedule({**wire, "nextFireTime": None})


def _no_times(known: Schedule | None) -> str:
    ways = "--cron '30 2 * * *' or --date 2027-01-01T03:00:00Z"
    if known is not None:
        return f"This Runner does not show when its schedules fire, so say it again: {ways}."
    return f"Say when the job is to be started: {ways}."


def next_fire_words(schedule: Schedule) -> str:
    """Return when a schedule fires next: in local time, and in its own zone where that is another time of the clock."""
    if schedule.next_fire_time is None:
        return "Runner does not say when it fires next." if schedule.timezone is None else "It does not fire again."
    here = local_time(schedule.next_fire_time)
    zone = schedule.timezone or "UTC"
    there = _time_in(zone, schedule.next_fire_time)
    return f"It fires next at {here} local time{f' ({there} in {zone})' if there not in ('', here) else ''}."


def _time_in(zone: str, epoch_ms: int) -> str:
    try:
        return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    except (OSError, ValueError, LookupError, OverflowError):
        return ""  # a zone or a time that this machine does not know


def schedule_table(found: Sequence[tuple[Job, Schedule]], whose: str) -> Table:
    """Return a table of schedules.

    Parameters
    ----------
    whose
        Where they were looked for, for the sentence that there are none.
    """
    rows = [_row(job, schedule) for job, schedule in found]
    return Table(HEADINGS, rows, f"There are no schedules {whose} yet; %ctl_schedule JOB creates one.")


def _row(job: Job, schedule: Schedule) -> list[str]:
    trigger = schedule.trigger
    # The embedded service always says the zone; without it, this one may just not say.
    says_more = schedule.timezone is not None
    following = local_time(schedule.next_fire_time) or ("no more" if says_more else "not shown")
    return [
        one_line(job.name or "", 400),
        str(schedule.id or ""),
        f"{trigger.type} {trigger.expression}" if trigger is not None else "not shown",
        schedule.timezone or "UTC",
        following,
        schedule.service_account_alias or ("" if says_more else "not shown"),
        schedule.description or "",
    ]
