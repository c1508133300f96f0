"""``%ctl_login``, ``%ctl_logout``, ``%ctl_whoami`` and ``%config Ctl`` in a real shell."""

import getpass
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
from IPython.core.error import StdinNotImplementedError

from ctl_jupyter.client import current_session, http
from tests.fake_runner import FakeRunner
from tests.keyrings import ClearTextKeyring, MemoryKeyring
from tests.magics.conftest import Notebook


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunner]:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.001)
    with FakeRunner() as runner:
        yield runner


@pytest.fixture
def prod(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeRunner:
    """The profile prod points to the fake, as it does where CI runs a notebook."""
    path = tmp_path / "config.toml"
    path.write_text(f'[profiles.prod]\nurl = "{runner.url}"\nusername = "ada"\n')
    monkeypatch.setenv("CTL_CONFIG", str(path))
    return runner


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the user types; an exception is raised instead."""
    answers: dict[str, Any] = {"user name": "ada", "password": "canary-password", "asked": []}

    def answer(kind: str, prompt: str) -> str:
        answers["asked"].append(prompt)
        if isinstance(answers[kind], BaseException):
            raise answers[kind]
        return str(answers[kind])

    monkeypatch.setattr(getpass, "getpass", lambda prompt: answer("password", prompt))
    monkeypatch.setattr("builtins.input", lambda prompt: answer("user name", prompt))
    return answers


def nobody(answers: dict[str, Any]) -> None:
    answers["user name"] = answers["password"] = StdinNotImplementedError("no stdin here")


def test_logging_in_by_a_profile_and_a_prompt(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    said = repr(notebook.run("%ctl_login prod"))

    assert said == f"Logged in to prod ({prod.url}) as ada, account ACCT."
    assert answers["asked"] == ["Password of ada: "]


def test_everything_is_asked_for_when_nothing_is_known(
    notebook: Notebook, runner: FakeRunner, answers: dict[str, Any]
) -> None:
    notebook.run(f"%ctl_login {runner.url}")

    assert answers["asked"] == ["User name: ", "Password of ada: "]


def test_the_profile_of_the_settings(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    notebook.run("%config Ctl.profile = 'prod'\n%ctl_login")

    assert current_session().profile.name == "prod"


def test_running_all_again_asks_nothing(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    notebook.run("%ctl_login prod")
    notebook.run("%ctl_login prod")

    assert len(answers["asked"]) == 1
    assert len(prod.log_ins()) == 1


def test_saving_and_forgetting(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    ring = MemoryKeyring()
    keyring.set_keyring(ring)

    said = repr(notebook.run("%ctl_login prod --save"))
    assert said.splitlines()[1:] == ["User name and password are saved in the keyring."]
    assert repr(notebook.run("%ctl_logout")) == "Logged out of prod."
    notebook.run("%ctl_login prod")
    assert len(answers["asked"]) == 1

    assert repr(notebook.run("%ctl_logout --forget")) == (
        "Logged out of prod. User name and password are no longer saved."
    )
    assert ring.kept == {}
    assert repr(notebook.run("%ctl_logout")) == "Nobody is logged in."


def test_a_password_that_cannot_be_saved(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    ring = ClearTextKeyring()
    keyring.set_keyring(ring)

    logged_in, not_saved = repr(notebook.run("%ctl_login prod --save")).splitlines()

    assert logged_in.startswith("Logged in to prod")
    assert not_saved == (
        "The password could not be saved: the keyring here, tests.keyrings.ClearTextKeyring, does not protect what "
        "it keeps. The log-in holds all the same."
    )
    assert ring.kept == {}


def test_a_keyring_that_is_turned_off(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    ring = MemoryKeyring()
    keyring.set_keyring(ring)

    notebook.run("%config Ctl.keyring = False")
    assert "turned off" in repr(notebook.run("%ctl_login prod --save"))
    notebook.run("%ctl_logout --forget")

    assert ring.asked == 0


def test_a_saved_password_that_is_refused(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    keyring.set_keyring(MemoryKeyring())
    notebook.run("%ctl_login prod --save")
    notebook.run("%ctl_logout")
    prod.password = "another"

    error, shown = notebook.fail("%ctl_login prod")
    assert "It is the saved one: enter another with --ask" in str(error)
    assert "Traceback" not in shown

    answers["password"] = "another"
    notebook.run("%ctl_login prod --ask --save")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%ctl_login prod", "Nobody can be asked for the password of ada here: set CLC_V2_API_PASSWD, or save"),
        (
            "%ctl_login http://127.0.0.1:9",
            "Nobody can be asked for a user name here: set CLC_V2_API_USERNAME and CLC_V2_API_PASSWD",
        ),
        ("%ctl_login prod --ask", "Nobody can be asked for the password of ada here"),
        ("%ctl_login local --save", "local logs in by itself, without user name and password"),
        ("%ctl_login local --username ada", "local logs in by itself"),
        (
            "%ctl_login prd",
            "'prd' is neither a profile (local, prod, qa) nor a URL such as https://runner.example.org; did you mean",
        ),
        ("%ctl_login prod --password canary", "--password is not taken: no magic takes a secret on its line"),
        ("%ctl_login prod --token=canary", "--token is not taken: no magic takes a secret on its line"),
        ("%ctl_logout prd", "did you mean 'prod'?"),
        ("%ctl_whoami", "Not logged in: run %ctl_login"),
    ],
)
def test_one_sentence_and_the_cell_fails(
    notebook: Notebook, prod: FakeRunner, answers: dict[str, Any], cell: str, said: str
) -> None:
    nobody(answers)

    error, shown = notebook.fail(cell)

    assert said in str(error)
    assert "canary" not in shown
    assert len(str(error).splitlines()) == 1
    assert "Traceback" not in shown
    assert not prod.calls


@pytest.mark.parametrize("kind", [EOFError(), OSError("not a terminal"), getpass.GetPassWarning("shown")])
def test_however_a_front_end_says_that_nobody_is_there(
    notebook: Notebook, prod: FakeRunner, answers: dict[str, Any], kind: Exception
) -> None:
    answers["password"] = kind

    error, _ = notebook.fail("%ctl_login prod")

    assert "set CLC_V2_API_PASSWD" in str(error)


def test_interrupting_the_prompt(notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]) -> None:
    answers["password"] = KeyboardInterrupt()

    error, shown = notebook.fail("%ctl_login prod")

    assert str(error) == "The log-in was interrupted, and nobody was logged in by it."
    assert shown.strip() == str(error)


def test_a_refused_log_in_leaves_the_one_there_was(
    notebook: Notebook, prod: FakeRunner, answers: dict[str, Any]
) -> None:
    notebook.run("%ctl_login prod")
    answers["password"] = "wrong"

    error, _ = notebook.fail("%ctl_login prod --username grace")
    assert "with the password from the prompt was refused: We didn't recognize" in str(error)

    assert notebook.run("%ctl_whoami -o me") is None
    assert notebook["me"]["user"] == "ada"


def test_who_am_i(
    notebook: Notebook, prod: FakeRunner, answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLC_ACCT_ALIAS", "SUBA")
    notebook.run("%ctl_login prod")
    before = len(prod.calls)

    table = notebook.run("%ctl_whoami")
    notebook.run("%ctl_whoami -o me")

    assert len(prod.calls) == before
    lines = {line.split()[0]: line for line in repr(table).splitlines()[1:]}
    assert lines["user"].split()[1:] == ["ada", "config.toml"]
    assert lines["account"].split()[1:] == ["SUBA", "CLC_ACCT_ALIAS"]
    assert lines["Runner"].split()[1:] == [prod.url, "config.toml"]
    assert "until 20" in lines["token"]
    assert "a log-in with the password from the prompt" in lines["token"]
    assert "<table" in table._repr_html_()
    me = notebook["me"]
    assert {name: me[name] for name in ("user", "account", "profile", "runner_url", "login_url")} == {
        "user": "ada",
        "account": "SUBA",
        "profile": "prod",
        "runner_url": prod.url,
        "login_url": prod.url,
    }
    assert timedelta(days=13.9) < me["token_until"] - datetime.now(UTC) < timedelta(days=14)
    assert "canary" not in f"{table!r} {table._repr_html_()} {me}"


def test_who_am_i_with_a_token_alone(notebook: Notebook, prod: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", prod.give_token())

    said = notebook.run("%ctl_login prod --account ACCT")
    assert repr(said) == f"Logged in to prod ({prod.url}) as account ACCT."

    shown = repr(notebook.run("%ctl_whoami"))
    assert "not known, a token does not say" in shown
    assert "CLC_V2_API_TOKEN" in shown


def test_who_am_i_at_the_embedded_runner(logged_in: Notebook) -> None:
    shown = repr(logged_in.run("%ctl_whoami"))

    assert "the embedded Runner" in shown
    assert current_session().profile.runner_url in shown


def test_the_embedded_runner_never_uses_the_keyring(notebook: Notebook) -> None:
    ring = MemoryKeyring()
    keyring.set_keyring(ring)

    notebook.run("%ctl_login local")
    assert repr(notebook.run("%ctl_logout --forget")) == "Logged out of local."

    assert ring.asked == 0
    error, _ = notebook.fail("%ctl_jobs")
    assert "Not logged in" in str(error)


# %config Ctl.


def test_the_settings_are_listed(notebook: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    notebook.run("%config Ctl")

    shown = capsys.readouterr().out
    assert "Ctl.timeout=<Float>" in shown
    assert "Default: None, for ever" in shown
    assert "Current: 100" in shown


@pytest.mark.parametrize("cell", ["%ctl_login", "%config Ctl"])
def test_a_bad_setting_beneath_is_one_sentence_where_it_is_used(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cell: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[settings]\nprofil = 'prod'\n")
    monkeypatch.setenv("CTL_CONFIG", str(path))
    notebook.run("%reload_ext ctl_jupyter")

    error, shown = notebook.fail(cell)

    said = f"in {path} is not a setting; did you mean 'profile'?"
    assert said in str(error)
    assert shown.strip().splitlines() == [str(error)]


def test_a_setting_behind_an_option_that_is_bad(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_ROWS", "many")

    error, shown = notebook.fail("%ctl_jobs")

    assert str(error) == "CTL_ROWS must be a whole number, 1 or more."
    assert "Traceback" not in shown


def test_a_bad_value_by_config_is_refused_by_itself(notebook: Notebook) -> None:
    notebook.run("%config Ctl.rows = 7")
    notebook.shell.run_cell("%config Ctl.rows = 'many'")
    notebook.shell.run_cell("%config Ctl.on_interrupt = 'explode'")
    (settings,) = [known for known in notebook.shell.configurables if type(known).__name__ == "Ctl"]

    assert (settings.rows, settings.on_interrupt) == (7, "detach")


def test_one_start_that_does_not_wait(logged_in: Notebook) -> None:
    logged_in.run("%config Ctl.wait = True\n%config Ctl.timeout = 200")
    logged_in.run(
        "%%ctl_job slow\n- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.pause: {seconds: 100}\n"
    )

    logged_in.run("%ctl_start slow --host localhost --no-wait -o run")

    assert not logged_in["run"].execution.is_final
    logged_in.run("run.kill()\nrun.wait(60)")
    error, _ = logged_in.fail("%ctl_start slow --no-wait --timeout 5")
    assert str(error) == "--timeout and --no-wait exclude each other: give one of them."
