"""The panel's list of jobs: what is shown of them and which are; pure."""

from collections import Counter
from collections.abc import Sequence

from ctl_jupyter.documents import Job

__all__ = ["LONGEST_LIST", "labelled", "matching"]

#: More options than that make a browser slow; typing narrows them down.
LONGEST_LIST = 200
SHOWN_ID = 8


def labelled(jobs: Sequence[Job]) -> list[tuple[str, Job]]:
    """Return each job with the name to show, the beginning of its id behind it where the name alone is not enough."""
    names = Counter(job.name for job in jobs)
    return [(_label(job, is_unique=names[job.name] == 1), job) for job in jobs]


def _label(job: Job, *, is_unique: bool) -> str:
    if not job.name:
        return str(job.id)
    return job.name if is_unique else f"{job.name} ({str(job.id)[:SHOWN_ID]}…)"


def matching(jobs: Sequence[Job], words: str) -> list[Job]:
    """Return the jobs whose name, description or id holds every one of the words, in any case."""
    wanted = words.casefold().split()
    return [job for job in jobs if all(word in _searched(job) for word in wanted)]


def _searched(job: Job) -> str:
    return " ".join(str(part) for part in (job.name, job.description, job.id) if part).casefold()
