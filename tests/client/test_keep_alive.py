"""Plain connections that stay open: packed answers, TLS, and what breaks."""

import datetime
import gzip
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ctl_jupyter.client import keep_alive
from ctl_jupyter.client.keep_alive import KeptConnections

BODY = b'{"results":[]}' * 100


class Framing(NamedTuple):
    """What tells where a body ends, and the body as it is sent."""

    header: tuple[str, str] | None
    body: bytes


FRAMED = {
    "/chunked": Framing(("Transfer-Encoding", "chunked"), b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "/chunked/short": Framing(("Transfer-Encoding", "chunked"), b"%x\r\n%s" % (len(BODY), BODY[:-1])),
    "/short": Framing(("Content-Length", str(len(BODY) + 1)), BODY),
    "/until-the-end": Framing(None, BODY),
    "/strange": Framing(("Transfer-Encoding", "chunked"), b"no number\r\n"),
}


class Handler(BaseHTTPRequestHandler):
    """Answers a path's own name; each in its way."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content, headers = BODY, {}
        if self.path.startswith("/packed") and "gzip" in self.headers["Accept-Encoding"]:
            content, headers = gzip.compress(BODY), {"Content-Encoding": "gzip"}
            if self.path == "/packed/badly":
                content = content[:-12]
            if self.path == "/packed/loudly":
                headers = {"Content-Encoding": "GZIP"}
        if self.path == "/last":
            headers["Connection"] = "close"
        if self.path == "/busy":
            headers["Retry-After"] = "7"
        if self.path == "/announced":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
        self.send_response(429 if self.path == "/busy" else 200)
        if self.path in FRAMED:
            self._answer_framed(FRAMED[self.path])
            return
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _answer_framed(self, framing: Framing) -> None:
        """Answer without the length of the body, or with a wrong one, and end the connection."""
        if framing.header:
            self.send_header(*framing.header)
        self.end_headers()
        self.wfile.write(framing.body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's own name
        pass


class Server(ThreadingHTTPServer):
    """Counts the connections that it was asked for."""

    connections = 0

    def process_request(self, request: object, client_address: object) -> None:
        self.connections += 1
        super().process_request(request, client_address)  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kept(server: Server) -> Iterator[KeptConnections]:
    kept = KeptConnections(httpx.URL(f"http://127.0.0.1:{server.server_port}"), 10, 10, is_near=False)
    yield kept
    kept.close()


def test_a_connection_is_used_again(server: Server, kept: KeptConnections) -> None:
    assert [kept.get("/plain", {}).content for _ in range(3)] == [BODY] * 3
    assert server.connections == 1


def test_a_connection_that_the_service_ends_is_not(server: Server, kept: KeptConnections) -> None:
    assert [kept.get("/last", {}).content for _ in range(3)] == [BODY] * 3
    assert server.connections == 3


def test_a_packed_answer_is_unpacked(kept: KeptConnections) -> None:
    assert kept.get("/packed", {}).content == BODY


def test_an_answer_that_was_packed_loudly_is_unpacked(kept: KeptConnections) -> None:
    assert kept.get("/packed/loudly", {}).content == BODY


@pytest.mark.parametrize("path", ["/chunked", "/until-the-end", "/announced"])
def test_an_answer_is_whole_however_it_says_its_length(kept: KeptConnections, path: str) -> None:
    answers = [kept.get(path, {}) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, BODY)] * 2


@pytest.mark.parametrize("path", ["/short", "/chunked/short", "/strange"])
def test_an_answer_that_ends_too_soon_is_an_error_of_the_connection(kept: KeptConnections, path: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        kept.get(path, {})
    assert kept.get("/plain", {}).content == BODY


def test_a_line_break_is_not_sent(server: Server, kept: KeptConnections) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        kept.get("/plain", {"Authorization": "Bearer a\r\nHost: other"})
    assert server.connections == 0


def test_a_connection_that_was_long_idle_is_not_used_again(
    server: Server, kept: KeptConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_alive, "LONGEST_IDLE", -1.0)
    assert [kept.get("/plain", {}).content for _ in range(3)] == [BODY] * 3
    assert server.connections == 3


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(server: Server, kept: KeptConnections) -> None:
    kept.get("/plain", {})
    child = os.fork()
    if not child:
        answered = b""
        try:
            answered = kept.get("/plain", {}).content
        finally:
            os._exit(answered != BODY)
    assert os.waitpid(child, 0)[1] == 0
    assert kept.get("/plain", {}).content == BODY
    assert server.connections == 2


def test_a_connection_in_use_is_not_kept_when_all_are_given_back(server: Server, kept: KeptConnections) -> None:
    kept.close()
    assert [kept.get("/plain", {}).content for _ in range(2)] == [BODY] * 2
    assert server.connections == 2


def test_an_address_without_a_port_is_that_of_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def connect(address: object, **_: object) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    # Not everybody may listen at port 80.
    monkeypatch.setattr(socket, "create_connection", connect)
    for url in ("http://[::1]", "https://bücher.example/"):
        with pytest.raises(httpx.ConnectError):
            KeptConnections(httpx.URL(url), 10, 10, is_near=True).get("/plain", {})
    assert tried == [("::1", 80), ("xn--bcher-kva.example", 443)]


def test_a_service_on_this_machine_packs_nothing(server: Server) -> None:
    near = KeptConnections(httpx.URL(f"http://127.0.0.1:{server.server_port}"), 10, 10, is_near=True)
    assert near.get("/packed/badly", {}).content == BODY
    near.close()


def test_an_answer_that_was_packed_badly_is_an_error_of_the_connection(kept: KeptConnections) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        kept.get("/packed/badly", {})
    assert kept.get("/packed", {}).content == BODY


def test_what_a_busy_service_says_is_handed_on(kept: KeptConnections) -> None:
    answer = kept.get("/busy", {})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = KeptConnections(httpx.URL(f"http://127.0.0.1:{port}"), 10, 10, is_near=True)
    with pytest.raises(httpx.ConnectError):
        gone.get("/plain", {})


def test_tls_by_a_certificate_that_is_trusted(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = httpx.URL(f"https://127.0.0.1:{server.server_port}/")

    strange = KeptConnections(url, 10, 10, is_near=True)
    with pytest.raises(httpx.ConnectError, match="certificate"):
        strange.get("/plain", {})

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusted = KeptConnections(url, 10, 10, is_near=True)
    assert trusted.get("/plain", {}).content == BODY
    trusted.close()


def make_certificate(directory: Path) -> Path:
    """Return a file with a key and a certificate of this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "machine.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
