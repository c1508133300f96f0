"""Executions and their host results as DataFrames; `ctl_jupyter.history.frames` describes the columns.

`events_of` and `status_events_of` are of one execution (`ctl_jupyter.history.events`), `causes_frame` is of what made
its hosts fail (`ctl_jupyter.history.causes`).
"""

from ctl_jupyter.callable_module import make_callable
from ctl_jupyter.history.causes import causes_frame
from ctl_jupyter.history.events import events_of, status_events_frame, status_events_of
from ctl_jupyter.history.frames import HostResult, events_frame, executions_frame, host_results
from ctl_jupyter.history.pull import History, history

__all__ = [
    "History",
    "HostResult",
    "causes_frame",
    "events_frame",
    "events_of",
    "executions_frame",
    "history",
    "host_results",
    "status_events_frame",
    "status_events_of",
]

# A notebook calls ``ctl_jupyter.history()``, and importing this package puts the module under that name.
make_callable(__name__)
