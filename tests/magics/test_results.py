"""What came of executions, in a real shell against the real embedded Runner."""

import pandas as pd
import pytest

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live import WhyReport
from tests.magics.conftest import Notebook

CANARY = "canary-of-a-secret"
DISK = """%%ctl_job {name}
- hosts: all
  gather_facts: false
  tasks:
    - name: Look around
      ansible.builtin.debug: msg=fine
    - name: Room is left
      ansible.builtin.fail: msg="the disk of {{{{ inventory_hostname }}}} is {{{{ full }}}} % full"
      when: full | int > 90
"""


def start(notebook: Notebook, name: str, variable: str, **full: int) -> ExecutionHandle:
    """Create a job of that name when there is none, start it and wait for its end."""
    notebook.run(DISK.format(name=name))
    notebook.shell.user_ns["disk_hosts"] = [
        {"id": host, "hostVars": {"ansible_connection": "local", "full": number, "a_password": CANARY}}
        for host, number in full.items()
    ]
    notebook.run(f"%ctl_start {name} --hosts disk_hosts -o {variable}")
    handle: ExecutionHandle = notebook[variable]
    handle.wait(60)
    return handle


@pytest.fixture(scope="module")
def disk() -> str:
    """A job that every test of this module starts from: its executions are made once."""
    return "results-disk"


@pytest.fixture
def failed(logged_in: Notebook, disk: str) -> ExecutionHandle:
    """A success and then a failure of the job, made by the first test that asks."""
    from ctl_jupyter.client import current_session

    known = current_session().find_job_named(disk)
    found = list(current_session().calls.executions(str(known.id))) if known else []
    if not found:
        start(logged_in, disk, "first", db1=1, db2=2, web1=3)
        return start(logged_in, disk, "second", db1=97, db2=98, web1=3)
    return current_session().execution(found[0].execution_id)


def test_why_is_the_cells_value_in_every_form(logged_in: Notebook, failed: ExecutionHandle) -> None:
    report = logged_in.run(f"%ctl_why {failed.execution_id[:13]}")
    assert isinstance(report, WhyReport)
    shown = repr(report).splitlines()
    assert shown[0] == f"results-disk: FAILURE on 2 of 3 hosts (execution {failed.execution_id})"
    assert "failed in task 'Room is left' (playbook.yml:6, play 'all')" in shown[2]
    assert shown[3] in ("  the disk of db1 is 97 % full", "  the disk of db2 is 98 % full")
    data, _ = logged_in.shell.display_formatter.format(report)
    assert set(data) == {"text/plain", "text/html"}
    assert data["text/plain"] == repr(report)
    assert "Room is left" in data["text/html"]
    assert CANARY not in str(data)


def test_why_without_a_name_is_of_the_last_execution(logged_in: Notebook, failed: ExecutionHandle) -> None:
    error, _ = logged_in.fail("%ctl_why")
    assert "No execution was started or watched in this notebook yet" in str(error)
    logged_in.run(f"%ctl_watch {failed.execution_id}")
    assert logged_in.run("%ctl_why -o report") is None
    report = logged_in["report"]
    assert report.execution_id == failed.execution_id
    frame = report.frame
    assert sorted(frame["host"]) == ["db1", "db2"]
    assert set(frame["cause"]) == {1}
    assert frame["last_success"].notna().all()
    assert CANARY not in frame.to_csv()


def test_why_takes_a_handle_in_a_variable(logged_in: Notebook, failed: ExecutionHandle) -> None:
    logged_in.shell.user_ns["run"] = failed
    assert logged_in.run("%ctl_why run").execution_id == failed.execution_id


def test_executions_and_those_of_a_status(logged_in: Notebook, failed: ExecutionHandle, disk: str) -> None:
    frame = logged_in.run(f"%ctl_executions {disk}")
    assert type(frame) is pd.DataFrame
    assert frame["status"].tolist() == ["FAILURE", "SUCCESS"]
    assert logged_in.run(f"%ctl_executions {disk} --rows 1")["execution_id"].tolist() == [failed.execution_id]
    for status in ("success", "SUCCESS", "Success"):
        assert logged_in.run(f"%ctl_executions {disk} --status {status}")["status"].tolist() == ["SUCCESS"]
    both = logged_in.run(f"%ctl_executions {disk} --status failure --status success --rows 5")
    assert len(both) == 2
    assert logged_in.run(f"%ctl_executions {disk} --status init-failure -o none") is None
    assert logged_in["none"].dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    # What is shown has first what people look for; what is bound is as in Python.
    assert [*frame][:2] == ["job", "status"]
    assert list(logged_in["none"])[:2] == ["execution_id", "job_id"]
    assert logged_in.run("%ctl_executions --rows 1")["job"].notna().all()


