"""What is done with a frame, beside the plain group-by of it that a user would write instead.

Time is measured in pairs, side by side; memory is the most that the process holds beyond what it held before, as Linux
counts it (the resident set's high-water mark, set back first), in a call of its own.
"""

import ctypes
import gc
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.pairs import measure_pairs, verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Case", "measure_cases"]

#: Times the plain group-by, and times the frame.
TIME, MEMORY = 3, 2


class Case(NamedTuple):
    """What is measured, the plain group-by that answers nearest to it, and the frame of both."""

    name: str
    act: Callable[[], Any]
    plain: Callable[[], Any]
    frame: "pd.DataFrame"


def measure_cases(cases: Iterable[Case], count: int) -> str:
    """Return a table: a line for each case with its verdict, and the worst of all.

    Parameters
    ----------
    count
        How many pairs of each.
    """
    rows = [_measured(case, count) for case in cases]
    width = max(len(name) for name, *_ in rows)
    lines = [
        f"{name:{width}}  {took:7.3f} s {plain:7.3f} s {times:6.2f}   {held / 1e6:6.0f} MB {size / 1e6:6.0f} MB "
        f"{held / size:6.2f}   {_said(times, held / size)}"
        for name, took, plain, times, held, size in rows
    ]
    slowest, greatest = max(row[3] for row in rows), max(row[4] / row[5] for row in rows)
    return "\n".join(
        [
            f"{'':{width}}  {'time':>9} {'plain':>9} {'times':>6}   {'memory':>9} {'frame':>9} {'times':>6}",
            *lines,
            f"worst ratio of the time {slowest:.3f}: {verdict(slowest, TIME, '')}",
            f"worst ratio of the memory {greatest:.3f}: {verdict(greatest, MEMORY, '')}",
        ]
    )


def _measured(case: Case, count: int) -> tuple[str, float, float, float, float, float]:
    """Return the name, seconds of both, their ratio, bytes held, and bytes of the frame."""
    pairs = measure_pairs(lambda: _seconds(case.act), lambda: _seconds(case.plain), count)
    size = float(case.frame.memory_usage(deep=True).sum())
    return case.name, median(pairs.measured), median(pairs.reference), median(pairs.ratios), _held(case.act), size


def _said(times: float, share: float) -> str:
    words = ("time", times, TIME), ("memory", share, MEMORY)
    missed = [f"{name} {verdict(value, limit, '')}" for name, value, limit in words if value > limit]
    return ", ".join(missed) or f"within the limits of {TIME} and {MEMORY}"


def _seconds(act: Callable[[], Any]) -> float:
    begin = perf_counter()
    act()
    return perf_counter() - begin


def _held(act: Callable[[], Any]) -> float:
    """Return how many bytes more than before the process held at most."""
    import pyarrow as pa

    gc.collect()
    # Memory that was freed and kept for later would be used again, and not be seen.
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    # Makes the highest mark what is held now.
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    act()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return 1024 * int(found[1])
