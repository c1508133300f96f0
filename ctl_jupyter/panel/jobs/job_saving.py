"""Saving the job that a form says; no widgets here."""

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import ExecutionHandle, RunnerError, Session
from ctl_jupyter.client.unclear import explained
from ctl_jupyter.documents import DocumentError, Job
from ctl_jupyter.inputs.names import listed

__all__ = ["ChangedElsewhere", "check_unchanged", "name_of", "run_of", "save_job"]

LOOK = "the list of jobs shows it"
#: What changes without anybody's doing.
SERVICES_OWN = ("status", "lastUpdatedTime", "links")


class ChangedElsewhere(DocumentError):
    """The job is not as it was when the form was filled.

    Parameters
    ----------
    now
        The job as it is.
    members
        What changed.
    """

    def __init__(self, now: Job, members: list[str]) -> None:
        super().__init__(
            f"The job was changed elsewhere since this form was opened ({listed(members)}), and nothing was sent: "
            "Save again puts what is here in its place, Cancel leaves it."
        )
        self.now = now


def check_unchanged(session: Session, known: Job) -> None:
    """Check that a job is as it was known.

    Raises
    ------
    ChangedElsewhere
        When it is not.
    """
    now = session.calls.get_job(str(known.id))
    old, new = known.to_wire(), now.to_wire()
    members = [name for name in {**old, **new} if name not in SERVICES_OWN and old.get(name) != new.get(name)]
    if members:
        raise ChangedElsewhere(now, members)


def save_job(session: Session, job: Job, known: Job | None, *, immediate: bool) -> Job:
    """Create a job, or replace the known one, once, and return it as Runner has it.

    Raises
    ------
    ChangedElsewhere
        When the known one changed since; nothing was sent then.
    RunnerError
        Saying, too, whether it may have happened all the same.
    """
    try:
        if known is None:
            return session.create_job(job, immediate=immediate)
        check_unchanged(session, known)
        return session.update_job(job, immediate=immediate)
    except RunnerError as error:
        what = f"{'this change' if known else 'the creation'} of {name_of(job)!r}"
        raise explained(error, what, LOOK) from error


def run_of(session: Session, job: Job) -> ExecutionHandle | None:
    """Return the execution that was just started with a job; ``None`` when it cannot be told: the job is safe."""
    try:
        return next(iter(session.running(job)), None)
    except (RunnerError, DocumentError):
        return None


def name_of(job: Job) -> str:
    """Return what a job is called in a sentence."""
    return one_line(job.name or str(job.id), 100)
