"""Calls that change something and got no answer that says whether they did: what to tell whoever made them."""

from typing import Any

from ctl_jupyter.client.errors import RunnerError

__all__ = ["explained"]


def explained(error: BaseException, what: str, look: str, handle: Any = None) -> BaseException:
    """Return an error that says so when the call may have been carried out.

    Parameters
    ----------
    what
        As in ``the start of 'hello'``.
    look
        How the user finds out whether it happened, as in ``%ctl_executions hello shows it``.
    handle
        The execution concerned, when there is one.
    """
    if not isinstance(error, RunnerError):
        return error
    if not error.may_have_happened:
        error.handle = error.handle or handle
        return error
    unclear = RunnerError(
        f"{str(error).rstrip('. ')}. So {what} may have happened all the same, and it was not sent again: {look}.",
        method=error.method,
        path=error.path,
        status_code=error.status_code,
        service_message=error.service_message,
        may_have_happened=True,
    )
    unclear.handle = handle
    unclear.__cause__ = error
    return unclear
