"""Logging in, once and again, with a password or a token."""

import threading
from collections.abc import Callable

import httpx
import pytest

from ctl_jupyter.client import (
    AnswerNotUnderstood,
    NotLoggedIn,
    RunnerError,
    ServiceBusy,
    ServiceFailed,
    Session,
    Unreachable,
    WrongCredentials,
    connect,
    current_session,
    local,
)
from ctl_jupyter.places import ServiceRecord
from tests.fake_runner import WRONG_CREDENTIALS, Answer, Break, FakeRunner


def test_log_in_with_the_environments_user_name_and_password(runner: FakeRunner, credentials: None) -> None:
    session = connect(runner.url)

    (call,) = runner.log_ins()
    assert call.document == {"username": "ada", "password": "canary-password"}
    assert call.headers["Content-Type"] == "application/json"
    assert "Authorization" not in call.headers
    assert session.account_alias == "ACCT"
    assert session.log_in is not None
    assert (session.log_in.user_name, session.log_in.location_alias) == ("ada", "WA1")
    assert current_session() is session


def test_one_token_serves_every_call(runner: FakeRunner, session: Session) -> None:
    for _ in range(3):
        session.calls.jobs_page()

    assert {call.headers["Authorization"] for call in runner.calls_to("GET", "/jobs/ACCT")} == {"Bearer canary-token-1"}
    assert len(runner.log_ins()) == 1


def test_without_a_session() -> None:
    with pytest.raises(NotLoggedIn, match="%ctl_login"):
        current_session()


