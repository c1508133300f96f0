"""Bad input in a cell: one clear sentence, and nothing half-made at the service."""

import subprocess
import sys
from pathlib import Path

import pytest

from ctl_jupyter.client import current_session
from tests.magics.conftest import Notebook

PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug: msg=hi\n"


@pytest.fixture
def with_job(logged_in: Notebook) -> Notebook:
    logged_in.run(f"%%ctl_job hello --host web1\n{PLAYBOOK}")
    return logged_in


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%ctl_start", "JOB is missing. Usage: %%ctl_start"),
        ("%ctl_start helo", "There is no job 'helo'; did you mean 'hello'?"),
        ("%ctl_start hello --hots web1", "There is no option --hots; did you mean '--hosts' or '--host'?"),
        ("%ctl_start 'hello", "The line cannot be read: a quote is not closed"),
        ("%ctl_start hello --timeout -1", "is not a positive number of seconds"),
        ("%ctl_start hello --timeout soon", "'soon' is not a positive number of seconds"),
        ("%ctl_start hello -o 'my run'", "this is not the name of a Python variable"),
        ("%ctl_start hello --host ' '", "hosts[0] has no id"),
        ("%ctl_start hello --host web1 --host web1", "The host 'web1' is given twice."),
        (
            "%ctl_start hello --ssh-key /no/such/key",
            "The key file '/no/such/key' cannot be read: no such file or directory.",
        ),
        ("%%ctl_start hello\nhosts: [web1", "The cell is neither YAML nor JSON at line"),
        ('%%ctl_start hello\n{"hosts": [}', "The cell is neither YAML nor JSON at line 1, column"),
        (
            "%%ctl_start hello\n- web1",
            "A start is an object with 'hosts' and 'sshPrivateKey', both optional, and this is a list.",
        ),
        ("%%ctl_start hello\nhost: web1", "alone, not 'host'"),
        ("%%ctl_start hello\nhosts: web1", "'hosts' must be a list of hosts, and this is a text."),
        ("%%ctl_start hello\nhosts:\n  - hostVars: {a: 1}", "hosts[0] has no id"),
        ("%%ctl_start hello\nhosts:\n  - id: 7", "hosts[0].id must be a text, not a whole number."),
        ("%%ctl_start hello\nhosts: [web1]\nsshPrivateKey: '*'", "sshPrivateKey is not base64."),
        ("%%ctl_start hello\nhosts: [web1]\nsshPrivateKey: aGVsbG8=", "sshPrivateKey holds no private key"),
        (
            "%%ctl_start hello\nhosts:\n  - {id: web1, sshPrivateKey: aGVsbG8=}",
            "sshPrivateKey of the host 'web1' holds no",
        ),
        ("%%ctl_job", "NAME is missing"),
        ("%%ctl_job other\n", "The cell is empty"),
        ("%%ctl_job other\nhosts: all\ntasks: []", "A playbook is a list of plays, and this is one mapping"),
        ("%%ctl_job other\n- just text", "one of these is not a mapping"),
        ("%%ctl_job other\n- hosts: [all", "The playbook is neither YAML nor JSON at line"),
        ("%ctl_executions nothing-like-it", "There is no job 'nothing-like-it'; %ctl_jobs lists what there is."),
        ("%ctl_watch 00000000-0000", "There is no execution '00000000-0000' in the account LOCAL."),
        ("%ctl_watch ab", "'ab' is too short for an execution's id"),
        ("%ctl_login nowhere", "'nowhere' is neither a profile (local, prod, qa) nor a URL"),
        ("%ctl_login prod", "set CLC_V2_API_USERNAME and CLC_V2_API_PASSWD"),
    ],
)
def test_one_sentence_and_nothing_sent(with_job: Notebook, cell: str, said: str) -> None:
    jobs_before = [job.id for job in current_session().calls.jobs()]
    executions_before = [execution.execution_id for execution in current_session().calls.executions()]
    error, shown = with_job.fail(cell)
    assert said in str(error)
    assert len(str(error).splitlines()) == 1
    assert "Traceback" not in shown
    assert [job.id for job in current_session().calls.jobs()] == jobs_before
    assert [execution.execution_id for execution in current_session().calls.executions()] == executions_before


def test_two_jobs_of_one_name(with_job: Notebook) -> None:
    session = current_session()
    job = session.find_job("hello")
    for _ in range(2):
        twin = session.create_job({"name": "twin", "playbook": job.playbook})
    error, _ = with_job.fail("%ctl_start twin")
    assert "There are 2 jobs named 'twin': name one by its id (" in str(error)
    error, _ = with_job.fail(f"%%ctl_job twin\n{PLAYBOOK}")
    assert "There are 2 jobs named 'twin'" in str(error)
    with_job.run(f"%ctl_start {str(twin.id)[:12]} --dry-run --host web1")


def test_debug_shows_the_whole_traceback(with_job: Notebook) -> None:
    _, shown = with_job.fail("%ctl_start nothing-like-it --debug")
    assert "Traceback" in shown
    assert "NotFound" in shown


def test_nothing_in_a_line_or_cell_is_expanded(with_job: Notebook) -> None:
    with_job.run("secret = 'expanded'")
    preview = with_job.run("%%ctl_start hello --dry-run --host '{{ secret }} $secret {secret}'\n{}")
    assert preview.document == {"hosts": [{"id": "{{ secret }} $secret {secret}"}]}


def test_a_dry_run_masks_keys(with_job: Notebook, tmp_path: Path, write_key: "object") -> None:
    assert callable(write_key)
    key = write_key(tmp_path / "key")
    preview = with_job.run(f"%ctl_start hello --dry-run --ssh-key {tmp_path / 'key'} --host web1")
    assert preview.document["sshPrivateKey"] == "********"
    assert key.splitlines()[1] not in repr(preview)
    assert repr(preview).startswith("POST /jobs/LOCAL/")


def test_the_service_is_gone_and_comes_back(with_job: Notebook) -> None:
    subprocess.run([sys.executable, "-m", "ctl_jupyter.cli", "stop"], check=True, capture_output=True)
    error, shown = with_job.fail("%ctl_jobs")
    assert "cannot be reached" in str(error)
    assert "%ctl_login local starts the embedded Runner again." in str(error)
    assert "Traceback" not in shown
    with_job.run("%ctl_login local")
    assert "hello" in repr(with_job.run("%ctl_jobs"))
