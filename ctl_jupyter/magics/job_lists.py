"""The table of ``%ctl_jobs``, and the search behind it."""

import difflib
from collections.abc import Sequence

from ctl_jupyter.documents import Job, masked
from ctl_jupyter.live.times import local_time
from ctl_jupyter.magics.tables import Table

__all__ = ["job_table", "search_jobs"]

HEADINGS = ("name", "id", "description", "from", "hosts", "updated")
NO_JOBS = "There are no jobs yet; %%ctl_job creates one."


def search_jobs(jobs: Sequence[Job], text: str) -> list[Job]:
    """Return the jobs with a text in their name or description, or at the beginning of their id; case is the same."""
    wanted = text.casefold()
    return [
        job
        for job in jobs
        if wanted in (job.name or "").casefold()
        or wanted in (job.description or "").casefold()
        or (job.id or "").casefold().startswith(wanted)
    ]


def job_table(jobs: Sequence[Job], total: int, *, searched: str | None = None, among: Sequence[Job] = ()) -> Table:
    """Return a table of jobs.

    Parameters
    ----------
    jobs
        Those to show.
    total
        How many there are, or how many were found.
    searched
        What was searched for, when something was.
    among
        Where it was searched.
    """
    empty = NO_JOBS if searched is None else _not_found(searched, among)
    note = ""
    if total > len(jobs):
        what, hint = ("jobs", ", %ctl_jobs TEXT searches") if searched is None else ("jobs with it", "")
        note = f"{len(jobs):,} of {total:,} {what}; --rows N shows more{hint}."
    return Table(HEADINGS, [_row(job) for job in jobs], empty, note=note)


def _row(job: Job) -> list[str]:
    hosts = "all" if job.use_dynamic_inventory and not job.hosts else str(len(job.hosts))
    updated = local_time(job.last_updated_time or job.created_time)
    return [job.name or "", job.id or "", job.description or "", _source(job), hosts, updated]


def _source(job: Job) -> str:
    if job.repository is None:
        return "playbook"
    url: str = masked(job.repository.url)
    return f"{url} @ {job.repository.branch}" if job.repository.branch else url


def _not_found(searched: str, jobs: Sequence[Job]) -> str:
    if not jobs:
        return NO_JOBS
    close = difflib.get_close_matches(searched, [job.name for job in jobs if job.name], n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"No job has {searched!r} in its name or description; {meant}%ctl_jobs shows all {len(jobs):,}."