def test_the_account_of_the_environment(runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_ACCT_ALIAS", "SUBA")

    assert connect(runner.url).account_alias == "SUBA"
    assert connect(runner.url, account_alias="SUBB").account_alias == "SUBB"


def test_a_token_of_the_environment(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", runner.give_token())
    monkeypatch.setenv("CLC_ACCT_ALIAS", "ACCT")
    runner.add_job("deploy")

    session = connect(runner.url)

    assert [job.name for job in session.calls.jobs()] == ["deploy"]
    assert not runner.log_ins()
    assert session.log_in is None


def test_a_token_needs_an_account(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", runner.give_token())

    with pytest.raises(NotLoggedIn, match="CLC_ACCT_ALIAS"):
        connect(runner.url)

    assert connect(runner.url, account_alias="ACCT").account_alias == "ACCT"


def test_a_user_name_given_wins_over_a_token(
    runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", "expired")

    connect(runner.url, username="ada").calls.jobs_page()

    assert len(runner.log_ins()) == 1


def test_a_token_that_is_no_longer_taken(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", "expired")

    with pytest.raises(NotLoggedIn, match="CLC_V2_API_TOKEN is not or no longer valid: set it again"):
        connect(runner.url, account_alias="ACCT")

    assert len(runner.calls) == 1


def test_a_token_that_expires_in_the_middle(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", runner.give_token())
    session = connect(runner.url, account_alias="ACCT")
    runner.expire_tokens()

    with pytest.raises(NotLoggedIn, match="%ctl_login") as caught:
        session.calls.jobs_page()

    assert (caught.value.method, caught.value.path, caught.value.status_code) == ("GET", "/jobs/ACCT", 401)
    assert caught.value.service_message == "Authorization has been denied for this request."
    assert len(runner.calls) == 2


@pytest.mark.parametrize("bad", ["expired\n", "café", "two words\r\nX-Evil: 1"])
def test_a_token_that_no_header_can_hold(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", bad)

    with pytest.raises(RunnerError):
        connect(runner.url, account_alias="ACCT").calls.jobs_page()

    assert not any("X-Evil" in call.headers for call in runner.calls)


def test_a_password_is_asked_for_when_there_is_none(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(username: str) -> str:
        asked.append(username)
        return runner.password

    connect(runner.url, username="ada", password=answer)

    assert asked == ["ada"]


def test_the_environments_password_is_not_used_for_another_user(runner: FakeRunner, credentials: None) -> None:
    runner.username, runner.password = "grace", "hers"

    connect(runner.url, username="grace", password=lambda username: "hers")

    assert runner.log_ins()[0].document == {"username": "grace", "password": "hers"}


def test_no_user_name(runner: FakeRunner) -> None:
    with pytest.raises(NotLoggedIn, match="CLC_V2_API_USERNAME"):
        connect(runner.url)

    assert not runner.calls


def test_nobody_to_ask_for_the_password(runner: FakeRunner) -> None:
    with pytest.raises(NotLoggedIn, match="CLC_V2_API_PASSWD"):
        connect(runner.url, username="ada")

    assert not runner.calls


def test_wrong_credentials(runner: FakeRunner, credentials: None) -> None:
    runner.password = "another"

    with pytest.raises(WrongCredentials, match="We didn't recognize the username or password") as caught:
        connect(runner.url)

    assert (caught.value.method, caught.value.path) == ("POST", "/v2/authentication/login")
    assert (caught.value.status_code, caught.value.service_message) == (400, WRONG_CREDENTIALS)
    with pytest.raises(NotLoggedIn):
        current_session()


def test_a_refused_log_in_leaves_the_session_there_was(runner: FakeRunner, session: Session) -> None:
    with pytest.raises(WrongCredentials):
        connect(runner.url, username="grace", password=lambda username: "wrong")

    assert current_session() is session
    session.calls.jobs_page()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(404, body=b"<html>"), AnswerNotUnderstood),
        (Answer(429, {"message": "slow down"}), ServiceBusy),
        (Answer(500, body=b"<html>"), ServiceFailed),
        (Answer(503, {"message": "maintenance"}), ServiceBusy),
        (Answer(200, body=b"<html>"), AnswerNotUnderstood),
        (Answer(200, body=b'"\xff"'), AnswerNotUnderstood),
        (Answer(200, []), AnswerNotUnderstood),
        (Answer(200, {"userName": "ada", "accountAlias": "ACCT"}), AnswerNotUnderstood),
        (Answer(200, {"userName": "ada", "accountAlias": 5, "bearerToken": "x"}), AnswerNotUnderstood),
    ],
    ids=["404", "429", "500", "503", "html", "not UTF-8", "array", "no token", "wrong type"],
)
def test_a_log_in_that_goes_wrong(
    runner: FakeRunner, credentials: None, answer: Answer, kind: type[RunnerError]
) -> None:
    runner.trouble(answer, "POST", "login")

    with pytest.raises(kind) as caught:
        connect(runner.url)

    assert (caught.value.method, caught.value.path) == ("POST", "/v2/authentication/login")
    assert caught.value.status_code == answer.status


def test_a_log_in_whose_connection_breaks(runner: FakeRunner, credentials: None) -> None:
    runner.trouble(Break(), "POST", "login")

    with pytest.raises(Unreachable) as caught:
        connect(runner.url)

    assert (caught.value.method, caught.value.path) == ("POST", "/v2/authentication/login")


def test_an_expired_token_is_renewed_once(runner: FakeRunner, session: Session) -> None:
    runner.add_job("deploy")
    runner.expire_tokens()

    assert [job.name for job in session.calls.jobs()] == ["deploy"]

    sent = [call.headers["Authorization"] for call in runner.calls_to("GET", "/jobs/ACCT")]
    assert sent == ["Bearer canary-token-1", "Bearer canary-token-2"]
    assert len(runner.log_ins()) == 2


def test_a_start_with_an_expired_token_starts_once(runner: FakeRunner, session: Session) -> None:
    job = session.calls.get_job(runner.add_job("deploy"))
    runner.expire_tokens()

    handle = session.start(job, {"hosts": ["web1"]})

    assert list(runner.executions) == [handle.execution_id]
    assert [call.document for call in runner.starts()] == [{"hosts": [{"id": "web1"}]}] * 2


def test_a_service_that_takes_no_token_is_asked_twice(runner: FakeRunner, session: Session) -> None:
    runner.takes_no_token = True

    with pytest.raises(NotLoggedIn, match="%ctl_login"):
        session.calls.jobs_page()

    assert len(runner.calls_to("GET", "/jobs/ACCT")) == 2
    assert len(runner.log_ins()) == 2


def test_credentials_that_were_withdrawn_meanwhile(runner: FakeRunner, session: Session) -> None:
    runner.expire_tokens()
    runner.password = "another"

    with pytest.raises(WrongCredentials) as caught:
        session.calls.jobs_page()

    assert caught.value.service_message == WRONG_CREDENTIALS
    assert len(runner.calls_to("GET", "/jobs/ACCT")) == 1


def test_threads_renew_a_token_once_between_them(runner: FakeRunner, session: Session) -> None:
    runner.expire_tokens()
    together = threading.Barrier(4)
    answers: list[int] = []

    def ask() -> None:
        together.wait(10)
        answers.append(session.calls.jobs_page().total_size)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert answers == [0, 0, 0, 0]
    assert len(runner.log_ins()) == 2


def test_every_request_has_a_time_limit(runner: FakeRunner, credentials: None) -> None:
    limits: list[tuple[str, object]] = []

    class Watched(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            limits.append((request.url.path, request.extensions.get("timeout", {}).get("read")))
            return super().handle_request(request)

    session = connect(runner.url, transport=Watched())
    runner.expire_tokens()
    session.calls.jobs_page()

    assert [path for path, _ in limits] == [
        "/v2/authentication/login",
        "/jobs/ACCT",
        "/v2/authentication/login",
        "/jobs/ACCT",
    ]
    assert None not in [limit for _, limit in limits]


def test_a_new_log_in_replaces_the_session(runner: FakeRunner, session: Session) -> None:
    again = connect(runner.url)

    assert again is not session
    assert current_session() is again


def test_loopback_is_never_asked_through_a_proxy(
    runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeRunner() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        connect(runner.url).calls.jobs_page()

    assert not proxy.calls
    assert len(runner.log_ins()) == 1


def test_another_machine_is_reached_through_the_proxy(
    runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", runner.url)

    session = connect("http://runner.example.org")

    assert session.calls.jobs_page().total_size == 0
    assert {call.headers["Host"] for call in runner.calls} == {"runner.example.org"}


def test_a_proxy_that_is_down(runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    with pytest.raises(Unreachable, match=r"http://runner\.example\.org cannot be reached"):
        connect("http://runner.example.org")


@pytest.fixture
def embedded(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """An embedded service that runs; the function starts it again with another password."""
    monkeypatch.setattr(local, "find_or_start", lambda: record())

    def record() -> ServiceRecord:
        return ServiceRecord(
            url=runner.url,
            username=runner.username,
            password=runner.password,
            account_alias=runner.alias,
            pid=1,
            version="0",
        )

    def start_again(password: str) -> None:
        runner.password = password
        runner.expire_tokens()

    return start_again


def test_the_embedded_service_needs_no_credentials(runner: FakeRunner, embedded: Callable[[str], None]) -> None:
    runner.add_job("deploy")

    session = connect()

    assert session.profile.name == "local"
    assert session.account_alias == "ACCT"
    assert [job.name for job in session.calls.jobs()] == ["deploy"]


def test_the_embedded_service_has_another_password_after_a_new_start(
    runner: FakeRunner, embedded: Callable[[str], None]
) -> None:
    session = connect("local")
    embedded("canary-password-2")

    session.calls.jobs_page()

    assert [call.document["password"] for call in runner.log_ins()] == ["canary-password", "canary-password-2"]
