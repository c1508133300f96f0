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
            "A start is an object with members such as 'hosts', and this is a list.",
        ),
        ("%%ctl_start hello\nhost: web1", "alone, not 'host'"),
        ("%%ctl_start hello\nhosts: web1", "'hosts' must be a list of hosts, and this is a text."),
        ("%%ctl_start hello\nhosts:\n  - hostVars: {a: 1}", "hosts[0] has no id"),
        ("%%ctl_start hello\nhosts:\n  - id: 7", "hosts[0].id must be a text, not a whole number."),
        ("%%ctl_start hello\nhosts: []", "'hosts' in the cell is empty: leave it out to run on the job's own hosts."),
        (
            "%ctl_start hello --host web1,web2",
            "--host: 'web1,web2' has a comma: give each host with a --host of its own.",
        ),
        ("%ctl_start hello --hosts nowhere", "There is no Python variable 'nowhere'."),
        (
            "%ctl_start hello --hosts 'df.'",
            "--hosts: this is neither the name of a Python variable nor DATAFRAME.COLUMN.",
        ),
        ("%ctl_start hello --limit web2", "--limit: no host fits 'web2'; did you mean 'web1'?"),
        ("%ctl_start hello --limit '!web1'", "--limit '!web1' leaves none of the hosts web1."),
        ("%ctl_start hello --host db1 --limit web1", "--limit: no host fits 'web1'; the hosts are db1."),
        ("%ctl_start hello --tags ,", "--tags names no tag; 'all' runs every task."),
        ("%ctl_start hello --var word", "a variable is written name=value"),
        ("%ctl_start hello --var 2nd=x", "a variable is written name=value"),
        ("%ctl_start hello --vars nowhere", "There is no Python variable 'nowhere'."),
        ("%%ctl_start hello\nproperties: [a]", "properties must be an object, not a list."),
        ("%%ctl_start hello\ntags: [a]", "alone, not 'tags'."),
        ("%ctl_stop", "Name an execution by its id, or give --all-running JOB; %ctl_executions lists them."),
        ("%ctl_kill", "Name an execution by its id, or give --all-running JOB; %ctl_executions lists them."),
        ("%ctl_restart", "Name the failed execution by its id; %ctl_executions lists them."),
        ("%ctl_restart 0000-0000 --ssh-key", "--ssh-key needs a value, PATH"),
        ("%ctl_stop 00000000-0000", "There is no execution '00000000-0000' in the account LOCAL."),
        ("%ctl_stop --all-running helo", "There is no job 'helo'; did you mean 'hello'?"),
        ("%ctl_kill 0000-0000 --expiry -1", "'-1' is not a number of seconds, 0 or more"),
        ("%ctl_stop 0000-0000 --expiry soon", "'soon' is not a number of seconds, 0 or more"),
        ("%%ctl_job", "NAME is missing"),
        ("%%ctl_job other\n", "The cell is empty"),
        ("%%ctl_job other\nhosts: all\ntasks: []", "A playbook is a list of plays, and this is one mapping"),
        ("%%ctl_job other\n- just text", "one of these is not a mapping"),
        ("%%ctl_job other\n- hosts: [all", "The cell is neither YAML nor JSON at line"),
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


SECRET = "hunter2-hunter2"
IN_PYTHON = "and a Python variable filled by getpass, os.environ or keyring."


@pytest.mark.parametrize(
    ("cell", "member", "way"),
    [
        ("%ctl_start hello --var db_password={}", "--var db_password", f"--vars {IN_PYTHON}"),
        ("%ctl_start hello --var a=b --var 'home=https://ada:{}@x.example'", "--var home", f"--vars {IN_PYTHON}"),
        ("%ctl_start hello --dry-run --var api_key={}", "--var api_key", f"--vars {IN_PYTHON}"),
        ("%%ctl_start hello\nsshPrivateKey: {}", "sshPrivateKey", f"--ssh-key PATH, or with --hosts {IN_PYTHON}"),
        (
            "%%ctl_start hello\nhosts:\n  - {{id: web1, sshPrivateKey: {}}}",
            "hosts[0].sshPrivateKey",
            f"--ssh-key PATH, or with --hosts {IN_PYTHON}",
        ),
        (
            "%%ctl_start hello\nhosts:\n  - web1\n  - id: web2\n    hostVars: {{ansible_password: {}}}",
            "hosts[1].hostVars.ansible_password",
            f"--hosts {IN_PYTHON}",
        ),
        ('%%ctl_start hello\n{{"properties": {{"db": [{{"token": "{}"}}]}}}}', "properties.db[0].token", "--vars"),
        # What else is wrong is not looked at first: its sentence could show the secret.
        ("%%ctl_start hello\n- {{password: {}}}", "[0].password", "--vars"),
    ],
)
def test_a_typed_secret_is_refused_by_its_name(with_job: Notebook, cell: str, member: str, way: str) -> None:
    before = [execution.execution_id for execution in current_session().calls.executions()]
    error, shown = with_job.fail(cell.format(SECRET))
    assert str(error).startswith(f"{member!r} in the ")
    assert f"stays in the notebook and in IPython's history: give it with {way}" in str(error)
    assert SECRET not in str(error) + shown
    assert [execution.execution_id for execution in current_session().calls.executions()] == before


def test_what_is_no_secret_may_be_typed(with_job: Notebook) -> None:
    preview = with_job.run(
        "%%ctl_start hello --dry-run --var key_file=/k --var token_count=3\n"
        "hosts:\n  - {id: web1, hostVars: {ansible_ssh_private_key_file: /k, use_token: true, empty_password: ''}}\n"
        "properties: {db_password: '********'}"
    )
    assert preview.document["properties"] == {"db_password": "********", "key_file": "/k", "token_count": "3"}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("'*'", "sshPrivateKey of the host 'web1' is not base64."),
        ("'aGVsbG8='", "sshPrivateKey of the host 'web1' holds no private key"),
        ("7", "hosts[0].sshPrivateKey must be a text, not a whole number."),
    ],
)
def test_a_key_in_python_that_cannot_be_used(with_job: Notebook, key: str, said: str) -> None:
    with_job.run(f"hosts = [{{'id': 'web1', 'sshPrivateKey': {key}}}]")
    error, _ = with_job.fail("%ctl_start hello --hosts hosts")
    assert said in str(error)


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
