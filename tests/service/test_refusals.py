"""What the API refuses, each time with its status and one sentence."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from ctl_jupyter.client import NotFound, RequestRefused, Session
from tests.service.api import RunnerApi, StartedRun, to_base64
from tests.service.embedded import EmbeddedRunner

PLAYBOOK = to_base64("- hosts: all\n")
WRONG_CREDENTIALS = "We didn't recognize the username or password you entered. Please try again."


def sentence_of(answer: httpx.Response, status: int) -> str:
    """Return an error's sentence, having checked that it is one."""
    assert answer.status_code == status, answer.text
    document = answer.json()
    assert document.keys() == {"message"}
    message = str(document["message"])
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300
    assert "Traceback" not in message
    return message


@pytest.fixture(scope="module")
def run(api: RunnerApi) -> StartedRun:
    """An execution that has ended."""
    run = api.begin("- hosts: nobody")
    api.finish(run)
    return run


def calls_of(account: str, run: StartedRun) -> list[tuple[str, str]]:
    """Return every call that needs a token."""
    job = f"/jobs/{account}/{run.job_id}"
    status = f"/status/{account}/job/{run.job_id}"
    return [
        ("GET", f"/jobs/{account}"),
        ("POST", f"/jobs/{account}"),
        ("GET", job),
        ("PUT", job),
        ("DELETE", job),
        ("POST", f"{job}/start"),
        ("GET", f"{job}/executions"),
        ("GET", f"/jobs/{account}/executions"),
        ("GET", f"{job}/executions/{run.execution_id}"),
        ("GET", status),
        ("GET", f"{status}/execution/{run.execution_id}"),
        ("GET", f"{status}/execution/{run.execution_id}?after=0&wait=30"),
    ]


# --- who may call ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz"])
def test_without_a_token(service: EmbeddedRunner, api: RunnerApi, run: StartedRun, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    with httpx.Client(base_url=service.record.url, headers=headers, trust_env=False) as anonymous:
        for method, path in calls_of(api.account, run):
            assert "log in again" in sentence_of(anonymous.request(method, path), 401)
    assert api.status(run) == "INIT_FAILURE"


def test_for_another_account(api: RunnerApi, run: StartedRun) -> None:
    for method, path in calls_of("OTHER", run):
        assert "'OTHER'" in sentence_of(api.http.request(method, path), 403)


def test_with_an_expired_token(service: EmbeddedRunner, run: StartedRun, session: Session) -> None:
    with service.log_in() as api:
        assert api.status(run) == "INIT_FAILURE"
        with closing(sqlite3.connect(service.home / "runner.sqlite")) as database, database:
            # Those that were given last: the session's and this one's.
            last = "select rowid from tokens order by rowid desc limit 2"
            aged = database.execute(f"update tokens set expires = strftime('%s', 'now') - 1 where rowid in ({last})")
            assert aged.rowcount == 2
        for method, path in calls_of(api.account, run):
            assert "log in again" in sentence_of(api.http.request(method, path), 401)

    # Our own client logs in again by itself.
    assert session.execution(run.execution_id).status == "INIT_FAILURE"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"username": "{username}", "password": "wrong"}, WRONG_CREDENTIALS),
        ({"username": "somebody", "password": "{password}"}, WRONG_CREDENTIALS),
        ({"username": "", "password": ""}, WRONG_CREDENTIALS),
        ({"username": "{username}"}, None),
        ({"username": 1, "password": 2}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_wrong_log_in(service: EmbeddedRunner, document: Any, message: str | None) -> None:
    record = service.record
    if isinstance(document, dict):
        right = {"{username}": record.username, "{password}": record.password}
        document = {name: right.get(value, value) for name, value in document.items()}

    answer = httpx.post(f"{record.url}/v2/authentication/login", json=document, trust_env=False)

    said = sentence_of(answer, 400)
    assert message in (None, said)
    assert record.password not in said


# --- how it is called --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        *("size=0", "size=101", "size=-1", "size=--5", "size=abc", "size=", "size=1.5", "size=1e1", "size=%C2%B2"),
        *("page=-1", "page=abc", "page=99999999999999999999999999"),
    ],
)
def test_a_page_that_is_none(api: RunnerApi, run: StartedRun, query: str) -> None:
    lists = [path for method, path in calls_of(api.account, run) if method == "GET" and "?" not in path]
    lists.remove(f"/jobs/{api.account}/{run.job_id}")
    lists.remove(f"/jobs/{api.account}/{run.job_id}/executions/{run.execution_id}")
    assert len(lists) == 5
    for path in lists:
        assert f"'{query.split('=')[0]}'" in sentence_of(api.http.get(f"{path}?{query}"), 400)


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=0&wait=31", "after=0&wait=-1", "after=0&wait=nan"])
def test_a_cursor_that_is_none(api: RunnerApi, run: StartedRun, query: str) -> None:
    sentence_of(api.http.get(f"{calls_of(api.account, run)[-2][1]}?{query}"), 400)


