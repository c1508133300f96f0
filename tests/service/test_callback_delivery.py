"""The parts of a delivery that a service's process does not show: addresses, signatures, one message on its way."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ctl_jupyter.service.callbacks import courier
from ctl_jupyter.service.callbacks.addresses import parse_target
from ctl_jupyter.service.callbacks.courier import Courier
from ctl_jupyter.service.callbacks.signature import signing_key, webhook_headers
from tests.service.receiver import Receiver


def test_the_signature_of_the_specifications_example() -> None:
    headers = webhook_headers(
        signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@contextmanager
def name_service(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Iterator[list[str]]:
    """Answer the questions for one name in turn, the last answer for ever; give the list of questions."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        if host != "receiver.example":
            return real(host, port, *arguments, **options)
        asked.append(host)
        return real(answers[min(len(asked), len(answers)) - 1], port, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield asked


def test_it_connects_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as receiver, name_service(monkeypatch, "127.0.0.1", "192.0.2.1") as asked:
        target = parse_target(f"http://receiver.example:{receiver.port}/hook")
        sender = Courier(target, public=False)
        assert sender.post(target, {}, b"{}").is_taken
        assert sender.post(target, {}, b"{}").is_taken
        sender.close()
        assert asked == ["receiver.example"]
        assert {one.headers["host"] for one in receiver.received()} == {f"receiver.example:{receiver.port}"}


def test_a_name_that_turns_private_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as receiver, name_service(monkeypatch, "127.0.0.1"):
        target = parse_target(f"http://receiver.example:{receiver.port}/hook")
        sender = Courier(target, public=True)
        answer = sender.post(target, {}, b"{}")
        sender.close()
        assert (answer.status, answer.may_change) == (None, True)
        assert "private" in answer.said
        assert receiver.received() == []


def test_a_receiver_that_goes_on_answering_for_ever_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and still the message has a time of its own."""
    monkeypatch.setattr(courier, "TOTAL_TIMEOUT", 0.5)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not ended.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        target = parse_target(f"http://127.0.0.1:{listener.getsockname()[1]}")
        sender = Courier(target, public=False)
        answer = sender.post(target, {}, b"{}")
        ended.set()
        thread.join()
        sender.close()
    assert (answer.status, answer.may_change) == (None, True)


def test_a_body_that_breaks_off_is_no_refusal() -> None:
    with Receiver(lambda _: (200, {"Content-Length": "10", "Connection": "close"})) as receiver:
        target = parse_target(receiver.url)
        sender = Courier(target, public=False)
        assert sender.post(target, {}, b"{}").is_taken
        sender.close()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for receiver.example with its key, which this machine trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("receiver.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    unencrypted = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "certificate.pem"
    path.write_bytes(certificate.public_bytes(encoding) + unencrypted)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    courier._ssl_context.cache_clear()
    return path


@pytest.mark.parametrize(("host", "is_taken"), [("receiver.example", True), ("127.0.0.1", False)])
def test_the_certificate_must_be_for_the_name_of_the_url(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str, is_taken: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Receiver(tls=context) as receiver, name_service(monkeypatch, "127.0.0.1"):
        target = parse_target(f"https://{host}:{receiver.port}/hook")
        sender = Courier(target, public=False)
        assert sender.post(target, {}, b"{}").is_taken is is_taken
        sender.close()
        assert len(receiver.received()) == int(is_taken)
    courier._ssl_context.cache_clear()
