"""The five frames, column by column: name, dtype, unit, where it comes from and what it holds.

One table for all: the Arrow schemas that are pulled and kept, the pandas dtypes that a user meets, and the page of
documentation are read from it. A frame has these columns and dtypes always, also without a row.

Names that come again and again (jobs, hosts, plays, tasks …) and, where there is more than one row for each, the ids
of executions are categories: 5,000,000 host results take 0.5 GB instead of 2, and are grouped by number, not by text.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctl_jupyter.documents import DocumentError, Status
from ctl_jupyter.settings import did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "FRAMES",
    "LONGEST_MESSAGE",
    "OUTCOMES",
    "STATUSES",
    "Column",
    "Kind",
    "arrow_schema",
    "describe",
    "empty_frame",
    "pulled_events_schema",
    "pulled_executions_schema",
]

#: How a task can end on a host.
OUTCOMES = ("ok", "changed", "failed", "unreachable", "skipped", "ignored")
STATUSES = tuple(map(str, Status))
#: Characters of Ansible's words that are kept.
LONGEST_MESSAGE = 2_000


@dataclass(frozen=True)
class Kind:
    """A kind of column: how Arrow holds it and which pandas dtype it has."""

    dtype: str
    #: A category's known values, which come first and in this order.
    known: tuple[str, ...] = ()

    @property
    def arrow_type(self) -> "pa.DataType":
        """The Arrow type of the column."""
        import pyarrow as pa

        types = {
            "str": pa.large_string(),
            "category": pa.dictionary(pa.int32(), pa.large_string()),
            "datetime64[ms, UTC]": pa.timestamp("ms", tz="UTC"),
            "timedelta64[us]": pa.duration("us"),
            "Int64": pa.int64(),
            "boolean": pa.bool_(),
            "list of str": pa.large_list(pa.large_string()),
        }
        return types[self.dtype]


TEXT = Kind("str")
NAME = Kind("category")
TIME = Kind("datetime64[ms, UTC]")
# DuckDB cannot read a missing duration of Arrow's in any other unit.
DURATION = Kind("timedelta64[us]")
COUNT = Kind("Int64")
YES_NO = Kind("boolean")
HOSTS = Kind("list of str")
STATUS = Kind("category", STATUSES)
OUTCOME = Kind("category", OUTCOMES)


@dataclass(frozen=True)
class Column:
    """One column of a frame.

    Parameters
    ----------
    source
        The member of a document, or what it is worked out from.
    meaning
        What it holds, and what it means when there is nothing (``NaN``, ``NaT``, ``NA``).
    unit
        Of numbers and durations; empty where it says itself.
    """

    name: str
    kind: Kind
    source: str
    meaning: str
    unit: str = ""


def _job() -> tuple[Column, ...]:
    return (
        Column("job_id", NAME, "job_id", "the job"),
        Column("job", NAME, "name, of GET /jobs/{alias}", "the job's name; its id when it was deleted since"),
    )


def _place() -> tuple[Column, ...]:
    return (
        Column("play", NAME, "message.play", "the play"),
        Column("task", NAME, "message.task", "the task"),
        Column("role", NAME, "message.role", "the role; NaN outside of roles"),
        Column("action", NAME, "message.action", "the module"),
        Column("path", NAME, "message.path", "playbook or role file, and line"),
    )


_RUN = Column("run", COUNT, "timers, order of the events", "which run of the execution: 1, and 2 after one restart")
_EXECUTION = Column("execution_id", NAME, "execution_id", "the execution")
_NUMBER = Column("number", COUNT, "order of playbook_on_task_start", "which task of the run, from 1; NA when not told")
_COMMIT = Column("commit", TEXT, "repository_log.recent_commit[0].commit", "what was run; NaN without a repository")

#: The frames by name.
FRAMES: dict[str, tuple[Column, ...]] = {
    "executions": (
        Column("execution_id", TEXT, "execution_id", "the execution; one row each, newest first"),
        *_job(),
        Column("account", NAME, "account_alias", "the account"),
        Column("status", STATUS, "status", "the known ones in the order of an execution's life, then others"),
        Column("start", TIME, "timers[0].start", "begin of the first run; NaT until then"),
        Column("end", TIME, "timers[-1].end", "end of the last run; NaT while it lives"),
        Column("duration", DURATION, "timers", "time spent in runs, added up; NaT until all have ended", "us"),
        Column("runs", COUNT, "timers", "how many runs have begun: 0 while queued, 2 after one restart", "runs"),
        Column("failed_hosts", HOSTS, "failed_hosts", "the hosts that failed or could not be reached"),
        _COMMIT,
        Column("commit_author", TEXT, "repository_log.recent_commit[0].author", "whose commit"),
        Column("commit_message", TEXT, "repository_log.recent_commit[0].message", "what the commit says of itself"),
        Column("schedule_id", TEXT, "schedule.id (embedded service)", "the schedule that started it; NaN: somebody"),
        Column("complete", YES_NO, "status", "whether it has ended and, where events were pulled, none is missing"),
        Column("checked", TIME, "this machine's clock", "when the service was last asked about it"),
    ),
    "runs": (
        Column("execution_id", TEXT, "execution_id", "the execution; one row for each of its runs"),
        *_job(),
        _RUN,
        Column("status", STATUS, "status; status_change", "how the run ended; FAILURE for one that was restarted"),
        Column("queued", TIME, "status_change PENDING", "when it was put in the queue; NaT without events"),
        Column("start", TIME, "timers[].start", "begin; NaT until then"),
        Column("end", TIME, "timers[].end", "end; NaT until then"),
        Column("queue", DURATION, "start - queued", "time in the queue; NaT without events", "us"),
        Column("duration", DURATION, "end - start", "time of the run; NaT while it lives", "us"),
        Column("commit", TEXT, _COMMIT.source, "what was run; NaN for a run that was restarted: only the last is told"),
    ),
    "events": (
        _EXECUTION,
        *_job(),
        _RUN,
        Column("seq", COUNT, "seq (embedded service)", "the order of all events of the account; NA from the hosted"),
        Column("timestamp", TIME, "timestamp", "when the service was told"),
        Column("event_type", NAME, "event_type", "after Ansible's callbacks"),
        Column("status", STATUS, "message.status", "of status_change and playbook_result; NaN for the others"),
        Column("host", NAME, "message.host", "the host; NaN where it is of none"),
        *_place(),
        Column("outcome", OUTCOME, "event_type, message", "of a host's result, its items among them; else NaN"),
        Column("changed", YES_NO, "message.changed", "whether the task changed the host; NA when not said"),
        Column("start", TIME, "message.start", "begin of the task on the host"),
        Column("end", TIME, "message.end", "its end"),
        Column("rc", COUNT, "message.res.rc", "exit code of a command"),
        Column(
            "message", TEXT, "message.msg, reason", "Ansible's words: their first 2,000 characters, passwords masked"
        ),
    ),
    "tasks": (
        _EXECUTION,
        *_job(),
        _RUN,
        _NUMBER,
        *_place(),
        Column("start", TIME, "playbook_on_task_start", "begin; where not told, that on the first host"),
        Column("end", TIME, "runner_on_*", "end on the last host; NaT when no host has ended"),
        Column("duration", DURATION, "end - start", "time from begin to end, waits for a fork among it", "us"),
        Column("hosts", COUNT, "runner_on_*", "hosts that ended it", "hosts"),
        *(Column(outcome, COUNT, "runner_on_*", f"hosts on which it ended {outcome}", "hosts") for outcome in OUTCOMES),
    ),
    "hosts": (
        _EXECUTION,
        *_job(),
        _RUN,
        _NUMBER,
        Column("host", NAME, "message.host", "the host; one row for each task that ended on it"),
        *_place(),
        Column("outcome", OUTCOME, "event_type, message", "how it ended; ignored: failed, with ignore_errors"),
        Column("changed", YES_NO, "message.changed", "whether the task changed the host; NA when not said"),
        Column("start", TIME, "message.start", "begin of the task on the host"),
        Column("end", TIME, "message.end", "its end"),
        Column("duration", DURATION, "end - start", "time of the task on the host", "us"),
        Column("timestamp", TIME, "timestamp", "when the service was told"),
        Column("rc", COUNT, "message.res.rc", "exit code of a command"),
        Column("message", TEXT, "message.msg", "Ansible's words: their first 2,000 characters, passwords masked"),
    ),
}


def arrow_schema(frame: str) -> "pa.Schema":
    """Return a frame's columns as Arrow holds them."""
    import pyarrow as pa

    return pa.schema([pa.field(column.name, column.kind.arrow_type) for column in FRAMES[frame]])


