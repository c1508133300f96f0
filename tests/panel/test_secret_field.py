import base64
import logging

import ipywidgets
import pytest

from ctl_jupyter.panel.secret_field import SecretField
from tests.panel.parts import state_of, type_into

SECRET = "canary-of-the-field-0123456789"


def choose_file(field: SecretField, name: str, content: bytes) -> None:
    field.widget._handle_custom_msg({"kind": "file", "name": name}, [memoryview(content)])


def test_what_is_typed_is_taken_once() -> None:
    field = SecretField("Password")
    assert field.is_empty

    type_into(field, SECRET)

    assert (field.is_empty, field.peek()) == (False, SECRET)
    assert field.take() == SECRET
    assert (field.is_empty, field.peek(), field.take()) == (True, "", "")


@pytest.mark.parametrize("kind", ["password", "file"])
def test_no_widget_ever_holds_it(kind: str) -> None:
    field = SecretField("Key", kind=kind)  # type: ignore[arg-type]
    if kind == "file":
        choose_file(field, "id_ed25519", SECRET.encode())
    else:
        type_into(field, SECRET)
    assert field.peek() == SECRET

    everything = state_of(field.widget) + repr(field) + repr(ipywidgets.Widget.get_manager_state())

    assert SECRET not in everything
    assert base64.b64encode(SECRET.encode()).decode()[:20] not in everything


def test_an_error_stays_while_the_field_is_left_for_a_button() -> None:
    field = SecretField("Password")
    field.error = "The log-in was refused."

    type_into(field, SECRET)

    assert field.error == "The log-in was refused."


def test_a_text_that_is_too_long() -> None:
    field = SecretField("Password")

    type_into(field, "x" * (64 * 1024 + 1))
    assert (field.error, field.is_empty) == ("At most 64 kB are taken.", True)

    type_into(field, SECRET)
    assert (field.error, field.peek()) == ("", SECRET)


def test_a_field_that_was_emptied_holds_nothing() -> None:
    field = SecretField("Password")
    type_into(field, SECRET)

    type_into(field, "")

    assert field.is_empty


def test_who_listens_is_told_when_it_is_there_already() -> None:
    field = SecretField("Password")
    heard: list[tuple[str, str]] = []
    field.on_change(lambda: heard.append(("change", field.peek())))
    field.on_submit(lambda: heard.append(("submit", field.peek())))

    type_into(field, SECRET, and_enter=True)

    assert heard == [("change", SECRET), ("submit", SECRET)]


def test_enter_without_a_change_submits_what_is_there() -> None:
    field = SecretField("Password")
    type_into(field, SECRET)
    submitted: list[str] = []
    field.on_submit(lambda: submitted.append(field.peek()))

    field.widget._handle_custom_msg({"kind": "given", "text": None, "is_submitted": True}, [])

    assert submitted == [SECRET]


def test_a_listener_that_fails_tells_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    field = SecretField("Password")

    def fail() -> None:
        raise ValueError(field.peek())

    field.on_change(fail)
    with caplog.at_level(logging.DEBUG):
        type_into(field, SECRET)

    assert "could not take up" in caplog.text
    assert SECRET not in caplog.text


def test_a_file_is_known_by_its_name() -> None:
    field = SecretField("Key", kind="file")

    choose_file(field, "id_ed25519", b"-----BEGIN\n")

    assert (field.file_name, field.take(), field.file_name) == ("id_ed25519", "-----BEGIN\n", "")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "This file is not text, so it is no key."),
        (b"x" * (64 * 1024 + 1), "At most 64 kB are taken."),
    ],
)
def test_a_file_that_is_no_key(content: bytes, sentence: str) -> None:
    field = SecretField("Key", kind="file")

    choose_file(field, "picture.png", content)

    assert (field.error, field.is_empty) == (sentence, True)
    choose_file(field, "id_ed25519", b"key")
    assert (field.error, field.take()) == ("", "key")


@pytest.mark.parametrize(
    "message", [None, "given", {}, {"kind": "file"}, {"kind": "given", "text": 5}, {"kind": "other"}]
)
def test_a_message_that_is_none_of_its_own_changes_nothing(message: object) -> None:
    field = SecretField("Password")
    type_into(field, SECRET)

    field.widget._handle_custom_msg(message, [])

    assert field.peek() == SECRET
