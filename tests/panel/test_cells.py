"""The copied cell, run through the real magic, sends the same request as the form."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from ctl_jupyter.client.session import make_current
from ctl_jupyter.documents import MASK, DocumentError, Host, Job, read_job
from ctl_jupyter.panel.cells import CREDENTIALS_NAME, KEY_PLACEHOLDER, SECRETS_NAME, job_cell, start_cell
from ctl_jupyter.panel.hosts import read_hosts
from ctl_jupyter.panel.jobs.notebook_hosts import hosts_in
from ctl_jupyter.panel.start_words import HostsChoice, StartWords, start_of
from ctl_jupyter.panel.variables import read_variables
from tests.live.stub_runner import StubRunner

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n"
OWN = [Host(id=f"web{number}", host_vars={"port": number, "on": True}) for number in range(12)]
VARIABLES = """
version: 1.10.2
number: 3
yes_as_text: 'yes'
day: 2027-01-01
lines: |
  one
  two
template: "{{ x }} $5 %s"
nested: {a: [1, null, {b: "c: d"}], ö: "zwei Wörter"}
"""
NAMESPACE: dict[str, Any] = {
    "fleet": pd.DataFrame({"host": ["web1", "db1", "web1"], "n": [1, 2, 3]}),
    "entities": [{"id": "db1", "hostVars": {"ansible_password": "hunter2"}}, "web2"],
    SECRETS_NAME: {"db_password": "hunter2", "pin": "hunter2"},
}


@pytest.fixture
def shell(runner: StubRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython with the extension, logged in to the scripted Runner."""
    monkeypatch.setenv("CTL_COMPLETION", "false")
    config = Config()
    config.HistoryManager.hist_file = str(tmp_path / "history.sqlite")
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "ctl_jupyter")
    make_current(runner.session)
    # It is known from any answer that this Runner takes variables.
    list(runner.session.calls.jobs())
    yield shell
    make_current(None)
    shell.run_line_magic("unload_ext", "ctl_jupyter")
    shell.history_manager.end_session()
    shell.reset(new_session=False)
    InteractiveShell.clear_instance()


def from_variable(path: str) -> HostsChoice:
    return HostsChoice(variable=path, held=hosts_in(NAMESPACE, path))


def sent_by(shell: InteractiveShell, runner: StubRunner, cell: str) -> Any:
    shell.user_ns.update(NAMESPACE)
    with capture_output():
        shell.run_cell(cell).raise_error()
    return runner.starts[-1]


@pytest.mark.parametrize(
    "words",
    [
        StartWords(),
        StartWords(hosts=HostsChoice(named=["web1", "web2"])),
        StartWords(hosts=HostsChoice(named=[f"web{number}" for number in range(11)])),
        StartWords(
            hosts=HostsChoice(entities=read_hosts("db1 port=22 note='two words' on=yes"), named=["web1", "new"])
        ),
        StartWords(hosts=HostsChoice(named=["it's a 'name'", "שרת", "-dash", "with,comma", "web*"])),
        StartWords(hosts=from_variable("fleet.host")),
        StartWords(hosts=from_variable("entities"), limit="db*"),
        StartWords(limit="web1*,!web11"),
        StartWords(limit="!web3"),
        StartWords(
            hosts=HostsChoice(named=["web1"]), tags=["two words", "restart"], variables=read_variables(VARIABLES)
        ),
        StartWords(variables={"a": "-1", "b": -1}, tags=["-x"]),
        StartWords(variables={"a": 1}, secret_variables={"db_password": "hunter2", "pin": "hunter2"}),
    ],
)
def test_the_cell_sends_what_the_form_sends(shell: InteractiveShell, runner: StubRunner, words: StartWords) -> None:
    assert_sent_alike(shell, runner, words, "deploy-web")


@pytest.mark.parametrize("name", ['It\'s the "web" job -- all?', "-o", "--wait", "%x {y} $z \\", "two\nlines"])
def test_whatever_the_job_is_called(shell: InteractiveShell, runner: StubRunner, name: str) -> None:
    assert_sent_alike(shell, runner, StartWords(limit="web1"), name)


