"""What differs between two executions."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures import difference
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.host_results import (
    Row,
    at,
    dtypes,
    execution,
    executions_of,
    hosts_of,
    result,
    seconds,
    tasks_of,
)

TASKS = {
    **dict.fromkeys(("play", "task", "path"), "category"),
    "occurrence": "Int64",
    "only_in": "category",
    **dict.fromkeys(("n_before", "n_after"), "Int64"),
    **dict.fromkeys(("before", "after", "difference"), "timedelta64[ms]"),
    "ratio": "float64",
}
HOSTS = {
    **dict.fromkeys(("host", "change", "before", "after"), "category"),
    **dict.fromkeys(("n_before", "n_after"), "Int64"),
}
COMMITS = {
    **dict.fromkeys(("commit", "commit_author", "commit_message"), "str"),
    "start": "datetime64[ms, UTC]",
    "execution_id": "str",
}


def task(execution_id: str, number: int, name: str, duration: float | None, hosts: int = 2, **others: Any) -> Row:
    place = {"execution_id": execution_id, "run": 1, "number": number, "play": "Site", "task": name}
    return {**place, "path": f"site.yml:{number}", "duration": duration, "hosts": hosts, **others}


FRAMES = SimpleNamespace(
    executions=executions_of(
        execution("x4", start=at(400), duration=90, commit="c3", commit_message="Break it", status="FAILURE"),
        execution("x3", start=at(300), duration=70, commit="c2", commit_author="Ann"),
        execution("other", start=at(250), duration=70, commit="d1", job="nightly"),
        execution("x2", start=at(200), duration=60, commit="c2", commit_author="Ann"),
        execution("x1", start=at(100), duration=60, commit="c1"),
        execution("queued", commit=None, status="PENDING"),
    ),
    tasks=tasks_of(
        task("x1", 1, "Copy", 10),
        task("x1", 2, "Copy", 5),
        task("x1", 3, "Gone", 7, hosts=3),
        task("x1", 4, "Same", 0),
        # In other lines, since one was put in between.
        task("x4", 1, "Copy", 12, path="site.yml:3"),
        task("x4", 2, "New", 1),
        task("x4", 3, "Copy", 20, path="site.yml:9"),
        task("x4", 4, "Same", 0),
        task("x4", 1, "Copy", 99, run=2),
    ),
    hosts=hosts_of(
        result("x1", "web1"),
        result("x1", "web2", "failed"),
        result("x1", "web3"),
        result("x1", "old"),
        result("x4", "web1"),
        result("x4", "web1", "failed", number=2, start=1, end=2),
        result("x4", "web2"),
        result("x4", "web3", "failed"),
        result("x4", "web3", run=2, start=60, end=61),
        result("x4", "new", "unreachable"),
    ),
)


def test_tasks_are_matched_by_name_file_and_place() -> None:
    tasks = difference(FRAMES, "x1", "x4").tasks
    assert dtypes(tasks) == TASKS
    assert tasks[["task", "occurrence", "path", "only_in"]].to_numpy().tolist() == [
        ["Copy", 2, "site.yml:9", "both"],
        ["Copy", 1, "site.yml:3", "both"],
        ["Same", 1, "site.yml:4", "both"],
        ["Gone", 1, "site.yml:3", "before"],
        ["New", 1, "site.yml:2", "after"],
    ]
    assert seconds(tasks["difference"][:3]) == [15, 2, 0]
    assert list(tasks["ratio"][:2]) == [4, 1.2]
    assert tasks["ratio"][2:].isna().all()
    assert tasks.loc[3:, ["n_before", "n_after"]].isna().to_numpy().tolist() == [[False, True], [True, False]]


def test_hosts_that_came_went_or_ended_in_another_way() -> None:
    hosts = difference(FRAMES, "x1", "x4").hosts
    assert dtypes(hosts) == HOSTS
    assert hosts[["host", "change", "before", "after"]].astype("str").fillna("-").to_numpy().tolist() == [
        ["new", "added", "-", "unreachable"],
        ["web1", "outcome changed", "ok", "failed"],
        ["web2", "outcome changed", "failed", "ok"],
        ["old", "removed", "ok", "-"],
    ]
    assert [list(hosts["n_before"])[1], list(hosts["n_after"])[1]] == [1, 2]


def test_the_summary_and_the_commits_in_between() -> None:
    found = difference(FRAMES, "x1", "x4")
    assert found.ratio == 1.5
    assert found.summary["execution_id"].to_dict() == {"before": "x1", "after": "x4"}
    assert found.summary["commit"].to_list() == ["c1", "c3"]
    assert dtypes(found.commits) == COMMITS
    assert found.commits[["commit", "execution_id"]].to_numpy().tolist() == [["c2", "x2"], ["c3", "x4"]]


def test_its_text_is_a_few_plain_lines() -> None:
    assert repr(difference(FRAMES, "x1", "x4")).splitlines() == [
        "x1 → x4 of deploy",
        "SUCCESS → FAILURE, 00:01:00 → 00:01:30, 1.50 times as long",
        "commit c1 → c3",
        "tasks: 3 in both, 1 only before, 1 only after; Copy 00:00:15 more, Copy 00:00:02 more",
        "hosts: 1 added, 1 removed, 2 with another outcome: web1 ok → failed, web2 failed → ok",
    ]


def test_executions_that_say_little() -> None:
    found = difference(FRAMES, "other", "queued")
    assert np.isnan(found.ratio)
    assert (len(found.tasks), len(found.hosts), len(found.commits)) == (0, 0, 0)
    assert (dtypes(found.tasks), dtypes(found.hosts), dtypes(found.commits)) == (TASKS, HOSTS, COMMITS)
    assert repr(found).splitlines() == [
        "other → queued of nightly → deploy",
        "SUCCESS → PENDING, 00:01:10 → unknown",
        "commit d1 → unknown",
        "tasks: 0 in both, 0 only before, 0 only after",
        "hosts: 0 added, 0 removed, 0 with another outcome",
    ]


def test_its_text_says_milliseconds_and_no_commit_where_none_is_known() -> None:
    executions = FRAMES.executions.assign(commit=None)
    executions["duration"] += pd.Timedelta("250ms")
    some = SimpleNamespace(executions=executions, tasks=FRAMES.tasks, hosts=FRAMES.hosts)
    said = repr(difference(some, "x1", "x4")).splitlines()
    assert said[1] == "SUCCESS → FAILURE, 00:01:00.250 → 00:01:30.250, 1.50 times as long"
    assert said[2].startswith("tasks: ")


def test_an_execution_and_itself_are_the_same() -> None:
    found = difference(FRAMES, "x1", "x1")
    assert (found.ratio, len(found.hosts), len(found.commits)) == (1, 0, 0)
    assert seconds(found.tasks["difference"]) == [0, 0, 0, 0]
    assert repr(found).splitlines()[2] == "the same commit"


def test_filtered_frames_will_do() -> None:
    rows = {name: getattr(FRAMES, name) for name in ("executions", "tasks", "hosts")}
    some = SimpleNamespace(**{name: frame[frame["execution_id"] != "x2"][::-1] for name, frame in rows.items()})
    pd.testing.assert_frame_equal(difference(some, "x1", "x4").tasks, difference(FRAMES, "x1", "x4").tasks)


def test_an_id_that_is_not_there_is_said() -> None:
    with pytest.raises(DocumentError, match=r"knows no execution 'x9': it is none of the 6 of this history"):
        difference(FRAMES, "x1", "x9")
    nothing = SimpleNamespace(**{name: empty_frame(name) for name in ("executions", "tasks", "hosts")})
    with pytest.raises(DocumentError, match="none of the 0"):
        difference(nothing, "x1", "x1")
