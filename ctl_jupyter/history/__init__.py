"""Executions and their host results as DataFrames; `ctl_jupyter.history.frames` describes the columns."""

from ctl_jupyter.callable_module import make_callable
from ctl_jupyter.history.frames import HostResult, events_frame, executions_frame, host_results
from ctl_jupyter.history.pull import History, history

__all__ = ["History", "HostResult", "events_frame", "executions_frame", "history", "host_results"]

# A notebook calls ``ctl_jupyter.history()``, and importing this package puts the module under that name.
make_callable(__name__)
