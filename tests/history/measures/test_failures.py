"""Failures with the same cause, over hosts and runs."""

from typing import Any

import pandas as pd
import pytest

from ctl_jupyter.client.causes import normalised
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures import failure_groups
from ctl_jupyter.history.schema import FRAMES, empty_frame
from tests.history.measures.host_results import Row, at, dtypes, execution, executions_of, hosts_of, result
from tests.history.measures.small_frames import frame

DTYPES = {
    **dict.fromkeys(("group", "n"), "int64"),
    **dict.fromkeys(("outcome", "task", "action", "path"), "category"),
    "cause": "str",
    "hosts": "int64",
    "host_names": "str",
    **dict.fromkeys(("tasks", "executions", "jobs"), "int64"),
    **dict.fromkeys(("first", "last"), "datetime64[ms, UTC]"),
    **dict.fromkeys(("message", "execution_id"), "str"),
}


def failed(execution_id: str, host: str, message: str | None, end: float = 1, **others: Any) -> Row:
    outcome = str(others.pop("outcome", "failed"))
    return result(execution_id, host, outcome, message=message, start=end - 1, end=end, **others)


def test_one_cause_of_many_hosts_and_runs_is_one_group() -> None:
    answer = failure_groups(
        hosts_of(
            failed("x1", "web1", "Timeout when waiting for web1:8080 after 301 s", 10),
            failed("x1", "web2.example.org", "Timeout when waiting for web2.example.org:8080 after 299 s", 5),
            failed("x2", "db", "Timeout when waiting for db:8080 after 300 s", 20, job="nightly"),
            failed("x2", "web1", "Timeout when waiting for web1:8080 after 305 s", 30, job="nightly"),
            failed("x2", "web7", "Timeout when waiting for 10.0.0.7:8080 after 305 s", 29, job="nightly"),
            failed("x3", "db", "No space left on device: '/tmp/ansible-tmp-17.3-9/x'", 40),
            result("x3", "web1"),
        )
    )
    assert dtypes(answer) == DTYPES
    assert answer[["group", "n", "hosts", "executions", "jobs"]].to_numpy().tolist() == [
        [1, 5, 4, 2, 2],
        [2, 1, 1, 1, 1],
    ]
    first = answer.iloc[0]
    assert first["cause"] == "Timeout when waiting for HOST:# after # s"
    assert first["host_names"] == "web2.example.org, web1, db and 1 more"
    assert [first["first"], first["last"]] == [pd.Timestamp(str(at(5))), pd.Timestamp(str(at(30)))]
    assert first["message"] == "Timeout when waiting for web1:8080 after 305 s"
    assert first[["execution_id", "outcome", "task", "action", "path"]].to_list() == [
        "x2",
        "failed",
        "Task 1",
        "command",
        "site.yml:1",
    ]
    assert answer["cause"][1] == "No space left on device: 'PATH'"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("at 2026-03-02 10:00:01 it broke", "at 2026-11-12T08:30:00Z it broke", True),
        ("id 3f2b8c1d-0a1b-4c2d-8e3f-0123456789ab gone", "id 0f2b8c1d-9a1b-4c2d-8e3f-f123456789ab gone", True),
        ("object at 0x7f3a", "object at 0xdeadbeef", True),
        ("command '/bin/a --x 1' broke", "command 'rm -rf b' broke", True),
        ("'port' is undefined", "'colour' is undefined", False),
        ("could not find it", "could not read it", False),
        ("don't do it, it isn't well", "don't do that, it isn't well", False),
        ("x" * 600 + "a" * 800, "x" * 600 + "b" * 700 + "a" * 700, True),
    ],
    ids=["time", "uuid", "address", "quoted command", "variable", "words", "apostrophes", "middle of a long one"],
)
def test_messages_are_the_same_but_for_what_differs_anyway(one: str, other: str, same: bool) -> None:
    answer = failure_groups(hosts_of(failed("x1", "web1", one), failed("x2", "web2", other)))
    assert len(answer) == (1 if same else 2)


@pytest.mark.parametrize(
    "message",
    [
        "2026-03-02T10:00:01Z 3F2b8c1d-0a1b-4c2d-8e3f-0123456789ab and 7fa3b21 of ~/.cache/x7 at 0x7f3A, 12.5 %",
        "/a/b, /c/d and\\\\share\\x: 10.0.0.1:22 fe80::1:2:3 3 Mar 12:00:01 added faded0 deadbeef cafe1234",
        "C:\\temp\\a1 said https://web1.example.org/x?y=1 (http://h/z)",
    ],
)
def test_a_cause_is_the_message_as_one_execution_s_causes_are_told(message: str) -> None:
    answer = failure_groups(hosts_of(failed("x1", "web1", message)))
    assert answer["cause"].to_list() == [normalised(message, hosts={"web1"})]


def in_five_places(message: str | None) -> pd.DataFrame:
    """Return a failure in five runs; of the first two the line alone differs, of others the task, module or file."""
    other: list[dict[str, Any]] = [{"task": "Other"}, {"action": "shell"}, {"path": "other.yml:1"}]
    rows = [failed(f"x{nth}", "web1", message, **others) for nth, others in enumerate(other)]
    moved = failed("x9", "web1", message, 90, path="site.yml:12")
    return hosts_of(failed("x8", "web1", message), moved, *rows)


