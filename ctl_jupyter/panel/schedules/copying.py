"""A schedule's form as the cell that does the same: ``%ctl_schedule``; pure."""

import shlex

import yaml

from ctl_jupyter.documents import Job, Schedule, Trigger

__all__ = ["schedule_cell"]


def schedule_cell(schedule: Schedule, job: Job, known: Schedule | None = None) -> str:
    """Return the line or the cell that creates a schedule, or changes the known one to it.

    A description that does not fit on a line stands in the cell.
    """
    trigger = schedule.trigger or Trigger()
    description = schedule.description or ""
    is_said = bool(description) or (known is not None and bool(known.description))
    is_in_body = is_said and not (description.isprintable() and description == description.strip())
    words = ["%%ctl_schedule" if is_in_body else "%ctl_schedule", _job_name(job)]
    if known is not None:
        words.append(_option("--id", str(known.id)))
    words.append(_option("--date" if trigger.type == "date" else "--cron", trigger.expression))
    if schedule.timezone is not None:
        words.append(_option("--timezone", schedule.timezone))
    words.append(_option("--service-account", schedule.service_account_alias or ""))
    if is_said and not is_in_body:
        words.append(_option("--description", description))
    line = " ".join(words)
    if not is_in_body:
        return f"{line}\n"
    return f"{line}\n{yaml.safe_dump({'description': description}, allow_unicode=True)}"


def _job_name(job: Job) -> str:
    """Return the job as the line names it: by its id where its name would be read as something else."""
    name = job.name or ""
    is_plain = name.isprintable() and name == name.strip() and not name.startswith("-") and bool(name)
    return shlex.quote(name if is_plain else str(job.id))


def _option(flag: str, value: str) -> str:
    # A value that begins with a dash is taken behind an equals sign alone.
    return f"{flag}={shlex.quote(value)}" if value.startswith("-") else f"{flag} {shlex.quote(value)}"
