"""Interrupts of a cell that waits: noted at once and acted on by the wait, so that a second one breaks nothing.

A handler of our own, since the kernel's may be another one: in a cell with a top-level ``await`` ipykernel's only
cancels the cell's task, which a wait on the main thread would not notice.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Any, Self, TypeVar

__all__ = ["Interrupted", "Interrupts"]

T = TypeVar("T")

#: Seconds between two looks at whether an interrupt has come.
TICK = 0.05


class Interrupted(KeyboardInterrupt):
    """The cell was interrupted; shown in a line or two, and Run All and headless runs stop as at any other error.

    Attributes
    ----------
    handle
        The execution concerned, when it is known.
    """

    handle: Any = None

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback."""
        return str(self).splitlines()


class Interrupts:
    """Notes every SIGINT while it is entered; then the old handler is back. Off the main thread none arrives."""

    def __init__(self) -> None:
        self._has_come = False
        self._old: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._old = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)

    def _note(self, *_: object) -> None:
        # No lock may be taken here: the thread that holds it may be the one that this interrupts.
        self._has_come = True

    def check(self) -> None:
        """Raise `KeyboardInterrupt` when one has come."""
        if self._has_come:
            raise KeyboardInterrupt

    def run(self, call: Callable[[], T]) -> T:
        """Return what a call returns, made on a thread of its own: an interrupt does not wait for a service that hangs.

        Only for calls that change nothing: the interrupted one goes on, and nobody takes what it returns.
        """
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
                future.set_exception(error)

        threading.Thread(target=work, name="ctl-jupyter-ask", daemon=True).start()
        while not future.done():
            wait([future], TICK)
            if self._has_come:
                break
        if self._has_come:
            # One that came together with the answer counts, too: what was to follow it must not be done.
            raise Interrupted("Interrupted before anything was changed.")
        return future.result()
