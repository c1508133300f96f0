import threading
from collections.abc import Iterator

import pytest

from tests.live.stub_runner import StubRunner


@pytest.fixture
def runner() -> Iterator[StubRunner]:
    stub = StubRunner()
    yield stub
    stub.end_everything()
    for thread in threading.enumerate():
        if thread.name.startswith("ctl-jupyter"):
            thread.join(10)
    stub.session.close()
