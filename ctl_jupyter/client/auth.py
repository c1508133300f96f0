"""Logging in: pure logic as an `httpx.Auth`, no network of its own."""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from ctl_jupyter.client.errors import AnswerNotUnderstood, NotLoggedIn, ServiceBusy, ServiceFailed, WrongCredentials
from ctl_jupyter.client.profiles import LOGIN_PATH
from ctl_jupyter.documents import DocumentError, LogIn, read_json

__all__ = ["BearerAuth", "Credentials"]


@dataclass(frozen=True)
class Credentials:
    """A user name and a password; the password never shows in a repr."""

    username: str
    password: str = field(repr=False)


class BearerAuth(httpx.Auth):
    """Logs in when there is no token yet, and once more when the service no longer takes it (401).

    A refused request was not carried out, so sending it again after the log-in is safe for a start, too.

    Parameters
    ----------
    login_url
        Origin of ``POST /v2/authentication/login``.
    credentials
        Called at each log-in; ``None`` when there is only a token.
    token
        A token to begin with.
    """

    def __init__(
        self, login_url: str, credentials: Callable[[], Credentials] | None = None, token: str | None = None
    ) -> None:
        self.login_url = login_url
        self._credentials = credentials
        self._token = token
        self._lock = threading.Lock()
        self.log_in: LogIn | None = None

    def __repr__(self) -> str:
        return f"BearerAuth({self.login_url!r}, {'logged in' if self._token else 'not logged in'})"

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; threads that find none log in once between them."""
        with self._lock:
            if self._token is None:
                yield from self._log_in(request)
            token = self._token
        request.headers["Authorization"] = _bearer(token)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED or self._credentials is None:
            return
        response.read()
        with self._lock:
            if self._token == token:
                yield from self._log_in(request)
        request.headers["Authorization"] = _bearer(self._token)
        yield request

    def _log_in(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        login = self.login_request()
        # httpx sets its time limits on the request that it was given alone.
        login.extensions = {**request.extensions}
        self.take_answer((yield login))

    def token_alone(self, request: httpx.Request) -> httpx.Request:
        """Give a request the token that there is; for what nobody asked for, which must never log in.

        Raises
        ------
        NotLoggedIn
            When there is none.
        """
        request.headers["Authorization"] = _bearer(self._token)
        return request

    def login_request(self) -> httpx.Request:
        """Return the request that logs in.

        Raises
        ------
        NotLoggedIn
            When there is nothing to log in with.
        """
        if self._credentials is None:
            raise NotLoggedIn("There is neither a token nor a user name and password to log in with.")
        credentials = self._credentials()
        document = {"username": credentials.username, "password": credentials.password}
        return httpx.Request("POST", self.login_url + LOGIN_PATH, json=document)

    def take_answer(self, response: httpx.Response) -> LogIn:
        """Read the log-in's answer and keep its token.

        Raises
        ------
        WrongCredentials
            When the log-in was refused.
        AnswerNotUnderstood
            When the answer is not Runner's.
        """
        response.read()
        call: dict[str, Any] = {"method": "POST", "path": LOGIN_PATH, "status_code": response.status_code}
        if response.status_code in (400, 401, 403):
            said = service_message(response)
            raise WrongCredentials(f"The log-in was refused: {said or 'no reason given'}", service_message=said, **call)
        if not response.is_success:
            kind = AnswerNotUnderstood if response.status_code < 500 else ServiceFailed
            kind = ServiceBusy if response.status_code in (429, 503, 504) else kind
            said = service_message(response)
            sentence = said or f"The log-in answered {response.status_code}; try again later."
            raise kind(sentence, service_message=said, **call)
        try:
            log_in = msgspec.convert(read_json(response.content, "The answer"), LogIn, strict=False)
        except (DocumentError, msgspec.ValidationError):
            raise AnswerNotUnderstood("The log-in's answer is not Runner's: is this the right URL?", **call) from None
        if not log_in.bearer_token:
            raise AnswerNotUnderstood("The log-in's answer holds no bearerToken.", **call)
        self._token = log_in.bearer_token
        # The token is kept in one place alone.
        log_in.bearer_token = ""
        self.log_in = log_in
        return log_in


def _bearer(token: str | None) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotLoggedIn("The token holds characters that no token has: set CLC_V2_API_TOKEN again.")
    return f"Bearer {token}"


def service_message(response: httpx.Response) -> str | None:
    """Return the service's own sentence from an error's ``{"message": …}``, cut to a readable length."""
    try:
        document = read_json(response.content, "The answer")
    except DocumentError:
        return None
    said = document.get("message") if isinstance(document, dict) else None
    return str(said)[:2000] if said else None
