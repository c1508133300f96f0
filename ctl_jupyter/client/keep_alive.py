"""GETs over plain connections that stay open: for a list of thousands of pages, whose cost is the sending itself.

A page of 100 executions (48 kB) takes 0.08 ms of CPU over the standard library's connections, 0.18 over httpcore,
0.25 over httpx's transport and 0.47 over httpx's client, all of it under Python's one lock; decoding it takes 0.3
without the lock. Nothing but the sending is here: who logs in, repeats and explains is `ctl_jupyter.client.http`,
to which errors look like httpx's own.
"""

import http.client
import os
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import NamedTuple
from urllib.request import getproxies

import httpx

__all__ = ["KeptConnections", "Received"]

#: zlib's word for a gzip header around the content.
GZIP = 31
DEFAULT_PORTS = {"http": 80, "https": 443}
#: Seconds after which an idle connection is not used again, as with httpx: a firewall may have forgotten it by then,
#: and what is sent over it waits in vain.
LONGEST_IDLE = 5.0
#: How a connection ends that the service closed while nobody used it.
CLOSED_MEANWHILE = (
    http.client.RemoteDisconnected,
    ConnectionError,
    http.client.CannotSendRequest,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)


class Received(NamedTuple):
    """A whole answer; of its headers, those that matter to somebody."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


class KeptConnections:
    """Connections to one origin, one for each thread that asks at a time.

    Parameters
    ----------
    base_url
        The origin, and what every path there begins with.
    connect_timeout, read_timeout
        Seconds; ``None`` for ever.
    is_near
        Whether the service is on this machine, where packing the answers would cost more than it saves.
    """

    def __init__(
        self, base_url: httpx.URL, connect_timeout: float | None, read_timeout: float | None, *, is_near: bool
    ) -> None:
        # As it is sent: without letters that are not ASCII.
        self._host = base_url.raw_host.decode("ascii")
        self._port = base_url.port or DEFAULT_PORTS[base_url.scheme]
        self._is_tls = base_url.scheme == "https"
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._encoding = "identity" if is_near else "gzip"
        self._prefix = base_url.raw_path.decode().rstrip("/")
        #: With the time at which each was left. Both methods of a list that are used are atomic.
        self._idle: list[tuple[float, http.client.HTTPConnection]] = []
        self._process = os.getpid()
        self._is_closed = False

    @staticmethod
    def can_reach(base_url: httpx.URL, *, is_near: bool) -> bool:
        """Whether a service is reached directly, and not through a proxy of the environment."""
        if base_url.scheme not in DEFAULT_PORTS or not base_url.host:
            return False
        return is_near or not {base_url.scheme, "all"} & getproxies().keys()

    def get(self, target: str, headers: Mapping[str, str]) -> Received:
        """Send a GET and return the whole answer.

        Parameters
        ----------
        target
            Path and query, encoded.

        Raises
        ------
        httpx.TransportError
            As httpx would raise it.
        """
        sent = {**headers, "Accept": "application/json", "Accept-Encoding": self._encoding}
        while True:
            kept = self._kept()
            connection, is_new = (self._connect(), True) if kept is None else (kept, False)
            try:
                with _as_httpx_raises_them(is_new):
                    return self._ask(connection, self._prefix + target, sent)
            except _ClosedMeanwhile:
                continue

    def close(self) -> None:
        """Give the connections back; those in use when their answer has come."""
        self._is_closed = True
        while self._idle:
            with suppress(IndexError):
                self._idle.pop()[1].close()

    def _kept(self) -> http.client.HTTPConnection | None:
        """Return the connection that was left last, if it can be used."""
        if self._process != os.getpid():
            # A forked process has its parent's connections: what is answered there may be the other's.
            self._idle, self._process = [], os.getpid()
        while True:
            try:
                left, connection = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - left <= LONGEST_IDLE:
                return connection
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, target: str, headers: dict[str, str]) -> Received:
        is_whole = False
        try:
            connection.request("GET", target, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            if content and answer.getheader("Content-Encoding", "").lower() in ("gzip", "x-gzip"):
                content = zlib.decompress(content, GZIP)
            is_whole = True
        finally:
            if is_whole and not answer.will_close and not self._is_closed:
                self._idle.append((time.monotonic(), connection))
            else:
                connection.close()
        retry_after = answer.getheader("Retry-After")
        return Received(answer.status, {} if retry_after is None else {"Retry-After": retry_after}, content)

    def _connect(self) -> http.client.HTTPConnection:
        with _as_httpx_raises_them(True, httpx.ConnectTimeout, httpx.ConnectError):
            connection = (
                http.client.HTTPSConnection(
                    self._host, self._port, timeout=self._connect_timeout, context=self._context
                )
                if self._is_tls
                else http.client.HTTPConnection(self._host, self._port, timeout=self._connect_timeout)
            )
            connection.connect()
        connection.sock.settimeout(self._read_timeout)
        return connection

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


class _ClosedMeanwhile(Exception):
    """A connection that was kept had been closed by the service: the request was not taken up."""


@contextmanager
def _as_httpx_raises_them(
    is_new: bool,
    timeout: type[httpx.TransportError] = httpx.ReadTimeout,
    broken: type[httpx.TransportError] = httpx.ReadError,
) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error)) from error
    except CLOSED_MEANWHILE as error:
        if not is_new:
            raise _ClosedMeanwhile from None
        raise broken(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
    except (http.client.HTTPException, zlib.error) as error:
        raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error
