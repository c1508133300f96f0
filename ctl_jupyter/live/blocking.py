"""Waiting for executions in a cell, their cards alive meanwhile."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import ExecutionFailed, ExecutionHandle, FollowingLost, RunnerError, WaitTimedOut
from ctl_jupyter.documents import Status
from ctl_jupyter.live.card import Card, begin
from ctl_jupyter.live.interrupts import Interrupted, Interrupts
from ctl_jupyter.live.orders import Order, Orders
from ctl_jupyter.live.text import progress_line

__all__ = ["Detached", "show_executions"]

#: Seconds that the last drawing may take; it is a matter of milliseconds.
LAST_DRAWING = 5.0
#: Seconds that an interrupted cell gives its last drawing, and the order that the interrupt means.
LAST_MOMENT = 0.1
#: Seconds that are spent on reading executions that have ended already, so that their cards are static at once.
READING_AT_ONCE = 2.0
#: How many executions that failed are told of.
TOLD = 5


class Detached(Interrupted):
    """The cell was interrupted while it waited; the executions go on, or end as ordered."""

    def __init__(self, message: str, handles: Sequence[ExecutionHandle]) -> None:
        super().__init__(message)
        self.handle = handles[0]
        self.handles = list(handles)


def show_executions(
    handles: Sequence[ExecutionHandle],
    *,
    wait: bool = False,
    timeout: float | None = None,
    on_interrupt: str = "detach",
    quiet: bool = False,
) -> None:
    """Show the cards of executions; with `wait`, wait until all have ended and fail when one of them did.

    Parameters
    ----------
    timeout
        Seconds to wait at most, for all of them together; for ever when ``None``.
    on_interrupt
        What an interrupt does to the executions: ``detach`` (they go on), ``stop`` or ``kill``.
    quiet
        Show no card.

    Raises
    ------
    Detached
        When it was interrupted.
    ExecutionFailed, WaitTimedOut, FollowingLost
        When one did not succeed, has not ended in time, or could not be followed; of several, one error names each.
    """
    if not wait:
        _read_ended(handles, lambda: None)
        if not quiet:
            for handle in handles:
                begin(handle)
        return
    with Interrupts() as interrupts:
        cards: list[Card | None] = []
        is_interrupted = True
        try:
            _read_ended(handles, interrupts.check)
            is_alone = len(handles) == 1
            cards = [None if quiet else begin(handle, on_interrupt, is_alone=is_alone) for handle in handles]
            _wait(handles, timeout, interrupts.check)
            interrupts.check()
            is_interrupted = False
        except KeyboardInterrupt:
            message = _leave(handles, cards, on_interrupt)
            raise Detached(message, handles) from None
        finally:
            _end_waiting(handles, cards, LAST_MOMENT if is_interrupted else LAST_DRAWING)
        try:
            interrupts.check()
        except KeyboardInterrupt:
            # It came while the last drawings were done: Run All must stop all the same.
            raise Detached(_leave(handles, cards, on_interrupt), handles) from None
    _raise_for(handles, timeout)


def _read_ended(handles: Sequence[ExecutionHandle], on_tick: Callable[[], None]) -> None:
    """Read what has ended already, so that it is shown as it stays."""
    ended = [handle for handle in handles if handle.execution.is_final]
    deadline = time.monotonic() + READING_AT_ONCE
    for handle in ended:
        handle.follow()
    for handle in ended:
        with suppress(RunnerError):
            handle.wait(max(0.0, deadline - time.monotonic()), on_tick)


def _wait(handles: Sequence[ExecutionHandle], timeout: float | None, on_tick: Callable[[], None]) -> None:
    """Wait until all have ended or the time is over; how they ended is judged later."""
    deadline = None if timeout is None else time.monotonic() + timeout
    for handle in handles:
        handle.follow()
    for handle in handles:
        with suppress(RunnerError):
            handle.wait(None if deadline is None else max(0.0, deadline - time.monotonic()), on_tick)


def _end_waiting(handles: Sequence[ExecutionHandle], cards: Sequence[Card | None], patience: float) -> None:
    """Let each card know, and the last drawings of those that have ended be done.

    A card must be replaced before the cell ends, or a headless run keeps the live one.
    """
    deadline = time.monotonic() + patience
    for handle, card in zip(handles, cards, strict=False):
        if card is not None:
            if handle.is_read:
                card.painting.finished.wait(max(0.0, deadline - time.monotonic()))
            card.end_waiting()


# --- an interrupt ----------------------------------------------------------------------------------------------


def _leave(handles: Sequence[ExecutionHandle], cards: Sequence[Card | None], on_interrupt: str) -> str:
    """Do what an interrupt is to do, and return what to say."""
    going = [(handle, _orders(handle, cards, place)) for place, handle in enumerate(handles) if not handle.is_read]
    if not going:
        return f"Waiting was interrupted; {_subject(len(handles), 'had ended', 'had ended')}."
    ids = " ".join(handle.execution_id for handle, _ in going)
    again = f"To watch {'it' if len(going) == 1 else 'them'} again:\n%ctl_watch {ids}"
    if on_interrupt not in ("stop", "kill"):
        return f"Waiting was interrupted; {_subject(len(going), 'goes on', 'go on')}. {again}"
    order: Order = "stop" if on_interrupt == "stop" else "kill"
    for _, orders in going:
        orders.send(order)
    deadline = time.monotonic() + LAST_MOMENT
    for _, orders in going:
        orders.idle.wait(max(0.0, deadline - time.monotonic()))
        if not orders.idle.is_set():
            orders.speak()
    lines = [f"Waiting was interrupted; {_outcome(order, [orders for _, orders in going])} {again}"]
    lines += [
        f"{one_line(orders.note.text, 500)} Try again:\n%ctl_{order} {handle.execution_id}"
        for handle, orders in going
        if orders.has_failed and orders.note
    ]
    return "\n".join(lines)


def _orders(handle: ExecutionHandle, cards: Sequence[Card | None], place: int) -> Orders:
    """Return the card's own orders, so that it shows what became of them."""
    card = cards[place] if place < len(cards) else None
    return Orders(handle) if card is None else card.orders


