"""What charts cost over a million executions and five million host results, beside a plain group-by of the frame."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.bench.beside_group_by import Case, measure_cases

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["measure_charts"]

TIME_ZONE = "Europe/Berlin"


def measure_charts(executions: int, hosts: int, count: int) -> str:
    """Return time and memory of each chart, beside a plain group-by and the frame."""
    from ctl_jupyter import charts
    from tests.bench.long_frames import executions_frame, hosts_frame, runs_frame

    history = executions_frame(executions)
    runs = runs_frame(executions)
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

    def case(name: str, frame: "pd.DataFrame", draw: Callable[[], Any]) -> Case:
        by = ["host", "outcome"] if frame is results else ["job_id", "status"]
        return Case(name, lambda: draw().to_dict(), partial(_grouped, frame, by), frame)

    cases = [case(name, frame, draw) for name, (frame, draw) in drawn.items()]
    return "\n".join(
        [
            f"{len(history):,} executions, {len(results):,} host results, from the frame to the Vega-Lite document",
            "group-by: size, mean and median of the durations by job and status, or host and outcome",
            measure_cases(cases, count),
        ]
    )


def _grouped(frame: "pd.DataFrame", by: list[str]) -> Any:
    return frame.groupby(by, observed=True)["duration"].agg(["size", "mean", "median"])
