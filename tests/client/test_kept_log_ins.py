"""What is kept between log-ins, in which order it is looked for, and how it is forgotten."""

import threading
import time
from pathlib import Path

import keyring
import pytest

from ctl_jupyter.client import (
    NotLoggedIn,
    RunnerError,
    Session,
    WrongCredentials,
    connect,
    current_session,
    log_out,
)
from ctl_jupyter.settings import SettingsError
from tests.fake_runner import Answer, FakeRunner
from tests.keyrings import ClearTextKeyring, LockedKeyring, MemoryKeyring

NOBODY = "Nobody is to be asked here."
WEEK = 7 * 24 * 3600.0


@pytest.fixture
def ring() -> MemoryKeyring:
    """A keyring that works."""
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    return ring


class Prompts:
    """Somebody who answers, and counts how often."""

    def __init__(self, username: str = "ada", password: str = "canary-password") -> None:
        self.answers = {"username": username, "password": password}
        self.asked: list[str] = []

    def username(self) -> str:
        self.asked.append("user name")
        return self.answers["username"]

    def password(self, username: str) -> str:
        self.asked.append(f"password of {username}")
        return self.answers["password"]


@pytest.fixture
def prompts() -> Prompts:
    return Prompts()


def write_config(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    monkeypatch.setenv("CTL_CONFIG", str(path))


def team(runner: FakeRunner, **members: str) -> str:
    lines = [f'{name} = "{value}"' for name, value in members.items()]
    return "\n".join(["[profiles.team]", f'url = "{runner.url}"', *lines])


# The order.


def test_each_source_wins_over_those_behind_it(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From the last to the first: each one that is added is the one that counts."""

    def log_in(username: str | None = None, account_alias: str | None = None) -> Session:
        name = username or prompts.username
        return connect("team", username=name, password=prompts.password, account_alias=account_alias)

    def who(session: Session) -> tuple[object, ...]:
        identity = session.identity
        sources = identity.sources
        log_out()
        return identity.user, sources["user"], sources["token"], identity.account, sources["account"]

    write_config(team(runner), monkeypatch, tmp_path)
    by_prompt = "a log-in with the password from the prompt"
    assert who(log_in()) == ("ada", "the prompt", by_prompt, "ACCT", "the log-in")
    assert prompts.asked == ["user name", "password of ada"]

    write_config(team(runner, username="grace", account="FILE"), monkeypatch, tmp_path)
    runner.username = "grace"
    assert who(log_in()) == ("grace", "config.toml", by_prompt, "FILE", "config.toml")
    assert prompts.asked[2:] == ["password of grace"]

    runner.username = "mary"
    connect("team", username="mary", password=prompts.password, save=True)
    log_out()
    prompts.asked.clear()
    by_keyring = "a log-in with the password from the keyring"
    assert who(log_in()) == ("mary", "the keyring", by_keyring, "FILE", "config.toml")

    runner.username, runner.password = "joan", "hers"
    monkeypatch.setenv("CLC_V2_API_USERNAME", "joan")
    monkeypatch.setenv("CLC_V2_API_PASSWD", "hers")
    monkeypatch.setenv("CLC_ACCT_ALIAS", "ENVA")
    by_variable = "a log-in with the password from CLC_V2_API_PASSWD"
    assert who(log_in()) == ("joan", "CLC_V2_API_USERNAME", by_variable, "ENVA", "CLC_ACCT_ALIAS")

    runner.username, runner.password = "mary", "canary-password"
    assert who(log_in(username="mary", account_alias="ARGU")) == (
        "mary",
        "the argument",
        by_keyring,
        "ARGU",
        "the argument",
    )
    assert prompts.asked == []


def test_asking_whatever_is_known(runner: FakeRunner, ring: MemoryKeyring, credentials: None, prompts: Prompts) -> None:
    connect(runner.url)
    connect(runner.url, password=prompts.password, ask=True)

    assert prompts.asked == ["password of ada"]
    assert len(runner.log_ins()) == 2


def test_a_text_is_not_taken_for_a_password(runner: FakeRunner) -> None:
    with pytest.raises(TypeError) as caught:
        connect(runner.url, username="ada", password="canary")  # type: ignore[arg-type]

    assert "canary" not in str(caught.value)
    assert "getpass" in str(caught.value)


def test_nothing_was_entered(runner: FakeRunner) -> None:
    with pytest.raises(NotLoggedIn, match="No user name was entered"):
        connect(runner.url, username=lambda: "  ", password=lambda username: "x")
    with pytest.raises(NotLoggedIn, match="No password was entered"):
        connect(runner.url, username="ada", password=lambda username: "")

    assert not runner.calls


# Tokens.


def test_a_token_is_kept_in_the_keyring_and_tried_without_a_log_in(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts
) -> None:
    connect(runner.url, username="ada", password=prompts.password)

    session = connect(runner.url, username="ada")

    assert len(runner.log_ins()) == 1
    assert [call.query for call in runner.calls_to("GET", "/jobs/ACCT")] == [{"page": "0", "size": "1"}]
    assert session.account_alias == "ACCT"
    assert session.log_in is not None
    assert session.log_in.location_alias == "WA1"
    assert session.identity.sources["token"] == "the keyring"
    assert len(prompts.asked) == 1


def test_without_a_keyring_a_token_is_kept_in_memory_alone(runner: FakeRunner, prompts: Prompts) -> None:
    connect(runner.url, username="ada", password=prompts.password)
    session = connect(runner.url, username="ada")

    assert len(runner.log_ins()) == 1
    assert session.identity.sources["token"] == "an earlier log-in in this process"


def test_a_kept_token_that_is_refused_leads_to_the_prompt_at_once(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts
) -> None:
    connect(runner.url, username="ada", password=prompts.password)
    runner.expire_tokens()

    session = connect(runner.url, username="ada", password=prompts.password)

    assert session.calls.jobs_page().total_size == 0
    assert prompts.asked == ["password of ada"] * 2
    assert "canary-token-2" in ring.tokens()[0]


def test_a_kept_token_that_is_refused_with_nobody_to_ask(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts
) -> None:
    connect(runner.url, username="ada", password=prompts.password)
    runner.expire_tokens()

    with pytest.raises(NotLoggedIn, match="No password for ada: set CLC_V2_API_PASSWD"):
        connect(runner.url, username="ada")

    assert ring.tokens() == []


def test_a_kept_token_that_is_refused_is_renewed_by_the_environments_password(
    runner: FakeRunner, ring: MemoryKeyring, credentials: None
) -> None:
    connect(runner.url)
    runner.expire_tokens()

    session = connect(runner.url)

    assert len(runner.log_ins()) == 2
    assert "canary-token-2" in ring.tokens()[0]
    assert session.identity.sources["token"] == "a log-in with the password from CLC_V2_API_PASSWD"


def test_a_kept_token_of_another_account_is_good_all_the_same(
    runner: FakeRunner, ring: MemoryKeyring, credentials: None
) -> None:
    connect(runner.url)

    assert connect(runner.url, account_alias="OTHR").account_alias == "OTHR"
    assert len(runner.log_ins()) == 1


def test_a_token_ends_after_two_weeks(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = connect(runner.url, username="ada", password=prompts.password)
    ends = session.identity.token_until
    assert ends is not None
    assert abs(ends.timestamp() - time.time() - 2 * WEEK) < 60

    real = time.time
    monkeypatch.setattr("ctl_jupyter.client.auth.time.time", lambda: real() + 2 * WEEK + 1)
    with pytest.raises(NotLoggedIn, match=r"two weeks have ended.*%ctl_login"):
        session.calls.jobs_page()
    with pytest.raises(NotLoggedIn, match="No password for ada"):
        connect(runner.url, username="ada")

    assert ring.tokens() == []
    assert not runner.calls_to("GET", "/jobs/ACCT")


def test_a_token_that_ends_in_a_session_is_renewed_before_it_is_refused(
    runner: FakeRunner, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    monkeypatch.setattr("ctl_jupyter.client.auth.time.time", lambda: real() + 2 * WEEK + 1)

    session.calls.jobs_page()

    assert [call.headers["Authorization"] for call in runner.calls_to("GET", "/jobs/ACCT")] == ["Bearer canary-token-2"]


def test_a_session_by_prompt_whose_token_is_refused(runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts) -> None:
    """The password of a prompt is not kept, and nobody is asked from the middle of a call."""
    session = connect(runner.url, username="ada", password=prompts.password)
    runner.expire_tokens()

    with pytest.raises(NotLoggedIn, match=r"no longer valid: log in again with %ctl_login"):
        session.calls.jobs_page()

    assert len(prompts.asked) == 1
    assert ring.tokens() == []


def test_the_token_of_another_process_is_not_dropped(runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts) -> None:
    session = connect(runner.url, username="ada", password=prompts.password)
    runner.expire_tokens()
    connect(runner.url, username="ada", password=prompts.password, ask=True)

    with pytest.raises(NotLoggedIn):
        session.calls.jobs_page()

    assert "canary-token-2" in ring.tokens()[0]


def test_a_token_is_sent_to_nobody_else(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A profile that points somewhere else now takes neither token nor password along."""
    write_config(team(runner), monkeypatch, tmp_path)
    connect("team", username="ada", password=prompts.password, save=True)

    with FakeRunner() as other:
        write_config(team(other), monkeypatch, tmp_path)
        with pytest.raises(NotLoggedIn, match="No password for ada"):
            connect("team")

        assert not other.calls


def test_what_is_no_token_in_the_keyring_counts_as_none(
    runner: FakeRunner, ring: MemoryKeyring, credentials: None
) -> None:
    connect(runner.url)
    for place in ring.kept:
        ring.kept[place] = "not ours"

    connect(runner.url)

    assert len(runner.log_ins()) == 2


def test_an_expired_token_of_the_environment_is_renewed_where_a_password_is_known(
    runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", "expired")
    session = connect(runner.url, account_alias="ACCT")

    assert session.identity.sources["token"] == "a log-in with the password from CLC_V2_API_PASSWD"
    assert session.calls.jobs_page().total_size == 0
    assert len(runner.log_ins()) == 1


def test_a_log_out_forgets_the_token_however_the_service_spells_the_user(
    runner: FakeRunner, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.forms.extra = {"userName": "Ada.Lovelace"}
    connect(runner.url, username=runner.username, password=lambda _: runner.password)
    assert len(ring.tokens()) == 1

    log_out()

    assert ring.tokens() == []


def test_the_service_is_down_when_a_kept_token_is_tried(
    runner: FakeRunner, ring: MemoryKeyring, credentials: None
) -> None:
    connect(runner.url)
    runner.trouble(Answer(503, {"message": "maintenance"}), times=10)

    with pytest.raises(RunnerError, match="maintenance"):
        connect(runner.url)

    assert len(ring.tokens()) == 1


# Saving.


def test_a_saved_password_logs_in_by_itself(runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts) -> None:
    session = connect(runner.url, username="ada", password=prompts.password, save=True)
    assert session.not_saved is None
    runner.expire_tokens()

    again = connect(runner.url)

    assert again.calls.jobs_page().total_size == 0
    assert again.identity.sources["user"] == "the keyring"
    assert len(prompts.asked) == 1


def test_a_saved_password_renews_a_token_in_the_middle_of_a_session(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts
) -> None:
    session = connect(runner.url, username="ada", password=prompts.password, save=True)
    runner.expire_tokens()

    session.calls.jobs_page()

    assert "canary-token-2" in ring.tokens()[0]


def test_the_environments_password_can_be_saved(runner: FakeRunner, ring: MemoryKeyring, credentials: None) -> None:
    connect(runner.url)
    connect(runner.url, save=True)

    assert "canary-password" in ring.kept.values()


def test_a_saved_password_that_is_refused(runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts) -> None:
    connect(runner.url, username="ada", password=prompts.password, save=True)
    runner.password = "another"
    runner.expire_tokens()

    for _ in range(2):
        with pytest.raises(WrongCredentials) as caught:
            connect(runner.url, password=prompts.password)
        assert "with the password from the keyring was refused: We didn't recognize" in str(caught.value)
        assert "It is the saved one: enter another with --ask" in str(caught.value)
        assert "\n" not in str(caught.value)

    prompts.answers["password"] = "another"
    connect(runner.url, password=prompts.password, ask=True, save=True)
    runner.expire_tokens()
    connect(runner.url)


def test_a_refused_password_is_not_saved(runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts) -> None:
    prompts.answers["password"] = "wrong"

    with pytest.raises(WrongCredentials):
        connect(runner.url, username="ada", password=prompts.password, save=True)

    assert not ring.kept


@pytest.mark.parametrize(
    ("ring", "why"),
    [
        (None, "this machine has no keyring"),
        (LockedKeyring(), "the keyring is locked"),
        (ClearTextKeyring(), "does not protect what it keeps"),
    ],
    ids=["none", "locked", "clear text"],
)
def test_a_password_that_cannot_be_saved(
    runner: FakeRunner, credentials: None, ring: MemoryKeyring | None, why: str
) -> None:
    if ring is not None:
        keyring.set_keyring(ring)

    session = connect(runner.url, save=True)

    assert session.not_saved is not None
    assert why in session.not_saved
    assert session.calls.jobs_page().total_size == 0
    assert ring is None or not ring.kept
    assert connect(runner.url).not_saved is None


def test_two_profiles_of_one_log_in_have_saved_names_of_their_own(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_config(f'{team(runner)}\n[profiles.night]\nurl = "{runner.url}"\nusername = "grace"\n', monkeypatch, tmp_path)
    connect("team", username="ada", password=prompts.password, save=True)
    runner.username = "grace"

    assert connect("night", password=prompts.password).identity.user == "grace"


@pytest.mark.parametrize("how", ["argument", "environment", "file"])
def test_a_keyring_that_is_turned_off_is_not_touched(
    runner: FakeRunner,
    ring: MemoryKeyring,
    credentials: None,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if how == "environment":
        monkeypatch.setenv("CTL_KEYRING", "false")
    if how == "file":
        write_config("[settings]\nkeyring = false\n", monkeypatch, tmp_path)
    argument = False if how == "argument" else None

    session = connect(runner.url, save=True, keyring=argument)
    connect(runner.url, keyring=argument)
    log_out(forget=True, keyring=argument)

    assert "turned off" in (session.not_saved or "")
    assert len(runner.log_ins()) == 1
    assert ring.asked == 0


# Threads.


def test_threads_that_meet_a_refused_log_in_ask_once(runner: FakeRunner, session: Session) -> None:
    """Many cards that go on asking must not lock a user out."""
    runner.expire_tokens()
    runner.password = "another"
    together = threading.Barrier(4)
    said: list[str] = []

    def ask() -> None:
        together.wait(10)
        try:
            session.calls.jobs_page()
        except WrongCredentials as error:
            said.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(said) == 4
    assert len(set(said)) == 1
    assert len(runner.log_ins()) == 2


# Logging out.


def test_logging_out_forgets_the_token_and_the_session(
    runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts
) -> None:
    session = connect(runner.url, username="ada", password=prompts.password, save=True)

    assert log_out() == f"Logged out of {runner.url}."

    assert ring.tokens() == []
    with pytest.raises(NotLoggedIn, match="Not logged in"):
        current_session()
    with pytest.raises(NotLoggedIn, match="logged out: log in again with %ctl_login"):
        session.calls.jobs_page()
    assert len(runner.log_ins()) == 1
    assert "canary-password" in ring.kept.values()
    assert log_out() == "Nobody is logged in."


def test_logging_out_without_a_keyring(runner: FakeRunner, prompts: Prompts) -> None:
    connect(runner.url, username="ada", password=prompts.password)
    log_out()

    connect(runner.url, username="ada", password=prompts.password)

    assert len(prompts.asked) == 2


def test_forgetting_all(runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts) -> None:
    connect(runner.url, username="ada", password=prompts.password, save=True)

    assert "no longer saved" in log_out(forget=True)

    assert ring.kept == {}


def test_forgetting_without_being_logged_in(runner: FakeRunner, ring: MemoryKeyring, prompts: Prompts) -> None:
    connect(runner.url, username="ada", password=prompts.password, save=True)
    log_out()

    assert "name its profile: %ctl_logout prod --forget" in log_out(forget=True)
    assert log_out(runner.url, forget=True).startswith(f"Nobody is logged in to {runner.url}.")
    assert ring.kept == {}


def test_logging_out_of_another_profile_leaves_the_session(
    runner: FakeRunner, ring: MemoryKeyring, session: Session
) -> None:
    log_out("prod")
    log_out("local")

    assert current_session() is session
    assert session.calls.jobs_page().total_size == 0


def test_a_keyring_that_cannot_be_changed_is_said(runner: FakeRunner, credentials: None) -> None:
    keyring.set_keyring(LockedKeyring())
    connect(runner.url)

    assert "Nothing could be forgotten in the keyring: the keyring is locked." in log_out(forget=True)


def test_a_config_file_that_cannot_be_used_ends_the_log_in(
    runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_config('[settings]\nkeyrin = "x"\n', monkeypatch, tmp_path)

    with pytest.raises(SettingsError, match="did you mean 'keyring'"):
        connect(runner.url)

    assert not runner.calls
