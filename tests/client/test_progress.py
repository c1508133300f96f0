"""Folding status events into the state of an execution."""

from typing import Any

import pytest

from ctl_jupyter.client import HostProgress, Progress
from ctl_jupyter.documents import StatusEvent


def folded(*events: tuple[str, Any], status: str = "RUNNING") -> Progress:
    progress = Progress(status=status)
    for number, (kind, message) in enumerate(events):
        progress.add(StatusEvent(id=str(number), timestamp=1000 + number, event_type=kind, message=message))
    return progress


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("runner_on_ok", {}, HostProgress(ok=1)),
        ("runner_on_ok", {"changed": True}, HostProgress(ok=1, changed=1)),
        ("runner_on_async_ok", {"changed": False}, HostProgress(ok=1)),
        ("runner_on_skipped", {}, HostProgress(skipped=1)),
        ("runner_on_failed", {}, HostProgress(failed=1)),
        ("runner_on_failed", {"ignore_errors": True}, HostProgress(ignored=1)),
        ("runner_on_async_failed", {}, HostProgress(failed=1)),
        ("runner_on_unreachable", {}, HostProgress(unreachable=1)),
    ],
)
def test_results_are_counted_by_host(kind: str, message: dict[str, Any], expected: HostProgress) -> None:
    assert folded((kind, {"host": "web1", **message})).hosts == {"web1": expected}


def test_an_items_result_is_not_a_tasks() -> None:
    progress = folded(("runner_item_on_ok", {"host": "web1"}), ("runner_item_on_failed", {"host": "web1"}))

    assert (progress.hosts, progress.failures, progress.events) == ({}, [], 2)


def test_play_and_task() -> None:
    progress = folded(
        ("playbook_on_play_start", {"play": "web"}),
        ("playbook_on_task_start", {"task": "one"}),
        ("playbook_on_task_start", {"task": "two"}),
    )

    assert (progress.play, progress.task, progress.tasks_started) == ("web", "two", 2)


def test_failures_keep_their_order() -> None:
    progress = folded(
        ("runner_on_failed", {"host": "web2", "task": "one", "msg": "first"}),
        ("runner_on_unreachable", {"host": "web1", "task": "two", "msg": "second"}),
    )

    assert [(failure.host, failure.task, failure.message) for failure in progress.failures] == [
        ("web2", "one", "first"),
        ("web1", "two", "second"),
    ]
    assert [failure.unreachable for failure in progress.failures] == [False, True]


def test_what_a_rescue_block_mended_is_no_failure() -> None:
    progress = folded(
        ("runner_on_failed", {"host": "web1", "task": "one", "msg": "mended"}),
        ("runner_on_failed", {"host": "web2", "task": "one", "msg": "not mended"}),
        (
            "playbook_on_stats",
            {"stats": {"web1": {"failures": 0, "rescued": 1}, "web2": {"failures": 1, "rescued": 0}}},
        ),
        status="FAILURE",
    )

    assert [failure.host for failure in progress.failures] == ["web2"]
    assert progress.hosts["web1"].failed == 0


def test_status_changes_and_their_times() -> None:
    progress = folded(
        ("status_change", {"status": "PENDING"}),
        ("status_change", {"status": "INITIALIZING"}),
        ("status_change", {"status": "RUNNING"}),
        ("status_change", {"status": "FAILURE"}),
    )
    assert (progress.status, progress.started, progress.ended, progress.is_final) == ("FAILURE", 1001, 1003, True)

    progress.add(StatusEvent(event_type="status_change", timestamp=2000, message={"status": "INITIALIZING"}))
    assert (progress.status, progress.started, progress.ended) == ("INITIALIZING", 2000, None)


@pytest.mark.parametrize(
    ("host", "status", "word"),
    [
        (HostProgress(ok=3), "RUNNING", "running"),
        (HostProgress(ok=3, failed=1), "RUNNING", "failed"),
        (HostProgress(ok=3, failed=1, unreachable=1), "FAILURE", "unreachable"),
        (HostProgress(ok=3, changed=1), "SUCCESS", "changed"),
        (HostProgress(ok=3), "SUCCESS", "ok"),
        (HostProgress(ignored=1), "SUCCESS", "ok"),
        (HostProgress(skipped=2), "SUCCESS", "skipped"),
        (HostProgress(ok=1), "REBOOTING", "running"),
    ],
)
def test_one_word_for_a_host(host: HostProgress, status: str, word: str) -> None:
    assert Progress(status=status).outcome_of(host) == word


def test_an_asynchronous_task_that_is_told_twice_counts_once() -> None:
    slow, poor = {"host": "web1", "task": "Slow"}, {"host": "web1", "task": "Poor", "msg": "too late"}
    progress = folded(
        ("runner_on_async_ok", {**slow, "changed": True}),
        ("runner_on_ok", {**slow, "changed": True}),
        ("runner_on_async_failed", poor),
        ("runner_on_failed", {**poor, "ignore_errors": True}),
        ("runner_on_ok", slow),
    )
    assert progress.hosts["web1"] == HostProgress(ok=2, changed=1, ignored=1)
    assert progress.failures == []


def test_of_a_hosts_failures_the_last_counts() -> None:
    progress = folded(
        ("runner_on_failed", {"host": "web1", "task": "Harmless", "msg": "mended"}),
        ("runner_on_failed", {"host": "web2", "task": "Fatal", "msg": "broken"}),
        ("runner_on_failed", {"host": "web1", "task": "Fatal", "msg": "broken"}),
    )
    assert [(failure.host, failure.task) for failure in progress.failures] == [("web2", "Fatal"), ("web1", "Fatal")]


def test_of_a_hosts_failures_that_were_not_rescued_the_first_counts_once_they_are_counted() -> None:
    progress = folded(
        ("runner_on_failed", {"host": "web1", "task": "Tried", "msg": "rescued"}),
        ("runner_on_failed", {"host": "web1", "task": "Fall", "msg": "fell"}),
        ("runner_on_failed", {"host": "web2", "task": "Fall", "msg": "fell, too"}),
        ("runner_on_failed", {"host": "web1", "task": "Sweep", "msg": "no broom"}),
        ("playbook_on_stats", {"stats": {"web1": {"failures": 2, "rescued": 1}, "web2": {"failures": 1}}}),
    )
    assert [(failure.host, failure.task) for failure in progress.failures] == [("web1", "Fall"), ("web2", "Fall")]
    assert [failure.task for failure in progress.failures_of("web1")] == ["Tried", "Fall", "Sweep"]
