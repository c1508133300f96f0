from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter.history.measures import time_left
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.small_frames import series_of


def test_what_is_left_of_those_that_took_longer() -> None:
    executions = series_of([60, 100, 110, 120, 130, 140])
    found = time_left(executions, 100, band=0.5)
    # Longer than 100 s: 110, 120, 130, 140; the quarters are 117.5 and 132.5.
    assert (found.n, found.looked_at) == (4, 6)
    assert found.left == timedelta(seconds=25)
    assert (found.low, found.high) == (timedelta(seconds=17.5), timedelta(seconds=32.5))
    assert repr(found) == "TimeLeft: 0:25 (0:18 to 0:32 in 50 % of 4 executions that took longer, after 1:40)"
    assert time_left(executions, timedelta(minutes=1, seconds=40), band=0.5) == found


def test_the_newest_whole_successes_are_looked_at() -> None:
    seconds = np.concatenate([np.full(300, 1000.0), np.full(200, 50.0), [7, 8, 9]])
    status = ["SUCCESS"] * 500 + ["FAILURE", "RUNNING", "SUCCESS"]
    executions = series_of(seconds, status=status, runs=[1] * 502 + [2])
    found = time_left(executions.sample(frac=1, random_state=1), 0)
    assert (found.n, found.looked_at, found.left) == (200, 200, timedelta(seconds=50))


def test_without_a_history_nothing_is_known() -> None:
    found = time_left(empty_frame("executions"), 5)
    assert (found.n, found.looked_at) == (0, 0)
    assert pd.isna([found.left, found.low, found.high]).all()
    assert repr(found) == "TimeLeft: not known, no execution of this job has succeeded (after 0:05)"
    late = time_left(series_of([60]), 3700)
    assert repr(late) == "TimeLeft: not known, none of 1 executions took longer (after 1:01:40)"


def test_of_several_jobs_one_is_named_by_name_or_id() -> None:
    both = pd.concat([series_of([10] * 3, job="web"), series_of([90] * 3, job="db", job_id=["42"] * 3)])
    for column in ("job", "job_id"):
        both[column] = both[column].astype("category")
    with pytest.raises(ValueError, match="executions of 2 jobs: say which"):
        time_left(both, 5)
    assert time_left(both, 5, job="web").left == timedelta(seconds=5)
    assert time_left(both, 5, job="42").left == timedelta(seconds=85)
    assert time_left(both, 5, job="gone").n == 0


def test_of_two_jobs_with_one_name_the_id_says_which() -> None:
    jobs = [series_of([seconds] * 3, job="web", job_id=[str(seconds)] * 3) for seconds in (10, 90)]
    both = pd.concat(jobs).astype({"job_id": "category"})
    with pytest.raises(ValueError, match="of 2 jobs, all named 'web': say which, by its id"):
        time_left(both, 5, job="web")
    assert time_left(both, 5, job="90").left == timedelta(seconds=85)


@pytest.mark.parametrize(("elapsed", "band", "message"), [(-1, 0.8, "elapsed=-1"), (1, 80, "band=80")])
def test_what_cannot_be_is_refused(elapsed: float, band: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        time_left(empty_frame("executions"), elapsed, band=band)
