"""Executions, status events and pages, in the forms they were seen in."""

from typing import Any

import msgspec
import pytest

from ctl_jupyter.documents import (
    Commit,
    DocumentError,
    Execution,
    Page,
    RepositoryLog,
    Status,
    StatusEvent,
    Timer,
    decode_private_key,
    read_page,
)


def read(**members: Any) -> Execution:
    return msgspec.convert({"execution_id": "e", **members}, Execution, strict=False)


def test_start_and_end_are_one_timer() -> None:
    execution = read(start=1, end=2)

    assert execution.timers == [Timer(start=1, end=2)]


@pytest.mark.parametrize("others", [{}, {"start": None, "end": None}, {"start": 5, "end": 6}])
def test_timers_win(others: dict[str, Any]) -> None:
    execution = read(timers=[{"start": 1, "end": 2}, {"start": 3, "end": None}], **others)

    assert (execution.start, execution.end) == (1, None)
    assert execution.timers == [Timer(start=1, end=2), Timer(start=3)]


@pytest.mark.parametrize("timers", [None, []])
def test_no_timers_yet(timers: object) -> None:
    assert read(timers=timers).timers == [Timer()]


@pytest.mark.parametrize(
    ("written", "expected"), [([], []), ([0], []), (["web1"], ["web1"]), ([0, "web1", None], ["web1"]), ([5], ["5"])]
)
def test_failed_hosts(written: list[Any], expected: list[str]) -> None:
    assert read(failed_hosts=written).failed_hosts == expected


@pytest.mark.parametrize("status", Status)
def test_final_statuses(status: Status) -> None:
    final = {"SUCCESS", "FAILURE", "INIT_FAILURE", "STOPPED", "KILLED"}

    assert read(status=status.value).is_final == (status.value in final)


@pytest.mark.parametrize("status", ["", "REBOOTING", "success"])
def test_other_statuses_are_never_final(status: str) -> None:
    execution = read(status=status)

    assert (execution.status, execution.is_final) == (status, False)


def test_the_commit_that_was_run() -> None:
    newest = {
        "commit": "a" * 40,
        "author": "Ada",
        "author_email": "ada@example.org",
        "date": "Wed Sep 16 16:27:20 2015 -0500",
        "message": "Mend it",
    }

    execution = read(repository_log={"recent_commit": [newest, {"commit": "b"}], "tags": ["v2"]})

    assert execution.commit == "a" * 40
    assert execution.repository_log == RepositoryLog(recent_commit=[Commit(**newest), Commit(commit="b")], tags=["v2"])


@pytest.mark.parametrize("log", [None, {"recent_commit": [], "tags": []}, {}])
def test_no_commit(log: object) -> None:
    assert read(repository_log=log).commit is None


@pytest.mark.parametrize(
    ("message", "details"),
    [({"a": 1}, {"a": 1}), ("done", {"msg": "done"}), (None, {}), (["a"], {"msg": "['a']"}), (5, {"msg": "5"})],
)
def test_details_of_a_status_event(message: object, details: dict[str, Any]) -> None:
    assert StatusEvent(message=message).details == details


def test_a_page() -> None:
    page = read_page({"totalSize": 7, "page": 1, "size": 5, "results": [1, 2], "cursor": 9, "complete": True}, str)

    assert page == Page(total_size=7, page=1, size=5, results=["1", "2"], cursor=9, complete=True)


def test_a_page_of_the_hosted_service_has_no_cursor() -> None:
    page = read_page({"totalSize": 0, "results": []}, str)

    assert (page.page, page.size, page.cursor, page.complete) == (0, 100, None, None)


@pytest.mark.parametrize("array", [[], [1, 2, 3]])
def test_a_bare_array_is_the_only_page(array: list[int]) -> None:
    page = read_page(array, str)

    assert (page.total_size, page.page) == (len(array), 0)
    assert page.results == [str(part) for part in array]


@pytest.mark.parametrize("document", [None, 5, "x", {}, {"results": None}, {"results": {}}, {"totalSize": 1}])
def test_what_is_no_page(document: object) -> None:
    with pytest.raises(DocumentError, match="neither a page nor an array"):
        read_page(document, str)


@pytest.mark.parametrize("total", [None, "many", [1]])
def test_a_page_without_a_usable_total(total: object) -> None:
    with pytest.raises(DocumentError, match="totalSize"):
        read_page({"totalSize": total, "results": []}, str)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_a_key_ends_with_one_line_break(ending: str) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"
    encoded = msgspec.to_builtins((pem + ending).encode())

    assert decode_private_key(encoded, "The key") == pem + "\n"
