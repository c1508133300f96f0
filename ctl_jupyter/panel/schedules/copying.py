"""A schedule's form as the cell that does the same: ``%ctl_schedule``; pure."""

import yaml

from ctl_jupyter.documents import Job, Schedule, Trigger
from ctl_jupyter.panel.cells import job_on_line, option

__all__ = ["schedule_cell"]


def schedule_cell(schedule: Schedule, job: Job, known: Schedule | None = None) -> str:
    """Return the line or the cell that creates a schedule, or changes the known one to it.

    A description that does not fit on a line stands in the cell.
    """
    trigger = schedule.trigger or Trigger()
    description = schedule.description or ""
    is_said = bool(description) or (known is not None and bool(known.description))
    is_in_body = is_said and not (description.isprintable() and description == description.strip())
    words = ["%%ctl_schedule" if is_in_body else "%ctl_schedule", job_on_line(job)]
    if known is not None:
        words.append(option("--id", str(known.id)))
    words.append(option("--date" if trigger.type == "date" else "--cron", trigger.expression))
    if schedule.timezone is not None:
        words.append(option("--timezone", schedule.timezone))
    words.append(option("--service-account", schedule.service_account_alias or ""))
    if is_said and not is_in_body:
        words.append(option("--description", description))
    line = " ".join(words)
    if not is_in_body:
        return f"{line}\n"
    return f"{line}\n{yaml.safe_dump({'description': description}, allow_unicode=True)}"