def test_one_cause_in_many_places_is_one_group_and_one_for_each_when_asked() -> None:
    hosts = in_five_places("broke")
    together = failure_groups(hosts)
    assert together[["n", "tasks", "executions", "path"]].to_numpy().tolist() == [[5, 4, 5, "site.yml:12"]]
    apart = failure_groups(hosts, by=("task", "action", "path"))
    assert apart[["n", "tasks"]].to_numpy().tolist() == [[2, 1], [1, 1], [1, 1], [1, 1]]
    assert apart["path"][0] == "site.yml:12"
    assert dtypes(apart) == DTYPES


@pytest.mark.parametrize(
    "message", [None, "non-zero return code", "MODULE FAILURE\nSee stdout", "One or more items failed"]
)
def test_a_message_that_tells_nothing_makes_no_places_one(message: str | None) -> None:
    answer = failure_groups(in_five_places(message))
    assert answer[["n", "tasks"]].to_numpy().tolist() == [[2, 1], [1, 1], [1, 1], [1, 1]]


def test_causes_of_each_job_and_of_jobs_with_the_same_name() -> None:
    rows = [failed(f"x{nth}", "web1", "broke", nth, job_id=f"id-{nth % 3}") for nth in range(1, 6)]
    hosts = hosts_of(*rows)
    assert failure_groups(hosts)[["n", "jobs"]].to_numpy().tolist() == [[5, 3]]
    of_jobs = failure_groups(hosts, by="job")
    assert list(of_jobs.columns[:5]) == ["group", "n", "job", "job_id", "outcome"]
    assert of_jobs[["n", "job", "job_id"]].to_numpy().tolist() == [
        [2, "deploy", "id-2"],
        [2, "deploy", "id-1"],
        [1, "deploy", "id-0"],
    ]
    assert of_jobs["job_id"].cat.categories.to_list() == ["id-0", "id-1", "id-2"]
    with pytest.raises(DocumentError, match="no column 'colour' to group by"):
        failure_groups(hosts, by="colour")


def test_unreachable_hosts_are_apart_and_of_no_task() -> None:
    rows = [
        failed(
            f"x{nth}", f"web{nth}", "no route to host", outcome="unreachable", task=f"Task {nth}", path=f"a{nth}.yml:1"
        )
        for nth in range(3)
    ]
    answer = failure_groups(hosts_of(*rows, failed("x4", "web1", "no route to host")))
    assert answer[["outcome", "n"]].to_numpy().tolist() == [["unreachable", 3], ["failed", 1]]
    assert answer[["task", "action", "path"]].isna().all(axis=1).to_list() == [True, False]


def test_what_was_ignored_or_mended_is_no_failure() -> None:
    rows = (
        failed("x1", "web1", "ignored", outcome="ignored"),
        failed("x1", "web2", "mended"),
        result("x1", "web2", number=2, start=1, end=2),
        failed("x1", "web3", "mended before"),
        failed("x1", "web3", "broke", 3, number=2),
    )
    assert failure_groups(hosts_of(*rows))["message"].to_list() == ["broke"]
    told = executions_of(execution("x1", status="FAILURE", failed_hosts=["web2"]))
    assert failure_groups(hosts_of(*rows), told)["message"].to_list() == ["mended"]


def test_no_message_is_a_cause_too() -> None:
    answer = failure_groups(
        hosts_of(failed("x1", "web1", None), failed("x2", "web1", None), failed("x3", "a", "broke"))
    )
    assert answer[["n", "cause"]].to_numpy().tolist() == [[2, ""], [1, "broke"]]
    assert answer["message"].isna().to_list() == [True, False]


def test_events_are_taken_without_items() -> None:
    told = failed("x1", "web1", "broke")
    rows = [
        {**told, "event_type": "runner_item_on_failed", "message": "broke at an item"},
        {**told, "event_type": "runner_on_failed"},
        {**told, "event_type": "playbook_on_stats", "host": None, "outcome": None, "message": None},
    ]
    events = frame("events", **{each.name: [row.get(each.name) for row in rows] for each in FRAMES["events"]})
    assert failure_groups(events)[["n", "message"]].to_numpy().tolist() == [[1, "broke"]]
    assert failure_groups(events[::-1])["n"].to_list() == [1]
    assert dtypes(failure_groups(empty_frame("events"))) == DTYPES


@pytest.mark.parametrize("executions", [None, empty_frame("executions")], ids=["without", "empty"])
def test_no_failure_gives_an_empty_answer(executions: pd.DataFrame | None) -> None:
    for hosts in (empty_frame("hosts"), hosts_of(result("x1", "web1"))):
        answer = failure_groups(hosts, executions)
        assert (len(answer), dtypes(answer)) == (0, DTYPES)
    one = failure_groups(hosts_of(failed("x1", "web1", "broke")).set_index(pd.Index([5])), executions)
    assert (one["n"].to_list(), dtypes(one)) == ([1], DTYPES)


def test_a_missing_column_is_said() -> None:
    with pytest.raises(DocumentError, match="this frame has no 'message'"):
        failure_groups(empty_frame("hosts").drop(columns="message"))


def test_a_history_that_came_in_pieces_has_causes_too() -> None:
    hosts = hosts_of(failed("x1", "web1", "disk is full"), failed("x2", "web1", "disk is full"))
    pieces = pd.concat([hosts.iloc[:1], hosts.iloc[1:]], ignore_index=True)

    assert failure_groups(pieces)["n"].to_list() == failure_groups(hosts)["n"].to_list() == [2]
