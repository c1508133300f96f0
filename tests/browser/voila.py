"""Voilà, which serves a notebook as a page, with the files and the Runner of a Lab."""

import re
import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

import pytest

from tests.browser.lab import Lab

__all__ = ["Voila"]

START_TIMEOUT = 120.0
END_TIMEOUT = 30.0
ADDRESS = re.compile(r"(http://(?:127\.0\.0\.1|localhost):\d+)/")


class Voila:
    """Voilà in a process of its own.

    Parameters
    ----------
    lab
        Whose files and environment it takes; need not serve anything itself.
    name
        The notebook's name in the Lab's folder.
    port
        Where to serve; Voilà takes another when it is not free.
    """

    def __init__(self, lab: Lab, name: str, port: int = 18866) -> None:
        self.url = ""
        self._lab = lab
        self._command = [sys.executable, "-m", "voila", name, "--no-browser", f"--port={port}"]
        self._heard = threading.Event()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=self._lab.notebooks,
            env=self._lab.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="voila-log")
        self._reader.start()
        if not self._heard.wait(START_TIMEOUT) or not self.url:
            self._end()
            pytest.fail("Voilà did not come up.", pytrace=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _read(self) -> None:
        """Hear from the server where it answers, or that it has ended."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                found = ADDRESS.search(line)
                if found and not self.url:
                    self.url = found[1].replace("localhost", "127.0.0.1")
                    self._heard.set()
        self._heard.set()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
