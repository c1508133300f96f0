"""Executions and their status events."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from ctl_jupyter.documents.reading import convert, out_of_array, whole_times, without_nulls

__all__ = [
    "FINAL_STATUSES",
    "LIVE_STATUSES",
    "Commit",
    "Execution",
    "RepositoryLog",
    "ScheduledStart",
    "Status",
    "StatusEvent",
    "Timer",
    "read_execution",
    "read_status_event",
]


class Status(StrEnum):
    """The statuses of an execution that Runner documents; others pass through as plain text."""

    PENDING = "PENDING"
    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    INIT_FAILURE = "INIT_FAILURE"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    KILLING = "KILLING"
    KILLED = "KILLED"


FINAL_STATUSES = frozenset({Status.SUCCESS, Status.FAILURE, Status.INIT_FAILURE, Status.STOPPED, Status.KILLED})

LIVE_STATUSES = frozenset(set(Status) - FINAL_STATUSES)


class Timer(msgspec.Struct, kw_only=True):
    """One run of an execution: epoch milliseconds UTC, ``None`` until they happen."""

    start: int | None = None
    end: int | None = None


class Commit(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A commit of the job's repository, as git prints it."""

    commit: str
    author: str | None = None
    author_email: str | None = None
    date: str | None = None
    message: str | None = None


class RepositoryLog(msgspec.Struct, kw_only=True):
    """What was checked out: the newest commit first, and the tags that point at it."""

    recent_commit: list[Commit] = []
    tags: list[str] = []


class ScheduledStart(msgspec.Struct, kw_only=True):
    """Which schedule started an execution.

    Parameters
    ----------
    fire_time
        The moment it was due, epoch milliseconds UTC.
    catch_up
        Whether it stands for all that were missed while the service did not run; ``fire_time`` is the last of them.
    service_account_alias
        The service account that the schedule logged in with.
    """

    id: str
    fire_time: int
    catch_up: bool = False
    service_account_alias: str = ""


class Execution(msgspec.Struct, kw_only=True):
    """An execution document: one start of a job.

    Parameters
    ----------
    status
        One of `Status`, or whatever else the service said.
    failed_hosts
        Names of the hosts that failed or could not be reached.
    timers
        One per run, so more than one after a restart. The older form, ``start`` and ``end``, is read into it.
    events_expected, events_complete
        From the embedded service alone: how many status events there are in all, once it has ended; whether it has.
    schedule
        From the embedded service alone: which schedule started it, ``None`` when somebody did.
    """

    execution_id: str
    job_id: str = ""
    account_alias: str = ""
    status: str = ""
    repository_log: RepositoryLog | None = None
    failed_hosts: list[Any] = []
    is_vpn_established: bool | None = None
    timers: list[Timer] | None = None
    start: int | None = None
    end: int | None = None
    events_expected: int | None = None
    events_complete: bool | None = None
    schedule: ScheduledStart | None = None

    def __post_init__(self) -> None:
        """Read the documentation's ``[0]`` as no failed host, and ``start``/``end`` as one timer."""
        if self.failed_hosts:
            self.failed_hosts = [str(host) for host in self.failed_hosts if host not in (0, None)]
        if self.timers:
            self.start, self.end = self.timers[0].start, self.timers[-1].end
        else:
            self.timers = [Timer(start=self.start, end=self.end)]

    @property
    def is_final(self) -> bool:
        """Whether the status is one of Runner's final ones; an unknown status never is."""
        return self.status in FINAL_STATUSES

    @property
    def commit(self) -> str | None:
        """The commit that was run, when a repository was."""
        log = self.repository_log
        return log.recent_commit[0].commit if log and log.recent_commit else None


class StatusEvent(msgspec.Struct, kw_only=True):
    """One thing that happened in an execution; ``event_type`` follows Ansible's callback names.

    Parameters
    ----------
    timestamp
        Epoch milliseconds UTC.
    seq
        The embedded service's cursor; ``None`` from the hosted one.
    """

    id: str = ""
    timestamp: int | None = None
    job_id: str = ""
    execution_id: str = ""
    account_alias: str = ""
    event_type: str = ""
    message: Any = None
    notifications: list[Any] = []
    seq: int | None = None

    @property
    def details(self) -> dict[str, Any]:
        """The message as an object; a bare text becomes ``{"msg": text}``."""
        if isinstance(self.message, dict):
            return self.message
        return {} if self.message is None else {"msg": str(self.message)}


def read_execution(document: Any) -> Execution:
    """Read an execution document, or the array of one that some answers hold.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    document = out_of_array(document)
    tidy = whole_times(without_nulls(document), "start", "end")
    if isinstance(tidy, Mapping):
        if isinstance(tidy.get("timers"), list):
            tidy = {**tidy, "timers": [whole_times(timer, "start", "end") for timer in tidy["timers"]]}
        if "repository_log" in tidy:
            tidy = {**tidy, "repository_log": without_nulls(tidy["repository_log"])}
    return convert(tidy, Execution, "The execution document")


def read_status_event(document: Any) -> StatusEvent:
    """Read a status event.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return convert(whole_times(without_nulls(document), "timestamp"), StatusEvent, "The status event")