def test_immediate_is_true_or_false(api: RunnerApi) -> None:
    document = {"name": "x", "playbook": PLAYBOOK}
    assert "'immediate'" in sentence_of(
        api.http.post(f"/jobs/{api.account}", json=document, params={"immediate": "maybe"}), 400
    )


def test_what_is_not_there(api: RunnerApi, run: StartedRun) -> None:
    other = api.create("- hosts: nobody")["id"]
    for method, path in calls_of(api.account, StartedRun("unknown", run.execution_id)):
        if "/unknown" in path:
            document = {"name": "x", "playbook": PLAYBOOK} if method == "PUT" else None
            assert "'unknown'" in sentence_of(api.http.request(method, path, json=document), 404)
    for path in (
        f"/jobs/{api.account}/{run.job_id}/executions/unknown",
        f"/status/{api.account}/job/{run.job_id}/execution/unknown",
        # An execution of another job is none of this one.
        f"/jobs/{api.account}/{other}/executions/{run.execution_id}",
        f"/status/{api.account}/job/{other}/execution/{run.execution_id}",
        "/nothing",
    ):
        sentence_of(api.http.get(path), 404)
    sentence_of(api.http.patch(f"/jobs/{api.account}"), 405)


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"{'name': 'x'}", b"[" * 100_000, b'{"name": NaN}', b'"text"', b"[]", b"[{}, {}]", b"null"],
)
def test_a_body_that_is_no_document(api: RunnerApi, run: StartedRun, body: bytes) -> None:
    for method, path in [("POST", f"/jobs/{api.account}"), ("PUT", f"/jobs/{api.account}/{run.job_id}")]:
        sentence_of(api.http.request(method, path, content=body), 400)


def test_a_body_of_ten_megabytes(api: RunnerApi, run: StartedRun) -> None:
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    for path in (f"/jobs/{api.account}", f"/jobs/{api.account}/{run.job_id}/start", "/v2/authentication/login"):
        assert "too large" in sentence_of(api.http.post(path, content=body), 400)


