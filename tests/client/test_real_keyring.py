"""Log-ins over several processes with a real keyring: gnome-keyring, by D-Bus, as on a Linux desktop."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fake_runner import FakeRunner
from tests.secret_service import SecretService

#: A process of its own that logs in as it is told, and tells what came of it.
PROCESS = """
import json, sys, time
from ctl_jupyter.client import RunnerError, auth, connect, log_out

url, todo = sys.argv[1], json.loads(sys.argv[2])
password = todo.pop("answer", None)
later = todo.pop("weeks_later", 0) * 7 * 24 * 3600
forget = todo.pop("log_out", None)
real = time.time
auth.time.time = lambda: real() + later
told = {}
try:
    if forget is not None:
        told["logged out"] = log_out(url, forget=forget)
    else:
        session = connect(url, password=(lambda username: password) if password else None, **todo)
        session.calls.jobs_page()
        told = {**session.identity.sources, "user name": session.identity.user, "not saved": session.not_saved}
except RunnerError as error:
    told["error"] = str(error)
print(json.dumps(told))
"""


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[SecretService]:
    with SecretService(tmp_path / "desktop") as desktop:
        yield desktop


def process(desktop: SecretService, runner: FakeRunner, **todo: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, runner.url, json.dumps(todo)],
        env=desktop.environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_save_reuse_expire_and_forget(desktop: SecretService, runner: FakeRunner) -> None:
    first = process(desktop, runner, username="ada", answer=runner.password, save=True)
    assert first["not saved"] is None
    assert first["token"] == "a log-in with the password from the prompt"

    second = process(desktop, runner)
    assert second["user name"] == "ada"
    assert (second["user"], second["token"]) == ("the keyring", "the keyring")
    assert len(runner.log_ins()) == 1

    later = process(desktop, runner, weeks_later=2.1)
    assert later["token"] == "a log-in with the password from the keyring"
    assert len(runner.log_ins()) == 2

    runner.expire_tokens()
    assert process(desktop, runner)["token"] == "a log-in with the password from the keyring"

    assert process(desktop, runner, log_out=False) == {"logged out": f"Nobody is logged in to {runner.url}."}
    assert process(desktop, runner)["token"] == "a log-in with the password from the keyring"

    process(desktop, runner, log_out=True)
    assert "No user name" in process(desktop, runner)["error"]
    assert "No password for ada" in process(desktop, runner, username="ada")["error"]


def test_a_token_alone_is_kept_without_saving(desktop: SecretService, runner: FakeRunner) -> None:
    process(desktop, runner, username="ada", answer=runner.password)

    assert process(desktop, runner, username="ada")["token"] == "the keyring"
    assert "No password for ada" in process(desktop, runner, username="ada", weeks_later=2.1)["error"]
    assert len(runner.log_ins()) == 1


def test_its_files_hold_nothing_in_clear_text(desktop: SecretService, runner: FakeRunner) -> None:
    process(desktop, runner, username="ada", answer=runner.password, save=True)

    files = [path for path in desktop.files.rglob("*") if path.is_file()]
    assert files
    for secret in (runner.password, "canary-token-1"):
        for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"=")[:-1]):
            assert not [path for path in files if form in path.read_bytes()]


def test_a_locked_keyring(tmp_path: Path, runner: FakeRunner) -> None:
    with SecretService(tmp_path / "locked", unlocked=False) as desktop:
        told = process(desktop, runner, username="ada", answer=runner.password, save=True)

        assert told["not saved"] == (
            "The password could not be saved: the keyring is locked. The log-in holds all the same."
        )
        assert "No password for ada" in process(desktop, runner, username="ada")["error"]
