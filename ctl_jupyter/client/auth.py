"""Logging in: pure logic as an `httpx.Auth`, no network of its own."""

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import msgspec

from ctl_jupyter.client.errors import AnswerNotUnderstood, NotLoggedIn, ServiceBusy, ServiceFailed, WrongCredentials
from ctl_jupyter.client.keep_alive import Received
from ctl_jupyter.client.profiles import LOGIN_PATH
from ctl_jupyter.documents import DocumentError, LogIn, read_json

__all__ = ["TOKEN_LIFETIME", "BearerAuth", "Credentials", "Token"]

#: Runner's tokens can be used for two weeks; in seconds.
TOKEN_LIFETIME = 14 * 24 * 3600.0


@dataclass(frozen=True)
class Credentials:
    """A user name and a password; the password never shows in a repr.

    Parameters
    ----------
    source
        Where the password came from, in words.
    advice
        What to do when it is refused, a whole sentence.
    """

    username: str
    password: str = field(repr=False)
    source: str = field(default="", compare=False)
    advice: str = field(default="", compare=False)


class Token(msgspec.Struct, kw_only=True, frozen=True):
    """A token and the log-in that gave it; the token never shows in a repr.

    Parameters
    ----------
    until
        When its two weeks end, in seconds since the epoch.
    log_in
        The answer that it came with, without it.
    """

    value: str
    until: float
    log_in: LogIn

    def __repr__(self) -> str:
        return f"Token(until={self.until!r}, log_in={self.log_in!r})"

    @property
    def is_old(self) -> bool:
        """Whether its two weeks have ended."""
        return time.time() >= self.until


class BearerAuth(httpx.Auth):
    """Logs in when there is no token yet or its two weeks have ended, and once more when it is refused (401).

    A refused request was not carried out, so sending it again after the log-in is safe for a start, too.

    Parameters
    ----------
    login_url
        Origin of ``POST /v2/authentication/login``.
    credentials
        Called at each log-in; gives ``None`` when there is nothing to log in with.
    token
        A token to begin with: a text, or one that was kept of an earlier log-in.
    source
        Where that token came from, in words.
    on_token
        Told of each token that a log-in gave.
    on_refusal
        Told of each token that was refused.
    """

    def __init__(
        self,
        login_url: str,
        credentials: Callable[[], Credentials | None] | None = None,
        token: str | Token | None = None,
        *,
        source: str = "",
        on_token: Callable[[Token], None] | None = None,
        on_refusal: Callable[[str], None] | None = None,
    ) -> None:
        self.login_url = login_url
        self._credentials = credentials or (lambda: None)
        self._token = token.value if isinstance(token, Token) else token
        self.source = source
        self._on_token = on_token
        self._on_refusal = on_refusal
        self._refused: tuple[Credentials, Callable[[], WrongCredentials]] | None = None
        self._is_logged_out = False
        self._lock = threading.Lock()
        self.log_in: LogIn | None = token.log_in if isinstance(token, Token) else None
        #: When the token's two weeks end, in seconds since the epoch, where known.
        self.token_until: float | None = token.until if isinstance(token, Token) else None

    def __repr__(self) -> str:
        return f"BearerAuth({self.login_url!r}, {'logged in' if self._token else 'not logged in'})"

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; threads that find none log in once between them."""
        with self._lock:
            if self._token is None or (self.token_until is not None and time.time() >= self.token_until):
                yield from self._log_in(request, self._known())
            token = self._token
        request.headers["Authorization"] = _bearer(token)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        response.read()
        with self._lock:
            if self._token == token:
                if self._on_refusal is not None and token is not None:
                    self._on_refusal(token)
                credentials = None if self._is_logged_out else self._credentials()
                if credentials is None:
                    return
                try:
                    yield from self._log_in(request, credentials)
                except WrongCredentials as refused:
                    raise WrongCredentials(
                        f"The token is not or no longer valid. {refused}",
                        method=refused.method,
                        path=refused.path,
                        status_code=refused.status_code,
                        service_message=refused.service_message,
                    ) from None
        request.headers["Authorization"] = _bearer(self._token)
        yield request

    def log_out(self) -> None:
        """Forget the token and how to get another; whatever still uses this log-in is told so."""
        # Not under the lock: a log-in that hangs must not hold this up, and its token is forgotten below.
        self._is_logged_out = True
        self._token = None
        self.log_in = None
        self.token_until = None

    def _known(self) -> Credentials:
        """Return what to log in with."""
        if self._is_logged_out:
            raise _logged_out()
        credentials = self._credentials()
        if credentials is None:
            why = "The token's two weeks have ended" if self._token else "There is no token"
            raise NotLoggedIn(f"{why}, and no password is known to get another: log in again with %ctl_login.")
        return credentials

    def _log_in(
        self, request: httpx.Request, credentials: Credentials
    ) -> Generator[httpx.Request, httpx.Response, None]:
        if self._refused is not None and self._refused[0] == credentials:
            # Cards that go on asking must not lock the user out by a password that has been refused once.
            raise self._refused[1]()
        login = self.login_request(credentials)
        # httpx sets its time limits on the request that it was given alone.
        login.extensions = {**request.extensions}
        self.take_answer((yield login), credentials)

    @property
    def bearer(self) -> str | None:
        """The header of the token that there is; ``None`` when somebody has to log in first."""
        token, until = self._token, self.token_until
        return None if token is None or (until is not None and time.time() >= until) else _bearer(token)

    def token_alone(self, request: httpx.Request) -> httpx.Request:
        """Give a request the token that there is; for what nobody asked for, which must never log in.

        Raises
        ------
        NotLoggedIn
            When there is none.
        """
        request.headers["Authorization"] = _bearer(self._token)
        return request

    def login_request(self, credentials: Credentials) -> httpx.Request:
        """Return the request that logs in."""
        document = {"username": credentials.username, "password": credentials.password}
        return httpx.Request("POST", self.login_url + LOGIN_PATH, json=document)

    def take_answer(self, response: httpx.Response, credentials: Credentials) -> LogIn:
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
            source = f" with the password from {credentials.source}" if credentials.source else ""
            sentence = f"The log-in{source} was refused: {said or 'no reason given'}"
            if credentials.advice:
                sentence = f"{sentence.rstrip('.')}. {credentials.advice}"
            refusal = partial(WrongCredentials, sentence, service_message=said, **call)
            self._refused = (credentials, refusal)
            raise refusal()
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
        value = log_in.bearer_token
        # The token is kept in one place alone.
        log_in.bearer_token = ""
        if self._is_logged_out:
            raise _logged_out()
        self._token, self.log_in, self.token_until = value, log_in, time.time() + TOKEN_LIFETIME
        self._refused = None
        self.source = f"a log-in with the password from {credentials.source}" if credentials.source else "a log-in"
        if self._on_token is not None:
            self._on_token(Token(value=value, until=self.token_until, log_in=log_in))
        return log_in


def _logged_out() -> NotLoggedIn:
    return NotLoggedIn("This session was logged out: log in again with %ctl_login.")


def _bearer(token: str | None) -> str:
    if token is None:
        raise _logged_out()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotLoggedIn("The token holds characters that no token has: set CLC_V2_API_TOKEN again.")
    return f"Bearer {token}"


def service_message(response: httpx.Response | Received) -> str | None:
    """Return the service's own sentence from an error's ``{"message": …}``, cut to a readable length."""
    try:
        document = read_json(response.content, "The answer")
    except DocumentError:
        return None
    said = document.get("message") if isinstance(document, dict) else None
    return str(said)[:2000] if said else None
