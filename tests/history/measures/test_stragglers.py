"""What the others wait for a host."""

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter.history.measures import stragglers
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.host_results import dtypes, hosts_of, result, seconds, tasks_of

DTYPES = {
    "job": "category",
    "job_id": "category",
    "host": "category",
    "n": "int64",
    "last": "int64",
    **dict.fromkeys(("wall_lost", "host_time", "late"), "timedelta64[ms]"),
    "share": "float64",
    "excess": "float64",
}
#: Of the first task c is last, 6 s after b: a and b wait; of the second a, 1 s after b and c, of the third two at once.
ROWS = (
    result("x1", "a", number=1, start=0, end=2),
    result("x1", "b", number=1, start=0, end=4),
    result("x1", "c", number=1, start=0, end=10),
    result("x1", "a", number=2, start=10, end=13),
    result("x1", "b", number=2, start=10, end=12),
    result("x1", "c", number=2, start=10, end=12),
    result("x1", "a", number=3, start=13, end=14),
    result("x1", "b", number=3, start=13, end=20),
    result("x1", "c", number=3, start=13, end=20),
    # Alone in its run, of no number, and without an end: none of them is waited for.
    result("x2", "c", number=1, start=100, end=120),
    result("x2", "c", number=None, start=120, end=140),
    result("x2", "a", number=2, start=120, end=None),
    result("x2", "c", number=2, start=120, end=130),
)


def test_what_the_others_waited_is_added_up_by_hand() -> None:
    answer = stragglers(hosts_of(*ROWS))
    assert dtypes(answer) == DTYPES
    assert answer[["job", "host", "n", "last"]].to_numpy().tolist() == [
        ["deploy", "c", 3, 1],
        ["deploy", "a", 3, 1],
        ["deploy", "b", 3, 0],
    ]
    assert seconds(answer["wall_lost"]) == [6, 1, 0]
    assert seconds(answer["host_time"]) == [12, 2, 0]
    # The runs took 20 s and 100 to 140.
    assert list(answer["share"]) == [6 / 60, 1 / 60, 0]
    # 10 s beside a median of 3 s, and 3 s beside 2 s.
    assert list(answer["excess"][:2]) == [10 / 3, 1.5]
    assert np.isnan(answer["excess"][2])


def test_the_runs_time_is_that_of_the_tasks_when_they_are_given() -> None:
    place = {"execution_id": "x1", "run": 1, "number": 1, "job": "deploy"}
    tasks = tasks_of({**place, "start": "2026-03-02T00:00:00Z", "end": "2026-03-02T00:00:30Z"})
    assert list(stragglers(hosts_of(*ROWS), tasks)["share"]) == [6 / 30, 1 / 30, 0]
    assert stragglers(hosts_of(*ROWS), empty_frame("tasks"))["share"].isna().all()


def test_beginning_late_is_told_apart_and_comes_after_being_slow() -> None:
    # c waits 5 s for a fork and works as long as the others; in another run b works 3 s longer.
    answer = stragglers(
        hosts_of(
            result("x1", "a", start=0, end=5),
            result("x1", "b", start=0, end=5),
            result("x1", "c", start=5, end=10),
            result("x2", "a", start=60, end=65),
            result("x2", "b", start=60, end=68),
            result("x2", "c", start=60, end=65),
        )
    )
    assert list(answer["host"]) == ["b", "c", "a"]
    assert seconds(answer["host_time"]) == [6, 10, 0]
    assert seconds(answer["late"]) == [0, 5, 0]


def test_runs_and_jobs_are_apart_in_any_order_of_the_rows() -> None:
    rows = []
    for nth, (job, run) in enumerate((("one", 1), ("one", 2), ("two", 1))):
        rows += [
            result("x1" if job == "one" else "x2", host, job=job, run=run, start=60 * nth, end=60 * nth + end)
            for host, end in (("a", 1), ("b", 2 + nth))
        ]
    hosts = hosts_of(*rows)
    mixed = hosts.sample(frac=1, random_state=3)
    mixed.index = pd.Index(np.zeros(len(mixed)))
    for frame in (hosts, mixed):
        answer = stragglers(frame)
        lost = dict(zip(zip(answer["job"], answer["host"], strict=True), seconds(answer["wall_lost"]), strict=True))
        assert lost == {("one", "a"): 0, ("one", "b"): 3, ("two", "a"): 0, ("two", "b"): 3}


def test_many_tasks_are_the_same_as_a_plain_way() -> None:
    generator = np.random.default_rng(1)
    count = 60_000
    hosts = pd.concat([hosts_of(result("x1", "a"), result("x1", "b"))] * (count // 2), ignore_index=True)
    hosts["number"] = pd.array(np.repeat(np.arange(count // 4), 4), dtype="Int64")
    hosts["host"] = pd.Categorical(np.tile(list("abcd"), count // 4))
    hosts["end"] = hosts["start"] + pd.to_timedelta(generator.integers(1, 1000, count), unit="ms")
    ends = np.sort(hosts["end"].to_numpy(dtype="datetime64[ms]").reshape(-1, 4), axis=1)
    lost = float((ends[:, 3] - ends[:, 2]).astype(np.int64).sum()) / 1000
    answer = stragglers(hosts)
    assert sum(seconds(answer["wall_lost"])) == pytest.approx(lost)
    assert sum(seconds(answer["host_time"])) == pytest.approx(3 * lost)
    assert list(answer["n"]) == [count // 4] * 4


def test_without_a_begin_there_is_no_excess() -> None:
    answer = stragglers(hosts_of(result("x1", "a", start=None, end=1), result("x1", "b", start=None, end=3)))
    assert seconds(answer["wall_lost"]) == [2, 0]
    assert answer[["share", "excess"]].isna().all(axis=None)


@pytest.mark.parametrize("hosts", [empty_frame("hosts"), hosts_of(result("x1", "a"))], ids=["none", "one"])
def test_no_row_and_one_row_give_an_empty_answer(hosts: pd.DataFrame) -> None:
    answer = stragglers(hosts)
    assert (len(answer), dtypes(answer)) == (0, DTYPES)
