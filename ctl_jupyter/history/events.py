"""What happened in one execution, as DataFrames.

`events_of`, `tasks_of` and `hosts_of` have the columns of the frames ``events``, ``tasks`` and ``hosts``
(`ctl_jupyter.history.schema`). `status_events_of` has every status event with its whole message, as Runner sent it, in
the order it happened; always with these columns:

============  ==============  ==============================================================================
column        dtype           what it holds, and the member it comes from
============  ==============  ==============================================================================
seq           Int64           ``seq``: the embedded service's cursor; ``NA`` from another
timestamp     datetime (UTC)  ``timestamp``: when the service was told
event_type    category        ``event_type``: after Ansible's callbacks
host          str             ``message.host``; ``NaN`` where it is of no host
play          str             ``message.play``
task          str             ``message.task``
message       str             ``message``, whole, as JSON; a bare text as it is
event_id      str             ``id``
execution_id  str             ``execution_id``
job_id        str             ``job_id``
============  ==============  ==============================================================================
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.history.columns import as_text, as_time, categories, integers, texts, times
from ctl_jupyter.history.frames import events_frame
from ctl_jupyter.history.pulling.from_documents import pulled_events
from ctl_jupyter.history.task_frames import hosts_frame, tasks_frame

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["completed", "events_of", "hosts_of", "status_events_frame", "status_events_of", "tasks_of"]


def events_of(handle: ExecutionHandle) -> "pd.DataFrame":
    """Return one row per status event of an execution, in the order they happened.

    ``GET /status/{alias}/job/{jobId}/execution/{executionId}``, page by page, unless the handle has read them all.
    """
    return events_frame(_pulled(handle), {handle.job_id: handle.job_name})


def tasks_of(handle: ExecutionHandle) -> "pd.DataFrame":
    """Return one row per task of an execution, in the order they began.

    ``GET /status/{alias}/job/{jobId}/execution/{executionId}``, page by page, unless the handle has read them all.
    """
    return tasks_frame(_pulled(handle), {handle.job_id: handle.job_name})


def hosts_of(handle: ExecutionHandle) -> "pd.DataFrame":
    """Return one row per task that ended on a host in an execution, in the order it happened.

    ``GET /status/{alias}/job/{jobId}/execution/{executionId}``, page by page, unless the handle has read them all.
    """
    return hosts_frame(_pulled(handle), {handle.job_id: handle.job_name})


def status_events_of(handle: ExecutionHandle) -> "pd.DataFrame":
    """Return every status event of an execution, in the order they happened.

    ``GET /status/{alias}/job/{jobId}/execution/{executionId}``, page by page, unless the handle has read them all.
    """
    return status_events_frame(completed(handle.events(), handle.execution_id, handle.job_id))


def completed(events: Sequence[StatusEvent], execution_id: str, job_id: str) -> Sequence[StatusEvent]:
    """Give events that do not say what they belong to the ids they were asked for by."""
    for event in events:
        event.execution_id = event.execution_id or execution_id
        event.job_id = event.job_id or job_id
    return events


def status_events_frame(events: Iterable[StatusEvent]) -> "pd.DataFrame":
    """Return one row per status event, in the order given."""
    import pandas as pd

    rows = list(events)
    return pd.DataFrame(
        {
            "seq": integers([row.seq for row in rows]),
            "timestamp": times([as_time(row.timestamp) for row in rows]),
            "event_type": categories([as_text(row.event_type) for row in rows]),
            "host": texts(as_text(row.details.get("host")) for row in rows),
            "play": texts(as_text(row.details.get("play")) for row in rows),
            "task": texts(as_text(row.details.get("task")) for row in rows),
            "message": texts(as_text(row.message) for row in rows),
            "event_id": texts(row.id for row in rows),
            "execution_id": texts(row.execution_id for row in rows),
            "job_id": texts(row.job_id for row in rows),
        }
    )


def _pulled(handle: ExecutionHandle) -> "pa.Table":
    return pulled_events(handle.events(), handle.execution_id, handle.job_id)
