"""Stop and Kill of one execution, given by a click or an interrupt and sent off the main thread; no widgets here."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import FINAL_STATUSES, Status
from ctl_jupyter.live.work import Work

__all__ = ["Note", "Order", "Orders"]

Order = Literal["stop", "kill"]

#: Seconds after the first click on Kill in which the second one counts: a double click is no second one.
DOUBT = (0.5, 8.0)

SENT = {"stop": "The stop was sent.", "kill": "The kill was sent."}
SENDING = {"stop": "Sending the stop …", "kill": "Sending the kill …"}


@dataclass(frozen=True)
class Note:
    """A sentence for the card, and whether all is well."""

    text: str
    is_well: bool = True


class Orders:
    """What was ordered of an execution, and what may be.

    Parameters
    ----------
    on_change
        Called, on any thread, when something of it changed: draws it.
    """

    def __init__(self, handle: ExecutionHandle, on_change: Callable[[], None] | None = None) -> None:
        self._handle = handle
        self._on_change = on_change
        self._work = Work(self._report, self._set_busy)
        self._is_busy = False
        self._sent: set[Order] = set()
        self._doubted = -math.inf
        #: Set while nothing is being sent.
        self.idle = threading.Event()
        self.idle.set()
        self.note: Note | None = None

    @property
    def may_stop(self) -> bool:
        """Whether a stop means something now."""
        return self._may("stop", {Status.STOPPING, Status.KILLING})

    @property
    def may_kill(self) -> bool:
        """Whether a kill means something now."""
        return self._may("kill", {Status.KILLING})

    def _may(self, order: Order, too_late: set[Status]) -> bool:
        status = self._handle.progress.status
        is_gone = self._handle.is_read or status in FINAL_STATUSES or status in too_late
        return not (self._is_busy or is_gone or order in self._sent or "kill" in self._sent)

    @property
    def is_kill_doubted(self) -> bool:
        """Whether Kill was clicked a moment ago, and asks whether that was meant."""
        return self.may_kill and time.monotonic() - self._doubted < DOUBT[1]

    @property
    def is_kill_too_early(self) -> bool:
        """Whether Kill was clicked just now, so that a second click may still be part of a double click."""
        return self.is_kill_doubted and time.monotonic() - self._doubted < DOUBT[0]

    def click_stop(self) -> None:
        """Stop the execution."""
        if self.may_stop:
            self.send("stop")

    def click_kill(self) -> None:
        """Ask whether to kill at the first click; kill at the second."""
        if not self.may_kill:
            return
        if not self.is_kill_doubted:
            self._doubted = time.monotonic()
            self._changed()
        elif not self.is_kill_too_early:
            self.send("kill")

    def send(self, order: Order) -> None:
        """Send an order from a thread of its own, unless one is on its way; `idle` and `note` tell how it went."""
        self._work.begin(SENDING[order], lambda: self._carry_out(order))

    def speak(self) -> None:
        """Print it when the order cannot be sent, where nothing draws that; for a cell that ends before it knows."""
        if self._on_change is None:
            self._on_change = self._say
            self._say()

    def _say(self) -> None:
        if self.has_failed:
            print(f"execution {self._handle.execution_id}: {self.note.text if self.note else ''}")  # noqa: T201

    @property
    def has_failed(self) -> bool:
        """Whether the last order could not be sent."""
        return self.idle.is_set() and self.note is not None and not self.note.is_well

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change()

    def _carry_out(self, order: Order) -> str:
        if order == "stop":
            self._handle.stop()
        else:
            self._handle.kill()
        self._sent.add(order)
        return SENT[order]

    def _report(self, sentence: str, is_well: bool) -> None:
        self.note = Note(sentence, is_well)
        self._changed()

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        if is_busy:
            self.idle.clear()
        else:
            self.idle.set()
        self._changed()
