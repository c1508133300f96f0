"""An embedded Runner for notebooks that run without a browser, and the environment of who runs them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl_jupyter.places import runtime_directory


@pytest.fixture(scope="package")
def headless_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the home of an embedded Runner that the first log-in starts."""
    home = tmp_path_factory.mktemp("headless")
    yield home
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CTL_RUNNER_HOME", str(home))
        subprocess.run([sys.executable, "-m", "ctl_jupyter.cli", "stop"], check=True, capture_output=True)
        shutil.rmtree(runtime_directory(), ignore_errors=True)


@pytest.fixture
def environment(own_world: None, headless_home: Path) -> dict[str, str]:
    """Return what who runs a notebook has in the environment: the test's own world, and that Runner."""
    return {**os.environ, "CTL_RUNNER_HOME": str(headless_home), "PYTHONWARNINGS": "default"}
