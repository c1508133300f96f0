"""Starts with all that they may hold, stop, kill and restart, against the real embedded Runner and a hosted one."""

import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ctl_jupyter.client import ExecutionHandle, current_session
from tests.fake_runner import Answer, Call, FakeRunner, Step
from tests.magics.conftest import Notebook
from tests.service.waiting import until

SHOWS = """%%ctl_job shows --host web1 --host web2 --host db1
- hosts: all
  gather_facts: false
  tasks:
    - name: Word
      ansible.builtin.debug: {msg: "{{ inventory_hostname }} {{ word | default('none') }} {{ depth | default(0) + 1 }}"}
      tags: [word]
    - name: Other
      ansible.builtin.debug: {msg: other}
"""
SLOW = """%%ctl_job {name} --host localhost
- hosts: all
  gather_facts: false
  tasks:
    - name: Wait
      ansible.builtin.wait_for: {{path: {gate}, timeout: 240}}
    - name: Never
      ansible.builtin.debug: {{msg: never}}
"""
BREAKS = """%%ctl_job breaks --host web1 --host db1 --host db2
- hosts: all
  gather_facts: false
  tasks:
    - name: Break
      ansible.builtin.fail: {msg: "{{ word }} on {{ inventory_hostname }}"}
      when: inventory_hostname is match('db')
"""

Slow = Callable[..., list[ExecutionHandle]]


@pytest.fixture
def shows(logged_in: Notebook) -> Notebook:
    logged_in.run(SHOWS)
    return logged_in


@pytest.fixture
def slow(logged_in: Notebook, tmp_path: Path, request: pytest.FixtureRequest) -> Slow:
    """Start executions that run until they are told to end."""

    def start(count: int) -> list[ExecutionHandle]:
        logged_in.run(SLOW.format(name="slow", gate=tmp_path / "never"))
        handles = []
        for number in range(count):
            logged_in.run(f"%ctl_start slow -o slow{number} --quiet")
            handles.append(logged_in[f"slow{number}"])
        request.addfinalizer(lambda: [handle.kill() for handle in handles if not handle.in_final_state()])
        until(lambda: all(handle.status == "RUNNING" for handle in handles), "they do not run", 60)
        return handles

    return start


def said_by(run: ExecutionHandle, task: str = "Word") -> list[str]:
    results = [event.details for event in run.events() if event.event_type == "runner_on_ok"]
    return sorted(details["msg"] for details in results if details["task"] == task)


# --- start -------------------------------------------------------------------------------------------------------


def test_variables_and_tags_of_a_start(shows: Notebook) -> None:
    shows.run("values = {'word': '{{ 1 + 1 }}', 'depth': 5}\nmore = {'depth': 7}")
    shows.run(
        "%%ctl_start shows --wait -o run --vars values --vars more --tags word,other --host web1\nproperties: {word: x}"
    )
    run = shows["run"]
    assert said_by(run) == ["web1 {{ 1 + 1 }} 8"]
    assert said_by(run, "Other") == []
    shows.run("%ctl_start shows --wait -o run --vars values --var 'word=a \"b\" $c' --host web1")
    assert said_by(shows["run"]) == ['web1 a "b" $c 6']
    assert said_by(shows["run"], "Other") == ["other"]


def test_tags_that_no_task_has(shows: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    shows.run("%ctl_start shows --tags no-such-tag --wait")
    assert "No task was run: do the tags, and the hosts of the plays, fit?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ("--limit 'web*'", ["web1", "web2"]),
        ("--limit '!db1' --host db1 --host web9", ["web9"]),
        ("--hosts names", ["a", "b"]),
        ("--hosts names --host c --limit '!b'", ["a", "c"]),
        ("--hosts entities", ["a", "b"]),
        ("--hosts df.host", ["web1", "db1"]),
        ("--hosts series", ["db1"]),
    ],
)
def test_where_a_start_runs(shows: Notebook, options: str, hosts: list[str]) -> None:
    frame = pd.DataFrame({"host": ["web1", "db1", "web1"], "outcome": ["failed", "ok", "failed"]})
    shows.shell.user_ns |= {
        "names": ["a", "b"],
        "entities": ({"id": "a", "hostVars": {"word": "its own"}}, "b"),
        "df": frame,
        "series": frame[frame.outcome == "ok"]["host"],
    }
    preview = shows.run(f"%ctl_start shows {options} --dry-run")
    assert sorted(host["id"] for host in preview.document["hosts"]) == sorted(hosts)


