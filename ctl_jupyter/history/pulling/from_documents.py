"""Documents as the Arrow tables that frames are made of: for one execution, whose documents are here already."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.documents import Execution, StatusEvent
from ctl_jupyter.history.pulling.decode import EventsOf, events_table, executions_table
from ctl_jupyter.history.pulling.masking import masked_events
from ctl_jupyter.history.schema import pulled_executions_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["pulled_events", "pulled_executions"]


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
    schema, count = pulled_executions_schema(), len(rows)
    table = executions_table(rows)
    table = table.append_column("position", pa.array(range(count - 1, -1, -1), pa.int64()))
    table = table.append_column("checked", pa.array([checked] * count, schema.field("checked").type))
    return table.select(schema.names)


def pulled_events(events: Sequence[StatusEvent], execution_id: str, job_id: str) -> "pa.Table":
    """Return the status events of one execution as they are pulled and kept, in the order they happened.

    Parameters
    ----------
    events
        All of them.
    execution_id, job_id
        What they were asked for by, for events that do not say what they belong to.
    """
    return masked_events(events_table([EventsOf(job_id, execution_id, events)]))
