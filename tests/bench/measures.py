"""What measures and charts cost over a million executions, each over the plain group-by a user would write instead.

Time is measured side by side in this process; the peak of memory in a process of its own for each, above what it held
before the call (Linux: the resident set's high-water mark, set back first).
"""

import ctypes
import gc
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.pairs import measure_pairs, verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CASES", "Case", "measure_measures"]

#: Time over the plain group-by, and memory over the frame.
TIMES, FRAMES = 3, 2
JOBS = 50
START, YEAR = 1_735_689_600_000, 365 * 86_400_000


class Case(NamedTuple):
    """What is measured, the plain group-by of the same frame that answers nearest to it, and which frame that is."""

    name: str
    measure: "Callable[[pd.DataFrame], Any]"
    plain: "Callable[[pd.DataFrame], Any]"
    frame: str = "executions"


def _grouped(frame: "pd.DataFrame", *more: Any) -> Any:
    return frame.groupby(["job", *more], observed=True)


def _cases() -> list[Case]:
    from ctl_jupyter.history import measures

    def daily_medians(frame: "pd.DataFrame") -> Any:
        return _grouped(frame, frame["start"].dt.floor("D"))["duration"].median()

    def newest(frame: "pd.DataFrame") -> Any:
        return _grouped(frame[frame["job"] == "job 7"])["duration"].quantile([0.1, 0.5, 0.9])

    def quantiles(frame: "pd.DataFrame") -> Any:
        return _grouped(frame)["duration"].quantile([0.5, 0.9, 0.95, 0.99])

    def queue_and_run(frame: "pd.DataFrame") -> Any:
        groups = _grouped(frame)[["queue", "duration"]]
        return groups.quantile([0.5, 0.9]), groups.sum()

    def weekly(frame: "pd.DataFrame") -> Any:
        return _grouped(frame, frame["start"].dt.floor("7D"))["status"].value_counts()

    def streaks(frame: "pd.DataFrame") -> Any:
        decided = frame[frame["status"].isin(["SUCCESS", "FAILURE"])].sort_values("end")
        return _grouped(decided)["status"].shift()

    return [
        Case("success_rate", measures.success_rate, lambda frame: _grouped(frame)["status"].value_counts()),
        Case("success_rate, weekly", partial(measures.success_rate, every="W"), weekly),
        Case("duration_quantiles", measures.duration_quantiles, quantiles),
        Case("queue_and_run", measures.queue_and_run, queue_and_run, "runs"),
        Case("trend", measures.trend, daily_medians),
        Case("change_points", measures.change_points, daily_medians),
        Case("time_to_repair", measures.time_to_repair, streaks),
        Case("cost", measures.cost, lambda frame: _grouped(frame)["duration"].agg(["count", "sum"])),
        Case("time_left", partial(measures.time_left, elapsed=60, job="job 7"), newest),
    ]


#: Makes the list of what is measured, when it is: pandas is imported then.
CASES = cache(_cases)


def measure_measures(executions: int = 1_000_000, rounds: int = 5) -> str:
    """Return time and peak memory of each case, beside the plain group-by and the frame."""
    lines = [f"{'':22} {'time':>10} {'plain':>10} {'times':>6} {'peak':>9} {'frame':>9} {'frames':>6}"]
    for case in CASES():
        frame = frames(executions)[case.frame]
        pairs = measure_pairs(partial(_timed, case.measure, frame), partial(_timed, case.plain, frame), rounds)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            peak, size = process.submit(_peak, case.name, executions).result()
        times, share = median(pairs.ratios), peak / size
        lines.append(
            f"{case.name:22} {median(pairs.measured):8.3f} s {median(pairs.reference):8.3f} s {times:6.2f} "
            f"{peak / 1e6:6.0f} MB {size / 1e6:6.0f} MB {share:6.2f}  "
            f"time {verdict(times, TIMES, ' times')}, memory {verdict(share, FRAMES, ' frames')}"
        )
    return "\n".join(lines)


@cache
def frames(executions: int) -> "dict[str, pd.DataFrame]":
    """Return a made-up year of 50 jobs: the frames ``executions`` and ``runs``, newest first.

    Durations scatter by a fifth, one job in five has become half as slow again in the middle of the year, 3 % fail.
    """
    import numpy as np
    import pandas as pd

    from ctl_jupyter.history.schema import FRAMES as COLUMNS
    from ctl_jupyter.history.schema import STATUSES

    random = np.random.default_rng(5)
    job = random.integers(JOBS, size=executions)
    start = START + np.sort(random.integers(YEAR, size=executions))[::-1]
    level = 10 + job % 7 / 3 + 0.4 * ((job % 5 == 0) & (start > START + YEAR / 2))
    duration = np.exp(random.normal(level, 0.2)).astype("int64")
    queue = random.integers(30_000, size=executions)
    status = random.choice([STATUSES.index("SUCCESS"), STATUSES.index("FAILURE")], size=executions, p=(0.97, 0.03))
    number = (start - START) // (3 * 86_400_000)
    commit = pd.Series([f"{place:040x}" for place in range(int(number.max()) + 1)], dtype="str")

    def times(values: Any) -> Any:
        return pd.DatetimeIndex(values.view("datetime64[ms]")).tz_localize("UTC")

    def spans(values: Any) -> Any:
        return pd.TimedeltaIndex(values.view("timedelta64[ms]"))

    table = pd.DataFrame(
        {
            "execution_id": pd.Series([f"{place:032x}-000" for place in range(executions)], dtype="str"),
            "job_id": _categories(job, [f"{place:036}" for place in range(JOBS)]),
            "job": _categories(job, [f"job {place}" for place in range(JOBS)]),
            "account": _categories(np.zeros(executions, dtype="int8"), ["ACME"]),
            "status": _categories(status, list(STATUSES)),
            "queued": times(start - queue),
            "start": times(start),
            "end": times(start + duration),
            "queue": spans(queue),
            "duration": spans(duration),
            "run": pd.array(np.ones(executions, dtype="int64"), dtype="Int64"),
            "runs": pd.array(np.ones(executions, dtype="int64"), dtype="Int64"),
            "commit": commit.take(number).array,
            "commit_author": commit.str[-8:].take(number).array,
            "commit_message": ("Change " + commit).take(number).array,
            "schedule_id": pd.Series([None], dtype="str").repeat(executions).array,
        }
    )
    names = {name: [column.name for column in COLUMNS[name]] for name in ("executions", "runs")}
    return {name: table[[column for column in columns if column in table]] for name, columns in names.items()}


def _categories(codes: Any, names: list[str]) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(codes, pd.Index(names, dtype="str"))


def _timed(call: Callable[[Any], Any], frame: Any) -> float:
    begin = perf_counter()
    call(frame)
    return perf_counter() - begin


def _peak(name: str, executions: int) -> tuple[int, int]:
    """Return how many bytes more than before a measure held at most, and how many the frame has."""
    import pyarrow as pa

    case = next(case for case in CASES() if case.name == name)
    frame = frames(executions)[case.frame]
    # What is imported and cached at the first call is no part of it.
    case.measure(frame.head(1000))
    gc.collect()
    # Memory that was freed and kept for later would be used again, and not be seen.
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    case.measure(frame)
    return _status("VmHWM") - before, int(frame.memory_usage(deep=True).sum())


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return 1024 * int(found[1])
