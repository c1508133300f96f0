"""Sending what the form of a schedule says; no widgets here."""

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import RunnerError, Session
from ctl_jupyter.client.unclear import explained
from ctl_jupyter.documents import Job, Schedule

__all__ = ["find_job", "save_schedule", "saved_sentence"]

LOOK = "the list of schedules shows it"


def find_job(session: Session, named: str, known: Job | None) -> Job:
    """Return the job of that name or id; the known one is not asked for.

    Raises
    ------
    RunnerError
        When there is none, or several have that name.
    """
    return known if known is not None and named in (known.name, known.id) else session.find_job(named)


def save_schedule(session: Session, job: Job, schedule: Schedule, *, is_known: bool) -> Schedule:
    """Create or replace a schedule, once, and return it as Runner has it.

    Raises
    ------
    RunnerError
        Saying, too, whether it may have happened all the same.
    """
    try:
        return session.update_schedule(job, schedule) if is_known else session.create_schedule(job, schedule)
    except RunnerError as error:
        raise explained(error, "the update of the schedule" if is_known else "the new schedule", LOOK) from error


def saved_sentence(stored: Schedule, sent: Schedule, job: Job, *, is_known: bool) -> str:
    """Return what to say of a schedule that was saved."""
    note = ""
    if (stored.timezone or "UTC") != (sent.timezone or "UTC"):
        note = f" Runner did not confirm the time zone {sent.timezone}: it may read the times in UTC."
    done = "updated" if is_known else "created"
    return f"Schedule {stored.id} of {one_line(job.name or '', 100)} {done}.{note}"
