"""What charts cost over a million executions and five million host results, beside a plain group-by of the frame."""

import gc
import tracemalloc
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tests.bench.pairs import Pairs, measure_pairs, verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LIMIT", "MEMORY_LIMIT", "measure_charts"]

#: Times a plain group-by.
LIMIT = 3.0
#: Times the frame.
MEMORY_LIMIT = 2.0
TIME_ZONE = "Europe/Berlin"


def measure_charts(executions: int, hosts: int, count: int) -> str:
    """Measure `count` pairs of each chart, from the frame to the Vega-Lite document, and return the table."""
    from ctl_jupyter import charts
    from tests.bench.chart_frames import executions_frame, hosts_frame, runs_frame

    history = executions_frame(executions)
    runs = runs_frame(history)
    results = hosts_frame(history, hosts)
    alone = history.assign(job_id=history["job_id"].cat.categories[0], job=history["job"].cat.categories[0])
    job, last = str(history["job_id"].iloc[0]), str(results["execution_id"].iloc[-1])
    drawn: dict[str, tuple[pd.DataFrame, Callable[[], Any]]] = {
        "timeline": (history, lambda: charts.timeline(history)),
        "duration_trend": (history, lambda: charts.duration_trend(history)),
        "duration_trend, of a job": (history, lambda: charts.duration_trend(history, job)),
        "duration_trend, one job": (alone, lambda: charts.duration_trend(alone)),
        "success_calendar": (history, lambda: charts.success_calendar(history, tz=TIME_ZONE)),
        "queue_chart": (runs, lambda: charts.queue_chart(runs, tz=TIME_ZONE)),
        "queue_chart, by hour": (runs, lambda: charts.queue_chart(runs, by="hour", tz=TIME_ZONE)),
        "execution_timeline": (results, lambda: charts.execution_timeline(results, last)),
        "host_task_matrix": (results, lambda: charts.host_task_matrix(results, last)),
        "host_run_matrix": (results, lambda: charts.host_run_matrix(results, job)),
        "failure_chart": (results, lambda: charts.failure_chart(results)),
    }
    lines = [
        f"{len(history):,} executions, {len(results):,} host results; {count} pairs in alternating order",
        "group-by: size, mean and median of the durations by job and status, or host and outcome",
        f"{'':24}  {'chart':>9}  {'group-by':>9}  {'ratio':>7}  {'memory':>8}  {'frame':>8}  {'ratio':>6}",
        *(_line(name, frame, draw, count) for name, (frame, draw) in drawn.items()),
    ]
    return "\n".join(lines)


def _line(name: str, frame: "pd.DataFrame", draw: Callable[[], Any], count: int) -> str:
    keys = ["host", "outcome"] if "outcome" in frame.columns else ["job_id", "status"]

    def group() -> None:
        frame.groupby(keys, observed=True)["duration"].agg(["size", "mean", "median"])

    pairs = measure_pairs(lambda: _seconds(lambda: draw().to_dict()), lambda: _seconds(group), count)
    memory, size = _peak(lambda: draw().to_dict()), int(frame.memory_usage(deep=False).sum())
    return _row(name, pairs, memory, size)


def _row(name: str, pairs: Pairs, memory: int, size: int) -> str:
    ratio = median(pairs.ratios)
    numbers = (
        f"{median(pairs.measured):7.3f} s  {median(pairs.reference):7.3f} s  {ratio:7.2f}  "
        f"{memory / 2**20:5.0f} MB  {size / 2**20:5.0f} MB  {memory / size:6.2f}"
    )
    missed = [verdict(value, limit, "") for value, limit in ((ratio, LIMIT), (memory / size, MEMORY_LIMIT))]
    return f"{name:24}  {numbers}  " + ", ".join(words for words in dict.fromkeys(missed))


def _seconds(work: Callable[[], Any]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def _peak(work: Callable[[], Any]) -> int:
    """Return how many bytes Python and NumPy had allocated at most while it worked."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