def test_executions_of_a_time(logged_in: Notebook, failed: ExecutionHandle, disk: str) -> None:
    newest, oldest = logged_in.run(f"%ctl_executions {disk}")["start"]
    at = newest.isoformat()
    assert logged_in.run(f"%ctl_executions {disk} --since {at}")["start"].tolist() == [newest]
    assert logged_in.run(f"%ctl_executions {disk} --until {at}")["start"].tolist() == [oldest]
    assert logged_in.run(f"%ctl_executions {disk} --since 7d --rows 1")["start"].tolist() == [newest]
    assert len(logged_in.run(f"%ctl_executions {disk} --since '2 weeks'")) == 2
    assert logged_in.run(f"%ctl_executions {disk} --since '2 weeks' --until 1d").empty
    assert logged_in.run(f"%ctl_executions {disk} --since {at} --status success").empty


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%ctl_executions --since yesterday", "--since: 'yesterday' is neither a time such as 2026-05-02"),
        ("%ctl_executions --until '7 moons'", "--until: '7 moons' is neither a time such as 2026-05-02"),
        ("%ctl_executions --since 1d --until 2d", "'since' is not before 'until'"),
        ("%ctl_executions --status FAILED", "There is no status 'FAILED'; did you mean 'FAILURE'? The statuses are"),
        ("%ctl_executions --status what", "There is no status 'what'. The statuses are PENDING, INITIALIZING"),
        ("%ctl_executions --rows none", "'none' is not a number of rows, 1 or more"),
        ("%ctl_why abc", "'abc' is too short for an execution's id"),
        ("%ctl_events 00000000-1111", "There is no execution '00000000-1111'"),
    ],
)
def test_what_cannot_be_found_is_said_in_one_sentence(logged_in: Notebook, line: str, said: str) -> None:
    error, shown = logged_in.fail(line)
    assert said in str(error)
    assert "Traceback" not in shown


def test_events_of_one_execution(logged_in: Notebook, failed: ExecutionHandle) -> None:
    frame = logged_in.run(f"%ctl_events {failed.execution_id}")
    assert len(frame) == 6
    assert set(frame["execution_id"]) == {failed.execution_id}
    assert set(frame["job"]) == {"results-disk"}
    assert sorted(logged_in.run(f"%ctl_events {failed.execution_id} --failed")["host"]) == ["db1", "db2"]
    one = logged_in.run(f"%ctl_events {failed.execution_id} --host web1 --host db1")
    assert sorted(set(one["host"])) == ["db1", "web1"]
    assert one.index.tolist() == list(range(4))
    none = logged_in.run(f"%ctl_events {failed.execution_id} --host web1 --failed")
    assert none.dtypes.astype(str).equals(frame.dtypes.astype(str))
    assert len(none) == 0


def test_every_status_event(logged_in: Notebook, failed: ExecutionHandle) -> None:
    logged_in.run(f"%ctl_events {failed.execution_id} --all -o events")
    frame = logged_in["events"]
    assert frame["event_type"].tolist()[-1] == "playbook_result"
    assert frame["seq"].is_monotonic_increasing
    assert CANARY not in frame.to_csv()
    some = logged_in.run(f"%ctl_events {failed.execution_id} --all --failed --host db1")
    assert some["event_type"].tolist() == ["runner_on_failed"]


def test_a_host_that_has_no_rows(logged_in: Notebook, failed: ExecutionHandle) -> None:
    error, _ = logged_in.fail(f"%ctl_events {failed.execution_id} --host db11")
    assert "no events of a host 'db11'; did you mean 'db1'? The hosts are" in str(error)
    assert all(host in str(error) for host in ("db1", "db2", "web1"))
