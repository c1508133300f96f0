"""Brings one message to one receiver.

The layer below httpx, httpcore, because it lets us choose the address that is connected to: the one that was checked,
whatever the name stands for a moment later. It follows no redirect and knows no proxy.
"""

import email.utils
import functools
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from ctl_jupyter.service.callbacks.addresses import Target, addresses_of
from ctl_jupyter.version import __version__

__all__ = ["Answer", "Courier"]

CONNECT_TIMEOUT = 5.0
#: Seconds for one message in all, from the name to the answer, however the receiver spreads them.
TOTAL_TIMEOUT = 15.0
#: How much of an answer is read so that the connection can be used again.
LARGEST_ANSWER = 64 * 1024
#: Bytes handed to the network at a time, so that the deadline is looked at in between.
PIECE = 16 * 1024


@dataclass(frozen=True)
class Answer:
    """What became of a message.

    Parameters
    ----------
    status
        The HTTP status; ``None`` when no answer came.
    said
        The same in words, for the log.
    retry_after
        Seconds that the receiver wants to be left alone.
    """

    status: int | None
    said: str
    retry_after: float = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status <= 299

    @property
    def may_change(self) -> bool:
        """Whether the same message may be taken another time."""
        return self.status is None or self.status == 429 or self.status >= 500


class Courier:
    """Posts to one receiver, one message at a time, over a connection that is kept.

    Parameters
    ----------
    target
        Any address of the receiver.
    public
        Whether it must be on the public internet.
    """

    def __init__(self, target: Target, *, public: bool) -> None:
        self._network = _Network(target, public=public)
        self._pool: httpcore.ConnectionPool | None = None

    def post(self, target: Target, headers: dict[str, str], body: bytes) -> Answer:
        """Send one message and return what became of it."""
        self._network.deadline = time.monotonic() + TOTAL_TIMEOUT
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=_port(target), target=target.path)
        complete = {"User-Agent": f"ctl-runner/{__version__}", "Content-Type": "application/json", **headers}
        try:
            with self._connections(target).stream(
                "POST", url, headers=list(complete.items()), content=body
            ) as response:
                with suppress(httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
                    _read_some(response)
                return Answer(response.status, f"it answered {response.status}", _retry_after(response))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            return Answer(None, str(error) or f"it did not answer in time ({type(error).__name__})")

    def close(self) -> None:
        """Give the connection back."""
        if self._pool is not None:
            self._pool.close()

    def _connections(self, target: Target) -> httpcore.ConnectionPool:
        """Return the pool, made at the first message: reading the certificates of all authorities takes a while."""
        if self._pool is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=_ssl_context() if target.scheme == "https" else None,
                max_connections=1,
                keepalive_expiry=30.0,
                network_backend=self._network,
            )
        return self._pool


class _Network(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and lets nothing last longer than the deadline."""

    def __init__(self, target: Target, *, public: bool) -> None:
        self._target = target
        self._public = public
        self._plain = httpcore.SyncBackend()
        self.deadline = 0.0

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 -- the receiver's, which is known
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- ours holds
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = addresses_of(self._target, public=self._public)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(
                    address, port, min(CONNECT_TIMEOUT, self.time_left()), local_address, socket_options
                )
                return _Stream(stream, self.time_left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def time_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(f"it did not answer within {TOTAL_TIMEOUT:g} s")
        return left


class _Stream(httpcore.NetworkStream):
    """A connection on which the deadline of the message counts, not the time since the last byte."""

    def __init__(self, stream: httpcore.NetworkStream, time_left: Callable[[], float]) -> None:
        self._stream = stream
        self._time_left = time_left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._time_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for begin in range(0, len(buffer), PIECE):
            self._stream.write(buffer[begin : begin + PIECE], self._time_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, min(CONNECT_TIMEOUT, self._time_left()))
        return _Stream(secured, self._time_left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    # Honours SSL_CERT_FILE and SSL_CERT_DIR, as everything else that speaks HTTP here.
    return httpx.create_ssl_context()


def _port(target: Target) -> int | None:
    """Return the port unless it is the scheme's own, which the Host header leaves out."""
    return None if (target.scheme, target.port) in (("http", 80), ("https", 443)) else target.port


def _read_some(response: httpcore.Response) -> None:
    size = 0
    for part in response.iter_stream():
        size += len(part)
        if size > LARGEST_ANSWER:
            return


def _retry_after(response: httpcore.Response) -> float:
    text = next((value.decode("latin-1") for name, value in response.headers if name.lower() == b"retry-after"), "")
    with suppress(ValueError, OverflowError):
        return max(0.0, float(int(text)))
    with suppress(ValueError, TypeError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    return 0.0
