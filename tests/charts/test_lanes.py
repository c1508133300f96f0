from itertools import pairwise

import pytest

from ctl_jupyter.charts.lanes import lanes_of


@pytest.mark.parametrize(
    ("spans", "lanes"),
    [
        ([], []),
        ([(0, 5)], [0]),
        ([(0, 5), (5, 9)], [0, 0]),
        ([(0, 5), (4, 9)], [0, 1]),
        ([(4, 9), (0, 5)], [1, 0]),
        ([(0, 9), (1, 2), (3, 4), (3, 5)], [0, 1, 1, 2]),
        ([(0, 3), (0, 9), (4, 6), (5, 6)], [0, 1, 0, 2]),
        ([(7, 7), (7, 7), (8, 8)], [0, 1, 0]),
    ],
)
def test_what_overlaps_gets_lanes_of_its_own(spans: list[tuple[int, int]], lanes: list[int]) -> None:
    assert lanes_of(spans) == lanes


def test_no_more_lanes_than_overlap_at_once() -> None:
    spans = [(start, start + 30) for start in range(0, 3_000, 10)]
    lanes = lanes_of(spans)
    assert max(lanes) == 2
    for lane in range(3):
        own = sorted(span for span, taken in zip(spans, lanes, strict=True) if taken == lane)
        assert all(before[1] <= after[0] for before, after in pairwise(own))
