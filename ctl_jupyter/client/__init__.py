"""Speaks Runner's HTTP API; knows no notebook and no DataFrame."""

from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.causes import Cause, CauseGroup
from ctl_jupyter.client.comparison import LastSuccess
from ctl_jupyter.client.errors import (
    AmbiguousName,
    AnswerNotUnderstood,
    ExecutionFailed,
    FollowingLost,
    LocalServiceError,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    RequestRefused,
    RunnerError,
    ServiceBusy,
    ServiceFailed,
    TimedOut,
    Unreachable,
    WaitTimedOut,
    WrongCredentials,
)
from ctl_jupyter.client.handle import ExecutionHandle
from ctl_jupyter.client.identity import Identity
from ctl_jupyter.client.log_in import connect, log_out
from ctl_jupyter.client.progress import Failure, HostProgress, Progress
from ctl_jupyter.client.session import Session, current_session
from ctl_jupyter.client.why import Why

__all__ = [
    "AmbiguousName",
    "AnswerNotUnderstood",
    "Cause",
    "CauseGroup",
    "ExecutionFailed",
    "ExecutionHandle",
    "Failure",
    "FollowingLost",
    "HostProgress",
    "Identity",
    "LastSuccess",
    "LocalServiceError",
    "NotAllowed",
    "NotFound",
    "NotLoggedIn",
    "Progress",
    "RequestRefused",
    "RunnerCalls",
    "RunnerError",
    "ServiceBusy",
    "ServiceFailed",
    "Session",
    "TimedOut",
    "Unreachable",
    "WaitTimedOut",
    "Why",
    "WrongCredentials",
    "connect",
    "current_session",
    "log_out",
]
