"""What the form of a schedule holds, what is wrong with it, and the schedule it describes; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ctl_jupyter.documents import DocumentError, Schedule, Trigger, read_schedule
from ctl_jupyter.triggers import check_trigger, zone_of

__all__ = [
    "CRON",
    "DATE",
    "ScheduleEntries",
    "WrongEntries",
    "entries_of",
    "schedule_of",
    "trigger_of",
    "wrong_times",
    "zone_name_of",
]

CRON, DATE = "cron", "date"


@dataclass(frozen=True)
class ScheduleEntries:
    """What stands in the fields.

    Parameters
    ----------
    job
        The job's name or id.
    kind
        ``cron`` or ``date``.
    expression
        Five cron fields, or a date and time.
    timezone
        IANA name of the zone that `expression` is read in.
    service_account
        An alias.
    """

    job: str = ""
    description: str = ""
    kind: str = CRON
    expression: str = ""
    timezone: str = "UTC"
    service_account: str = ""


class WrongEntries(DocumentError):
    """Fields that cannot be used; the text is that of the first.

    Parameters
    ----------
    sentences
        By the field's name in `ScheduleEntries`, what is wrong with it.
    """

    def __init__(self, sentences: dict[str, str]) -> None:
        super().__init__(next(iter(sentences.values())))
        self.sentences = sentences


def entries_of(schedule: Schedule, job: str) -> ScheduleEntries:
    """Return the fields of a schedule; empty where its Runner does not show it."""
    trigger = schedule.trigger or Trigger(type=CRON)
    return ScheduleEntries(
        job=job,
        description=schedule.description or "",
        kind=trigger.type if trigger.type in (CRON, DATE) else CRON,
        expression=trigger.expression,
        timezone=schedule.timezone or "UTC",
        service_account=schedule.service_account_alias or "",
    )


def schedule_of(entries: ScheduleEntries, known: Schedule | None, now: datetime) -> Schedule:
    """Return the schedule that the fields describe: a new one, or the known one with what they say.

    Members of the known one that this version does not know stay as they are.

    Parameters
    ----------
    now
        With a time zone; what fires only before it is refused, unless the known one had it already.

    Raises
    ------
    WrongEntries
        Naming every field that cannot be used.
    """
    wrong = wrong_times(entries, known, now)
    if not entries.job.strip():
        wrong["job"] = "Choose the job that it starts."
    if not entries.expression.strip():
        wrong["expression"] = "Say when it is to start the job: as in 30 2 * * *, or 2030-12-31T23:59 for once."
    if not entries.service_account:
        wrong["service_account"] = "Choose the service account that it logs in with, or make one below."
    if wrong:
        raise WrongEntries(wrong)
    trigger, timezone = trigger_of(entries), zone_name_of(entries)
    wire = known.to_wire() if known is not None else {}
    said = {
        "trigger": {"type": trigger.type, "expression": trigger.expression},
        "serviceAccountAlias": entries.service_account,
    }
    if entries.description or wire.get("description"):
        said["description"] = entries.description
    # A Runner that knows no zones gets none, unless somebody asks for one.
    if timezone != "UTC" or wire.get("timezone"):
        said["timezone"] = timezone
    # When it fires next is the service's to say.
    return read_schedule({**wire, **said, "nextFireTime": None})


def wrong_times(entries: ScheduleEntries, known: Schedule | None, now: datetime) -> dict[str, str]:
    """Return what is wrong with when a schedule is to fire, by the field's name; an empty expression is not yet."""
    trigger, timezone = trigger_of(entries), zone_name_of(entries)
    try:
        zone_of(timezone)
    except DocumentError as error:
        return {"timezone": str(error)}
    is_same = known is not None and (known.trigger, known.timezone or "UTC") == (trigger, timezone)
    if is_same or not trigger.expression:
        return {}  # of the same times, a date that has passed is no mistake
    try:
        check_trigger(trigger, timezone, now)
    except DocumentError as error:
        return {"expression": str(error)}
    return {}


def zone_name_of(entries: ScheduleEntries) -> str:
    """Return the zone that the expression is read in."""
    return entries.timezone.strip() or "UTC"


def trigger_of(entries: ScheduleEntries) -> Trigger:
    """Return what the schedule fires by, as Runner takes it."""
    expression = entries.expression.strip()
    return Trigger(type=entries.kind, expression=_in_utc(expression) if entries.kind == DATE else expression)


def _in_utc(date: str) -> str:
    """Return a date that says how far it is from UTC as Runner takes it; any other as it is."""
    try:
        found = datetime.fromisoformat(date)
        return date if found.tzinfo is None else found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return date
