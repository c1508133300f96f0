"""Documents as DataFrames: the same columns and dtypes always, also without a row.

Ids and texts are pandas' ``str``, where ``NaN`` means that the service said nothing. Times are
``datetime64[ms, UTC]``, durations ``timedelta64[ms]``: ``NaT`` until they happen, and where the service put
something that is no time. Nothing here sends.

Executions, from ``GET /jobs/{alias}/executions`` or ``GET /jobs/{alias}/{jobId}/executions``; one row each:

============  ==============  ==============================================================================
column        dtype           what it holds, and the member it comes from
============  ==============  ==============================================================================
execution_id  str             ``execution_id``
job_id        str             ``job_id``
job           str             the job's ``name`` (``GET /jobs/{alias}``); its id when it was deleted since
account       category        ``account_alias``
status        category        ``status``: the known ones in the order of an execution's life, then others
start         datetime (UTC)  ``start`` of the first of the ``timers``, or ``start``
end           datetime (UTC)  ``end`` of the last of the ``timers``, or ``end``; ``NaT`` while it lives
duration      timedelta       time spent in runs: ``end - start`` of the ``timers``, added up, once all ended
runs          Int64           how many of the ``timers`` have begun: 0 while queued, 2 after one restart
failed_hosts  object          ``failed_hosts``: list of the hosts that failed or could not be reached
commit        str             ``repository_log.recent_commit[0].commit``: the commit that was run
============  ==============  ==============================================================================

Host results, from ``GET /status/{alias}/job/{jobId}/execution/{executionId}``; one row for each host and task
that ended, from the events ``runner_on_ok``, ``_failed``, ``_skipped``, ``_unreachable``, ``_async_ok`` and
``_async_failed`` (the items of a loop are not rows; an asynchronous task, told twice, is one row):

============  ==============  ==============================================================================
column        dtype           what it holds, and the member it comes from
============  ==============  ==============================================================================
execution_id  str             ``execution_id``
job_id        str             ``job_id``
job           str             as above
timestamp     datetime (UTC)  ``timestamp``: when the service was told
play          str             ``message.play``
task          str             ``message.task``
role          str             ``message.role``; ``NaN`` outside of roles
action        str             ``message.action``: the module
path          str             ``message.path``: playbook or role file, and line
host          str             ``message.host``
outcome       category        ok, changed, failed, unreachable, skipped, ignored (``message.ignore_errors``)
changed       boolean         ``message.changed``; ``NA`` when not said
start         datetime (UTC)  ``message.start``
end           datetime (UTC)  ``message.end``
duration      timedelta       ``end - start``
message       str             ``message.msg``: Ansible's words; the text itself where the message is but that
============  ==============  ==============================================================================
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap
from typing import TYPE_CHECKING, Any, NamedTuple

from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.documents import Execution, Status, StatusEvent, Timer
from ctl_jupyter.history.columns import as_text, as_time, categories, durations, texts, times

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OUTCOMES", "HostResult", "events_frame", "executions_frame", "host_results"]

#: How a task can end on a host.
OUTCOMES = ("ok", "changed", "failed", "unreachable", "skipped", "ignored")


class HostResult(NamedTuple):
    """How one task ended on one host; times in epoch milliseconds UTC, ``None`` where nothing was said."""

    execution_id: str | None
    job_id: str | None
    timestamp: int | None
    play: str | None
    task: str | None
    role: str | None
    action: str | None
    path: str | None
    host: str | None
    outcome: str
    changed: bool | None
    start: int | None
    end: int | None
    message: str | None


def executions_frame(executions: Iterable[Execution], job_names: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Return one row per execution, in the order given.

    Parameters
    ----------
    executions
        The documents.
    job_names
        Names by job id; an id without one stands for itself.
    """
    import pandas as pd

    rows = list(executions)
    names = job_names or {}
    runs = [[_run(timer) for timer in row.timers or [] if timer is not None] for row in rows]
    accounts = [as_text(row.account_alias) for row in rows]
    statuses = [as_text(row.status) for row in rows]
    return pd.DataFrame(
        {
            "execution_id": texts(row.execution_id for row in rows),
            "job_id": texts(row.job_id for row in rows),
            "job": texts(names.get(row.job_id) or row.job_id for row in rows),
            "account": categories(accounts),
            "status": categories(statuses, tuple(map(str, Status))),
            "start": times([as_time(row.start) for row in rows]),
            "end": times([as_time(row.end) for row in rows]),
            "duration": durations([_time_spent(spans) for spans in runs]),
            "runs": pd.array([sum(span != (None, None) for span in spans) for spans in runs], dtype="Int64"),
            "failed_hosts": pd.Series([list(row.failed_hosts) for row in rows], dtype=object),
            "commit": texts(row.commit for row in rows),
        }
    )


