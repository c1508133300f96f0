"""Lines of a chart side by side, so that what overlaps in time stays visible."""

from collections.abc import Sequence
from heapq import heappop, heappush

__all__ = ["lanes_of"]


def lanes_of(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return a lane, counted from 0, for each span: the lowest that is free when the span begins.

    Parameters
    ----------
    spans
        Begin and end, in one unit; a span without length takes its lane for one unit.
    """
    lanes = [0] * len(spans)
    taken: list[tuple[int, int]] = []
    free: list[int] = []
    for place in sorted(range(len(spans)), key=lambda place: spans[place]):
        begin, end = spans[place]
        while taken and taken[0][0] <= begin:
            heappush(free, heappop(taken)[1])
        lanes[place] = heappop(free) if free else len(taken)
        heappush(taken, (max(end, begin + 1), lanes[place]))
    return lanes
