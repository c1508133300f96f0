"""The queue of an account: so many executions run at a time, the others wait, first come first served."""

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["SLOTS", "Turns", "slots_for", "take_turns"]

Ints = npt.NDArray[np.int64]

#: Runner runs at most 4 executions of an account at a time.
SLOTS = 4


class Turns(NamedTuple):
    """When each execution began, when it was restarted and when that run began; epoch milliseconds, -1 for never."""

    start: Ints
    queued_again: Ints
    start_again: Ints


def slots_for(lengths: Ints, span: int) -> int:
    """Return how many executions run at a time: Runner's 4, and more where these were busy over half of the time."""
    return max(SLOTS, int(np.ceil(2 * lengths.sum() / span)))


def take_turns(queued: Ints, pickup: Ints, length: Ints, again_after: Ints, again_length: Ints, slots: int) -> Turns:
    """Let executions wait for their turn.

    Parameters
    ----------
    queued
        When each was started, epoch milliseconds, ascending.
    pickup
        How long the service takes to begin one that need not wait, milliseconds.
    length
        How long its run takes, milliseconds.
    again_after
        How long after its end it was restarted, milliseconds; -1 where it was not.
    again_length
        How long the second run takes.
    slots
        How many run at a time.
    """
    count = len(queued)
    start, queued_again, start_again = [0] * count, [-1] * count, [-1] * count
    free = [0] * slots
    restarts: list[tuple[int, int]] = []
    firsts = list(zip(queued.tolist(), pickup.tolist(), length.tolist(), again_after.tolist(), strict=True))
    again = again_length.tolist()
    place = 0
    while place < count or restarts:
        if restarts and (place == count or restarts[0][0] < firsts[place][0]):
            moment, number = heapq.heappop(restarts)
            begin = max(moment + firsts[number][1], free[0])
            heapq.heapreplace(free, begin + again[number])
            queued_again[number], start_again[number] = moment, begin
            continue
        moment, wait, took, restart = firsts[place]
        begin = max(moment + wait, free[0])
        heapq.heapreplace(free, begin + took)
        start[place] = begin
        if restart >= 0:
            heapq.heappush(restarts, (begin + took + restart, place))
        place += 1
    return Turns(np.array(start), np.array(queued_again), np.array(start_again))
