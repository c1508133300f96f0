"""Hiding what is secret in documents."""

from typing import Any

import pytest

from ctl_jupyter.documents import masked, restored, secret_values

HIDDEN = "********"
TOKEN = "ghp_0123456789abcdefghij"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PASSWORD",
        "ansible_password",
        "ansible_ssh_pass",
        "ansible_become_pass",
        "db_passwd",
        "key_passphrase",
        "client_secret",
        "bearerToken",
        "api_token",
        "sshPrivateKey",
        "ssh_private_key",
        "apiKey",
        "API_KEY",
        "passwords",
        "api_tokens",
        "aws_secret_access_key",
        "encryptionKey",
        "db-pwd",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert masked({name: "s3cret"}) == {name: HIDDEN}
    assert list(secret_values({name: "s3cret"})) == ["s3cret"]


@pytest.mark.parametrize(
    "name",
    ["ansible_ssh_private_key_file", "username", "tokens_used", "passive", "keyboard", "secretary", "compass_north"],
)
def test_names_of_other_things(name: str) -> None:
    assert masked({name: "plain"}) == {name: "plain"}
    assert list(secret_values({name: "plain"})) == []


@pytest.mark.parametrize("value", [None, ""])
def test_a_secret_that_is_not_there_is_not_hidden(value: object) -> None:
    assert masked({"password": value}) == {"password": value}
    assert list(secret_values({"password": value})) == []


def test_secrets_at_any_depth() -> None:
    document = {"hosts": [{"id": "web1", "hostVars": {"ansible_password": "one", "n": 1}}], "token": "two"}

    assert masked(document) == {
        "hosts": [{"id": "web1", "hostVars": {"ansible_password": HIDDEN, "n": 1}}],
        "token": HIDDEN,
    }
    assert list(secret_values(document)) == ["one", "two"]


@pytest.mark.parametrize(
    ("url", "shown", "secret"),
    [
        ("https://ada:s3cret@git.example.org/a.git", f"https://ada:{HIDDEN}@git.example.org/a.git", ["s3cret"]),
        ("https://:s3cret@git.example.org", f"https://:{HIDDEN}@git.example.org", ["s3cret"]),
        ("clone https://a:b@c and https://d:e@f", f"clone https://a:{HIDDEN}@c and https://d:{HIDDEN}@f", ["b", "e"]),
        ("https://ada:s3@cret@git.example.org/a", f"https://ada:{HIDDEN}@git.example.org/a", ["s3@cret"]),
        ("https://ada@git.example.org/a.git", "https://ada@git.example.org/a.git", []),
        ("http://127.0.0.1:8701/a@b", "http://127.0.0.1:8701/a@b", []),
        ("ada:s3cret@example.org", "ada:s3cret@example.org", []),
        ("https://ada:s%2Fcret@a.org", f"https://ada:{HIDDEN}@a.org", ["s%2Fcret", "s/cret"]),
        (f"https://{TOKEN}:x-oauth@a.org", f"https://{HIDDEN}:{HIDDEN}@a.org", ["x-oauth", TOKEN]),
        (f"https://{TOKEN}@a.org/b", f"https://{HIDDEN}@a.org/b", [TOKEN]),
        ("https://a.host.with.a.long.name.example.org:8080/a@b",) * 2 + ([],),
        ("https://a.org/b?token=s3cret&page=2", f"https://a.org/b?token={HIDDEN}&page=2", ["s3cret"]),
        ("https://a.org/b?page=2&sig=s3%3D#end", f"https://a.org/b?page=2&sig={HIDDEN}#end", ["s3%3D", "s3="]),
        ("what?token=plain", "what?token=plain", []),
    ],
)
def test_a_password_within_a_url(url: str, shown: str, secret: list[str]) -> None:
    assert masked({"url": url}) == {"url": shown}
    assert list(secret_values({"url": url})) == secret


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ({"token": ["one", "two"]}, ["one", "two"]),
        ({"secret": {"left": "one", "right": ["two"]}}, ["one", "two"]),
        ({"password": 1234}, ["1234"]),
        ({"password": "https://ada:s3cret@example.org"}, ["https://ada:s3cret@example.org"]),
    ],
)
def test_whatever_is_masked_can_be_searched_for(document: dict[str, Any], texts: list[str]) -> None:
    assert set(masked(document).values()) == {HIDDEN}
    assert list(secret_values(document)) == texts


def test_true_and_false_are_nobodys_secret() -> None:
    assert list(secret_values({"ask_pass": True, "reset_password": False})) == []


def test_the_document_itself_stays_as_it_is() -> None:
    document = {"hosts": [{"password": "one"}]}

    masked(document)

    assert document == {"hosts": [{"password": "one"}]}


@pytest.mark.parametrize("value", [None, 5, 1.5, True, "plain"])
def test_what_is_no_container(value: object) -> None:
    assert masked(value) == value


@pytest.mark.parametrize(
    "document",
    [
        {"callbacks": [{"url": "https://a.org/?token=one"}, {"url": "https://b.org/?token=two"}]},
        {"mirrors": ["https://a:one@b.org", "plain", "https://a:two@c.org"]},
        {"users": [{"name": "ada", "password": "one"}, {"name": "bo", "password": "two"}]},
        {"hosts": [{"id": "a", "password": "one"}, {"id": "b", "password": "two"}]},
    ],
)
def test_what_was_answered_masked_can_be_sent_back(document: dict[str, Any]) -> None:
    shown = masked(document)
    (name,) = shown
    assert restored(shown, document) == document
    assert restored({name: shown[name][::-1]}, document) == {name: document[name][::-1]}


def test_a_secret_is_given_to_nothing_else() -> None:
    known = {"users": [{"name": "ada", "password": "one"}]}
    given = {"users": [{"name": "eve", "password": HIDDEN}]}

    assert restored(given, known) == given