def host_results(events: Iterable[StatusEvent]) -> list[HostResult]:
    """Pick the results of hosts out of the status events of one execution, in the order given.

    Ansible tells the end of an asynchronous task that it waited for twice, as ``runner_on_async_ok`` and as
    ``runner_on_ok``: the first is left out when the second is there.
    """
    told = [(event, _host_result(event)) for event in events if event.event_type in RESULT_EVENTS]
    plain = {_place(result) for event, result in told if "_async_" not in event.event_type}
    return [result for event, result in told if "_async_" not in event.event_type or _place(result) not in plain]


def events_frame(results: Iterable[HostResult], job_names: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Return one row per host and task that ended, in the order given.

    Parameters
    ----------
    results
        What `host_results` picked out, of as many executions as wanted.
    job_names
        Names by job id; an id without one stands for itself.
    """
    import pandas as pd

    rows = list(results)
    names = job_names or {}
    return pd.DataFrame(
        {
            "execution_id": texts(row.execution_id for row in rows),
            "job_id": texts(row.job_id for row in rows),
            "job": texts(names.get(row.job_id or "") or row.job_id for row in rows),
            "timestamp": times([row.timestamp for row in rows]),
            "play": texts(row.play for row in rows),
            "task": texts(row.task for row in rows),
            "role": texts(row.role for row in rows),
            "action": texts(row.action for row in rows),
            "path": texts(row.path for row in rows),
            "host": texts(row.host for row in rows),
            "outcome": categories([row.outcome for row in rows], OUTCOMES),
            "changed": pd.array([row.changed for row in rows], dtype="boolean"),
            "start": times([row.start for row in rows]),
            "end": times([row.end for row in rows]),
            "duration": durations(list(starmap(_difference, ((row.start, row.end) for row in rows)))),
            "message": texts(row.message for row in rows),
        }
    )


def _host_result(event: StatusEvent) -> HostResult:
    details = event.details
    found = details.get("res")
    # The embedded service repeats these two beside the whole result; another service may not.
    result: dict[str, Any] = found if isinstance(found, dict) else {}
    changed = details.get("changed", result.get("changed"))
    outcome = RESULT_EVENTS[event.event_type]
    if outcome == "ok" and changed is True:
        outcome = "changed"
    elif outcome == "failed" and details.get("ignore_errors") is True:
        outcome = "ignored"
    return HostResult(
        execution_id=as_text(event.execution_id),
        job_id=as_text(event.job_id),
        timestamp=as_time(event.timestamp),
        play=as_text(details.get("play")),
        task=as_text(details.get("task")),
        role=as_text(details.get("role")),
        action=as_text(details.get("action")),
        path=as_text(details.get("path")),
        host=as_text(details.get("host")),
        outcome=outcome,
        changed=changed if isinstance(changed, bool) else None,
        start=as_time(details.get("start")),
        end=as_time(details.get("end")),
        message=as_text(details.get("msg", result.get("msg"))),
    )


def _place(result: HostResult) -> tuple[str | None, ...]:
    return (result.host, result.play, result.task, result.path)


def _run(timer: Timer) -> tuple[int | None, int | None]:
    return as_time(timer.start), as_time(timer.end)


def _time_spent(spans: Sequence[tuple[int | None, int | None]]) -> int | None:
    """Add up the runs, in milliseconds; ``None`` when one has not ended or there is none."""
    spent = list(starmap(_difference, spans))
    return None if not spent or None in spent else sum(length for length in spent if length is not None)


def _difference(start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else end - start
