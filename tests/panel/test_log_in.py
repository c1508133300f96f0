"""The log-in strip, used as a person uses it, against a hosted Runner on loopback."""

from collections.abc import Iterator
from pathlib import Path

import ipywidgets
import pytest

from ctl_jupyter.client import connect, current_session, local, log_out
from ctl_jupyter.client import session as session_module
from ctl_jupyter.documents import Execution
from ctl_jupyter.panel.latest import Latest
from ctl_jupyter.panel.runner_state import Queue, RunnerState, queue_of, queue_text, runner_text
from ctl_jupyter.panel.view import Panel
from ctl_jupyter.places import ServiceRecord
from tests.fake_runner import WRONG_CREDENTIALS, Break, FakeRunner
from tests.panel.parts import is_shown, part, state_of, status, type_into, words
from tests.service.waiting import until


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeRunner]:
    """A Runner that config.toml knows as ``team``."""
    with FakeRunner() as runner:
        config = tmp_path / "config.toml"
        config.write_text(f'[profiles.team]\nurl = "{runner.url}"\n')
        monkeypatch.setenv("CTL_CONFIG", str(config))
        yield runner


class Strip:
    """Uses the strip of a new panel."""

    def __init__(self) -> None:
        self.panel = Panel()
        self.widget = self.panel._strip.widget
        self.password = self.panel._strip._form._password

    def choose(self, profile: str, user: str = "") -> None:
        part(self.widget, "Runner").value = profile
        part(self.widget, "User name").value = user

    def log_in(self, password: str = "", *, by_enter: bool = False) -> None:
        type_into(self.password, password, and_enter=by_enter)
        if not by_enter:
            part(self.widget, "Log in").click()

    @property
    def has_form(self) -> bool:
        return is_shown(self.panel._strip._form.widget)

    def until_said(self, sentence: str) -> None:
        until(lambda: sentence in status(self.panel), f"{sentence!r} in the status line")
        # The button can be used again by then.
        until(lambda: not part(self.widget, "Log in").disabled, "the button can be used")


@pytest.mark.parametrize("by_enter", [False, True])
def test_log_in_and_out(hosted: FakeRunner, by_enter: bool) -> None:
    strip = Strip()
    assert "Not logged in" in words(strip.widget)
    assert strip.has_form

    strip.choose("team", "ada")
    strip.log_in(hosted.password, by_enter=by_enter)

    strip.until_said(f"Logged in to team ({hosted.url}) as ada, account ACCT at team.")
    assert "● ada, account ACCT at team" in " ".join(words(strip.widget).split())
    assert not strip.has_form
    assert current_session().identity.user == "ada"
    assert hosted.password not in state_of(strip.panel.widget)

    part(strip.widget, "Log out").click()

    strip.until_said("Logged out of team.")
    assert strip.has_form
    assert session_module._current is None


def test_a_wrong_password_keeps_the_rest_of_the_form(hosted: FakeRunner) -> None:
    strip = Strip()
    strip.choose("team", "ada")

    strip.log_in("not-the-password")

    strip.until_said(f"✗ The log-in was refused: {WRONG_CREDENTIALS}")
    assert strip.password.error == f"The log-in was refused: {WRONG_CREDENTIALS}"
    assert strip.password.is_empty
    assert (part(strip.widget, "User name").value, part(strip.widget, "Runner").value) == ("ada", "team")
    assert strip.has_form
    strip.log_in(hosted.password)
    strip.until_said("Logged in to team")
    assert strip.password.error == ""


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("", "Write the user name: nothing else says it."),
        ("ada", "Write the password: neither environment nor keyring knows it."),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(hosted: FakeRunner, user: str, sentence: str) -> None:
    strip = Strip()
    strip.choose("team", user)

    strip.log_in()

    strip.until_said(f"✗ {sentence}")
    assert sentence in words(strip.widget) + strip.password.error
    assert hosted.log_ins() == []


def test_a_password_of_the_environment_need_not_be_typed(hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_USERNAME", hosted.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", hosted.password)
    strip = Strip()
    strip.choose("team")

    strip.log_in()

    strip.until_said("Logged in to team")


def test_any_url(hosted: FakeRunner) -> None:
    strip = Strip()
    part(strip.widget, "Runner").value = ""
    part(strip.widget, "Log in").click()
    assert "Write the URL of a Runner" in words(strip.widget)
    part(strip.widget, "URL (required)").value = "runner.example.org"
    strip.choose("", "ada")

    strip.log_in("x")
    strip.until_said("is neither a profile")
    part(strip.widget, "URL (required)").value = hosted.url
    strip.log_in(hosted.password)

    strip.until_said("Logged in to team")


def test_another_account(hosted: FakeRunner) -> None:
    strip = Strip()
    strip.choose("team", "ada")
    part(strip.widget, "Account").value = "SUBA"

    strip.log_in(hosted.password)

    strip.until_said("account SUBA at team")


def test_a_token_that_is_no_longer_taken_opens_the_form_again(hosted: FakeRunner) -> None:
    strip = Strip()
    strip.choose("team", "ada")
    strip.log_in(hosted.password)
    strip.until_said("Logged in to team")
    part(strip.widget, "Runner").value = "qa"
    hosted.expire_tokens()

    desk = strip.panel.desk
    desk.work().begin("Asking …", lambda: str(desk.session.calls.jobs_page().total_size))

    strip.until_said("✗ The token")
    assert strip.has_form
    assert "the log-in is no longer taken" in words(strip.widget)
    assert (part(strip.widget, "Runner").value, part(strip.widget, "User name").value) == ("team", "ada")
    strip.log_in(hosted.password)
    strip.until_said("Logged in to team")
    assert not strip.has_form