def test_hosts_from_python_run(shows: Notebook) -> None:
    shows.run("hosts = ['b', {'id': 'a', 'hostVars': {'word': 'its own', 'ansible_connection': 'local'}}]")
    shows.run("%%ctl_start shows --wait -o run --hosts hosts\nhosts: [{id: c, hostVars: {ansible_connection: local}}]")
    assert said_by(shows["run"]) == ["a its own 1", "b none 1", "c none 1"]


def test_a_host_of_the_job_brings_its_variables(shows: Notebook) -> None:
    session = current_session()
    job = session.find_job("shows")
    hosts = [{"id": "plain", "hostVars": {"word": "known"}}, {"id": "keeps", "hostVars": {"db_password": "hunter2"}}]
    session.create_job({"name": "has-variables", "playbook": job.playbook, "hosts": hosts})
    for options in ("--host plain", "--limit plain", "--hosts names"):
        shows.shell.user_ns["names"] = ["plain"]
        preview = shows.run(f"%ctl_start has-variables {options} --dry-run")
        assert preview.document["hosts"] == [{"id": "plain", "hostVars": {"word": "known"}}]
    error, _ = shows.fail("%ctl_start has-variables --limit 'k*' --dry-run")
    assert "The job's host 'keeps' has a secret variable, which Runner does not show" in str(error)


def test_no_host_to_choose_from(shows: Notebook) -> None:
    current_session().create_job({"name": "hostless", "playbook": current_session().find_job("shows").playbook})
    error, _ = shows.fail("%ctl_start hostless --limit 'web*'")
    assert str(error) == "--limit chooses among hosts that the line, the cell or the job names, and there are none."


@pytest.mark.parametrize("options", ["--var a=b", "--vars values", "--tags web", "--var a=b --dry-run"])
def test_a_hosted_runner_takes_no_variables_at_a_start(
    logged_in_to_hosted: Notebook, hosted: FakeRunner, options: str
) -> None:
    hosted.add_job("hello")
    logged_in_to_hosted.run("values = {'a': 1}")
    error, shown = logged_in_to_hosted.fail(f"%ctl_start hello {options}")
    assert str(error) == (
        "This Runner takes variables and tags in a job and not at a start: set them with %%ctl_job first."
    )
    assert "Traceback" not in shown
    assert hosted.starts() == []


# --- stop and kill -----------------------------------------------------------------------------------------------


def test_several_are_stopped_and_the_cell_does_not_fail(
    logged_in: Notebook, slow: Slow, capsys: pytest.CaptureFixture[str]
) -> None:
    handles = slow(3)
    capsys.readouterr()
    logged_in.run(f"%ctl_stop slow0 {handles[1].execution_id[:13]} --expiry 0.1")
    shown = capsys.readouterr().out
    assert re.search(r"job +execution +status", shown)
    for handle in handles[:2]:
        assert re.search(rf"slow +{handle.execution_id} +STOPPING", shown)
    assert logged_in.run("%ctl_stop --all-running slow --expiry 0.1 --wait -o ended") is None
    assert "STOPPED" in capsys.readouterr().out
    assert [handle.status for handle in handles] == ["STOPPED"] * 3


def test_all_that_run_are_killed_and_waited_for(logged_in: Notebook, slow: Slow) -> None:
    handles = slow(2)
    logged_in.run("%ctl_kill --all-running slow --wait --quiet -o ended")
    assert {handle.execution_id for handle in logged_in["ended"]} == {handle.execution_id for handle in handles}
    assert [handle.execution.status for handle in logged_in["ended"]] == ["KILLED"] * 2
    nothing = logged_in.run("%ctl_kill --all-running slow --wait")
    assert repr(nothing) == "No execution of 'slow' is running; there is nothing to kill."


