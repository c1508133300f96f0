"""At most four executions of an account run at a time; the others wait for their turn."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service.api import FinishedRun, RunnerApi, StartedRun
from tests.service.waiting import Gate, until

pytestmark = pytest.mark.engine

AT_A_TIME = 4


def test_four_at_a_time_first_come_first_served(api: RunnerApi, tmp_path: Path) -> None:
    with ExitStack() as stack:
        gates = [stack.enter_context(Gate(tmp_path / f"gate{number}")) for number in range(7)]
        runs = [
            api.begin(f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {gate.task}\n", name=f"job {number}")
            for number, gate in enumerate(gates)
        ]
        for gate in gates[:AT_A_TIME]:
            gate.await_task()
        await_statuses(api, runs, ["RUNNING"] * 4 + ["PENDING"] * 3)
        waiting = api.execution(runs[4])
        assert (waiting["start"], waiting["end"]) == (None, None)

        # Whichever of those that run ends first, the one that has waited longest is next.
        gates[2].open()
        gates[4].await_task()
        await_statuses(api, runs[4:], ["RUNNING", "PENDING", "PENDING"])
        gates[4].open()
        gates[0].open()
        gates[5].await_task()
        gates[6].await_task()
        for number in (1, 3, 5, 6):
            gates[number].open()
        finished = [api.finish(run) for run in runs]

    assert [run.status for run in finished] == ["SUCCESS"] * 7
    assert most_at_a_time(finished) == AT_A_TIME
    begins = [seq_of(run, "INITIALIZING") for run in finished]
    assert begins == sorted(begins)
    assert begins[4] > seq_of(finished[2], "SUCCESS")


def test_jobs_with_live_executions_are_kept(api: RunnerApi, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        run = api.begin(f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {gate.task}\n")
        path = f"/jobs/{api.account}/{run.job_id}"
        refused = api.http.delete(path)
        assert refused.status_code == 400
        assert refused.json() == {"message": "An execution of this job has not ended yet: delete it after that."}
        gate.await_task()
        assert api.http.delete(path).status_code == 400
        gate.open()
        api.finish(run)
    assert api.http.delete(path).status_code == 204
    assert api.http.get(path).status_code == 404
    # What has run remains known.
    assert api.status(run) == "SUCCESS"
    assert api.events(run)


def await_statuses(api: RunnerApi, runs: list[StartedRun], statuses: list[str]) -> None:
    until(lambda: [api.status(run) for run in runs] == statuses, f"the statuses do not become {statuses}")


def seq_of(run: FinishedRun, status: str) -> int:
    (seq,) = (
        event["seq"]
        for event in run.events
        if event["event_type"] == "status_change" and event["message"]["status"] == status
    )
    return int(seq)


def most_at_a_time(runs: list[FinishedRun]) -> int:
    """Return how many executions ran at the same moment, at most, by the order of all events."""
    changes = sorted(
        [(seq_of(run, "INITIALIZING"), 1) for run in runs] + [(seq_of(run, run.status), -1) for run in runs]
    )
    running = [sum(step for _, step in changes[: place + 1]) for place in range(len(changes))]
    return max(running)
