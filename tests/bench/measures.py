"""What measures of executions cost over a million of them, each over the plain group-by a user would write instead."""

from typing import TYPE_CHECKING, Any

from tests.bench.beside_group_by import Case, measure_cases

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["measure_measures"]


def measure_measures(executions: int, count: int) -> str:
    """Return time and memory of each, beside a plain group-by and the frame."""
    from tests.bench.long_frames import executions_frame, runs_frame

    history = executions_frame(executions)
    shuffled = history.sample(frac=1, random_state=1)
    return f"{executions:,} executions\n" + measure_cases(_cases(history, shuffled, runs_frame(executions)), count)


def _cases(history: "pd.DataFrame", shuffled: "pd.DataFrame", runs: "pd.DataFrame") -> list[Case]:
    from ctl_jupyter.history import measures

    def daily_medians(frame: "pd.DataFrame") -> Any:
        return _grouped(frame, frame["start"].dt.floor("D"))["duration"].median()

    def statuses() -> Any:
        return _grouped(history)["status"].value_counts()

    def weekly_statuses() -> Any:
        return _grouped(history, history["start"].dt.floor("7D"))["status"].value_counts()

    def quantiles() -> Any:
        return _grouped(history)["duration"].quantile([0.5, 0.9, 0.95, 0.99])

    def queue_and_run() -> Any:
        groups = _grouped(runs)[["queue", "duration"]]
        return groups.quantile([0.5, 0.9]), groups.sum()

    def streaks() -> Any:
        decided = history[history["status"].isin(["SUCCESS", "FAILURE"])].sort_values("end")
        return _grouped(decided)["status"].shift()

    def hours() -> Any:
        return _grouped(history)["duration"].agg(["count", "sum"])

    def of_one_job() -> Any:
        return _grouped(history[history["job"] == "job 7"])["duration"].quantile([0.1, 0.5, 0.9])

    def case(name: str, act: Any, plain: Any, frame: "pd.DataFrame" = history) -> Case:
        return Case(name, lambda: act(frame), plain, frame)

    return [
        case("success_rate", measures.success_rate, statuses),
        case("success_rate, weekly", lambda frame: measures.success_rate(frame, every="W"), weekly_statuses),
        case("duration_quantiles", measures.duration_quantiles, quantiles),
        case("queue_and_run", measures.queue_and_run, queue_and_run, runs),
        case("trend", measures.trend, lambda: daily_medians(history)),
        case("change_points", measures.change_points, lambda: daily_medians(history)),
        case("change_points, shuffled", measures.change_points, lambda: daily_medians(shuffled), shuffled),
        case(
            "change_points, one job",
            lambda frame: measures.change_points(frame, by=None),
            lambda: daily_medians(history),
        ),
        case("time_to_repair", measures.time_to_repair, streaks),
        case("cost", measures.cost, hours),
        case("time_left", lambda frame: measures.time_left(frame, elapsed=60, job="job 7"), of_one_job),
    ]


def _grouped(frame: "pd.DataFrame", *more: Any) -> Any:
    return frame.groupby(["job", *more], observed=True)
