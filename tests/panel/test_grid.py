"""Hosts x tasks, folded from events."""

from typing import Any

from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.panel.executions.grid import Grid
from ctl_jupyter.panel.executions.runs import Runs
from tests.live.stub_runner import event, result, status


def play(name: str = "Deploy") -> StatusEvent:
    return event("playbook_on_play_start", play=name)


def task(name: str, **more: Any) -> StatusEvent:
    return event("playbook_on_task_start", task=name, **more)


def words(grid: Grid) -> dict[str, list[str]]:
    seen = grid.snapshot()
    return {host: [seen.outcome(host, place) for place in range(len(seen.tasks))] for host in seen.hosts}


def test_each_outcome_stands_in_its_cell() -> None:
    events = [play(), task("A")]
    events += [result("ok", "a", "A"), result("ok", "b", "A", changed=True), result("skipped", "c", "A")]
    events += [result("failed", "d", "A"), result("failed", "e", "A", ignore_errors=True)]
    events += [result("unreachable", "f", "A"), status("FAILURE")]
    expected = {"d": "failed", "f": "unreachable", "a": "ok", "b": "changed", "c": "skipped", "e": "ignored"}
    assert words(Grid(events)) == {host: [word] for host, word in expected.items()}


def test_failing_hosts_come_first_then_names() -> None:
    events = [play(), task("A"), *(result("ok", host, "A") for host in "cab"), task("B"), result("failed", "c", "B")]
    assert Grid(events).snapshot().hosts == ("c", "a", "b")


def test_a_task_runs_on_the_hosts_that_are_still_in_the_play() -> None:
    grid = Grid([play(), task("A"), result("ok", "a", "A"), result("failed", "b", "A"), task("B")])
    assert words(grid) == {"b": ["failed", "waiting"], "a": ["ok", "running"]}
    grid.add(status("KILLED"))
    assert words(grid)["a"] == ["ok", "waiting"]


def test_batches_of_hosts_share_columns_and_a_task_started_again_has_its_own() -> None:
    batch = [play(), task("A"), result("ok", "a", "A"), task("A"), result("ok", "a", "A")]
    other = [play(), task("A"), result("ok", "b", "A"), task("A"), result("failed", "b", "A")]
    assert words(Grid([*batch, *other])) == {"b": ["ok", "failed"], "a": ["ok", "ok"]}


def test_columns_are_grouped_by_role_or_play() -> None:
    grid = Grid([play(), task("A", role="nginx"), task("B")])
    assert [(column.task, column.group) for column in grid.snapshot().tasks] == [("A", "nginx"), ("B", "Deploy")]


def test_an_asynchronous_failure_that_is_ignored_is_no_failure() -> None:
    events = [play(), task("A"), result("async_failed", "a", "A"), result("failed", "a", "A", ignore_errors=True)]
    assert words(Grid(events)) == {"a": ["ignored"]}


def test_a_cell_tells_how_long_it_took_and_what_was_said() -> None:
    grid = Grid([play(), task("A"), result("failed", "a", "A", start=1000, end=3500, msg="full")])
    cell = grid.cell("a", 0)
    assert (cell.task, cell.outcome, cell.seconds, cell.message) == ("A", "failed", 2.5, "full")
    assert grid.cell("nobody", 0).outcome == "waiting"


def test_a_restart_begins_another_grid_and_the_earlier_run_can_be_looked_at() -> None:
    first = [play(), task("A"), result("failed", "a", "A"), result("ok", "b", "A"), event("playbook_result")]
    known = [event("playbook_on_start"), *first, status("FAILURE")]
    runs = Runs()
    runs.read(known)
    assert set(words(runs.grid)) == {"a", "b"}
    known += [status("PENDING"), event("playbook_on_start"), play(), task("A"), result("ok", "a", "A")]
    assert runs.read(known)
    assert (runs.count, words(runs.grid)) == (2, {"a": ["ok"]})
    runs.choose(1)
    assert words(runs.grid) == {"a": ["failed"], "b": ["ok"]}


def test_read_on_is_the_same_as_read_at_once() -> None:
    known = [play(), task("A")]
    runs = Runs()
    for number in range(50):
        known.append(result("ok", f"host{number}", "A"))
        runs.read(known)
    assert runs.grid.snapshot() == Grid(known).snapshot()
