"""A real keyring of one's own: gnome-keyring on a D-Bus session bus that nobody else is on."""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["SecretService"]

PASSPHRASE = b"opens the keyring"


class SecretService:
    """gnome-keyring as a desktop session has it; use it as a context manager.

    Parameters
    ----------
    world
        An empty directory for every file of it.
    unlocked
        Whether its user has logged in; where not, nobody is there to unlock it.
    """

    def __init__(self, world: Path, *, unlocked: bool = True) -> None:
        self.files = world / "data"
        self._world = world
        self._unlocked = unlocked
        self._processes: list[subprocess.Popen[bytes]] = []
        self._address = ""

    def __enter__(self) -> Self:
        runtime = self._world / "run"
        runtime.mkdir(parents=True, mode=0o700)
        bus = self._start(["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"])
        assert bus.stdout is not None
        self._address = bus.stdout.readline().decode().strip()
        assert self._address
        daemon = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        keyring = self._start([*daemon, "--unlock"] if self._unlocked else [*daemon, "--start"])
        assert keyring.stdin is not None
        assert keyring.stdout is not None
        keyring.stdin.write(PASSPHRASE if self._unlocked else b"")
        keyring.stdin.close()
        # It prints where it listens once it does.
        keyring.stdout.readline()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(20)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def environment(self) -> dict[str, str]:
        """Return the environment of a process of this session."""
        return {
            **os.environ,
            "HOME": str(self._world),
            "XDG_RUNTIME_DIR": str(self._world / "run"),
            "XDG_DATA_HOME": str(self.files),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
            **({"DBUS_SESSION_BUS_ADDRESS": self._address} if self._address else {}),
        }

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._processes.append(process)
        return process
