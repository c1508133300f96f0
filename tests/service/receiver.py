"""A receiver of callbacks: a real HTTP server that keeps what it gets and answers as the test says."""

import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.service.waiting import until

__all__ = ["Answer", "Received", "Receiver"]

#: A status and further headers.
Answer = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class Received:
    """One POST; ``at`` is when it came, in seconds of `time.monotonic`."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """Listens on the loopback address for as long as it is a context.

    Parameters
    ----------
    answer
        What to answer to each POST, asked in the thread that serves it, so it may also wait; 200 when absent.
    port
        A free one when absent.
    tls
        What to speak TLS with.
    """

    def __init__(
        self,
        answer: Callable[[Received], Answer] | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        self._answer = answer or (lambda _: (200, {}))
        self._port = port
        self._all: list[Received] = []
        self._taken: list[Received] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    def received(self, path: str | None = None) -> list[Received]:
        """Return what has come (to a path), whatever was answered."""
        return [one for one in list(self._all) if path in (None, one.path)]

    def taken(self, path: str | None = None) -> list[Received]:
        """Return what was answered with success."""
        return [one for one in list(self._taken) if path in (None, one.path)]

    def await_received(self, count: int, path: str | None = None) -> list[Received]:
        until(lambda: len(self.received(path)) >= count, f"{count} messages at {path or 'a receiver'}")
        return self.received(path)

    def await_result(self, path: str | None = None) -> list[Received]:
        """Return what was taken, once the result of an execution is among it."""
        until(
            lambda: any(one.event["event_type"] == "playbook_result" for one in self.taken(path)),
            f"playbook_result at {path or 'a receiver'}",
        )
        return self.taken(path)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    self.close_connection = True  # its sender was killed on the way
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                received = Received(self.path, headers, body, time.monotonic())
                receiver._all.append(received)
                status, more = receiver._answer(received)
                if 200 <= status <= 299:
                    receiver._taken.append(received)
                try:
                    self.send_response(status)
                    for name, value in {"Content-Length": "0", **more}.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    self.close_connection = True  # the sender waits no longer

            def log_message(self, *_arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_arguments: object) -> None:
                """A sender that was killed leaves a broken connection."""

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        if self._tls is not None:
            # The handshake is made by the thread that serves, so that one that fails ends that thread alone.
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
