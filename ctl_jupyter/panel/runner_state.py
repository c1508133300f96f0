"""What the panel tells about the Runner it works with: the embedded service, its queue, how many jobs there are."""

from collections.abc import Iterable
from dataclasses import dataclass

from ctl_jupyter.client import Identity, Session, local
from ctl_jupyter.client.profiles import LOCAL
from ctl_jupyter.documents import FINAL_STATUSES, Execution

__all__ = ["Queue", "RunnerState", "ask_state", "queue_of", "queue_text", "runner_text", "who"]

#: Of how many of the newest executions the queue is counted.
LOOKED_AT = 100
WAITING = ("PENDING",)


@dataclass(frozen=True)
class Queue:
    """How many executions of the account run and how many wait.

    Parameters
    ----------
    is_more
        Whether there may be more than were looked at.
    """

    running: int
    waiting: int
    is_more: bool = False


@dataclass(frozen=True)
class RunnerState:
    """What was found out.

    Parameters
    ----------
    version, url
        Of the embedded service; both empty when it does not run, or another Runner is meant.
    queue
        ``None`` when it was not asked for: without a log-in.
    jobs
        How many the account has; ``None`` when it was not asked for.
    """

    version: str = ""
    url: str = ""
    queue: Queue | None = None
    jobs: int | None = None


def ask_state(session: Session | None, *, is_local: bool) -> RunnerState:
    """Ask the embedded service whether it runs, and the Runner of the session how many jobs and executions there are.

    ``GET /health``, ``GET /jobs/{alias}`` and ``GET /jobs/{alias}/executions``, one row and one page of them; nothing
    is started.

    Parameters
    ----------
    session
        ``None`` without a log-in.
    is_local
        Whether the embedded service is meant.

    Raises
    ------
    RunnerError
        When the Runner of the session does not answer as it should.
    """
    record = local.find_running() if is_local else None
    if is_local and record is None:
        return RunnerState()
    version, url = (record.version, record.url) if record else ("", "")
    if session is None or (session.profile.name == LOCAL) != is_local:
        return RunnerState(version, url)
    jobs = session.calls.jobs_page(size=1).total_size
    newest = session.calls.executions_page(None, size=LOOKED_AT)
    return RunnerState(version, url, queue_of(newest.results, newest.total_size), jobs)


def queue_of(executions: Iterable[Execution], total: int) -> Queue:
    """Count what runs and what waits.

    Parameters
    ----------
    executions
        The newest ones.
    total
        How many there are in all.
    """
    live = [execution for execution in executions if execution.status not in FINAL_STATUSES]
    waiting = sum(execution.status in WAITING for execution in live)
    # Executions end in about the order of their starts: where all that were looked at are live, others may be.
    return Queue(len(live) - waiting, waiting, is_more=len(live) >= LOOKED_AT and total > len(live))


def runner_text(state: RunnerState, *, is_local: bool) -> str:
    """Return the state of a Runner in words; empty when there is nothing to say.

    Parameters
    ----------
    is_local
        Whether the embedded service is meant, which may not run and has a version.
    """
    queue = queue_text(state.queue) if state.queue else ""
    if not is_local:
        return queue
    if not state.url:
        return "The embedded Runner does not run."
    said = f"embedded Runner {state.version}"
    return f"{said} · {queue}" if queue else said


def queue_text(queue: Queue) -> str:
    """Return a queue in words."""
    if not (queue.running or queue.waiting):
        return "nothing runs or waits"
    more = " or more" if queue.is_more else ""
    return f"{queue.running} running, {queue.waiting} waiting{more}"


def who(identity: Identity) -> str:
    """Return who is logged in, where: one line."""
    user = identity.user or "a token"
    return f"{user}, account {identity.account} at {identity.profile}"
