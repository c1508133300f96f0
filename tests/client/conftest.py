"""A hosted Runner on loopback, a session that is logged in to it, and short pauses."""

from collections.abc import Iterator

import pytest

from ctl_jupyter.client import Session, connect, follow, http
from tests.fake_runner import FakeRunner


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(follow, "HOSTED_INTERVAL", 0.01)


@pytest.fixture
def runner() -> Iterator[FakeRunner]:
    with FakeRunner() as runner:
        yield runner


@pytest.fixture
def credentials(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of somebody who uses this cloud's other tools."""
    monkeypatch.setenv("CLC_V2_API_USERNAME", runner.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", runner.password)


@pytest.fixture
def session(runner: FakeRunner, credentials: None) -> Session:
    return connect(runner.url)
