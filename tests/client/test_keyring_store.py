"""The keyring that may be used, and why another may not."""

import subprocess
import sys

import keyring
import pytest
from keyring.backends import chainer, fail, null

from ctl_jupyter.client.keyring_store import KeyringStore
from tests.keyrings import ClearTextKeyring, ForgetfulKeyring, LockedKeyring, MemoryKeyring


class FileKeyring(MemoryKeyring):
    """One like keyrings.alt's that calls itself recommended."""


class PlaintextKeyring(FileKeyring):
    pass


class BrokenKeyring(MemoryKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("canary")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(password)


def test_what_is_kept_is_found_until_it_is_removed() -> None:
    keyring.set_keyring(MemoryKeyring())
    store = KeyringStore()

    assert store.get("service", "ada") is None
    assert store.put("service", "ada", "canary-passwörd")
    assert KeyringStore().get("service", "ada") == "canary-passwörd"
    store.remove("service", "ada")
    store.remove("service", "ada")

    assert store.get("service", "ada") is None
    assert store.problem is None


@pytest.mark.parametrize(
    ("backend", "problem"),
    [
        (fail.Keyring(), "this machine has no keyring"),  # type: ignore[no-untyped-call]
        (null.Keyring(), "this machine has no keyring"),  # type: ignore[no-untyped-call]
        (LockedKeyring(), "the keyring is locked"),
        (ForgetfulKeyring(), "the keyring did not keep it"),
        (ClearTextKeyring(), "the keyring here, tests.keyrings.ClearTextKeyring, does not protect what it keeps"),
        (PlaintextKeyring(), "PlaintextKeyring, does not protect what it keeps"),
        (BrokenKeyring(), "the keyring failed with OSError"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_a_keyring_of_no_use_says_why_and_is_left_alone(backend: MemoryKeyring, problem: str) -> None:
    keyring.set_keyring(backend)
    store = KeyringStore()

    assert not store.put("service", "ada", "canary-password")
    assert problem in (store.problem or "")
    assert "canary" not in repr(store)

    asked = getattr(backend, "asked", 0)
    assert store.get("service", "ada") is None
    store.remove("service", "ada")
    assert getattr(backend, "asked", 0) == asked
    assert not getattr(backend, "kept", {})


def test_a_chain_does_not_hand_secrets_on_to_a_weaker_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    class RefusesToKeep(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

    weak = ClearTextKeyring()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [RefusesToKeep(), weak])
    keyring.set_keyring(chainer.ChainerBackend())  # type: ignore[no-untyped-call]

    assert not KeyringStore().put("service", "ada", "canary-password")
    assert not weak.kept


def test_a_backend_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no_such_module.Keyring")
    store = KeyringStore()

    assert store.get("service", "ada") is None
    assert store.problem == "this machine has no keyring"


def test_the_library_is_imported_when_something_is_looked_up() -> None:
    code = """
import sys
from ctl_jupyter.client.keyring_store import KeyringStore
assert "keyring" not in sys.modules
KeyringStore("turned off").put("service", "ada", "x")
assert "keyring" not in sys.modules
KeyringStore().get("service", "ada")
assert "keyring" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
