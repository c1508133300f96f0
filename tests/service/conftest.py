"""The embedded service that most tests share, and a session of our own client with it."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from ctl_jupyter.client import Session, connect
from tests.service.api import RunnerApi
from tests.service.embedded import EmbeddedRunner


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRunner]:
    with EmbeddedRunner(tmp_path_factory.mktemp("service")) as service:
        service.start()
        yield service
        service.stop()


@pytest.fixture(scope="session")
def api(service: EmbeddedRunner) -> Iterator[RunnerApi]:
    with service.log_in() as api:
        yield api


HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


@pytest.fixture(autouse=True)
def _a_failed_test_leaves_no_execution(request: pytest.FixtureRequest) -> Iterator[None]:
    """Kill what a test that failed left running: it would take the place of the next one's executions."""
    yield
    if "api" in request.fixturenames and request.node.stash.get(HAS_FAILED, False):
        api: RunnerApi = request.getfixturevalue("api")
        api.kill_live()


@pytest.fixture
def session(service: EmbeddedRunner, monkeypatch: pytest.MonkeyPatch) -> Session:
    """What ``connect()`` gives a notebook of the user whom the service belongs to."""
    monkeypatch.setenv("CTL_RUNNER_HOME", str(service.home))
    return connect()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")