def describe(frame: str) -> "pd.DataFrame":
    """Return a frame's columns, one row each: ``column``, ``dtype``, ``unit``, ``source``, ``meaning``; all texts.

    Parameters
    ----------
    frame
        A name of `FRAMES`.

    Raises
    ------
    DocumentError
        When there is no frame of that name.
    """
    import pandas as pd

    if frame not in FRAMES:
        raise DocumentError(f"There is no frame {frame!r}{did_you_mean(frame, FRAMES)}")
    rows = [(column.name, column.kind.dtype, column.unit, column.source, column.meaning) for column in FRAMES[frame]]
    return pd.DataFrame(rows, columns=["column", "dtype", "unit", "source", "meaning"], dtype="str")


def empty_frame(frame: str) -> "pd.DataFrame":
    """Return a frame without a row: its columns with their dtypes."""
    from ctl_jupyter.history.dtypes import to_pandas

    return to_pandas(arrow_schema(frame).empty_table(), frame)


def pulled_executions_schema() -> "pa.Schema":
    """Return what is pulled and kept of an execution, from which the frames ``executions`` and ``runs`` are made.

    ``position`` is its place in the list it was pulled from, counted from the oldest, which is 0.
    """
    import pyarrow as pa

    kept = ("execution_id", "job_id", "account", "status", "failed_hosts", "commit", "commit_author", "commit_message")
    by_name = arrow_schema("executions")
    time = TIME.arrow_type
    return pa.schema(
        [
            pa.field("position", pa.int64()),
            *(by_name.field(name) for name in kept),
            pa.field("timers", pa.large_list(pa.struct([("start", time), ("end", time)]))),
            by_name.field("schedule_id"),
            pa.field("events_expected", pa.int64()),
            pa.field("events_complete", pa.bool_()),
            by_name.field("checked"),
        ]
    )


def pulled_events_schema() -> "pa.Schema":
    """Return what is pulled and kept of a status event: the frame ``events`` without the job's name.

    ``position`` is its place among the events of its execution in the order they happened, from 0.
    """
    import pyarrow as pa

    fields = [field for field in arrow_schema("events") if field.name != "job"]
    return pa.schema([pa.field("position", pa.int64()), *fields])