def _outcome(order: Order, given: Sequence[Orders]) -> str:
    refused = sum(orders.has_failed for orders in given)
    if refused:
        return f"the {order} could not be sent{'' if refused == len(given) else f' to {refused} of {len(given)}'}."
    if all(orders.idle.is_set() for orders in given):
        return f"the {order} was sent."
    return f"the {order} is on its way and has no answer yet."


def _subject(count: int, one: str, several: str) -> str:
    return f"the execution {one}" if count == 1 else f"{count} executions {several}"


# --- the end ---------------------------------------------------------------------------------------------------


def _raise_for(handles: Sequence[ExecutionHandle], timeout: float | None) -> None:
    """Raise one error for every execution that did not succeed."""
    late = [handle for handle in handles if not handle.is_read]
    lost = [handle for handle in handles if handle.is_read and not handle.execution.is_final]
    failed = [
        handle for handle in handles if handle.is_read and handle.execution.is_final and not _has_succeeded(handle)
    ]
    parts = [_failures(failed, len(handles)), _losses(lost), _late(late, timeout)]
    message = "\n".join(part for part in parts if part)
    if failed:
        raise ExecutionFailed(message, failed[0])
    if lost:
        raise FollowingLost(message, lost[0])
    if late:
        raise WaitTimedOut(message, late[0])


def _has_succeeded(handle: ExecutionHandle) -> bool:
    return handle.execution.status == Status.SUCCESS


def _failures(failed: Sequence[ExecutionHandle], count: int) -> str:
    told = [handle.describe_failure() for handle in failed[:TOLD]]
    if count > 1 and failed:
        told.insert(0, f"{len(failed)} of {count} executions did not succeed:")
    if len(failed) > TOLD:
        ids = " ".join(handle.execution_id for handle in failed[TOLD:])
        told.append(f"… {len(failed) - TOLD} more: {ids}")
    return "\n".join(told)


def _losses(lost: Sequence[ExecutionHandle]) -> str:
    return "\n".join(
        f"{handle.job_name}: not followed any longer: {handle.trouble} The execution goes on. "
        f"To watch it again:\n%ctl_watch {handle.execution_id}"
        for handle in lost
    )


def _late(late: Sequence[ExecutionHandle], timeout: float | None) -> str:
    if not late:
        return ""
    ids = " ".join(handle.execution_id for handle in late)
    if len(late) == 1:
        said = f"The execution {ids} has not ended within {timeout:g} s; it goes on ({progress_line(late[0])})."
        return f"{said} To watch it again:\n%ctl_watch {ids}"
    said = f"{len(late)} executions have not ended within {timeout:g} s; they go on."
    return f"{said} To watch them again:\n%ctl_watch {ids}"
