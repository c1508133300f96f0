"""Waiting for what must come to pass, and holding a task until the test lets it go."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

__all__ = ["Gate", "until"]

T = TypeVar("T")
#: Seconds after which something that never happens fails its test.
PATIENCE = 60.0


def until(condition: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Return the first true value of a condition."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {patience:g} s in vain: {what}.")
        time.sleep(0.02)
    return value


class Gate:
    """A named pipe that a task waits at until the test opens it, or ends.

    Parameters
    ----------
    path
        Where to make it; must not be there.
    """

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._path = path
        self._reached = path.with_name(f"{path.name}.reached")
        # For reading, too: then it opens at once, and what is written waits in it.
        self._pipe = os.open(path, os.O_RDWR)

    @property
    def task(self) -> str:
        """The task that waits, as YAML in one line."""
        return f"ansible.builtin.shell: touch {self._reached} && read opened < {self._path}"

    def await_task(self) -> None:
        """Wait until the task has come to the gate."""
        until(self._reached.exists, f"no task came to {self._path}")

    def open(self) -> None:
        """Let the task go on, whether it waits already or comes later."""
        os.write(self._pipe, b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A task that still waits reads the end of the pipe and goes on.
        os.close(self._pipe)
