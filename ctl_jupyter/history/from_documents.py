"""Documents as the Arrow tables that frames are made of: for one execution, whose documents are here already."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.client.runs import runs_of
from ctl_jupyter.documents import Execution, StatusEvent
from ctl_jupyter.history.columns import as_text, as_time
from ctl_jupyter.history.masking import masked_text
from ctl_jupyter.history.schema import LONGEST_MESSAGE, pulled_events_schema, pulled_executions_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["outcome_of", "pulled_events", "pulled_executions"]

#: Event types of the results of hosts and of the items of loops, and the word for their outcome.
OUTCOME_EVENTS = {
    **RESULT_EVENTS,
    "runner_item_on_ok": "ok",
    "runner_item_on_failed": "failed",
    "runner_item_on_skipped": "skipped",
}
#: Event types whose message tells a status.
STATUS_EVENTS = ("status_change", "playbook_result")


def pulled_executions(documents: Iterable[Execution], checked: int | None = None) -> "pa.Table":
    """Return executions as they are pulled and kept, in the order given.

    Parameters
    ----------
    documents
        Newest first, as the service lists them.
    checked
        When the service was asked for them: epoch milliseconds.
    """
    import pyarrow as pa

    rows = list(documents)
    records = [_execution(row, len(rows) - 1 - place, checked) for place, row in enumerate(rows)]
    return pa.Table.from_pylist(records, schema=pulled_executions_schema())


def pulled_events(events: Sequence[StatusEvent], execution_id: str, job_id: str) -> "pa.Table":
    """Return the status events of one execution as they are pulled and kept.

    Parameters
    ----------
    events
        All of them, in the order they happened.
    execution_id, job_id
        What they were asked for by, for events that do not say what they belong to.
    """
    import pyarrow as pa

    runs = [number for number, run in enumerate(runs_of(events), start=1) for _ in run]
    records = [
        _event(event, place, run, execution_id, job_id)
        for place, (event, run) in enumerate(zip(events, runs, strict=True))
    ]
    return pa.Table.from_pylist(records, schema=pulled_events_schema())


def outcome_of(kind: str, details: dict[str, Any]) -> str | None:
    """Return how a task, or an item of its loop, ended on a host; ``None`` where the event is no such result."""
    outcome = OUTCOME_EVENTS.get(kind)
    if outcome == "ok" and _changed(details) is True:
        return "changed"
    if outcome == "failed" and details.get("ignore_errors") is True:
        return "ignored"
    return outcome


def _execution(row: Execution, position: int, checked: int | None) -> dict[str, Any]:
    log = row.repository_log
    commit = log.recent_commit[0] if log and log.recent_commit else None
    timers = [{"start": as_time(timer.start), "end": as_time(timer.end)} for timer in row.timers or [] if timer]
    return {
        "position": position,
        "execution_id": row.execution_id,
        "job_id": as_text(row.job_id),
        "account": as_text(row.account_alias),
        "status": as_text(row.status),
        "failed_hosts": list(row.failed_hosts),
        "commit": as_text(commit.commit) if commit else None,
        "commit_author": as_text(commit.author) if commit else None,
        "commit_message": as_text(commit.message) if commit else None,
        "timers": timers,
        "schedule_id": as_text(row.schedule.id) if row.schedule else None,
        "events_expected": row.events_expected,
        "events_complete": row.events_complete,
        "checked": checked,
    }


def _event(event: StatusEvent, position: int, run: int, execution_id: str, job_id: str) -> dict[str, Any]:
    details, kind = event.details, event.event_type
    result = _result(details)
    message = as_text(details.get("msg")) or as_text(result.get("msg")) or as_text(details.get("reason"))
    rc, changed = result.get("rc"), _changed(details)
    return {
        "position": position,
        "execution_id": event.execution_id or execution_id,
        "job_id": event.job_id or job_id,
        "run": run,
        "seq": event.seq,
        "timestamp": as_time(event.timestamp),
        "event_type": as_text(kind),
        "status": as_text(details.get("status")) if kind in STATUS_EVENTS else None,
        "host": as_text(details.get("host")),
        **{name: as_text(details.get(name)) for name in ("play", "task", "role", "action", "path")},
        "outcome": outcome_of(kind, details),
        "changed": changed if isinstance(changed, bool) else None,
        "start": as_time(details.get("start")),
        "end": as_time(details.get("end")),
        "rc": rc if isinstance(rc, int) and not isinstance(rc, bool) else None,
        "message": masked_text(message[:LONGEST_MESSAGE]) if message else None,
    }


def _result(details: dict[str, Any]) -> dict[str, Any]:
    """Return Ansible's whole result, in which stands what a service does not repeat beside it."""
    found = details.get("res")
    return found if isinstance(found, dict) else {}


def _changed(details: dict[str, Any]) -> Any:
    return details.get("changed", _result(details).get("changed"))
