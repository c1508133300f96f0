"""``%ctl_watch`` of what runs, has ended, is followed already or was started elsewhere, with the embedded Runner."""

from pathlib import Path

import pytest
from IPython.utils.capture import capture_output

from ctl_jupyter.client import current_session
from ctl_jupyter.magics.errors import MagicError
from tests.magics.conftest import Notebook

WAITS = """%%ctl_job gated --host localhost
- hosts: all
  gather_facts: false
  tasks:
    - name: Wait for the gate
      ansible.builtin.wait_for: {{path: '{gate}', timeout: 60}}
"""


@pytest.fixture
def gate(logged_in: Notebook, tmp_path: Path) -> Path:
    """What the job's executions wait for."""
    gate = tmp_path / "gate"
    logged_in.run(WAITS.format(gate=gate))
    return gate


def shown(notebook: Notebook, cell: str) -> str:
    """Run a cell and return what it showed."""
    with capture_output(display=False) as captured:
        notebook.run(cell)
    return str(captured.stdout)


def test_one_that_has_ended_is_shown_as_it_ended(logged_in: Notebook, gate: Path) -> None:
    gate.touch()
    handle = current_session().start("gated")
    handle.wait(60)

    said = shown(logged_in, f"%ctl_watch {handle.execution_id} -o again")

    assert said.startswith("gated: SUCCESS · 1 host: 1 ok")
    assert logged_in["again"].is_read


def test_several_by_a_variable_and_by_an_id(logged_in: Notebook, gate: Path) -> None:
    logged_in.run("%ctl_start gated -o one")
    elsewhere = current_session().start("gated")

    said = shown(logged_in, f"%ctl_watch one {elsewhere.execution_id} -o both")

    assert f"execution {elsewhere.execution_id}" in said
    assert logged_in["both"][0] is logged_in["one"]
    gate.touch()
    logged_in.run("%ctl_watch one " + elsewhere.execution_id + " --wait -o both")
    assert [handle.execution.status for handle in logged_in["both"]] == ["SUCCESS", "SUCCESS"]


def test_a_time_out_is_short_and_keeps_the_handle(logged_in: Notebook, gate: Path) -> None:
    logged_in.run("%ctl_start gated --quiet -o run")

    error, _ = logged_in.fail("%ctl_watch run --timeout 0.2 -o again")

    assert isinstance(error, MagicError)
    assert error.handle is logged_in["run"]
    assert str(error).splitlines()[-1] == f"%ctl_watch {logged_in['run'].execution_id}"
    gate.touch()
    logged_in.run("%ctl_watch run --wait")


def test_quietly_nothing_is_shown(logged_in: Notebook, gate: Path) -> None:
    gate.touch()

    assert shown(logged_in, "%ctl_start gated --quiet --wait -o run") == ""

    assert logged_in["run"].execution.status == "SUCCESS"
