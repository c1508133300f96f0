"""What is known of a job, as HTML; secrets masked; pure."""

from collections.abc import Sequence

import yaml

from ctl_jupyter.documents import Job, Schedule, masked
from ctl_jupyter.live.times import local_time
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.jobs.standing import Standing, rate_text

__all__ = ["details_html"]

#: How many hosts, and how many letters of the variables, are shown.
NAMED_HOSTS, LONGEST_VARIABLES = 12, 2_000
SHORT_COMMIT = 10


def details_html(job: Job, standing: Standing | None, schedules: Sequence[Schedule] | None) -> Markup:
    """Return a job's details.

    Parameters
    ----------
    standing
        How it fares, where that is known.
    schedules
        Its schedules, ``None`` while they are not known.
    """
    lines = [
        ("id", element("code", str(job.id))),
        ("description", job.description or ""),
        ("repository", _repository(job)),
        ("playbook", _playbook(job)),
        ("last commit", _commit(standing)),
        ("hosts", _hosts(job)),
        ("tags", ", ".join(job.playbook_tags)),
        ("variables", _variables(job)),
        ("schedules", _schedules(schedules)),
        ("success", f"{rate_text(standing)} decided executions looked at" if standing and standing.decided else ""),
        ("stopped after", f"{job.execution_ttl:g} min" if job.execution_ttl else ""),
        ("callbacks", ", ".join(f"{masked(callback.url)} ({callback.level})" for callback in job.callbacks)),
        ("changed", local_time(job.last_updated_time or job.created_time)),
    ]
    rows = [element("dt", name) + element("dd", value) for name, value in lines if value]
    return element("dl", Markup("".join(rows)), **{"class": "ctl-details"})


def _repository(job: Job) -> str:
    if job.repository is None:
        return ""
    url: str = masked(job.repository.url)
    return f"{url} @ {job.repository.branch}" if job.repository.branch else url


def _playbook(job: Job) -> str:
    if job.repository is None:
        return "in the job itself" if job.playbook else ""
    return job.repository.default_playbook or ""


def _commit(standing: Standing | None) -> str:
    log = standing.last.repository_log if standing else None
    if not log or not log.recent_commit:
        return ""
    commit = log.recent_commit[0]
    first_line = (commit.message or "").strip().partition("\n")[0]
    return " · ".join(part for part in ((commit.commit or "")[:SHORT_COMMIT], first_line, commit.author or "") if part)


def _hosts(job: Job) -> str:
    if not job.hosts:
        return "all hosts of the account" if job.use_dynamic_inventory else "none: give them at the start"
    named = ", ".join(host.id for host in job.hosts[:NAMED_HOSTS])
    more = len(job.hosts) - NAMED_HOSTS
    return f"{len(job.hosts)}: {named}{f' and {more} more' if more > 0 else ''}"


def _variables(job: Job) -> str:
    if not job.properties:
        return ""
    text = yaml.safe_dump(masked(job.properties), sort_keys=False, allow_unicode=True).rstrip()
    return element("pre", text if len(text) <= LONGEST_VARIABLES else f"{text[:LONGEST_VARIABLES]}\n…")


def _schedules(schedules: Sequence[Schedule] | None) -> str:
    if schedules is None:
        return "…"
    if not schedules:
        return "none"
    return "; ".join(_schedule(schedule) for schedule in schedules)


def _schedule(schedule: Schedule) -> str:
    trigger = schedule.trigger
    when = f"{trigger.type} {trigger.expression}" if trigger else "no trigger"
    return f"{schedule.description} ({when})" if schedule.description else when
