"""The order of events, and the runs that they belong to, in every form that a service may list them."""

import pytest

from ctl_jupyter.client.runs import in_order, runs_of
from ctl_jupyter.documents import StatusEvent

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
