"""Executions and what happened in them as five DataFrames; `ctl_jupyter.history.schema` describes the columns.

`events_of`, `tasks_of` and `hosts_of` are of one execution (`ctl_jupyter.history.events`), `causes_frame` is of what
made its hosts fail (`ctl_jupyter.history.causes`). `describe` tells the columns of a frame, `query` asks the frames in
SQL, and ``frame.runner`` has the measures that fit a frame (`ctl_jupyter.history.accessor`).
"""

from ctl_jupyter.callable_module import make_callable
from ctl_jupyter.history.accessor import register_when_loaded
from ctl_jupyter.history.causes import causes_frame
from ctl_jupyter.history.events import events_of, hosts_of, status_events_frame, status_events_of, tasks_of
from ctl_jupyter.history.frames import events_frame, executions_frame, runs_frame
from ctl_jupyter.history.pull import History, history
from ctl_jupyter.history.pulling.from_documents import pulled_events, pulled_executions
from ctl_jupyter.history.pulling.look import IncompleteHistory
from ctl_jupyter.history.schema import describe
from ctl_jupyter.history.sql import query
from ctl_jupyter.history.task_frames import hosts_frame, tasks_frame

__all__ = [
    "History",
    "IncompleteHistory",
    "causes_frame",
    "describe",
    "events_frame",
    "events_of",
    "executions_frame",
    "history",
    "hosts_frame",
    "hosts_of",
    "pulled_events",
    "pulled_executions",
    "query",
    "runs_frame",
    "status_events_frame",
    "status_events_of",
    "tasks_frame",
    "tasks_of",
]

# A notebook calls ``ctl_jupyter.history()``, and importing this package puts the module under that name.
make_callable(__name__)
register_when_loaded()
