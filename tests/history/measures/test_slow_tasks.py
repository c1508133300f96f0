"""Which tasks the time goes to."""

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures import slowest_tasks
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.host_results import dtypes, seconds, tasks_of

DTYPES = {
    **dict.fromkeys(("job", "job_id", "play", "task"), "category"),
    "n": "int64",
    "total": "timedelta64[ms]",
    "share": "float64",
    **dict.fromkeys(("median", "p95", "longest"), "timedelta64[ms]"),
    "slowest_execution": "str",
}


def task(execution_id: str, name: str | None, duration: float | None, job: str = "deploy") -> dict[str, object]:
    return {"execution_id": execution_id, "job": job, "play": "Site", "task": name, "duration": duration}


ROWS = (
    task("x1", "Copy", 2),
    task("x1", "Install", 10),
    task("x2", "Copy", 4),
    task("x2", "Install", None),
    task("x3", "Copy", 4),
    task("x3", "Install", 20),
    task("x4", "Copy", 1),
    task("x4", "Copy", 9, job="nightly"),
)


def test_the_time_of_tasks_is_added_up_by_hand() -> None:
    answer = slowest_tasks(tasks_of(*ROWS))
    assert dtypes(answer) == DTYPES
    assert answer[["job", "task", "n"]].to_numpy().tolist() == [
        ["deploy", "Install", 2],
        ["deploy", "Copy", 4],
        ["nightly", "Copy", 1],
    ]
    assert seconds(answer["total"]) == [30, 11, 9]
    assert list(answer["share"]) == [30 / 50, 11 / 50, 9 / 50]
    # Of 1, 2, 4, 4 the middle is 3; the place of 95 % is 0.95 * 3 = 2.85, between 4 and 4.
    assert seconds(answer["median"]) == [15, 3, 9]
    assert seconds(answer["p95"]) == [19.5, 4, 9]
    assert seconds(answer["longest"]) == [20, 4, 9]
    # Two took 4 seconds: the first of them.
    assert list(answer["slowest_execution"]) == ["x3", "x2", "x4"]


def test_quantiles_are_those_of_numpy() -> None:
    generator = np.random.default_rng(1)
    rows = [task(f"x{nth}", f"Task {nth % 5}", took) for nth, took in enumerate(generator.integers(1, 500, 203))]
    tasks = tasks_of(*rows)
    answer = slowest_tasks(tasks)
    for name, median, p95 in zip(answer["task"], seconds(answer["median"]), seconds(answer["p95"]), strict=True):
        took = tasks.loc[tasks["task"] == name, "duration"].dt.total_seconds()
        assert [median, p95] == pytest.approx(list(np.quantile(took, [0.5, 0.95])), abs=0.001)


def test_by_other_columns_and_some_of_them_alone() -> None:
    tasks = tasks_of(*ROWS, task("x5", None, 100))
    by_job = slowest_tasks(tasks, by=["job"])
    assert by_job[["job", "n"]].to_numpy().tolist() == [["deploy", 7], ["nightly", 1]]
    first = slowest_tasks(tasks, by=["task"], at_most=1)
    assert first["task"].isna().all()
    assert list(first["share"]) == [100 / 150]
    of_one = slowest_tasks(tasks[tasks["execution_id"] == "x4"], by=["job"])
    assert (list(of_one["job"]), seconds(of_one["total"])) == (["nightly", "deploy"], [9, 1])
    with pytest.raises(DocumentError, match="no column 'colour' to group by"):
        slowest_tasks(tasks, by=["colour"])
    with pytest.raises(DocumentError, match="groups tasks by a column at least"):
        slowest_tasks(tasks, by=[])


def test_a_clock_s_mistake_is_left_out() -> None:
    answer = slowest_tasks(tasks_of(task("x1", "Copy", 2), task("x2", "Copy", -50)))
    assert (list(answer["n"]), seconds(answer["total"]), seconds(answer["longest"])) == ([1], [2], [2])


@pytest.mark.parametrize(
    ("tasks", "rows"),
    [(empty_frame("tasks"), 0), (tasks_of(task("x1", "Copy", None)), 0), (tasks_of(task("x1", "Copy", 0)), 1)],
    ids=["none", "not ended", "one"],
)
def test_no_row_and_one_row_give_an_answer(tasks: pd.DataFrame, rows: int) -> None:
    answer = slowest_tasks(tasks)
    assert (len(answer), dtypes(answer)) == (rows, DTYPES)
    assert answer["share"].isna().all()
