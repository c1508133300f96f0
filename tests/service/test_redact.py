"""Hiding secrets by value, whichever way they are written."""

import base64
import json
from pathlib import Path

import pytest

from ctl_jupyter.service.engine.redact import Redactor
from tests.service.ssh_server import make_key

SECRET = 'pass?word>"\\ü'
LINES = "first line of it\nsecond line\n  no\n"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(json.dumps(SECRET)),
        repr([SECRET]),
        *(base64.b64encode(f"{before}{SECRET}!".encode()).decode() for before in ("", "a", "ab")),
        *(base64.urlsafe_b64encode(f"{before}{SECRET}!".encode()).decode() for before in ("", "a", "ab")),
        *(base64.b64encode(json.dumps({"a" * size: SECRET}).encode()).decode() for size in (1, 2, 3)),
    ],
)
def test_every_spelling(written: str) -> None:
    shown = Redactor([SECRET], []).text(f"it is {written}.")

    assert "********" in shown
    assert "word" not in shown
    assert base64.b64encode(b"word").decode()[:5] not in shown


def test_a_secret_of_several_lines_is_hidden_line_by_line() -> None:
    redactor = Redactor([LINES], [])

    assert redactor.structure({"stdout_lines": LINES.splitlines()}) == {
        "stdout_lines": ["********", "********", "  no"]
    }
    assert redactor.text("said: second line") == "said: ********"


def test_a_key_among_the_secrets_is_hidden_as_keys_are(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    redactor = Redactor([key], [])

    for line in key.splitlines()[1:-1]:
        assert redactor.text(line) == "********"
        assert redactor.text(line[:40]) == "********"
    assert redactor.text(base64.b64encode(key.encode()).decode()) == "********"
