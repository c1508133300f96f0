"""What the README promises, cell by cell, in a real shell against the real embedded Runner."""

import pandas as pd
import pytest

from ctl_jupyter.client import ExecutionHandle, current_session
from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.table import MAGICS
from tests.magics.conftest import Notebook

HELLO = """%%ctl_job {name} --host web1 --host web2
- name: Greet
  hosts: all
  gather_facts: false
  tasks:
    - name: Say hello
      ansible.builtin.debug:
        msg: "Hello from {{{{ inventory_hostname }}}}"
"""

FRAGILE = """%%ctl_job fragile
- hosts: all
  gather_facts: false
  tasks:
    - name: Stand up
      ansible.builtin.debug: msg=standing
    - name: Fall
      ansible.builtin.fail: msg="fell over {{ depth }} steps"
      when: inventory_hostname == 'web2'
"""


def test_a_job_is_created_then_unchanged_then_updated(logged_in: Notebook) -> None:
    cell = HELLO.format(name="grows")
    assert "Job grows created (id " in repr(logged_in.run(cell))
    assert "Job grows is unchanged (id " in repr(logged_in.run(cell))
    assert "Job grows updated: playbook (id " in repr(logged_in.run(cell.replace("Hello", "Good morning")))
    jobs = [job for job in current_session().calls.jobs() if job.name == "grows"]
    assert len(jobs) == 1
    assert [host.id for host in jobs[0].hosts] == ["web1", "web2"]


def test_an_update_keeps_what_the_cell_does_not_say(logged_in: Notebook) -> None:
    logged_in.run(
        HELLO.format(name="described").replace("described", "described --description 'Says hello' --tags a,b", 1)
    )
    logged_in.run(HELLO.format(name="described").replace(" --host web1 --host web2", "") + "# a later edition\n")
    job = current_session().find_job("described")
    assert (job.description, job.playbook_tags, [host.id for host in job.hosts]) == (
        "Says hello",
        ["a", "b"],
        ["web1", "web2"],
    )


def test_waiting_for_a_success(logged_in: Notebook) -> None:
    logged_in.run(HELLO.format(name="waits"))
    assert logged_in.run("%%ctl_start waits --wait -o run\nhosts:\n  - id: localhost\n") is None
    run = logged_in["run"]
    assert isinstance(run, ExecutionHandle)
    assert run.execution.status == "SUCCESS"
    assert list(run.progress.hosts) == ["localhost"]


def test_the_line_form_returns_at_once_and_uses_the_jobs_hosts(logged_in: Notebook) -> None:
    logged_in.run(HELLO.format(name="line"))
    logged_in.run("%ctl_start line -o run")
    run = logged_in["run"]
    run.wait(60)
    assert sorted(run.progress.hosts) == ["web1", "web2"]


def test_a_failed_execution_fails_the_cell_with_two_lines(logged_in: Notebook) -> None:
    logged_in.run(FRAGILE)
    start = (
        "%%ctl_start fragile --wait -o run\nhosts:\n"
        "  - {id: web1, hostVars: {ansible_connection: local}}\n"
        "  - {id: web2, hostVars: {ansible_connection: local, depth: 12}}\n"
    )
    error, shown = logged_in.fail(start)
    handle = logged_in["run"]
    assert isinstance(error, MagicError)
    assert error.handle is handle
    expected = [
        f"fragile: FAILURE on 1 of 2 hosts (execution {handle.execution_id})",
        "web2 failed in task 'Fall': fell over 12 steps",
    ]
    assert str(error).splitlines() == expected
    assert shown.strip().splitlines()[-2:] == expected
    assert "Traceback" not in shown


def test_an_execution_is_watched_by_a_prefix_of_its_id(logged_in: Notebook) -> None:
    logged_in.run(HELLO.format(name="watched"))
    logged_in.run("%%ctl_start watched -o run\nhosts: [localhost]\n")
    execution_id = logged_in["run"].execution_id
    logged_in.run(f"%ctl_watch {execution_id[:13]} --wait -o again")
    assert logged_in["again"].execution_id == execution_id
    assert logged_in["again"].execution.status == "SUCCESS"


def test_waiting_no_longer_than_asked(logged_in: Notebook) -> None:
    logged_in.run(
        "%%ctl_job slow\n- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.pause: {seconds: 4}\n"
    )
    error, _ = logged_in.fail("%%ctl_start slow --wait --timeout 0.5 -o run\nhosts: [localhost]\n")
    assert "has not ended within 0.5 s; it goes on" in str(error)
    logged_in.run("run.wait()")
    assert logged_in["run"].execution.status == "SUCCESS"


def test_executions_as_a_dataframe(logged_in: Notebook) -> None:
    logged_in.run(HELLO.format(name="counted"))
    logged_in.run("%%ctl_start counted --wait\nhosts: [localhost]\n")
    assert logged_in.run("%ctl_executions counted -o df") is None
    frame = logged_in["df"]
    assert type(frame) is pd.DataFrame
    assert list(frame["status"]) == ["SUCCESS"]
    shown = logged_in.run("import ctl_jupyter\nctl_jupyter.history('counted').executions")
    pd.testing.assert_frame_equal(shown, frame)


def test_jobs_are_listed_with_their_ids(logged_in: Notebook) -> None:
    logged_in.run(HELLO.format(name="listed"))
    job = current_session().find_job("listed")
    table = logged_in.run("%ctl_jobs")
    assert str(job.id) in repr(table)
    assert str(job.id) in table._repr_html_()
    logged_in.run("%ctl_jobs -o jobs")
    assert job.id in [listed.id for listed in logged_in["jobs"]]


def test_nothing_works_before_the_log_in(notebook: Notebook) -> None:
    for cell in ("%ctl_jobs", "%ctl_executions", "%ctl_start hello", "%ctl_watch abcd1234"):
        error, _ = notebook.fail(cell)
        assert "%ctl_login" in str(error)


def test_unloading_takes_the_magics_away(notebook: Notebook) -> None:
    notebook.run("%unload_ext ctl_jupyter")
    assert notebook.shell.find_line_magic("ctl_start") is None
    assert notebook.shell.find_cell_magic("ctl_start") is None
    notebook.run("%load_ext ctl_jupyter")
    assert notebook.shell.find_cell_magic("ctl_start") is not None


@pytest.mark.parametrize("name", MAGICS)
def test_help_lists_the_options_and_does_nothing(
    notebook: Notebook, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notebook.run(f"%{name} -h") is None
    shown = capsys.readouterr().out
    spec = MAGICS[name]
    assert shown.startswith(spec.shown)
    assert [option.shown for option in spec.options if option.shown not in shown] == []
