"""The tab of executions, without a browser: what is open, what is drawn, what the buttons do."""

import threading
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from ctl_jupyter.documents import Execution, Timer
from ctl_jupyter.live.glance import glance
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.executions import ExecutionsTab
from ctl_jupyter.panel.executions.newest import rows_of
from ctl_jupyter.panel.executions.opened import progress_of, title_of
from tests.live.stub_runner import StubRunner, event, result, status
from tests.panel.clicking import upload
from tests.panel.parts import state_of

PATIENCE = 20.0


def descendants(widget: Any) -> list[Any]:
    found = [widget]
    for child in getattr(widget, "children", ()):
        found += descendants(child)
    return found


def button(tab: ExecutionsTab, words: str) -> Any:
    return next(part for part in descendants(tab.widget) if words in str(getattr(part, "description", "")))


def page_of_grid(tab: ExecutionsTab) -> Any:
    return next(part for part in descendants(tab.widget) if hasattr(part, "cells"))


def become(condition: Callable[[], bool]) -> None:
    """Wait until something has come true."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("It did not come true.")


def begun(runner: StubRunner, tab: ExecutionsTab, execution_id: str = "5f0c1b2a77e94d3e8f6a90cd") -> None:
    tab.open(runner.handle(execution_id=execution_id))
    task = event("playbook_on_task_start", task="A")
    told = [status("INITIALIZING"), status("RUNNING"), event("playbook_on_play_start", play="P"), task]
    runner.tell(*told, result("ok", "a", "A"), result("failed", "b", "A"), execution_id=execution_id)


def test_nothing_is_asked_before_it_is_shown(runner: StubRunner) -> None:
    ExecutionsTab(Desk(runner.session))
    assert runner.requests == []


def test_the_grid_follows_the_events_to_the_end(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    begun(runner, tab)
    page = page_of_grid(tab)
    become(lambda: bool(page.cells == bytes([6, 2])))
    assert page.names["hosts"] == ["b", "a"]
    assert page.names["version"] == page.version
    assert button(tab, "Restart failed hosts").disabled
    runner.tell(status("FAILURE"))
    become(lambda: "FAILURE" in button(tab, "deploy-web").description)
    become(lambda: not button(tab, "Restart failed hosts").disabled)
    become(lambda: any("P" in str(getattr(part, "value", "")) for part in descendants(tab.widget)))


def test_several_are_followed_and_closed(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    begun(runner, tab)
    begun(runner, tab, "aaaa1b2a77e94d3e8f6a90cd")
    assert len(tab.opened) == 2
    become(lambda: page_of_grid(tab).names["run"].startswith("aaaa"))
    tab.close("aaaa1b2a77e94d3e8f6a90cd")
    assert [handle.execution_id for handle in tab.opened] == ["5f0c1b2a77e94d3e8f6a90cd"]
    assert page_of_grid(tab).names["run"].startswith("5f0c")


def failed(runner: StubRunner, tab: ExecutionsTab) -> None:
    """Have an execution end with two failed hosts, and their names in its document."""
    begun(runner, tab)
    runner.executions["5f0c1b2a77e94d3e8f6a90cd"].failed_hosts = ["b", "c"]
    runner.tell(status("FAILURE"))
    become(lambda: not button(tab, "Restart failed hosts").disabled)


def test_a_restart_takes_fewer_hosts_and_a_key_that_is_kept_nowhere(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    failed(runner, tab)
    form = tab._view._restart
    form.limit.value = "a"
    form.button.click()
    assert form.limit.error == "Of the failed hosts: no host fits 'a'; the hosts are b, c."
    assert runner.restarts == []
    form.limit.value = "!b"
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n"
    upload(form.key, key)
    form.button.click()
    become(lambda: "runs again on c." in tab._desk.status.value)
    (sent,) = runner.restarts
    assert [host["id"] for host in sent["hosts"]] == ["c"]
    assert b64decode(sent["sshPrivateKey"]).decode() == key
    assert form.key.is_empty
    become(lambda: form.button.disabled)
    assert form.options.layout.display == "none"
    assert "canary" not in state_of(tab.widget)


def test_a_restart_that_is_refused_can_be_tried_again(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    failed(runner, tab)
    runner.refusal = "The execution has gone."
    button(tab, "Restart failed hosts").click()
    become(lambda: "The execution has gone." in tab._desk.status.value)
    become(lambda: not button(tab, "Restart failed hosts").disabled)
    runner.refusal = ""
    button(tab, "Restart failed hosts").click()
    become(lambda: "runs again on its 2 failed hosts." in tab._desk.status.value)
    assert runner.restarts == [{}]


def test_two_executions_are_restarted_at_the_same_time(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    failed(runner, tab)
    begun(runner, tab, "aaaa1b2a77e94d3e8f6a90cd")
    runner.tell(status("FAILURE"), execution_id="aaaa1b2a77e94d3e8f6a90cd")
    become(lambda: not button(tab, "Restart failed hosts").disabled)
    become(lambda: "below its grid" in tab._desk.status.value)
    runner.may_answer.clear()
    button(tab, "Restart failed hosts").click()
    assert button(tab, "Restart failed hosts").disabled
    button(tab, "Restart failed hosts").click()
    tab._choose("5f0c1b2a77e94d3e8f6a90cd")
    assert not button(tab, "Restart failed hosts").disabled
    upload(tab._view._restart.key, "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n")
    button(tab, "Restart failed hosts").click()
    runner.may_answer.set()
    become(lambda: len(runner.restarts) == 2)
    assert sorted("sshPrivateKey" in sent for sent in runner.restarts) == [False, True]


def test_each_failed_execution_is_looked_into(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    begun(runner, tab)
    begun(runner, tab, "aaaa1b2a77e94d3e8f6a90cd")
    become(lambda: all(len(handle.known_events) > 4 for handle in tab.opened))
    for key in ("5f0c1b2a77e94d3e8f6a90cd", "aaaa1b2a77e94d3e8f6a90cd"):
        runner.tell(status("FAILURE"), execution_id=key)
    become(lambda: all(entry.opened.why for entry in tab._entries.values()))


def test_the_newest_executions_are_those_of_whoever_is_logged_in(runner: StubRunner) -> None:
    other = StubRunner()
    runner.add_execution("1" * 24)
    other.add_execution("2" * 24)
    tab = ExecutionsTab(Desk(runner.session))
    runner.requested.clear()
    runner.may_answer.clear()
    tab.show()
    assert runner.requested.wait(PATIENCE)
    tab._desk.use(other.session)
    runner.may_answer.set()
    become(lambda: [row.key for row in tab._newest._table.rows] == ["2" * 24])
    become(lambda: not button(tab, "Refresh").disabled)
    assert [row.key for row in tab._newest._table.rows] == ["2" * 24]
    other.end_everything()
    other.session.close()


def test_a_stop_is_told_in_the_status_line(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    begun(runner, tab)
    become(lambda: not button(tab, "Stop").disabled)
    button(tab, "Stop").click()
    become(lambda: "stop" in tab._desk.status.value.lower())


def test_what_failed_is_told_once(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    begun(runner, tab)
    runner.tell(result("failed", "c", "A", msg="no room left"), status("FAILURE"))
    become(lambda: "no room left" in tab._view._reason.value)
    become(lambda: "no room left" not in tab._view._card.value)


def test_stop_is_sent(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    begun(runner, tab)
    become(lambda: not button(tab, "Stop").disabled)
    button(tab, "Stop").click()
    become(lambda: runner.orders == [("stop", "5f0c1b2a77e94d3e8f6a90cd")])


def test_kill_asks_once_more(runner: StubRunner) -> None:
    tab = ExecutionsTab(Desk(runner.session))
    begun(runner, tab)
    become(lambda: not button(tab, "Kill").disabled)
    button(tab, "Kill").click()
    become(lambda: any(getattr(part, "description", "") == "Really kill?" for part in descendants(tab.widget)))
    assert runner.orders == []


def test_what_stands_on_a_tab_and_how_far_its_task_is(runner: StubRunner) -> None:
    handle = runner.handle()
    progress = handle.progress
    for told in (
        status("INITIALIZING"),
        status("RUNNING", 1),
        event("playbook_on_task_start", task="A"),
        result("ok", "a", "A"),
        result("failed", "b", "A"),
        event("playbook_on_task_start", task="B"),
    ):
        progress.add(told)
    seen = glance(handle, now=1_700_000_042.0)
    assert title_of(seen) == "● deploy-web · RUNNING · 1 failed · 0:42"
    assert progress_of(seen) == (0.0, "task 2: 0 of 1 host done")


def test_rows_of_the_newest_executions_are_narrowed_by_status_and_job() -> None:
    executions = [
        Execution(execution_id="e1", job_id="j1", status="SUCCESS", timers=[Timer(start=1000, end=63_000)]),
        Execution(execution_id="e2", job_id="j2", status="FAILURE"),
    ]
    names = {"j1": "Deploy"}
    rows = rows_of(executions, names)
    assert [(row.cells["Status"], row.cells["Job"], row.cells["Took"]) for row in rows] == [
        ("✓ SUCCESS", "Deploy", "1:02"),
        ("✗ FAILURE", "j2", ""),
    ]
    assert [row.key for row in rows_of(executions, names, "FAILURE")] == ["e2"]
    assert [row.key for row in rows_of(executions, names, "", "depl")] == ["e1"]
