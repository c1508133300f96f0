"""Speaks Runner's HTTP API; knows no notebook and no DataFrame."""

from ctl_jupyter.client.calls import RunnerCalls
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
from ctl_jupyter.client.progress import Failure, HostProgress, Progress
from ctl_jupyter.client.session import Session, connect, current_session

__all__ = [
    "AmbiguousName",
    "AnswerNotUnderstood",
    "ExecutionFailed",
    "ExecutionHandle",
    "Failure",
    "FollowingLost",
    "HostProgress",
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
    "WrongCredentials",
    "connect",
    "current_session",
]
