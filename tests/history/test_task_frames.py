"""Which results belong to which task: tasks and hosts as DataFrames."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from ctl_jupyter.history import hosts_frame, tasks_frame
from ctl_jupyter.history.schema import OUTCOMES
from tests.history.runner_documents import NOON
from tests.history.small_history import begin, ended, small_history, table_of, told


def seconds(column: "pd.Series[Any]") -> list[float | None]:
    """Return times as seconds after noon, durations as seconds."""
    if column.dtype.kind == "M":
        column = column - pd.Timestamp(NOON, unit="ms", tz="UTC")
    return [None if pd.isna(value) else value.total_seconds() for value in column]


def rows(frame: pd.DataFrame, *columns: str) -> list[list[Any]]:
    return frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None).to_numpy().tolist()


def tasks_of(*events: dict[str, Any]) -> pd.DataFrame:
    return tasks_frame(table_of(list(events)))


def hosts_of(*events: dict[str, Any]) -> pd.DataFrame:
    return hosts_frame(table_of(list(events)))


def test_each_task_is_a_row_with_its_hosts_counted() -> None:
    events = [
        begin(1, "install", role="base"),
        ended(2, "a", "install", role="base"),
        ended(3, "b", "install", changed=True),
        ended(4, "c", "install", "failed"),
        ended(5, "d", "install", "failed", ignore_errors=True),
        ended(6, "e", "install", "skipped"),
        {**ended(9, "f", "install", "unreachable"), "message": {"host": "f", "play": "web", "task": "install"}},
        begin(10, "check", line=2),
        ended(11, "a", "check", line=2),
    ]
    events[6 - 1]["message"]["end"] = None
    events[5]["message"].update(path="site.yml:1")
    tasks = tasks_of(*events)
    assert rows(tasks, "number", "task", "hosts")[0] == [1, "install", 5]
    # An event that tells no path is of another place.
    assert rows(tasks, "number", "task", "hosts")[1:] == [[None, "install", 1], [2, "check", 1]]
    assert rows(tasks, *OUTCOMES) == [[1, 1, 1, 0, 1, 1], [0, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0]]
    assert seconds(tasks["start"]) == [1, None, 10]
    # Where a result tells no end, it is when the service was told.
    assert seconds(tasks["end"]) == [6, 9, 11]
    assert seconds(tasks["duration"]) == [5, None, 1]
    assert rows(tasks, "play", "role", "action", "path")[0] == ["web", "base", "command", "site.yml:1"]


def test_a_task_that_no_host_has_ended_is_a_row() -> None:
    tasks = tasks_of(begin(1, "install"), ended(2, "a", "install"), begin(3, "wait", line=2))
    assert rows(tasks, "number", "task", "hosts") == [[1, "install", 1], [2, "wait", 0]]
    assert seconds(tasks["end"]) == [2, None]


def test_items_of_loops_are_no_rows() -> None:
    events = [begin(1, "install"), told(2, "runner_item_on_ok", ended(2, "a", "install")["message"])]
    assert len(hosts_of(*events)) == 0
    events.append(ended(3, "a", "install"))
    assert rows(hosts_of(*events), "host", "number") == [["a", 1]]
    assert tasks_of(*events)["hosts"].tolist() == [1]


def test_the_same_task_again_is_another_number() -> None:
    # As included in a loop: the second time for one host alone.
    events = [
        begin(1, "step"),
        ended(2, "a", "step"),
        ended(3, "b", "step"),
        begin(4, "step"),
        ended(5, "b", "step", changed=True),
        begin(6, "step"),
        ended(7, "c", "step"),
    ]
    assert rows(hosts_of(*events), "host", "number") == [["a", 1], ["b", 1], ["b", 2], ["c", 3]]
    assert rows(tasks_of(*events), "number", "hosts", "changed") == [[1, 2, 0], [2, 1, 1], [3, 1, 0]]


def test_handlers_and_plays_count_on() -> None:
    events = [
        begin(1, "install"),
        ended(2, "a", "install"),
        begin(3, "restart", line=9, handler=True),
        ended(4, "a", "restart", line=9),
        begin(5, "install", play="db"),
        ended(6, "b", "install", play="db"),
    ]
    assert rows(hosts_of(*events), "play", "task", "number") == [
        ["web", "install", 1],
        ["web", "restart", 2],
        ["db", "install", 3],
    ]


def test_the_strategy_free_tells_a_start_for_each_host_and_each_task_is_one_row() -> None:
    events = [
        begin(1, "one"),
        begin(1.1, "one"),
        ended(2, "a", "one"),
        begin(2.1, "two", line=2),
        ended(3, "a", "two", line=2),
        ended(4, "b", "one", "failed", ignore_errors=True),
        begin(4.1, "two", line=2),
        ended(5, "b", "two", line=2),
    ]
    tasks = tasks_of(*events)
    assert rows(tasks, "number", "task", "hosts", "ignored") == [[1, "one", 2, 1], [2, "two", 2, 0]]
    assert seconds(tasks["start"]) == [1, 2.1]
    assert seconds(tasks["end"]) == [4, 5]
    assert rows(hosts_of(*events), "host", "number") == [["a", 1], ["a", 2], ["b", 1], ["b", 2]]


def test_the_strategy_free_with_the_same_task_twice() -> None:
    events = [
        begin(1, "step"),
        begin(1.1, "step"),
        ended(2, "a", "step"),
        begin(2.1, "step"),
        ended(3, "a", "step"),
        ended(4, "b", "step"),
        begin(4.1, "step"),
        ended(5, "b", "step"),
    ]
    assert rows(hosts_of(*events), "host", "number") == [["a", 1], ["a", 2], ["b", 1], ["b", 2]]
    tasks = tasks_of(*events)
    assert rows(tasks, "number", "hosts") == [[1, 2], [2, 2]]
    assert seconds(tasks["start"]) == [1, 2.1]


def test_a_play_that_waits_for_all_hosts_beside_one_that_does_not() -> None:
    events = [
        begin(1, "free", play="free"),
        begin(2, "free", play="free"),
        ended(3, "a", "free", play="free"),
        ended(3, "b", "free", play="free"),
        begin(4, "step"),
        ended(5, "a", "step"),
        begin(6, "step"),
        ended(7, "b", "step"),
    ]
    assert rows(tasks_of(*events), "play", "number", "hosts") == [["free", 1, 2], ["web", 2, 1], ["web", 3, 1]]


def test_without_starts_there_are_no_numbers_and_each_time_is_a_task() -> None:
    events = [ended(2, "a", "one"), ended(3, "b", "one"), ended(4, "a", "one"), ended(5, "a", "two", line=2)]
    assert hosts_of(*events)["number"].isna().all()
    tasks = tasks_of(*events)
    assert tasks["number"].isna().all()
    assert rows(tasks, "task", "hosts") == [["one", 2], ["one", 1], ["two", 1]]
    assert seconds(tasks["start"]) == [1.5, 3.5, 4.5]
    assert seconds(tasks["end"]) == [3, 4, 5]


def test_a_result_before_the_start_of_its_task_has_no_number() -> None:
    events = [ended(1, "a", "one"), begin(2, "one"), ended(3, "b", "one")]
    assert rows(hosts_of(*events), "host", "number") == [["a", None], ["b", 1]]
    assert rows(tasks_of(*events), "number", "hosts") == [[None, 1], [1, 1]]


def test_an_asynchronous_task_in_a_loop_is_one_row_each_time() -> None:
    events = [
        begin(1, "long"),
        ended(2, "a", "long", "async_ok"),
        ended(2.1, "a", "long"),
        ended(2.2, "b", "long", "async_failed"),
        begin(3, "long"),
        ended(4, "a", "long", "async_ok"),
        ended(4.1, "a", "long", changed=True),
    ]
    assert rows(hosts_of(*events), "host", "number", "outcome") == [
        ["a", 1, "ok"],
        ["b", 1, "failed"],
        ["a", 2, "changed"],
    ]
    assert rows(tasks_of(*events), "hosts", "ok", "failed", "changed") == [[2, 1, 1, 0], [1, 0, 0, 1]]


def test_runs_and_executions_are_apart() -> None:
    history = small_history()
    assert rows(history.hosts, "execution_id", "job", "run", "number", "host", "outcome") == [
        ["x2", "backup", 1, 1, "db1", "ok"],
        ["x1", "deploy", 1, 1, "web1", "changed"],
        ["x1", "deploy", 1, 1, "web2", "failed"],
        ["x1", "deploy", 2, 1, "web2", "ok"],
    ]
    assert rows(history.tasks, "execution_id", "run", "number", "task", "hosts") == [
        ["x2", 1, 1, "dump", 1],
        ["x2", 1, 2, "copy", 0],
        ["x1", 1, 1, "install", 2],
        ["x1", 2, 1, "install", 1],
    ]
    row = history.hosts.iloc[2]
    assert (row["rc"], row["message"], row["role"]) == (1, "no space left", "base")
    assert row["duration"] == pd.Timedelta(milliseconds=500)


@pytest.mark.parametrize("name", ["events", "tasks", "hosts"])
def test_one_execution_gives_the_same_rows_as_among_others(name: str) -> None:
    history = small_history()
    make: Any = {"tasks": tasks_frame, "hosts": hosts_frame}.get(name)
    if make is None:
        from ctl_jupyter.history import events_frame as make
    alone = make(table_of(history.told["x1"]), {"j1": "deploy"})
    among = getattr(history, name)
    among = among[among["execution_id"] == "x1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.astype(object), among.astype(object))


def test_events_of_many_executions_in_turn_are_told_apart() -> None:
    one, other = (
        table_of([begin(1, "t"), ended(2, "a", "t")], "x1"),
        table_of([begin(1, "t"), ended(2, "a", "t")], "x2"),
    )
    mixed = pa.concat_tables([one.slice(0, 1), other.slice(0, 1), one.slice(1), other.slice(1)])
    assert rows(tasks_frame(mixed), "execution_id", "number", "hosts") == [["x1", 1, 1], ["x2", 1, 1]]