def test_the_queue_of_a_hosted_runner_follows_what_was_opened(hosted: FakeRunner) -> None:
    strip = Strip()
    strip.choose("team", "ada")
    strip.log_in(hosted.password)
    strip.until_said("Logged in to team")
    until(lambda: "nothing runs or waits" in words(strip.widget), "its queue is shown")
    job = hosted.add_job("deploy")
    execution = hosted.add_execution(job, status="RUNNING")

    handle = current_session().execution(execution)
    strip.panel.desk.open_execution(handle)
    until(lambda: "1 running, 0 waiting" in words(strip.widget), "it runs")
    hosted.executions[execution]["status"] = "SUCCESS"
    until(lambda: "nothing runs or waits" in words(strip.widget), "its end is seen")


def test_the_summary_keeps_a_count_of_jobs_that_comes_at_once(
    hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Latest, "begin", lambda _latest, work: work())
    hosted.add_job("deploy")
    strip = Strip()
    strip.choose("team", "ada")

    strip.log_in(hosted.password)
    strip.until_said("Logged in to team")

    assert strip.panel.summary._now().jobs == 1


def test_a_runner_that_does_not_answer_is_asked_again(hosted: FakeRunner) -> None:
    strip = Strip()
    strip.choose("team", "ada")
    hosted.trouble(Break(), path="executions", times=1000)
    strip.log_in(hosted.password)
    strip.until_said("Logged in to team")
    until(lambda: f"{hosted.url} cannot be reached" in words(strip.widget), "what went wrong is shown")
    again = part(strip.widget, "Refresh")
    until(lambda: is_shown(again) and not again.disabled, "it can be asked again")
    hosted.clear_troubles()

    again.click()

    until(lambda: "nothing runs or waits" in words(strip.widget), "its queue is shown")


def test_a_log_in_outside_of_the_panel_is_seen_when_the_panel_is_used(hosted: FakeRunner) -> None:
    strip = Strip()

    session = connect("team", username="ada", password=lambda _user: hosted.password)
    strip.panel._box.selected_index = 3

    assert "ada, account ACCT at team" in words(strip.widget)
    assert not strip.has_form
    log_out()
    strip.panel._box.selected_index = 0
    assert "Not logged in" in words(strip.widget)
    session.close()


def test_a_log_in_before_the_panel(hosted: FakeRunner) -> None:
    connect("team", username="ada", password=lambda _user: hosted.password)

    assert not Strip().has_form


def test_a_config_that_cannot_be_read(hosted: FakeRunner, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[profiles")
    strip = Strip()
    assert part(strip.widget, "Runner").value == "local"

    strip.choose("prod", "ada")
    strip.log_in("x")

    strip.until_said("config.toml")
    assert "fault" not in status(strip.panel)
    assert "ctl-jupyter itself" not in status(strip.panel)


def test_the_embedded_runner_that_does_not_run_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[ServiceRecord] = []
    record = ServiceRecord(
        url="http://127.0.0.1:1", username="u", password="p", account_alias="LOCAL", pid=1, version="1.2"
    )

    def start() -> ServiceRecord:
        running.append(record)
        return record

    monkeypatch.setattr(local, "find_running", lambda: running[0] if running else None)
    monkeypatch.setattr(local, "find_or_start", start)
    strip = Strip()
    begin = part(strip.widget, "Start it")
    assert not is_shown(begin)

    strip.panel.begin()
    until(lambda: is_shown(begin), "the button is shown")
    assert "The embedded Runner does not run." in words(strip.widget)
    begin.click()

    until(lambda: "embedded Runner 1.2" in words(strip.widget), "its version is shown")
    assert not is_shown(begin)
    strip.until_said("The embedded Runner 1.2 answers at http://127.0.0.1:1.")


def executions(*statuses: str) -> list[Execution]:
    return [Execution(execution_id="e", job_id="j", account_alias="A", status=status) for status in statuses]


def test_the_queue() -> None:
    some = executions("PENDING", "RUNNING", "INITIALIZING", "SUCCESS", "STOPPING", "PENDING", "FAILURE")

    assert queue_of(some, 4000) == Queue(running=3, waiting=2)
    assert queue_of(executions(*["RUNNING"] * 100), 4000).is_more
    assert not queue_of(executions(*["RUNNING"] * 100), 100).is_more


@pytest.mark.parametrize(
    ("queue", "text"),
    [
        (Queue(0, 0), "nothing runs or waits"),
        (Queue(1, 4), "1 running, 4 waiting"),
        (Queue(20, 80, is_more=True), "20 running, 80 waiting or more"),
    ],
)
def test_the_queue_in_words(queue: Queue, text: str) -> None:
    assert queue_text(queue) == text
    state = RunnerState("1.2", "http://127.0.0.1:1", queue)
    assert runner_text(state, is_local=True) == f"embedded Runner 1.2 · {text}"
    assert runner_text(RunnerState(queue=queue), is_local=False) == text


def test_every_control_has_a_name_and_every_button_a_tooltip() -> None:
    strip = Strip()
    from tests.panel.parts import parts

    for one in parts(strip.widget):
        if isinstance(one, ipywidgets.Button):
            assert one.description
            assert one.tooltip
        elif isinstance(one, ipywidgets.Text | ipywidgets.Dropdown):
            assert one.description
