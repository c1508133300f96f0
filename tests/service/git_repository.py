"""A real git repository, and a web server for it that asks for a log-in."""

import os
import subprocess
import threading
from base64 import b64encode
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["AUTHOR", "DATE", "EMAIL", "GitRepository", "GitWebServer"]

AUTHOR, EMAIL = "Ada Löwe", "ada@example.org"
#: As git prints it.
DATE = "Wed Sep 16 16:27:20 2015 -0500"


class GitRepository:
    """A working tree to commit in, and the bare repository that it is pushed to.

    Parameters
    ----------
    base
        An empty directory for both.
    """

    def __init__(self, base: Path) -> None:
        self.bare = base / "repository.git"
        self._tree = base / "tree"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(base),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _identity().items()},
        }
        self.git("init", "--quiet", "--bare", "--initial-branch=trunk", str(self.bare), cwd=base)
        self.git("init", "--quiet", "--initial-branch=trunk", str(self._tree), cwd=base)

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run git in the working tree and return what it prints."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self._tree,
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, message: str, files: Mapping[str, str]) -> str:
        """Write files, commit them and return the commit."""
        for name, text in files.items():
            path = self._tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def publish(self) -> None:
        """Push every branch and tag."""
        self.git("push", "--quiet", "--all", str(self.bare))
        self.git("push", "--quiet", "--tags", str(self.bare))
        # What a plain web server needs to serve it.
        self.git("update-server-info", cwd=self.bare)


def _identity() -> dict[str, str]:
    return {"NAME": AUTHOR, "EMAIL": EMAIL, "DATE": "2015-09-16T16:27:20-0500"}


def _basic(log_in: tuple[str, str]) -> str:
    return "Basic " + b64encode(":".join(log_in).encode()).decode()


class _Handler(SimpleHTTPRequestHandler):
    """Serves files to those who log in."""

    server: "GitWebServer"

    def do_GET(self) -> None:
        self.server.may_answer.wait()
        if self.headers["Authorization"] in map(_basic, self.server.log_ins.items()):
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="repositories"')
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Keep the tests' output clean."""


class GitWebServer(ThreadingHTTPServer):
    """A plain web server on loopback; ``may_answer`` holds its answers back while it is cleared."""

    daemon_threads = True

    def __init__(self, directory: Path, log_ins: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(directory)))
        self.log_ins = log_ins
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.may_answer.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