def test_what_has_ended_keeps_no_other_from_being_stopped(logged_in: Notebook, slow: Slow) -> None:
    logged_in.run(SHOWS)
    logged_in.run("%ctl_start shows --wait -o ended --host web1")
    (handle,) = slow(1)
    error, shown = logged_in.fail("%ctl_kill ended slow0 -o both")
    ended = logged_in["ended"]
    assert str(error).splitlines() == [
        "1 of 2 executions could not be killed:",
        f"{ended.execution_id}: This execution has ended as SUCCESS; there is nothing left to kill.",
    ]
    assert error.handle is ended  # type: ignore[attr-defined]
    assert logged_in["both"] == [ended, handle]
    assert "KILLING" in shown
    assert "Traceback" not in shown
    handle.wait(60)
    assert handle.status == "KILLED"

    error, _ = logged_in.fail("%ctl_stop slow0")
    assert str(error) == "This execution has ended as KILLED; there is nothing left to stop."


@pytest.mark.parametrize("wait", ["", "--wait --quiet"])
def test_one_that_ends_while_all_are_told_to_stop_is_no_failure(
    logged_in_to_hosted: Notebook, hosted: FakeRunner, wait: str
) -> None:
    job_id = hosted.add_job("hello")
    hosted.add_execution(job_id, "4a0b0c0d-0000-4000-8000-000000000000", status="RUNNING")
    ends = hosted.add_execution(job_id, status="RUNNING")

    def end_it(call: Call) -> None:
        if call.path.endswith("/executions"):
            hosted.executions[ends]["status"] = "SUCCESS"

    hosted.on_answer = end_it
    logged_in_to_hosted.run(f"%ctl_stop --all-running hello -o told {wait}")
    assert len(hosted.calls_to("POST", ".*/stop")) == 2
    # Named, it is a mistake.
    error, _ = logged_in_to_hosted.fail(f"%ctl_stop {ends} --all-running hello")
    assert "An execution that is SUCCESS cannot be told to stop." in str(error)


def test_many_refusals_are_told_in_a_few_lines(logged_in_to_hosted: Notebook, hosted: FakeRunner) -> None:
    job_id = hosted.add_job("hello")
    ids = [hosted.add_execution(job_id, status="SUCCESS") for _ in range(5)]
    error, _ = logged_in_to_hosted.fail(f"%ctl_stop {' '.join(ids)}")
    lines = str(error).splitlines()
    assert lines[0] == "5 of 5 executions could not be stopped:"
    assert lines[1:4] == [f"{key}: An execution that is SUCCESS cannot be told to stop." for key in ids[:3]]
    assert lines[4:] == ["… and 2 more"]
    assert [handle.execution_id for handle in error.handle] == ids  # type: ignore[attr-defined]


def test_a_refusal_is_told_before_the_others_are_waited_for(logged_in_to_hosted: Notebook, hosted: FakeRunner) -> None:
    job_id = hosted.add_job("hello")
    refused, taken = (hosted.add_execution(job_id, status="RUNNING") for _ in range(2))
    hosted.trouble(Answer(403, {"message": "Not yours."}), "POST", f"{refused}/stop")
    error, shown = logged_in_to_hosted.fail(f"%ctl_stop {refused} {taken} --wait -o both")
    told = f"1 of 2 executions could not be stopped:\n{refused}: Not yours."
    assert str(error) == told
    # First in words, then the card of the other, which alone is waited for.
    assert shown.index("could not be stopped") < shown.index("STOPPED")
    assert [handle.execution_id for handle in logged_in_to_hosted["both"]] == [refused, taken]
    assert hosted.executions[refused]["status"] == "RUNNING"


@pytest.mark.parametrize("says", ["the line", "the settings"])
def test_an_interrupted_cell_kills_where_it_is_to(logged_in: Notebook, slow: Slow, says: str) -> None:
    (handle,) = slow(1)
    if says == "the settings":
        logged_in.run("%config Ctl.on_interrupt = 'kill'")
    waiting = "--on-interrupt kill" if says == "the line" else "--wait"

    def interrupt() -> None:
        until(lambda: "last" in logged_in.shell.user_ns, "the cell does not wait", 30)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    error, shown = logged_in.fail(f"%ctl_watch slow0 {waiting} -o last")
    thread.join()
    assert "the kill was sent" in str(error)
    assert "Traceback" not in shown
    assert handle.wait(60).status == "KILLED"


