"""The ``git`` command, run without a person to ask: it ends in time, prompts for nothing and hears of secrets alone.

A log-in goes to git in its environment, which other users of the machine cannot read; a private key in a file of
this user's own, in memory where the machine has that, for as long as the command runs.
"""

import os
import re
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from ctl_jupyter.catalogs.addresses import LogIn
from ctl_jupyter.catalogs.errors import CatalogError
from ctl_jupyter.cleaning import one_line
from ctl_jupyter.places import runtime_directory

__all__ = ["Git", "GitFailed", "Stop"]

#: What the caller's own git may be busy with, and what would make git print what it sends.
NOT_OURS = re.compile(
    r"GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|CURL_VERBOSE"
    r"|TRACE.*|CONFIG_(COUNT|KEY|VALUE|PARAMETERS).*|ASKPASS)|SSH_ASKPASS"
)
#: Run by git itself, which tells it what is wanted; only an answer to ``get`` holds anything.
HELPER = (
    "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' "
    '"$CTL_CATALOG_USERNAME" "$CTL_CATALOG_PASSWORD"; }; f'
)
#: How the lines begin that say why; ssh's come before git's.
TELLING = ("ssh:", "fatal:", "error:", "ERROR:", "remote:")
#: Seconds between looks at whether to stop.
LOOK = 0.1


class Stop(Protocol):
    """What says that something is no longer wanted: a `threading.Event`."""

    def is_set(self) -> bool:
        """Return whether it is no longer wanted."""


class GitFailed(Exception):
    """What git said of a failure: the telling line of it, and all of it in small letters."""

    def __init__(self, said: str) -> None:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR", "remote:"))] or lines
        self.line = (
            one_line(re.sub(r"^(fatal|error|remote|ERROR): *", "", telling[0])) if telling else "no reason given"
        )
        self.words = said.lower()
        super().__init__(self.line)


class Git:
    """Runs git for one catalog.

    Parameters
    ----------
    address
        The repository's, without a log-in.
    log_in
        What lets git in.
    stop
        Ends the command when it is set.
    timeout
        Seconds for all commands together.
    """

    def __init__(self, address: str, log_in: LogIn, stop: Stop | None, timeout: float) -> None:
        self._address, self._log_in = address, log_in
        self._stop = stop
        self._timeout = timeout
        self._end = time.monotonic() + timeout

    def run(self, *arguments: str) -> str:
        """Run git and return its output.

        Raises
        ------
        GitFailed
            When git does.
        CatalogError
            When there is no git.
        TimeoutError
            When the time is over, or it is no longer wanted.
        """
        with self._environment() as environment:
            try:
                process = subprocess.Popen(  # noqa: S603 -- addresses cannot begin with a hyphen, and follow "--"
                    ["git", *self._options(), *arguments],  # noqa: S607 -- the user's own git
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                    start_new_session=True,  # no terminal to ask on, and one group to end
                )
            except FileNotFoundError:
                raise CatalogError(
                    "There is no 'git' command on this machine, which a catalog in a repository needs: "
                    "install git, or give a folder."
                ) from None
            except OSError as error:
                raise CatalogError(f"git cannot be started: {os.strerror(error.errno or 0)}.") from None
            output, errors = self._wait(process)
        if process.returncode != 0:
            raise GitFailed(self._without_secrets(errors))
        return output

    def _wait(self, process: "subprocess.Popen[str]") -> tuple[str, str]:
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return process.communicate(timeout=LOOK)
                self.check_wanted()
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()

    def check_wanted(self) -> None:
        """Return when there is time left and the catalog is still wanted.

        Raises
        ------
        TimeoutError
            Otherwise; the sentence says which.
        """
        if self._stop is not None and self._stop.is_set():
            raise TimeoutError("it was stopped")
        if time.monotonic() > self._end:
            raise TimeoutError(f"no answer within {self._timeout:g} seconds")

    def _options(self) -> list[str]:
        options = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"]
        if self._log_in.password and self._address.startswith(("http://", "https://")):
            parts = urlsplit(self._address)
            # The empty helper drops the user's own, and the address keeps ours from any other host.
            origin = f"{parts.scheme}://{parts.netloc}"
            options += ["-c", "credential.helper=", "-c", f"credential.{origin}.helper={HELPER}"]
        return options

    @contextmanager
    def _environment(self) -> Iterator[dict[str, str]]:
        environment = {name: value for name, value in os.environ.items() if not NOT_OURS.fullmatch(name)}
        ssh = [environment.get("GIT_SSH_COMMAND") or "ssh", "-o BatchMode=yes", "-o StrictHostKeyChecking=accept-new"]
        environment |= {
            "GIT_TERMINAL_PROMPT": "0",
            "SSH_ASKPASS_REQUIRE": "never",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
            "LC_ALL": "C",
        }
        if self._log_in.password:
            environment["CTL_CATALOG_USERNAME"] = self._log_in.username or "git"
            environment["CTL_CATALOG_PASSWORD"] = self._log_in.password
        with _key_file(self._log_in.private_key) as key:
            if key:
                ssh += [f"-i {shlex.quote(str(key))}", "-o IdentitiesOnly=yes"]
            yield {**environment, "GIT_SSH_COMMAND": " ".join(ssh)}

    def _without_secrets(self, text: str) -> str:
        for secret in (self._log_in.password, self._log_in.private_key):
            text = text.replace(secret, "********") if secret else text
        return text


@contextmanager
def _key_file(key: str) -> Iterator[Path | None]:
    """Hold a private key in a file that this user alone can read, for as long as it is needed."""
    if not key:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="catalog-", dir=runtime_directory()) as folder:
        path = Path(folder) / "key"
        path.touch(mode=0o600)
        path.write_text(key)
        yield path
