"""What nobody may find after a session that used every way to give a secret."""

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.utils.capture import capture_output

from ctl_jupyter.places import runtime_directory
from tests.fake_runner import Answer, Break, FakeRunner
from tests.magics.conftest import Notebook
from tests.secret_search import holders

PROPERTY, CONNECTION, LOG_IN = (f"canary-{name}-0123456789abcdef0123456789abcdef" for name in ("db", "ssh", "log-in"))

#: Shows and does all that a playbook can with its secrets, and fails with them.
JOB = """%%ctl_job keeps-quiet --host one --host two
- name: Tell {{ db_password }}
  hosts: all
  gather_facts: false
  tasks:
    - name: Know the secrets
      ansible.builtin.assert: {that: "db_password | length == LENGTH"}
    - name: Show {{ db_password }}
      ansible.builtin.debug:
        msg: "{{ hostvars | to_json }} {{ db_password }} {{ db_password | b64encode }} {{ ansible_password }}"
    - name: Fail
      ansible.builtin.fail: {msg: "because of {{ db_password }} and {{ ansible_password | b64encode }}"}
""".replace("LENGTH", str(len(PROPERTY)))
FROM_PYTHON = """import base64, os, pathlib
values = {"db_password": os.environ["DB_PASSWORD"], "word": "none"}
key = base64.b64encode(pathlib.Path(os.environ["KEY_FILE"]).read_bytes()).decode()
own = {"ansible_connection": "local", "ansible_password": os.environ["CONNECTION_PASSWORD"]}
hosts = [{"id": name, "hostVars": own, "sshPrivateKey": key} for name in ("one", "two")]
broken_key = [{"id": "one", "hostVars": own, "sshPrivateKey": key[:-4] + "!!"}]
broken_host = [{"id": "one", "hostVars": own, "sshPrivateKeys": key}]
broken_values = {"db_password": os.environ["DB_PASSWORD"].encode()};"""
SECRETS = "--vars values --hosts hosts --ssh-key $KEY"
#: The whole session; what begins with a bang must fail.
EMBEDDED = (
    "%xmode Verbose",
    "%ctl_login local",
    JOB,
    FROM_PYTHON,
    f"%ctl_start keeps-quiet {SECRETS} --dry-run",
    f"!%ctl_start keeps-quiet {SECRETS} --wait -o run",
    "run, run.execution, run.progress, [event.message for event in run.events()]",
    f"!%ctl_start keeps-quiet {SECRETS} --wait --once --debug -o run",
    f"!%ctl_start keeps-quiet {SECRETS} --wait --once --debug -o run",
    "%ctl_restart run --hosts hosts --ssh-key $KEY --dry-run",
    "!%ctl_restart run --hosts hosts --ssh-key $KEY --wait --debug -o run",
    "!%ctl_restart run --hosts hosts --ssh-key $KEY --wait -o run",
    "!%ctl_stop run",
    "!%ctl_stop run --debug",
    "%tb Verbose",
    "!%ctl_start keeps-quiet --hosts broken_key",
    "!%ctl_start keeps-quiet --hosts broken_key --debug",
    "!%ctl_start keeps-quiet --hosts broken_host --debug",
    "!%ctl_start keeps-quiet --vars broken_values --debug",
    "!%ctl_start keeps-quiet --ssh-key $KEY.pub --debug",
    "%ctl_executions keeps-quiet",
    "from ctl_jupyter.client import current_session\nsession = current_session()",
    "session, session.calls, session.log_in, session.find_job('keeps-quiet')",
)
HOSTED = (
    "%ctl_login $URL",
    "%ctl_start hello --hosts hosts --ssh-key $KEY --dry-run",
    "!%ctl_start hello --hosts hosts --ssh-key $KEY --debug",
    "!%ctl_start hello --hosts hosts --ssh-key $KEY --debug",
    "!%ctl_start hello --hosts hosts --ssh-key $KEY",
    "!%ctl_start hello --vars values --debug",
    "session = current_session()",
    "session, session.calls, session.log_in",
)


@pytest.fixture
def runner() -> Iterator[FakeRunner]:
    with FakeRunner(password=LOG_IN) as runner:
        yield runner


def test_no_secret_is_written_or_shown(
    notebook: Notebook,
    runner: FakeRunner,
    embedded_home: Path,
    tmp_path: Path,
    write_key: Callable[[Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    key = write_key(keys / "id_ed25519")
    environment = {
        "DB_PASSWORD": PROPERTY,
        "CONNECTION_PASSWORD": CONNECTION,
        "KEY_FILE": str(keys / "id_ed25519"),
        "CLC_V2_API_USERNAME": runner.username,
        "CLC_V2_API_PASSWD": LOG_IN,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    runner.add_job("hello", hosts=[{"id": "one"}])
    runner.trouble(Break(carried_out=True), "POST", "/start")
    runner.trouble(Answer(400, {"message": "Not now."}), "POST", "/start", times=2)
    notebook.shell.history_manager.db_log_output = True

    shown = "".join(
        run(notebook, cell.replace("$KEY", environment["KEY_FILE"]).replace("$URL", runner.url))
        for cell in (*EMBEDDED, *HOSTED)
    )
    notebook.shell.history_manager.writeout_cache()

    # The secrets were used, and stood where they could be seen.
    assert "because of ******** and" in shown
    for masked in ('"db_password": "********"', '"ansible_password": "********"', '"sshPrivateKey": "********"'):
        assert masked in shown
    assert [len(call.document["hosts"]) for call in runner.starts()] == [2, 2, 2]
    assert "Traceback" in shown
    files = {tmp_path / "shown": shown.encode(), **contents(tmp_path, leaving=keys), **contents(embedded_home)}
    for world in ("HOME", "IPYTHONDIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        files |= contents(Path(os.environ[world]))
    files |= contents(runtime_directory(), leaving=runtime_directory() / "service.json")
    assert {"history.sqlite", "runner.sqlite", "service.log"} <= {path.name for path in files}
    assert b"%ctl_restart run --hosts hosts" in files[tmp_path / "history.sqlite"]
    secrets = [*key.splitlines()[1:-1], PROPERTY, CONNECTION, LOG_IN]
    assert holders(files, [*secrets, base64.b64encode(key.encode()).decode()]) == []


def run(notebook: Notebook, cell: str) -> str:
    """Run a cell, and return all that it showed or would show."""
    with capture_output() as shown:
        result = notebook.shell.run_cell(cell.removeprefix("!"), store_history=True)
    failed = result.error_in_exec is not None
    assert failed == cell.startswith("!"), f"{cell}: {result.error_in_exec}"
    displayed = "".join(str(output.data) for output in shown.outputs)
    return "\n".join([shown.stdout, shown.stderr, displayed, repr(result.result), repr(result.error_in_exec)])


def contents(directory: Path, leaving: Path | None = None) -> dict[Path, bytes]:
    """Return every file below a directory, but for one that is meant to hold secrets, or a directory of those."""
    return {
        path: path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and (leaving is None or not path.is_relative_to(leaving))
    }


def test_the_tracebacks_of_ones_own_code_keep_their_values(notebook: Notebook) -> None:
    notebook.run("%xmode Verbose\nword = 'as it is'")

    _, of_magic = notebook.fail("%ctl_jobs --debug")
    _, of_code = notebook.fail("1 / (word == '')")

    assert "Traceback" in of_magic
    assert "options" in of_magic
    assert "Namespace(" not in of_magic
    assert "word = 'as it is'" in of_code