def test_waiting_for_a_stop_no_longer_than_asked(logged_in: Notebook, slow: Slow) -> None:
    slow(1)
    error, _ = logged_in.fail("%ctl_stop slow0 --timeout 0.3")
    assert "has not ended within 0.3 s" in str(error)
    logged_in.run("%ctl_kill slow0 --wait")


def test_dry_runs_send_nothing(logged_in_to_hosted: Notebook, hosted: FakeRunner) -> None:
    job_id = hosted.add_job("hello")
    first, second = (hosted.add_execution(job_id, status="RUNNING") for _ in range(2))
    preview = logged_in_to_hosted.run(f"%ctl_stop {first} --expiry 5 --dry-run")
    assert preview.path == f"/jobs/ACCT/{job_id}/executions/{first}/stop"
    assert preview.document == {"expiryDuration": 5}
    logged_in_to_hosted.run(f"%ctl_kill {first} {second} --dry-run")
    assert [call.path for call in hosted.calls if call.method == "POST"] == ["/v2/authentication/login"]


@pytest.mark.parametrize(("action", "end"), [("stop", "STOPPED"), ("kill", "KILLED")])
def test_the_hosted_runner(logged_in_to_hosted: Notebook, hosted: FakeRunner, action: str, end: str) -> None:
    job_id = hosted.add_job("hello")
    execution_id = hosted.add_execution(job_id, status="RUNNING")
    logged_in_to_hosted.run(f"%ctl_{action} {execution_id} --wait --expiry 2 -o run")
    assert logged_in_to_hosted["run"].execution.status == end
    (call,) = hosted.calls_to("POST", f".*/{action}")
    assert call.document == {"expiryDuration": 2}


# --- restart -----------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(logged_in: Notebook) -> Notebook:
    """A notebook with a failed execution as ``run``: db1 and db2 of three hosts."""
    logged_in.run(BREAKS)
    logged_in.fail("%ctl_start breaks --wait -o run --var word=bang")
    return logged_in


