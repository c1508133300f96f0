"""A JupyterLab of its own: a free port, a token, and nothing of the developer's."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from ctl_jupyter.places import runtime_directory

__all__ = ["Lab"]

START_TIMEOUT = 120.0
END_TIMEOUT = 30.0
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/lab\?token=(\w+)")
#: What a Lab sees of this process's environment; all else stays out.
PASSED_ON = ("PATH", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


class Lab:
    """JupyterLab in a process of its own, with the embedded Runner that its kernels start.

    Parameters
    ----------
    world
        An empty directory for every file of it.
    variables
        Of the environment, over those that every Lab has.
    """

    def __init__(self, world: Path, variables: Mapping[str, str] | None = None) -> None:
        self.notebooks = world / "notebooks"
        self.ipython = world / "ipython"
        self.runner_home = world / "runner"
        self.log = world / "lab.log"
        self.url = ""
        self.token = ""
        self._world = world
        self._variables = dict(variables or {})
        self._config = world / "jupyter" / "config"
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._heard = threading.Event()

    def __enter__(self) -> Self:
        for directory in (self._world / "home", self.notebooks, self.ipython, self._config / "labconfig"):
            directory.mkdir(parents=True)
        self._configure()
        self._process = subprocess.Popen(
            self._command(),
            cwd=self.notebooks,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="lab-log")
        self._reader.start()
        if not self._heard.wait(START_TIMEOUT) or not self.url:
            self._end()
            pytest.fail(f"JupyterLab did not come up:\n{self.log.read_text()[-3000:]}", pytrace=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def environment(self) -> dict[str, str]:
        """Return the environment of the server, which its kernels and their Runner inherit."""
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        jupyter = self._world / "jupyter"
        return {
            **kept,
            "HOME": str(self._world / "home"),
            "IPYTHONDIR": str(self.ipython),
            "JUPYTER_CONFIG_DIR": str(self._config),
            "JUPYTER_DATA_DIR": str(jupyter / "data"),
            "JUPYTER_RUNTIME_DIR": str(jupyter / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(jupyter / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(jupyter / "workspaces"),
            "CTL_RUNNER_HOME": str(self.runner_home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONUNBUFFERED": "1",
            **self._variables,
        }

    @property
    def runtime(self) -> Path:
        """The directory in memory of this Lab's Runner."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CTL_RUNNER_HOME", str(self.runner_home))
            return runtime_directory()

    def files(self) -> dict[Path, bytes]:
        """Return every file that the server, its kernels and their Runner have on disk by now, and its content."""
        return _contents(self._world)

    def files_in_memory(self) -> dict[Path, bytes]:
        """Return the same of the files that their Runner keeps in memory."""
        return _contents(self.runtime)

    def _configure(self) -> None:
        # The announcements ask the network for news.
        disabled = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        (self._config / "labconfig" / "page_config.json").write_text(json.dumps(disabled))

    def _command(self) -> list[str]:
        options = (
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--ServerApp.root_dir={self.notebooks}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.extension_manager=readonly",
            "--LabApp.news_url=",
        )
        return [sys.executable, "-m", "jupyterlab", *options]

    def _read(self) -> None:
        """Keep what the server says, and hear from it where it answers or that it has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        with self.log.open("w") as log, self._process.stdout as lines:
            for line in lines:
                log.write(line)
                log.flush()
                found = ADDRESS.search(line)
                if found and not self.url:
                    self.url, self.token = found.groups()
                    self._heard.set()
        self._heard.set()

    def _end(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        self._process.terminate()
        try:
            self._process.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self.runner_home.exists():
            subprocess.run(
                [sys.executable, "-m", "ctl_jupyter.cli", "stop"],
                env=self.environment(),
                check=True,
                capture_output=True,
            )
            shutil.rmtree(self.runtime, ignore_errors=True)


def _contents(directory: Path) -> dict[Path, bytes]:
    found: dict[Path, bytes] = {}
    for path in directory.rglob("*"):
        # A file may go while this looks.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                found[path] = path.read_bytes()
    return found
