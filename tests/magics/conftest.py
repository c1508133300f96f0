"""A real IPython shell in a profile of its own, and a real embedded Runner."""

import atexit
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from ctl_jupyter.client import follow, http
from ctl_jupyter.places import runtime_directory
from tests.fake_runner import FakeRunner


@pytest.fixture(scope="package")
def embedded_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the home of an embedded Runner that the first log-in starts."""
    home = tmp_path_factory.mktemp("embedded")
    yield home
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CTL_RUNNER_HOME", str(home))
        subprocess.run([sys.executable, "-m", "ctl_jupyter.cli", "stop"], check=True, capture_output=True)
        # Not there when no test logged in to it.
        shutil.rmtree(runtime_directory(), ignore_errors=True)


class Notebook:
    """Runs cells as a notebook does and tells what they showed."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def run(self, cell: str) -> Any:
        """Run a cell that must not fail; return the value of its last expression."""
        result = self.shell.run_cell(cell, store_history=True)
        result.raise_error()
        return result.result

    def fail(self, cell: str) -> tuple[BaseException, str]:
        """Run a cell that must fail; return its error and what was shown of it."""
        with capture_output() as shown:
            result = self.shell.run_cell(cell, store_history=True)
        error = result.error_in_exec
        assert error is not None, f"this cell did not fail: {cell}"
        displayed = "".join(f"{output.data['text/plain']}\n" for output in shown.outputs)
        return error, displayed + shown.stdout + shown.stderr

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]


@pytest.fixture
def notebook(embedded_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """Return a shell with the extension loaded, not logged in."""
    monkeypatch.setenv("CTL_RUNNER_HOME", str(embedded_home))
    # Nothing is asked of a service but what a test asks; those of completion turn it on.
    monkeypatch.setenv("CTL_COMPLETION", "false")
    config = Config()
    config.HistoryManager.hist_file = str(tmp_path / "history.sqlite")
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "ctl_jupyter")
    yield Notebook(shell)
    shell.run_line_magic("unload_ext", "ctl_jupyter")
    shell.history_manager.end_session()
    shell.reset(new_session=False)
    InteractiveShell.clear_instance()
    # It would be reset once more at the end of Python, each time with a look through all that a thousand tests left.
    atexit.unregister(shell.atexit_operations)


@pytest.fixture
def logged_in(notebook: Notebook) -> Notebook:
    """Return the shell logged in to the embedded Runner."""
    notebook.run("%ctl_login local")
    return notebook


@pytest.fixture
def hosted() -> Iterator[FakeRunner]:
    """Return a hosted Runner."""
    with FakeRunner() as runner:
        yield runner


@pytest.fixture
def logged_in_to_hosted(notebook: Notebook, hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """Return the shell logged in to the hosted Runner, with the environment of somebody who uses this cloud."""
    monkeypatch.setenv("CLC_V2_API_USERNAME", hosted.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", hosted.password)
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(follow, "HOSTED_INTERVAL", 0.01)
    notebook.run(f"%ctl_login {hosted.url}")
    return notebook


@pytest.fixture(scope="session")
def write_key() -> Callable[[Path], str]:
    """Return what makes a private key's file and returns its text."""

    def write(path: Path) -> str:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
        subprocess.run(command, check=True, env={"PATH": os.environ["PATH"]})
        return path.read_text()

    return write
