"""The notebooks run against an embedded Runner of their own, not against the user's."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ctl_jupyter.places import runtime_directory


def pytest_sessionstart() -> None:
    """Give this run a home that its kernels inherit; a notebook's items take no fixtures."""
    home = Path(tempfile.mkdtemp(prefix="ctl-notebooks-"))
    os.environ["CTL_RUNNER_HOME"] = str(home / "runner")
    os.environ["IPYTHONDIR"] = str(home / "ipython")
    os.environ["CTL_CONFIG"] = str(home / "config.toml")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def pytest_sessionfinish() -> None:
    """End the service that a notebook started, and leave nothing behind."""
    home = Path(os.environ["CTL_RUNNER_HOME"])
    if home.exists():
        subprocess.run([sys.executable, "-m", "ctl_jupyter.cli", "stop"], check=True, capture_output=True)
        shutil.rmtree(runtime_directory(), ignore_errors=True)
    shutil.rmtree(home.parent, ignore_errors=True)
