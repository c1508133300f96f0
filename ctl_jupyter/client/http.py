"""The one place that sends requests: httpx behind a seam of ours, errors mapped, reads retried."""

import random
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from ctl_jupyter.client import errors
from ctl_jupyter.client.auth import BearerAuth, Credentials, service_message
from ctl_jupyter.client.keep_alive import KeptConnections, Received
from ctl_jupyter.client.profiles import LOGIN_PATH
from ctl_jupyter.documents import DocumentError, LogIn, read_json

__all__ = ["HTTP"]

A = TypeVar("A", bound=httpx.Response | Received)

#: Answers that a read is repeated for.
RETRIED = frozenset({429, 502, 503, 504})
#: Errors of a request that had no connection to be sent on.
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
ATTEMPTS = 4
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 20.0
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
#: Of what nobody waits for.
LOOK_UP_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: A proxy of the environment would meet itself there, and learn passwords that never leave this machine.
DIRECT: dict[str, httpx.BaseTransport | None] = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}


class HTTP:
    """Sends one request at a time to one Runner and returns the decoded answer.

    Reads (GET) are repeated on broken connections and on 429, 502, 503 and 504, with growing pauses or the
    service's ``Retry-After``. Whatever changes something is sent once, unless the service is known to keep
    idempotency keys, as the embedded one does.

    Parameters
    ----------
    base_url
        Origin of Runner.
    auth
        Who logs in.
    transport
        Where requests go; the network when absent.
    """

    def __init__(self, base_url: str, auth: BearerAuth, transport: httpx.BaseTransport | None = None) -> None:
        self._auth = auth
        self._client = httpx.Client(base_url=base_url, auth=auth, timeout=TIMEOUT, transport=transport, mounts=DIRECT)
        # Handles keep a session that a newer log-in replaced; when the last is gone, so are its connections.
        weakref.finalize(self, self._client.close)
        self.base_url = base_url
        self._kept = self._kept_connections() if transport is None else None
        if self._kept is not None:
            weakref.finalize(self, self._kept.close)
        #: Whether the last answer came from an embedded service: cursor on its status calls, idempotency keys.
        self.has_cursor = False

    @property
    def is_at_home(self) -> bool:
        """Whether the service is one of this machine."""
        return _is_loopback(self.base_url)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
        if self._kept is not None:
            self._kept.close()

    def log_in(self, credentials: Credentials) -> LogIn:
        """Log in now rather than at the first request: ``POST /v2/authentication/login``.

        Raises
        ------
        RunnerError
            The member of its tree that fits.
        """
        with _mapped_errors(self._auth.login_url, {"method": "POST", "path": LOGIN_PATH}):
            answer = self._client.send(self._auth.login_request(credentials), auth=None)
            return self._auth.take_answer(answer, credentials)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        document: Any = None,
        wait: float = 0.0,
        once: bool = False,
    ) -> Any:
        """Send a request and return its JSON answer, ``None`` when it has no body.

        Parameters
        ----------
        params
            The query.
        document
            The body, anything msgspec can write as JSON.
        wait
            Seconds that the service is asked to hold the answer back, on top of the usual time-out.
        once
            Give the request a key by which the embedded service knows it again. It may then be repeated when the
            connection breaks, and still happens once; to a service without keys it is sent once.

        Raises
        ------
        RunnerError
            The member of its tree that fits.
        """
        call: dict[str, Any] = {"method": method, "path": path}
        with _mapped_errors(self.base_url, call):
            response = self._send(call, params, document, wait, str(uuid.uuid4()) if once else None)
        self.has_cursor = response.headers.get("Runner-Cursor") == "1"
        if response.status_code not in (200, 201, 202, 204):
            raise _error_of(response, call)
        if not response.content:
            return None
        try:
            return read_json(response.content, "The answer")
        except DocumentError:
            raise errors.AnswerNotUnderstood(
                f"{self.base_url} answered {method} {path} with something that is not JSON: is it a Runner?",
                status_code=response.status_code,
                **call | {"may_have_happened": method != "GET"},
            ) from None

    def get_bytes(self, path: str, params: Mapping[str, Any] | None = None) -> bytes:
        """Return what a path answers as it came, for who asks for thousands of pages and decodes them many at a time.

        Logs in, repeats and raises as `request` does, with less than a third of its cost.

        Raises
        ------
        RunnerError
            The member of its tree that fits.
        """
        call: dict[str, Any] = {"method": "GET", "path": path}
        with _mapped_errors(self.base_url, call):
            response = self._repeated(call, partial(self._get, path, params), ATTEMPTS)
        if response.status_code != httpx.codes.OK:
            raise _error_of(response, call)
        return response.content

    def fetch(self, path: str, accept: str, params: Mapping[str, Any] | None = None) -> tuple[str, bytes]:
        """Return the media type of a read's answer, and all of it as it came; repeated as any read is.

        Parameters
        ----------
        accept
            The media type to ask for; a service that has none of it answers JSON.

        Raises
        ------
        RunnerError
            The member of its tree that fits.
        """
        call: dict[str, Any] = {"method": "GET", "path": path}
        with _mapped_errors(self.base_url, call):
            response = self._send(call, params, accept=accept)
        self.has_cursor = response.headers.get("Runner-Cursor") == "1"
        if response.status_code != httpx.codes.OK:
            raise _error_of(response, call)
        return response.headers.get("Content-Type", "").partition(";")[0].strip().lower(), response.content

    def look_up(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return what a path answers, for somebody who can do without it, such as completion.

        It is asked for once and with the token that there is: nobody is logged in, no embedded Runner is started, and
        a service in trouble is left alone.

        Raises
        ------
        RunnerError
            The member of its tree that fits.
        DocumentError
            When the answer is not JSON.
        """
        call: dict[str, Any] = {"method": "GET", "path": path}
        with _mapped_errors(self.base_url, call):
            response = self._client.get(path, params=params, auth=self._auth.token_alone, timeout=LOOK_UP_TIMEOUT)
        if response.status_code != httpx.codes.OK:
            raise _error_of(response, call)
        return read_json(response.content, "The answer")

    def _send(
        self,
        call: dict[str, Any],
        params: Mapping[str, Any] | None,
        document: Any = None,
        wait: float = 0.0,
        key: str | None = None,
        accept: str | None = None,
    ) -> httpx.Response:
        """Send a call, again where that is allowed."""
        method, path = call["method"], call["path"]
        content = None if document is None else msgspec.json.encode(document)
        headers = {} if content is None else {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if accept is not None:
            headers["Accept"] = accept
        timeout = httpx.Timeout(TIMEOUT.read + wait if TIMEOUT.read else None, connect=TIMEOUT.connect)
        is_repeatable = method == "GET" or (key is not None and self.has_cursor)
        ask = partial(
            self._client.request, method, path, params=params, content=content, headers=headers, timeout=timeout
        )
        return self._repeated(call, ask, ATTEMPTS if is_repeatable else 1)

    def _get(self, path: str, params: Mapping[str, Any] | None) -> httpx.Response | Received:
        """Send a GET once, as cheaply as this Runner can be reached."""
        bearer = self._auth.bearer if self._kept is not None else None
        if self._kept is not None and bearer is not None:
            query = f"?{urlencode(params)}" if params else ""
            headers = {"Authorization": bearer, "User-Agent": self._client.headers["User-Agent"]}
            response = self._kept.get(path + query, headers)
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return response
        # Whoever has to log in first does so here, and the next ones have its token.
        return self._client.get(path, params=params)

    def _kept_connections(self) -> KeptConnections | None:
        url, is_near = self._client.base_url, self.is_at_home
        if not KeptConnections.can_reach(url, is_near=is_near):
            return None
        return KeptConnections(url, TIMEOUT.connect, TIMEOUT.read, is_near=is_near)

    def _repeated(self, call: dict[str, Any], ask: Callable[[], A], attempts: int) -> A:
        """Send a call up to that many times; note in it when it may have been carried out without an answer."""
        method = call["method"]
        for attempt in range(1, attempts + 1):
            if self._client.is_closed:
                raise errors.NotLoggedIn("This session was closed: log in again with %ctl_login.")
            pause = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311
            try:
                response = ask()
            except httpx.RequestError as error:
                if method != "GET" and _was_sent(error):
                    call["may_have_happened"] = True
                # Nothing listens there: on this machine that will not change by itself, so say so at once.
                is_hopeless = isinstance(error, httpx.ConnectError) and _is_loopback(self.base_url)
                if attempt == attempts or is_hopeless or not isinstance(error, httpx.TransportError):
                    raise
            else:
                if response.status_code not in RETRIED or attempt == attempts:
                    return response
                if method != "GET" and response.status_code >= 500:
                    call["may_have_happened"] = True
                pause = _retry_after(response) or pause
            time.sleep(min(pause, LONGEST_PAUSE))
        raise AssertionError("the last attempt returns or raises")


@contextmanager
def _mapped_errors(url: str, call: dict[str, Any]) -> Iterator[None]:
    """Turn httpx's errors into ours, which name the call."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise errors.TimedOut(f"{url} gave no answer in time to {call['method']} {call['path']}.", **call) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict) as error:
        said = str(error) or type(error).__name__
        hint = " %ctl_login local starts the embedded Runner again." if _is_loopback(url) else ""
        raise errors.Unreachable(f"{url} cannot be reached ({said}).{hint}", **call) from error


def _was_sent(error: httpx.RequestError) -> bool:
    """Whether what broke was the call itself, and not the connection or the log-in before it."""
    return not isinstance(error, NEVER_SENT) and not error.request.url.path.endswith(LOGIN_PATH)


def _is_loopback(url: str) -> bool:
    return httpx.URL(url).host in LOOPBACK


def _retry_after(response: httpx.Response | Received) -> float | None:
    try:
        seconds = float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return None
    return seconds if seconds >= 0 else None


def _error_of(response: httpx.Response | Received, call: dict[str, Any]) -> errors.RunnerError:
    code = response.status_code
    said = service_message(response)
    details = {**call, "status_code": code, "service_message": said}
    # What was refused did not happen; a service that broke may have done it before.
    # One that was tried before without an answer may have happened then.
    details["may_have_happened"] = call.get("may_have_happened") or (code >= 500 and call["method"] != "GET")
    if code == httpx.codes.UNAUTHORIZED:
        return errors.NotLoggedIn("The token is not or no longer valid: log in again with %ctl_login.", **details)
    kinds: dict[int, tuple[type[errors.RunnerError], str]] = {
        403: (errors.NotAllowed, "This account may not do that"),
        404: (errors.NotFound, "There is no such thing at Runner"),
        429: (errors.ServiceBusy, "Runner takes no more requests for now; try again later"),
        503: (errors.ServiceBusy, "Runner is overloaded or in maintenance; try again later"),
        504: (errors.ServiceBusy, "Runner did not get its answer in time; try again later"),
    }
    kind, sentence = kinds.get(
        code,
        (errors.ServiceFailed, "Runner broke while answering")
        if code >= 500
        else (errors.RequestRefused, "Runner refused"),
    )
    return kind(said or f"{sentence} ({code} to {call['method']} {call['path']}).", **details)
