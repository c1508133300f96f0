"""An embedded service with a history of its own: what runs in it is what these tests pull."""

from collections.abc import Iterator

import pytest

from ctl_jupyter.client import Session, connect
from tests.service.api import RunnerApi
from tests.service.embedded import EmbeddedRunner


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRunner]:
    with EmbeddedRunner(tmp_path_factory.mktemp("service")) as service:
        service.start()
        yield service
        service.stop()


@pytest.fixture(scope="module")
def api(embedded: EmbeddedRunner) -> Iterator[RunnerApi]:
    with embedded.log_in() as api:
        yield api


@pytest.fixture
def session(embedded: EmbeddedRunner, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("CTL_RUNNER_HOME", str(embedded.home))
    return connect()
