"""Calls of a cell, off the main thread: an interrupt ends the cell at once, and loses nothing that was changed."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["ask", "send"]

T = TypeVar("T")

#: Seconds between two looks at whether an interrupt has come.
TICK = 0.05


def ask(call: Callable[[], T]) -> T:
    """Make a call that changes nothing, and return what it returns.

    Raises
    ------
    Interrupted
        When the cell was interrupted before there was an answer.
    """
    from ctl_jupyter.live import Interrupts

    with Interrupts() as interrupts:
        return interrupts.run(call)


def send(call: Callable[[], T], what: str, look: str, handle: Any = None) -> T:
    """Make a call that changes something, once, and return what it returns.

    An interrupt ends the wait, not the call, which can no longer be taken back: what must be kept of its answer, the
    call itself keeps.

    Parameters
    ----------
    what
        As in ``the start of 'hello'``.
    look
        How the user finds out whether it happened, as in ``%ctl_executions hello shows it``.
    handle
        The execution concerned, when there is one.

    Raises
    ------
    Interrupted
        When the wait was interrupted.
    RunnerError
        What the call raised; it says so when the call may have been carried out all the same.
    """
    from ctl_jupyter.client.unclear import explained
    from ctl_jupyter.live import Interrupted, Interrupts

    returned: list[T] = []
    raised: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # noqa: BLE001 -- raised again where it was waited for
            raised.append(error)
        finally:
            done.set()

    with Interrupts() as interrupts:
        threading.Thread(target=work, name="ctl-jupyter-send", daemon=True).start()
        try:
            while not done.wait(TICK):
                interrupts.check()
            # One that came together with the answer counts, too.
            interrupts.check()
        except KeyboardInterrupt:
            interrupted = Interrupted(f"Interrupted while {what} was on its way: it may have happened; {look}.")
            interrupted.handle = handle
            raise interrupted from None
    if raised:
        raise explained(raised[0], what, look, handle)
    return returned[0]
