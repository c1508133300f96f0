"""What every test begins with: an empty environment, a home of its own, no session and no keyring."""

import os
from collections.abc import Iterator
from pathlib import Path

import keyring.core
import pytest

from ctl_jupyter.client import saved, session

SCRUBBED = ("CLC_", "CTL_", "ANSIBLE_", "DBUS_", "KEYRING_", "PYTHON_KEYRING_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
#: What this process and all that it starts take for a keyring, unless a test says otherwise.
NO_KEYRING = "keyring.backends.fail.Keyring"


@pytest.fixture(scope="session", autouse=True)
def no_keyring() -> Iterator[None]:
    """Services that outlive a test, and kernels, do not find the developer's keyring either."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        patch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
        yield


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of the developer's machine gets into a test, and nothing of one test into the next."""
    for name in os.environ:
        if name.startswith(SCRUBBED) or name.upper() in PROXIES:
            monkeypatch.delenv(name)
    world: Path = tmp_path_factory.mktemp("world")
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(world / "xdg" / name.lower()))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(world / "xdg" / "runtime"))
    monkeypatch.setenv("HOME", str(world / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(world / "ipython"))
    monkeypatch.setenv("CTL_RUNNER_HOME", str(world / "runner"))
    monkeypatch.setenv("CTL_CONFIG", str(world / "config.toml"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
    (world / "home").mkdir()
    monkeypatch.setattr(session, "_current", None)
    monkeypatch.setattr(saved, "_memory", {})
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    yield
    if session._current is not None:
        session._current.close()
