"""GETs over plain connections that stay open: for a list of thousands of pages, whose cost is the sending itself.

All of it is under Python's one lock, while decoding is not. A page of 100 executions (48 kB) takes 0.03 ms of CPU from
a bare socket, 0.05 here, where httptools reads the answer, 0.13 over the standard library's ``http.client``, 0.5 over
httpx's transport and 0.8 over httpx's client. Nothing but the sending is here: who logs in, repeats and explains is
`ctl_jupyter.client.http`, to which errors look like httpx's own.
"""

import os
import re
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import NamedTuple
from urllib.request import getproxies

import httptools
import httpx

__all__ = ["KeptConnections", "Received"]

#: zlib's word for a gzip header around the content.
GZIP = 31
DEFAULT_PORTS = {"http": 80, "https": 443}
#: Seconds after which an idle connection is not used again, as with httpx: a firewall may have forgotten it by then,
#: and what is sent over it waits in vain.
LONGEST_IDLE = 5.0
#: How a connection ends that the service closed while nobody used it.
CLOSED_MEANWHILE = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
#: Bytes taken from a connection at a time: a page is there in one or two.
RECEIVED_AT_A_TIME = 65_536
#: What would end a line of a request, and begin another.
UNSENDABLE = re.compile(r"[\r\n\0]")


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
        self._named = base_url.netloc.decode("ascii")
        self._port = base_url.port or DEFAULT_PORTS[base_url.scheme]
        self._is_tls = base_url.scheme == "https"
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._encoding = "identity" if is_near else "gzip"
        self._prefix = base_url.raw_path.decode().rstrip("/")
        #: With the time at which each was left. Both methods of a list that are used are atomic.
        self._idle: list[tuple[float, socket.socket]] = []
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
        sent = {"Host": self._named, **headers, "Accept": "application/json", "Accept-Encoding": self._encoding}
        lines = [f"GET {self._prefix}{target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        if any(map(UNSENDABLE.search, lines)):
            raise httpx.LocalProtocolError("A line break cannot be sent within a request.")
        request = "\r\n".join([*lines, "\r\n"]).encode("latin-1")
        while True:
            kept = self._kept()
            connection, is_new = (self._connect(), True) if kept is None else (kept, False)
            try:
                with _as_httpx_raises_them(is_new):
                    return self._ask(connection, request)
            except _ClosedMeanwhile:
                continue

    def close(self) -> None:
        """Give the connections back; those in use when their answer has come."""
        self._is_closed = True
        while self._idle:
            with suppress(IndexError):
                self._idle.pop()[1].close()

    def _kept(self) -> socket.socket | None:
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

    def _ask(self, connection: socket.socket, request: bytes) -> Received:
        may_be_kept = False
        try:
            connection.sendall(request)
            answer = _Answer()
            answer.receive(connection)
            content = b"".join(answer.body)
            if content and answer.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip"):
                content = zlib.decompress(content, GZIP)
            may_be_kept = answer.may_be_followed and not self._is_closed
        finally:
            if may_be_kept:
                self._idle.append((time.monotonic(), connection))
            else:
                connection.close()
        retry_after = answer.headers.get("retry-after")
        return Received(answer.status_code, {} if retry_after is None else {"Retry-After": retry_after}, content)

    def _connect(self) -> socket.socket:
        with _as_httpx_raises_them(True, httpx.ConnectTimeout, httpx.ConnectError):
            connection = socket.create_connection((self._host, self._port), timeout=self._connect_timeout)
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._is_tls:
                    connection = self._context.wrap_socket(connection, server_hostname=self._host)
                connection.settimeout(self._read_timeout)
            except BaseException:
                connection.close()
                raise
        return connection

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


class _Answer:
    """An answer while it comes; the ``on_`` methods are called by httptools."""

    def __init__(self) -> None:
        self.status_code = 0
        #: By names in small letters.
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self._has_head = self._is_complete = False

    def receive(self, connection: socket.socket) -> None:
        """Take the whole answer from a connection."""
        parser = httptools.HttpResponseParser(self)
        has_begun = False
        # Those below 200 only announce the answer.
        while not self._is_complete or parser.get_status_code() < httpx.codes.OK:
            data = connection.recv(RECEIVED_AT_A_TIME)
            if not data:
                self._check_end(has_begun)
                break
            has_begun = True
            parser.feed_data(data)
        self.status_code = parser.get_status_code()

    @property
    def may_be_followed(self) -> bool:
        """Whether the connection can be used for another answer after this one."""
        return self._is_complete and self.headers.get("connection", "").lower() != "close"

    def _check_end(self, has_begun: bool) -> None:
        """See that an answer is whole at the end of its connection: only one that says no length is."""
        if not has_begun:
            raise ConnectionResetError("The connection was closed without an answer")
        if not self._has_head or {"content-length", "transfer-encoding"} & self.headers.keys():
            raise httpx.RemoteProtocolError(f"The answer ended after {sum(map(len, self.body)):,} bytes, too soon")

    def on_message_begin(self) -> None:
        self.headers, self.body = {}, []
        self._is_complete = self._has_head = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        self._is_complete = True


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
    except (httptools.HttpParserError, zlib.error) as error:
        raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error
