"""Status events as the database holds them."""

from typing import Any

import msgspec
from sqlalchemy import Row

from ctl_jupyter.documents import StatusEvent

__all__ = ["event_of"]


def event_of(row: Row[Any]) -> StatusEvent:
    """Return a row of the events' table as the document that the API shows."""
    return StatusEvent(
        id=row.id,
        timestamp=row.timestamp,
        job_id=row.job_id,
        execution_id=row.execution_id,
        account_alias=row.account_alias,
        event_type=row.event_type,
        message=msgspec.Raw(row.message.encode()),
        seq=row.seq,
    )
