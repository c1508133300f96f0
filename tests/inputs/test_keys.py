"""Private keys from files and from texts."""

import base64
from pathlib import Path

import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.inputs.keys import encode_key, read_key

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n"


def test_a_key_is_read_as_base64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "id").write_text(KEY)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert base64.b64decode(read_key("~/id")).decode() == KEY
    assert base64.b64decode(encode_key(KEY)).decode() == KEY


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none", "cannot be read: no such file or directory."),
        (".", "cannot be read: is a directory."),
        ("~nobody-of-that-name/id", "cannot be read: no reason given."),
        ("a\0b", "cannot be read: no reason given."),
        ("id.pub", "holds no private key. Did you mean 'id'?"),
    ],
)
def test_what_is_no_key_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "id.pub").write_text("ssh-ed25519 AAAA hunter2")
    with pytest.raises(DocumentError) as caught:
        read_key(name)

    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["hunter2", "ssh-ed25519 hunter2", ""])
def test_a_text_that_is_no_key_is_not_repeated(text: str) -> None:
    with pytest.raises(DocumentError, match=r"^This is no private key") as caught:
        encode_key(text)

    assert "hunter2" not in str(caught.value)