def test_a_restart_runs_the_failed_hosts_and_shows_which(broken: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    before = broken["run"].execution_id
    capsys.readouterr()
    error, shown = broken.fail("%ctl_restart run --wait -o again")
    assert "Restarting breaks on db1, db2 (failed of 3 hosts)." in shown
    again = broken["again"]
    # Variables of the start hold for its restart, too.
    assert str(error).splitlines() == [
        f"breaks: FAILURE on 2 of 2 hosts (execution {before})",
        "db1 failed in task 'Break': bang on db1",
    ]
    assert error.handle is again  # type: ignore[attr-defined]
    assert again.execution_id == before
    assert len(again.execution.timers) == 2


def test_a_restart_of_some_of_the_failed_hosts(broken: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    handle = broken["run"]
    for options, said in (
        ("--host db11", "The host 'db11' did not fail; did you mean 'db1'?"),
        ("--host nowhere", "The host 'nowhere' did not fail; a restart takes these alone: db1, db2."),
        ("--host db1 --host db1", "The host 'db1' is given twice."),
        ("--ssh-key /no/such", "The key file '/no/such' cannot be read: no such file or directory."),
        ("--hosts missing", "There is no Python variable 'missing'."),
    ):
        error, _ = broken.fail(f"%ctl_restart run {options}")
        assert str(error).startswith(said)
    assert handle.status == "FAILURE"
    preview = broken.run("%ctl_restart run --host db2 --dry-run")
    assert (preview.path.rpartition("/")[2], preview.document) == ("restart", {"hosts": [{"id": "db2"}]})
    assert (
        "Restarting breaks on db2 (of 2 failed hosts; once this succeeds, db1 can be restarted no more)."
        in capsys.readouterr().out
    )
    broken.run("hosts = [{'id': 'db2', 'hostVars': {'ansible_connection': 'local', 'nothing': 1}}]")
    broken.run(f"%ctl_restart {handle.execution_id} --hosts hosts -o again --quiet")
    broken["again"].wait(60)
    assert broken["again"].execution.failed_hosts == ["db2"]


def test_a_variable_means_the_last_run(broken: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    broken.fail("%ctl_restart run --host db1 --wait")
    assert "run 2" in repr(broken.run("%ctl_why run"))
    capsys.readouterr()
    broken.run("%ctl_watch run")
    assert "1 host: 1 failed" in capsys.readouterr().out


def test_what_has_not_failed_is_not_restarted(broken: Notebook) -> None:
    broken.run(SHOWS)
    broken.run("%ctl_start shows --host web1 --wait -o fine")
    error, _ = broken.fail("%ctl_restart fine")
    assert str(error) == "Failed executions alone can be restarted, and this one is SUCCESS."
    error, shown = broken.fail("%ctl_restart fine run --quiet -o again")
    assert str(error).startswith("1 of 2 executions could not be restarted:\n")
    assert "Restarting breaks on db1, db2" in shown
    assert broken["again"].execution_id == broken["run"].execution_id
    broken["again"].wait(60)


def test_one_that_never_ran_is_restarted_on_all_of_its_hosts(
    logged_in_to_hosted: Notebook, hosted: FakeRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    execution_id = hosted.add_execution(hosted.add_job("hello"), status="INIT_FAILURE")
    hosted.plan = [Step("SUCCESS")]
    logged_in_to_hosted.run(f"%ctl_restart {execution_id} --host web1 --wait -o run")
    assert logged_in_to_hosted["run"].execution.status == "SUCCESS"
    (call,) = hosted.calls_to("POST", ".*/restart")
    assert call.document == {"hosts": [{"id": "web1"}]}
    hosted.executions[execution_id]["status"] = "INIT_FAILURE"
    preview = logged_in_to_hosted.run(f"%ctl_restart {execution_id} --dry-run")
    assert preview.document == {}
    shown = capsys.readouterr().out
    assert "Restarting hello on all of its hosts: its playbook did not get to run." in shown


def test_a_restart_at_the_hosted_runner_tells_of_its_own_run(
    logged_in_to_hosted: Notebook, hosted: FakeRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    task = ("playbook_on_task_start", {"task": "Break"})
    broken = ("runner_on_failed", {"host": "web1", "task": "Break", "msg": "full"})
    fine = [("runner_on_ok", {"host": host, "task": "Break", "changed": True}) for host in ("web1", "db1")]
    hosted.add_job("hello")
    hosted.plan = [Step("FAILURE", [task, fine[1], broken, ("playbook_result", {})], failed_hosts=["web1"])]
    error, _ = logged_in_to_hosted.fail("%ctl_start hello --wait -o run")
    assert "FAILURE on 1 of 2 hosts" in str(error)
    hosted.plan = [Step("FAILURE", [task, broken, ("playbook_result", {})], failed_hosts=["web1"])]
    error, _ = logged_in_to_hosted.fail("%ctl_restart run --wait -o run")
    assert "FAILURE on 1 of 1 host " in str(error)
    hosted.plan = [Step("SUCCESS", [task, fine[0], ("playbook_result", {})])]
    capsys.readouterr()
    logged_in_to_hosted.run("%ctl_restart run --wait")
    shown = capsys.readouterr().out
    assert "Restarting hello on web1 (failed of 1 host)." in shown
    assert "1 host: 1 changed" in shown


def test_a_key_is_sent_again_and_masked(
    logged_in_to_hosted: Notebook, hosted: FakeRunner, tmp_path: Path, write_key: Callable[[Path], Any]
) -> None:
    write_key(tmp_path / "key")
    execution_id = hosted.add_execution(hosted.add_job("hello"), status="FAILURE")
    preview = logged_in_to_hosted.run(f"%ctl_restart {execution_id} --ssh-key {tmp_path}/key --dry-run")
    assert preview.document == {"sshPrivateKey": "********"}
    logged_in_to_hosted.run(f"%ctl_restart {execution_id} --ssh-key {tmp_path}/key --quiet")
    (call,) = hosted.calls_to("POST", ".*/restart")
    assert len(call.document["sshPrivateKey"]) > 100
