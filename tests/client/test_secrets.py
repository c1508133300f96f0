"""No token, password or key in any repr, text, traceback, chained error or log line."""

import base64
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ctl_jupyter.client import RunnerError, Session, connect
from ctl_jupyter.client.auth import BearerAuth, Credentials
from ctl_jupyter.client.profiles import Environment
from ctl_jupyter.documents import (
    Callback,
    DocumentError,
    Execution,
    Host,
    Job,
    LogIn,
    Page,
    Repository,
    StartRequest,
    check_job,
    parse_playbook,
)
from ctl_jupyter.documents import Credentials as RepositoryCredentials
from ctl_jupyter.places import ServiceRecord
from tests.fake_runner import Answer, Break, FakeRunner

PLAYBOOK = base64.b64encode(b"- hosts: all\n").decode()
#: Put together here, so that a traceback's line of this file does not hold it.
CANARY = "".join(("can", "ary"))
NO_KEY = base64.b64encode(f"{CANARY}: not a key".encode()).decode()
KEY = base64.b64encode(
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----\n".encode()
).decode()
#: Of base64, a part that does not hang on where the secret begins.
CANARIES = (CANARY, KEY[:40], NO_KEY[:20])


def assert_no_canary(text: str) -> None:
    for canary in CANARIES:
        assert canary not in text


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and whatever it was raised from or during, as a debugger or a reporter shows them."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def everything_told(error: BaseException) -> str:
    told = ["".join(traceback.format_exception(error))]
    for part in chain(error):
        told += [repr(part), str(part), repr(part.args), repr(vars(part))]
    return "\n".join(told)