# --- documents ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"name": None}, "'name'"),
        ({"name": "  "}, "'name'"),
        ({"name": 5}, "name"),
        ({"playbook": None}, "neither"),
        ({"playbook": ""}, "neither"),
        ({"repository": {"url": "https://example.org/x.git", "defaultPlaybook": "site.yml"}}, "both"),
        ({"playbook": 5}, "playbook"),
        ({"playbook": "%%%"}, "base64"),
        ({"playbook": to_base64("- hosts: [all")}, "line 2"),
        ({"playbook": to_base64("hosts: all")}, "list of plays"),
        ({"playbook": None, "repository": "https://example.org/x.git"}, "repository"),
        ({"playbook": None, "repository": {"defaultPlaybook": "site.yml"}}, "url"),
        ({"playbook": None, "repository": {"url": "https://example.org/x.git"}}, "defaultPlaybook"),
        ({"playbook": None, "repository": {"url": "--upload-pack=id", "defaultPlaybook": "site.yml"}}, "url"),
        *(
            ({"playbook": None, "repository": {"url": url, "defaultPlaybook": "site.yml"}}, "'repository.url' cannot")
            for url in ("https://[fe80::1/a.git", "https://bob:p/ss@example.org/a.git", "https://bob:p#s@a.org/a.git")
        ),
        ({"hosts": "web1"}, "hosts"),
        ({"hosts": [{}]}, "hosts[0]"),
        ({"hosts": [{"id": 5}]}, "hosts[0]"),
        ({"hosts": [{"id": "web1", "hostVars": "x"}]}, "hostVars"),
        ({"hosts": [{"id": "web1"}, {"id": "web1"}]}, "twice"),
        ({"hosts": [{"id": "web1", "sshPrivateKey": to_base64("no key")}]}, "'web1'"),
        ({"sshPrivateKey": "%%%"}, "sshPrivateKey"),
        ({"properties": ["x"]}, "properties"),
        ({"playbookTags": "x"}, "playbookTags"),
        ({"executionTtl": 0}, "executionTtl"),
        ({"executionTtl": "soon"}, "executionTtl"),
        ({"callbacks": [{"url": "https://example.org", "level": "SOME"}]}, "callback"),
        ({"callbacks": [{"level": "DEBUG"}]}, "callbacks[0]"),
        ({"callbacks": [{"url": "https://example.org", "lvl": "RESULT"}]}, "write 'level'"),
        ({"playbookTag": ["x"]}, "write 'playbookTags'"),
        ({"hosts": [{"id": "web1", "hostVar": {}}]}, "write 'hostVars'"),
    ],
)
def test_a_job_that_cannot_be_used(api: RunnerApi, run: StartedRun, members: dict[str, Any], said: str) -> None:
    document = {"name": "x", "playbook": PLAYBOOK, **members}
    before = api.call("GET", "/jobs/{alias}", size=1)["totalSize"]
    for method, path in [("POST", f"/jobs/{api.account}"), ("PUT", f"/jobs/{api.account}/{run.job_id}")]:
        assert said in sentence_of(api.http.request(method, path, json=document), 400)
    assert api.call("GET", "/jobs/{alias}", size=1)["totalSize"] == before


def test_an_update_keeps_the_id(api: RunnerApi, run: StartedRun) -> None:
    document = {"id": "another", "name": "x", "playbook": PLAYBOOK}
    assert "'id'" in sentence_of(api.http.put(f"/jobs/{api.account}/{run.job_id}", json=document), 400)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "a list"),
        ({"host": []}, "'host'"),
        ({"hosts": [{"id": "web1", "hostVar": {}}]}, "write 'hostVars'"),
        ({"hosts": {}}, "'hosts'"),
        ({"hosts": [{"id": ""}]}, "hosts[0]"),
        ({"hosts": [{"id": "web1", "sshPrivateKey": "%%%"}]}, "'web1'"),
        ({"sshPrivateKey": to_base64("no key")}, "sshPrivateKey"),
    ],
)
def test_a_start_that_cannot_be_used(api: RunnerApi, run: StartedRun, body: Any, said: str) -> None:
    path = f"/jobs/{api.account}/{run.job_id}"
    before = api.call("GET", f"{path}/executions")["totalSize"]
    assert said in sentence_of(api.http.post(f"{path}/start", json=body), 400)
    assert api.call("GET", f"{path}/executions")["totalSize"] == before


def test_our_own_client_passes_the_sentence_on(session: Session) -> None:
    with pytest.raises(NotFound, match="There is no job 'unknown'"):
        session.calls.get_job("unknown")
    with pytest.raises(RequestRefused, match="'size' must be a whole number from 1 to 100, not '101'"):
        session.calls.jobs_page(size=101)


def test_nothing_of_this_broke_the_service(service: EmbeddedRunner) -> None:
    log = Path(service.home / "service.log").read_text()
    assert "Traceback" not in log
    assert " ERROR " not in "".join(line for line in log.splitlines(keepends=True) if "line of a spool" not in line)
