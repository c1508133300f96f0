"""Executions and their host results as DataFrames; `ctl_jupyter.history.frames` describes the columns."""

import sys
from types import ModuleType

from ctl_jupyter.client.session import Session
from ctl_jupyter.history.frames import HostResult, events_frame, executions_frame, host_results
from ctl_jupyter.history.pull import History, history

__all__ = ["History", "HostResult", "events_frame", "executions_frame", "history", "host_results"]


class _Room(ModuleType):
    """The module itself, callable like its function.

    A notebook calls ``ctl_jupyter.history()``, and importing this package puts the module under that name.
    """

    def __call__(self, job: str | None = None, *, session: Session | None = None) -> History:
        return history(job, session=session)


sys.modules[__name__].__class__ = _Room
