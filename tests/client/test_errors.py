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
from ctl_jupyter.client.auth import BearerAuth
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
