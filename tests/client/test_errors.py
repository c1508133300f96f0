"""The tree of errors: every failure of the network becomes one of ours and names its call."""

from collections.abc import Callable

import httpx
import pytest

from ctl_jupyter import client
from ctl_jupyter.client import (
    NotFound,
    NotLoggedIn,
    RequestRefused,
    RunnerCalls,
    RunnerError,
    ServiceBusy,
    ServiceFailed,
    TimedOut,
    Unreachable,
    WrongCredentials,
    errors,
)
from ctl_jupyter.client.auth import BearerAuth, Credentials
from ctl_jupyter.client.http import NEVER_SENT
from tests.fake_runner import FakeRunner

HTTPX_ERRORS = sorted(
    (kind for kind in map(httpx.__dict__.get, httpx.__all__) if isinstance(kind, type) and issubclass(kind, Exception)),
    key=lambda kind: kind.__name__,
)


def made(kind: type[Exception]) -> Exception:
    request = httpx.Request("GET", "https://runner.example.org")
    if issubclass(kind, httpx.HTTPStatusError):
        return kind("it broke", request=request, response=httpx.Response(500, request=request))
    if issubclass(kind, httpx.StreamError) and kind is not httpx.StreamError:
        return kind()  # type: ignore[call-arg]
    return kind("it broke")


def calls_that_meet(error: Exception) -> RunnerCalls:
    def broken(request: httpx.Request) -> httpx.Response:
        raise error

    url = "https://runner.example.org"
    return RunnerCalls(url, BearerAuth(url, token="t"), "ACCT", httpx.MockTransport(broken))


@pytest.mark.parametrize("kind", HTTPX_ERRORS)
@pytest.mark.parametrize(
    ("call", "method", "path"),
    [
        (RunnerCalls.get_job, "GET", "/jobs/ACCT/job-1"),
        (RunnerCalls.start, "POST", "/jobs/ACCT/job-1/start"),
    ],
    ids=["read", "change"],
)
def test_every_error_of_httpx_is_mapped(
    kind: type[Exception], call: Callable[[RunnerCalls, str], object], method: str, path: str
) -> None:
    with pytest.raises(RunnerError) as caught:
        call(calls_that_meet(made(kind)), "job-1")

    assert (caught.value.method, caught.value.path) == (method, path)
    assert (caught.value.status_code, caught.value.service_message) == (None, None)
    assert "https://runner.example.org" in str(caught.value)


def test_there_are_errors_of_httpx_to_map() -> None:
    assert {httpx.ConnectError, httpx.ReadTimeout, httpx.InvalidURL, httpx.DecodingError} <= set(HTTPX_ERRORS)


@pytest.mark.parametrize("kind", [httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout])
def test_no_answer_in_time(kind: type[httpx.TimeoutException]) -> None:
    with pytest.raises(TimedOut, match="gave no answer in time"):
        calls_that_meet(kind("")).get_job("job-1")


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError])
def test_no_connection(kind: type[httpx.TransportError]) -> None:
    with pytest.raises(Unreachable, match=kind.__name__):
        calls_that_meet(kind("")).get_job("job-1")


@pytest.mark.parametrize("kind", HTTPX_ERRORS)
def test_a_change_may_have_happened_unless_it_never_left(kind: type[Exception]) -> None:
    with pytest.raises(RunnerError) as caught:
        calls_that_meet(made(kind)).start("job-1")

    is_of_the_request = issubclass(kind, httpx.RequestError)
    assert caught.value.may_have_happened == (is_of_the_request and not issubclass(kind, NEVER_SENT))
    with pytest.raises(RunnerError) as caught:
        calls_that_meet(made(kind)).get_job("job-1")
    assert not caught.value.may_have_happened


@pytest.mark.parametrize(("status", "may_have"), [(400, False), (401, False), (404, False), (429, False), (500, True)])
@pytest.mark.parametrize("body", [b"{}", b""])
def test_what_was_refused_did_not_happen(status: int, may_have: bool, body: bytes) -> None:
    url = "https://runner.example.org"
    answer = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    calls = RunnerCalls(url, BearerAuth(url, token="t"), "ACCT", answer)

    with pytest.raises(RunnerError) as caught:
        calls.start("job-1")
    assert caught.value.may_have_happened == may_have


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_log_in_that_breaks_comes_before_the_call(kind: type[httpx.TransportError]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v2/authentication/login"
        raise kind("")

    url = "https://runner.example.org"
    auth = BearerAuth(url, lambda: Credentials("ada", "pw"))
    with pytest.raises(RunnerError) as caught:
        RunnerCalls(url, auth, "ACCT", httpx.MockTransport(answer)).start("job-1")
    assert not caught.value.may_have_happened


def test_a_repeated_change_may_have_happened_at_an_earlier_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded service keeps keys, so a start is sent again; it may be gone by then."""
    troubles: list[Exception] = [httpx.ReadError("broke"), httpx.ConnectError("gone")]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"id": "job-1"}, headers={"Runner-Cursor": "1"})
        raise troubles.pop(0)

    url = "http://127.0.0.1:1"
    calls = RunnerCalls(url, BearerAuth(url, token="t"), "ACCT", httpx.MockTransport(answer))
    calls.get_job("job-1")
    with pytest.raises(Unreachable) as caught:
        calls.start("job-1")
    assert caught.value.may_have_happened
    assert troubles == []


def test_nothing_listens(runner: FakeRunner) -> None:
    runner.close()

    with pytest.raises(Unreachable) as caught:
        RunnerCalls(runner.url, BearerAuth(runner.url, token="t"), "ACCT").get_job("job-1")

    assert (caught.value.method, caught.value.path) == ("GET", "/jobs/ACCT/job-1")


def test_every_error_is_of_the_tree_and_public() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), RunnerError)
        assert name in client.__all__


@pytest.mark.parametrize(
    ("kind", "broader"),
    [(WrongCredentials, NotLoggedIn), (NotFound, RequestRefused), (ServiceBusy, ServiceFailed)],
)
def test_a_narrow_error_is_caught_by_the_broad_one(kind: type[RunnerError], broader: type[RunnerError]) -> None:
    assert issubclass(kind, broader)


def test_the_drawing_of_the_tree_is_the_tree() -> None:
    drawing = (errors.__doc__ or "").split("::")[1]
    drawn: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in filter(str.strip, drawing.splitlines()):
        depth = len(line) - len(line.lstrip(" │├└─"))
        name = line.strip(" │├└─").split()[0]
        above = [(level, parent) for level, parent in above if level < depth]
        drawn[name] = above[-1][1] if above else None
        above.append((depth, name))

    assert set(drawn) == set(errors.__all__)
    for name, parent in drawn.items():
        assert parent in (None, getattr(errors, name).__base__.__name__)


def test_an_error_has_no_call_unless_one_failed() -> None:
    error = NotLoggedIn("Not logged in.")

    assert (error.method, error.path, error.status_code, error.service_message) == (None, None, None, None)