@pytest.mark.parametrize(
    "thing",
    [
        BearerAuth("https://login.example.org", lambda: Credentials("ada", CANARY), CANARY),
        Credentials("ada", CANARY),
        Environment("ada", CANARY, CANARY, "ACCT", "https://login.example.org"),
        LogIn(user_name="ada", account_alias="ACCT", bearer_token=CANARY),
        ServiceRecord(url="http://127.0.0.1:1", username="ada", password=CANARY, account_alias="A", pid=1, version="0"),
        RepositoryCredentials(username="ada", password=CANARY, ssh_private_key=KEY),
        Repository(
            url=f"https://ada:{CANARY}@git.example.org/site.git",
            credentials=RepositoryCredentials(username="ada", password=CANARY),
        ),
        Callback(url=f"https://ada:{CANARY}@hooks.example.org"),
        Host(id="web1", host_vars={"ansible_password": CANARY, "nested": {"db_pass": CANARY}}, ssh_private_key=KEY),
        StartRequest(hosts=[Host(id="web1", ssh_private_key=KEY)], ssh_private_key=KEY),
        Job(
            name="deploy",
            ssh_private_key=KEY,
            hosts=[Host(id="web1", ssh_private_key=KEY)],
            properties={"api_token": CANARY, "list": [{"secret": CANARY}]},
            repository=Repository(
                url=f"https://ada:{CANARY}@git.example.org/site.git",
                credentials=RepositoryCredentials(password=CANARY),
            ),
            callbacks=[Callback(url=f"https://ada:{CANARY}@hooks.example.org")],
            other={"bearerToken": CANARY},
        ),
        Page(total_size=1, results=[Job(name="deploy", ssh_private_key=KEY)]),
        Execution(execution_id="e"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_reprs(thing: object) -> None:
    assert repr(thing)
    assert_no_canary(repr(thing))
    assert_no_canary(str(thing))
    assert_no_canary(repr([thing]))


def test_a_session_and_all_it_holds(runner: FakeRunner, session: Session) -> None:
    handle = session.start(session.calls.get_job(runner.add_job("deploy")), {"sshPrivateKey": KEY})

    for thing in (
        session,
        session.profile,
        session.calls,
        session.calls.http,
        session.log_in,
        handle,
        handle.execution,
    ):
        assert_no_canary(repr(thing))


def wrong_password(runner: FakeRunner) -> None:
    connect(runner.url, username="grace", password=lambda username: CANARY)


def withdrawn_password(runner: FakeRunner) -> None:
    session = connect(runner.url)
    runner.expire_tokens()
    runner.password = "another"
    session.calls.jobs_page()


def token_refused(runner: FakeRunner) -> None:
    session = connect(runner.url)
    runner.takes_no_token = True
    session.calls.jobs_page()


def other_account(runner: FakeRunner) -> None:
    connect(runner.url, account_alias="OTHR").calls.jobs_page()


def no_such_job(runner: FakeRunner) -> None:
    connect(runner.url).calls.get_job("job-1")


def broken_log_in(runner: FakeRunner) -> None:
    runner.trouble(Break(), "POST", "login")
    connect(runner.url)


def nonsense_log_in(runner: FakeRunner) -> None:
    runner.trouble(Answer(document={"userName": 5, "bearerToken": CANARY}), "POST", "login")
    connect(runner.url)


def truncated_log_in(runner: FakeRunner) -> None:
    runner.trouble(Answer(body=f'{{"userName": "ada", "bearerToken": "{CANARY}"'.encode()), "POST", "login")
    connect(runner.url)


def garbled_log_in(runner: FakeRunner) -> None:
    runner.trouble(Answer(body=f'{{"bearerToken": "{CANARY}", "userName": "ÿ"}}'.encode("latin-1")), "POST", "login")
    connect(runner.url)


def broken_start(runner: FakeRunner) -> None:
    runner.trouble(Break(), "POST", "/start$")
    connect(runner.url).start(Job(id="job-1"), {"sshPrivateKey": KEY})


def refused_start(runner: FakeRunner) -> None:
    connect(runner.url).start(Job(id="job-1"), {"sshPrivateKey": KEY})


def key_that_is_not_base64(runner: FakeRunner) -> None:
    connect(runner.url).start(Job(id="job-1"), {"sshPrivateKey": f"{CANARY} %%%"})


def key_that_is_none(runner: FakeRunner) -> None:
    connect(runner.url).start(Job(id="job-1"), {"hosts": [{"id": "web1", "sshPrivateKey": NO_KEY}]})


def key_that_is_not_ascii(runner: FakeRunner) -> None:
    key = base64.b64encode(f"{CANARY}: été".encode()).decode()
    connect(runner.url).start(Job(id="job-1"), {"sshPrivateKey": key})


def key_of_the_wrong_type(runner: FakeRunner) -> None:
    connect(runner.url).start(Job(id="job-1"), {"sshPrivateKey": [CANARY]})


def key_under_a_wrong_name(runner: FakeRunner) -> None:
    connect(runner.url).start(Job(id="job-1"), {"ssh_private_key": CANARY})


def variable_that_json_cannot_hold(runner: FakeRunner) -> None:
    host_vars = {"ansible_password": f"{CANARY} \ud800"}
    connect(runner.url).start(Job(id="job-1"), {"hosts": [{"id": "web1", "hostVars": host_vars}]})


def playbook_that_is_not_utf8(runner: FakeRunner) -> None:
    check_job(Job(name="deploy", playbook=base64.b64encode(f"- hosts: all # {CANARY} ÿ".encode("latin-1")).decode()))


def url_with_a_password(runner: FakeRunner) -> None:
    connect(f"https://ada:{CANARY}@runner.example.org")


@pytest.mark.parametrize(
    "fail",
    [
        wrong_password,
        withdrawn_password,
        token_refused,
        other_account,
        no_such_job,
        broken_log_in,
        nonsense_log_in,
        truncated_log_in,
        garbled_log_in,
        broken_start,
        refused_start,
        key_that_is_not_base64,
        key_that_is_none,
        key_that_is_not_ascii,
        key_of_the_wrong_type,
        key_under_a_wrong_name,
        variable_that_json_cannot_hold,
        playbook_that_is_not_utf8,
        url_with_a_password,
    ],
)
def test_errors_and_log_lines(
    runner: FakeRunner,
    credentials: None,
    caplog: pytest.LogCaptureFixture,
    fail: Callable[[FakeRunner], None],
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises((RunnerError, DocumentError)) as caught:
        fail(runner)

    assert_no_canary(everything_told(caught.value))
    assert_no_canary(caplog.text)


@pytest.mark.parametrize("token", [f"{CANARY}\n", f"{CANARY}é"])
def test_a_token_that_no_header_can_hold(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", token)
    monkeypatch.setenv("CLC_ACCT_ALIAS", "ACCT")

    with pytest.raises(RunnerError) as caught:
        connect(runner.url).calls.jobs_page()

    assert_no_canary(everything_told(caught.value))


def test_a_password_in_the_environments_log_in_url(
    runner: FakeRunner, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLC_V2_API_URL", runner.url.replace("//", f"//ada:{CANARY}@"))
    runner.trouble(Break(), "POST", "login")

    with pytest.raises(RunnerError) as caught:
        connect(runner.url)

    assert_no_canary(everything_told(caught.value))


@pytest.mark.parametrize(
    "text",
    ["- hosts: all\n  vars: {password: " + CANARY, f"password: {CANARY}", CANARY, f"- {CANARY}", f"a: [{CANARY}\n\tb"],
)
def test_a_playbook_that_cannot_be_used_is_not_repeated(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_playbook(text)

    assert_no_canary("\n".join(str(part) for part in chain(caught.value) if isinstance(part, DocumentError)))


def test_the_default_way_to_show_a_document_hides_its_secrets(runner: FakeRunner, session: Session) -> None:
    runner.add_job("deploy", properties={"vault_password": CANARY}, hosts=[{"id": "a", "sshPrivateKey": KEY}])

    shown: list[Any] = [list(session.calls.jobs()), session.calls.jobs_page(), session.find_job("deploy")]

    assert_no_canary(repr(shown))
