"""Everything that can go wrong between a caller and Runner.

::

    RunnerError
    ├── NotLoggedIn            no session yet, no credentials, or the token is no longer taken (401)
    │   └── WrongCredentials   the log-in itself was refused
    ├── RequestRefused         the service would not do it as asked (400 and other 4xx)
    │   ├── NotAllowed         another account's, or a role is missing (403)
    │   └── NotFound           no such job or execution (404)
    ├── ServiceFailed          the service broke (5xx)
    │   └── ServiceBusy        overloaded or in maintenance, temporary (429, 503, 504)
    ├── Unreachable            no connection, or it broke
    ├── TimedOut               no answer in time
    ├── AnswerNotUnderstood    an answer that is not Runner's
    ├── AmbiguousName          more than one job has that name or id prefix
    ├── ExecutionFailed        an execution that was waited for did not succeed
    ├── WaitTimedOut           an execution that was waited for goes on
    ├── FollowingLost          an execution that was waited for could not be followed to its end
    └── LocalServiceError      the embedded service cannot be started on this machine
"""

from typing import Any

__all__ = [
    "AmbiguousName",
    "AnswerNotUnderstood",
    "ExecutionFailed",
    "FollowingLost",
    "LocalServiceError",
    "NotAllowed",
    "NotFound",
    "NotLoggedIn",
    "RequestRefused",
    "RunnerError",
    "ServiceBusy",
    "ServiceFailed",
    "TimedOut",
    "Unreachable",
    "WaitTimedOut",
    "WrongCredentials",
]


class RunnerError(Exception):
    """The root of the tree.

    Parameters
    ----------
    message
        One sentence for the user; never a token, a password or a key.
    handle
        The execution concerned, when there is one; of several, a list.
    method, path
        The call that failed, when one did.
    status_code
        The HTTP status, when there was an answer.
    service_message
        What the service itself said.
    may_have_happened
        Whether a call that changes something may have been carried out all the same: it was sent, and no answer
        said what became of it.
    """

    def __init__(
        self,
        message: str,
        handle: Any = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status_code: int | None = None,
        service_message: str | None = None,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(message)
        self.method = method
        self.path = path
        self.status_code = status_code
        self.service_message = service_message
        self.may_have_happened = may_have_happened
        self.handle = handle


class NotLoggedIn(RunnerError):
    """No session yet, no credentials, or the token is no longer taken (401)."""


class WrongCredentials(NotLoggedIn):
    """The log-in itself was refused."""


class RequestRefused(RunnerError):
    """The service would not do it as asked (400 and other 4xx)."""


class NotAllowed(RequestRefused):
    """Another account's, or a role is missing (403)."""


class NotFound(RequestRefused):
    """No such job or execution (404)."""


class ServiceFailed(RunnerError):
    """The service broke (5xx)."""


class ServiceBusy(ServiceFailed):
    """Overloaded or in maintenance, temporary (429, 503, 504)."""


class Unreachable(RunnerError):
    """No connection, or it broke."""


class TimedOut(RunnerError):
    """No answer in time."""


class AnswerNotUnderstood(RunnerError):
    """An answer that is not Runner's."""


class AmbiguousName(RunnerError):
    """More than one job has that name or id prefix."""


class LocalServiceError(RunnerError):
    """The embedded service cannot be started on this machine."""


class ExecutionFailed(RunnerError):
    """An execution that was waited for did not succeed; ``handle`` is how to go on with it."""


class WaitTimedOut(RunnerError):
    """An execution that was waited for goes on; ``handle`` is how to wait for it again."""


class FollowingLost(RunnerError):
    """An execution that was waited for could not be followed to its end; ``handle`` is how to wait for it again."""
