"""The order of rows of pulled tables."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.dtypes import coded
from ctl_jupyter.history.store.rows import pieces

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["events_in_order_of", "newest_first"]


def newest_first(executions: "pa.Table") -> "pa.Table":
    """Return executions of several lists by the start of their first run, those that have not begun first of all."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    timers = pc.list_slice(executions.column("timers"), 0, 1, return_fixed_size_list=True)
    starts = pc.struct_field(pc.list_element(timers, 0), "start").cast(pa.int64())
    starts = pc.fill_null(starts, np.iinfo(np.int64).max).to_numpy()
    return executions.take(pa.array(np.argsort(-starts, kind="stable")))


def events_in_order_of(executions: "pa.Table", events: "pa.Table") -> "pa.Table":
    """Return events in the order of their executions, each execution's as they happened.

    Parameters
    ----------
    executions
        All that the events are of.
    events
        Those of one execution stand together, in the order they happened.
    """
    import numpy as np
    import pyarrow.compute as pc

    if not events.num_rows:
        return events
    codes, ids = coded(events.column("execution_id"))
    place = pc.index_in(ids, executions.column("execution_id").combine_chunks()).to_numpy(zero_copy_only=False)
    rank = place[codes]
    if (np.diff(rank) >= 0).all():
        return events
    return pieces(events, np.argsort(rank, kind="stable"))