def assert_sent_alike(shell: InteractiveShell, runner: StubRunner, words: StartWords, name: str) -> None:
    job = runner.add_job(name)
    job.hosts = OWN
    runner.session.start(job, start_of(words, job))
    by_form = runner.starts[-1]
    cell = start_cell(words, job)

    assert sent_by(shell, runner, cell) == by_form
    assert len(runner.starts) == 2
    assert runner.requests.count("/jobs/ACME/job-0001/start") == 2
    assert "hunter2" not in cell


def test_a_key_by_its_path(shell: InteractiveShell, runner: StubRunner, tmp_path: Path) -> None:
    path = tmp_path / "my key"
    path.write_text(KEY)
    job = runner.add_job("deploy-web")
    words = StartWords(key_path=str(path))
    runner.session.start(job, start_of(words, job))

    assert sent_by(shell, runner, start_cell(words, job)) == runner.starts[0]
    assert runner.starts[0]["sshPrivateKey"]


def test_an_uploaded_key_is_left_to_whoever_pastes_the_cell(
    shell: InteractiveShell, runner: StubRunner, tmp_path: Path
) -> None:
    from ctl_jupyter.inputs.keys import encode_key

    path = tmp_path / "key"
    path.write_text(KEY)
    job = runner.add_job("deploy-web")
    words = StartWords(key=encode_key(KEY))
    runner.session.start(job, start_of(words, job))
    cell = start_cell(words, job)

    assert words.key not in cell
    assert "The key was uploaded and is not in this cell" in cell
    assert sent_by(shell, runner, cell.replace(KEY_PLACEHOLDER, str(path), 1)) == runner.starts[0]


def test_the_comment_that_fills_the_secrets_is_python(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = start_cell(StartWords(secret_variables={"pin": "1", "db_password": "2"}), Job(id="1", name="x"))
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"answer to {prompt}")
    namespace: dict[str, Any] = {}
    exec(cell.splitlines()[2].removeprefix("#").strip(), namespace)

    assert namespace[SECRETS_NAME] == {"db_password": "answer to db_password: ", "pin": "answer to pin: "}


def test_a_jobs_host_with_a_masked_secret_is_refused_as_the_magic_does() -> None:
    job = Job(id="1", name="x", hosts=[Host(id="web1", host_vars={"ansible_password": MASK})])

    with pytest.raises(DocumentError, match=r"The job's host 'web1' has a secret variable, which Runner does not show"):
        start_of(StartWords(hosts=HostsChoice(named=["web1"])), job)


def test_words_show_no_secret() -> None:
    words = StartWords(secret_variables={"pin": "hunter2"}, key="hunter2", hosts=from_variable("entities"))

    assert "hunter2" not in repr(words)


@pytest.mark.parametrize(
    "members",
    [
        {"repository": {"url": "https://git.example/c", "branch": "next", "defaultPlaybook": "a b/site.yml"}},
        {
            "repository": {"url": "ssh://git@git.example/c", "defaultPlaybook": "site.yml"},
            "description": "it's -- 'it'",
        },
        {
            "repository": {
                "url": "https://git.example/c",
                "defaultPlaybook": "site.yml",
                "credentials": {"username": "ada", "password": "hunter2"},
            }
        },
        {"playbook": b64encode(b"- hosts: all\n  tasks: []\n").decode()},
    ],
)
@pytest.mark.parametrize("name", ["A disk", 'it\'s, "a" disk', "-x"])
def test_the_cell_of_a_job_creates_that_job(
    shell: InteractiveShell, runner: StubRunner, members: dict[str, Any], name: str
) -> None:
    job = read_job({"name": name, **members})
    shell.user_ns[CREDENTIALS_NAME] = {"username": "ada", "password": "hunter2"}
    cell = job_cell(job)
    assert "hunter2" not in cell
    with capture_output():
        shell.run_cell(cell).raise_error()
    (made,) = runner.jobs
    made.id = None
    assert made.to_wire() == job.to_wire()
