"""Tasks whose hosts wait for a fork."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter.history.measures import fork_bound
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.host_results import Row, at, dtypes, hosts_of, result, seconds, tasks_of

DTYPES = {
    **dict.fromkeys(("job", "job_id", "play", "task"), "category"),
    **dict.fromkeys(("n", "bound", "hosts", "forks"), "int64"),
    **dict.fromkeys(("waited", "wall", "wall_enough", "saved"), "timedelta64[ms]"),
    "advice": "str",
}


def task(*spans: tuple[float, float], number: int = 1, execution_id: str = "x1", **others: Any) -> list[Row]:
    """Return a task's results: one host for each begin and end."""
    return [
        result(execution_id, f"web{nth}", number=number, start=start, end=end, **others)
        for nth, (start, end) in enumerate(spans)
    ]


#: Two forks, five hosts: the third begins when the second has ended, and so on.
WAVES = ((0.0, 3.0), (0.0, 2.0), (2.02, 5.0), (3.01, 6.0), (5.02, 7.0))


def test_waves_of_two_forks_are_found_by_hand() -> None:
    answer = fork_bound(hosts_of(*task(*WAVES)))
    assert dtypes(answer) == DTYPES
    assert answer[["task", "n", "bound", "hosts", "forks"]].to_numpy().tolist() == [["Task 1", 1, 1, 5, 2]]
    assert seconds(answer["waited"]) == [pytest.approx(2.02 + 3.01 + 5.02)]
    assert seconds(answer["wall"]) == [7]
    # The longest works 3 s.
    assert seconds(answer["wall_enough"]) == [3]
    assert seconds(answer["saved"]) == [4]
    assert list(answer["advice"]) == [
        "forks=5 in ansible.cfg, or --forks 5: 5 hosts share 2 forks; up to 4.0 s less a run."
    ]


def test_the_task_s_begin_is_that_of_the_frame_tasks() -> None:
    hosts = hosts_of(*task(*WAVES), *task(*WAVES, execution_id="x2"))
    tasks = tasks_of(
        {"execution_id": "x2", "run": 1, "number": 1, "job": "deploy", "start": at(-1)},
        {"execution_id": "x0", "run": 1, "number": 1, "job": "deploy", "start": at(-100)},
    )
    assert seconds(fork_bound(hosts, tasks)["wall"]) == [7 + 8]
    assert seconds(fork_bound(hosts, tasks)["waited"]) == [pytest.approx(2 * 10.05 + 5)]
    assert seconds(fork_bound(hosts, empty_frame("tasks"))["wall"]) == [14]


@pytest.mark.parametrize(
    "rows",
    [
        task((0, 3), (0.1, 2), (0.2, 4), (0.3, 3)),
        # Nobody waits for the one before: the third begins 10 s after.
        task((0, 1), (0, 1), (11, 12), (21, 22)),
        # Quicker than a process begins: one after the other says nothing.
        task((0, 0.01), (0.02, 0.03), (0.04, 0.05), (0.06, 0.07)),
        # Two at a time, while another task of the run has three.
        [*task(*WAVES), *task((10, 12), (10, 12), (10, 12), number=2)],
        task((0, 1)),
        task((0, 0), (0, 0), (0, 0)),
    ],
    ids=["at once", "gaps", "quick", "throttled", "one host", "no time"],
)
def test_what_does_not_wait_for_a_fork_is_left_out(rows: list[Row]) -> None:
    answer = fork_bound(hosts_of(*rows))
    assert (len(answer), dtypes(answer)) == (0, DTYPES)


def test_an_end_told_late_is_no_further_fork() -> None:
    # Each begin is 30 ms before the end that made it possible.
    late = [(start - 0.05 if start else 0, end) for start, end in WAVES]
    assert list(fork_bound(hosts_of(*task(*late)))["forks"]) == [2]
    assert fork_bound(hosts_of(*task(*late)), tolerance=0.001).empty


def test_only_the_runs_in_which_it_waited_are_added_up() -> None:
    at_once = task((100, 102), (100, 103), execution_id="x2")
    slower = [*task(*((2 * start, 2 * end) for start, end in WAVES), number=2)]
    answer = fork_bound(hosts_of(*at_once, *task(*WAVES), *slower, *task((0, 1), (0, 1), execution_id="x3")))
    assert answer[["task", "n", "bound", "hosts"]].to_numpy().tolist() == [["Task 2", 1, 1, 5], ["Task 1", 3, 1, 5]]
    assert seconds(answer["saved"]) == [8, 4]


def test_many_hosts_in_any_order_are_what_was_simulated() -> None:
    generator = np.random.default_rng(1)
    free = [0.0] * 7
    spans = []
    for took in generator.uniform(1, 3, 100):
        start = min(free) + 0.01
        free[free.index(min(free))] = start + took
        spans.append((start, start + took))
    hosts = hosts_of(*task(*spans)).sample(frac=1, random_state=1)
    answer = fork_bound(hosts)
    assert answer[["hosts", "forks"]].to_numpy().tolist() == [[100, 7]]


def test_rows_without_times_or_number_are_left_out() -> None:
    odd = [
        result("x1", "odd", start=None, end=9),
        result("x1", "odd2", start=3, end=None),
        result("x1", "odd3", number=None, start=0, end=90),
    ]
    assert seconds(fork_bound(hosts_of(*odd, *task(*WAVES)))["wall"]) == [7]


def test_no_row_gives_an_empty_answer() -> None:
    answer = fork_bound(empty_frame("hosts"), empty_frame("tasks"))
    assert (len(answer), dtypes(answer)) == (0, DTYPES)
    pd.testing.assert_frame_equal(answer, fork_bound(hosts_of(result("x1", "a"))))
