"""How long a job usually takes."""

import pytest

from ctl_jupyter.client.estimate import usual_seconds
from ctl_jupyter.documents import Execution, Timer


def run(seconds: float | None, status: str = "SUCCESS", runs: int = 1) -> Execution:
    timer = Timer(start=1_000_000, end=None if seconds is None else 1_000_000 + int(seconds * 1000))
    return Execution(execution_id="one", status=status, timers=[timer] * runs)


@pytest.mark.parametrize(
    ("executions", "usual"),
    [
        ([], None),
        ([run(7)], 7.0),
        ([run(10), run(30), run(2000)], 30.0),
        ([run(10), run(1, "FAILURE"), run(2, "STOPPED"), run(None, "RUNNING")], 10.0),
        # A restart runs the failed hosts alone.
        ([run(3, runs=2), run(10)], 10.0),
        ([run(None), run(-5), Execution(execution_id="no times", status="SUCCESS")], None),
        ([run(10)] * 20 + [run(1000)] * 30, 10.0),
    ],
)
def test_the_median_of_the_newest_successes(executions: list[Execution], usual: float | None) -> None:
    assert usual_seconds(executions) == usual
