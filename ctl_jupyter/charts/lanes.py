"""Lines of a chart side by side, so that what overlaps in time stays visible."""

from collections.abc import Sequence

__all__ = ["lanes_of"]


def lanes_of(spans: Sequence[tuple[int, int]], most: int) -> list[int]:
    """Return a lane, counted from 0, for each span: the first one that is free when the span begins.

    Parameters
    ----------
    spans
        Begin and end, in one unit; a span without length takes its lane for one unit.
    most
        How many lanes there may be; when all are taken, the one that is free again first is shared.
    """
    free_at: list[int] = []
    lanes = [0] * len(spans)
    for place in sorted(range(len(spans)), key=lambda place: spans[place]):
        begin, end = spans[place]
        lane = next((lane for lane, free in enumerate(free_at) if free <= begin), len(free_at))
        if lane == most:
            lane = free_at.index(min(free_at))
        elif lane == len(free_at):
            free_at.append(begin)
        free_at[lane] = max(free_at[lane], end, begin + 1)
        lanes[place] = lane
    return lanes
