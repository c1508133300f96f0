"""What every test begins with: an empty environment, a home of its own and no session."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl_jupyter.client import session

SCRUBBED = ("CLC_", "CTL_", "ANSIBLE_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


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
    (world / "home").mkdir()
    monkeypatch.setattr(session, "_current", None)
    yield
    if session._current is not None:
        session._current.close()
