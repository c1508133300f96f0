"""The order of events, and the runs that they belong to, in every form that a service may list them."""

import pytest

from ctl_jupyter.client.runs import in_order, last_run, runs_of
from ctl_jupyter.documents import Execution, StatusEvent, Timer

RUN = ("playbook_on_start", "playbook_on_task_start", "runner_on_failed", "playbook_on_stats", "playbook_result")


def events(*kinds: str, times: list[int | None] | None = None, seqs: list[int] | None = None) -> list[StatusEvent]:
    return [
        StatusEvent(
            id=str(place),
            event_type=kind,
            timestamp=times[place] if times else None,
            seq=seqs[place] if seqs else None,
        )
        for place, kind in enumerate(kinds)
    ]


def kinds(listed: list[StatusEvent]) -> list[str]:
    return [event.event_type for event in listed]


@pytest.mark.parametrize(
    "times", [[1, 2, 3, 4, 5], [1, 1, 2, 2, 2], [7, 7, 7, 7, 7], [None] * 5, [1, None, None, 4, 5]]
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_the_order_without_a_cursor(times: list[int | None], newest_first: bool) -> None:
    listed = events(*RUN, times=times)
    if newest_first:
        listed.reverse()
    assert kinds(in_order(listed)) == list(RUN)


def test_the_cursor_tells_the_order() -> None:
    assert kinds(in_order(events("b", "a", times=[1, 2], seqs=[9, 8]))) == ["a", "b"]


def test_no_events() -> None:
    assert in_order([]) == []
    assert runs_of([]) == []


@pytest.mark.parametrize(
    "listed",
    [
        [*RUN, *RUN],
        [*RUN[:-1], *RUN],  # a service that tells no results
        ["playbook_result", *RUN],  # the first never got to run its playbook
    ],
)
def test_a_restart_begins_another_run(listed: list[str]) -> None:
    runs = runs_of(events(*listed))
    assert [len(run) for run in runs] == [len(listed) - len(RUN), len(RUN)]
    assert kinds(runs[-1]) == list(RUN)


def test_two_runs_that_never_ran() -> None:
    assert [kinds(run) for run in runs_of(events("playbook_result", "playbook_result"))] == [["playbook_result"]] * 2


def test_the_final_status_after_the_result_is_of_the_same_run() -> None:
    listed = events(*RUN)
    listed.append(StatusEvent(event_type="status_change", message={"status": "FAILURE"}))
    assert len(runs_of(listed)) == 1
    listed.append(StatusEvent(event_type="status_change", message={"status": "PENDING"}))
    assert [len(run) for run in runs_of(listed)] == [6, 1]


@pytest.mark.parametrize("late", ["runner_on_ok", "playbook_on_stats", "runner_item_on_failed"])
def test_a_late_result_begins_no_run(late: str) -> None:
    assert len(runs_of(events(*RUN, late))) == 1


def document(status: str, *starts: int | None) -> Execution:
    return Execution(execution_id="e", status=status, timers=[Timer(start=start) for start in starts])


@pytest.mark.parametrize(
    ("execution", "listed", "number", "count"),
    [
        (document("PENDING", None), [], 1, 0),
        (document("RUNNING", 1), [*RUN[:2]], 1, 2),
        (document("RUNNING", 1), [*RUN], 1, 5),  # the result is there before the status
        (document("FAILURE", 1), [*RUN], 1, 5),
        (document("FAILURE", 1, 9), [*RUN, *RUN], 2, 5),
        (document("PENDING", 1, None), [*RUN], 2, 0),
        (document("INITIALIZING", 1, 9), [*RUN], 2, 0),
        (document("FAILURE", 1, 9), [*RUN], 2, 0),  # it ended, and nothing is told of it
        (document("RUNNING", None, 1), [*RUN[1:]], 2, 4),  # the first never got to tell anything
        # The older form, which has one start and one end.
        (document("PENDING", 1), [*RUN], 2, 0),
        (document("INITIALIZING", 1), [*RUN], 2, 0),
        (document("RUNNING", 1), [*RUN, *RUN[:3]], 2, 3),
    ],
    ids=str,
)
def test_the_last_run(execution: Execution, listed: list[str], number: int, count: int) -> None:
    run = last_run(execution, events(*listed, times=[2 + place // 5 * 10 for place in range(len(listed))]))
    assert (run.number, len(run.events), run.progress.events) == (number, count, count)
