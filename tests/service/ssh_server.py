"""A real sshd, run as the current user on addresses of the loopback network."""

import getpass
import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.service.waiting import until

__all__ = ["SshServer", "make_key"]

ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")


def make_key(path: Path, *, passphrase: str = "", kind: str = "ed25519", comment: str = "test") -> str:
    """Make a key pair at a path and return the private key."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", comment, "-f", str(path)]
    subprocess.run([*command, *(["-b", "2048"] if kind == "rsa" else [])], check=True)
    return path.read_text()


class SshServer:
    """One sshd on several addresses; each takes only the keys that it was told to.

    Parameters
    ----------
    base
        An empty directory for its configuration, host key and log.
    """

    def __init__(self, base: Path) -> None:
        self._base = base
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.user = getpass.getuser()
        for address in ADDRESSES:
            (base / address).touch(mode=0o600)

    def authorize(self, address: str, public_key: Path) -> None:
        """Let the owner of a key log in at an address."""
        with (self._base / address).open("a") as file:
            file.write(public_key.read_text())

    def host(self, name: str, address: str, **variables: object) -> dict[str, object]:
        """Return a host entity for one of the addresses."""
        reached_by = {
            "ansible_host": address,
            "ansible_port": self.port,
            "ansible_user": self.user,
            # The sshd of an ordinary user may not hand out terminals everywhere.
            "ansible_ssh_use_tty": False,
        }
        return {"id": name, "hostVars": {**reached_by, **variables}}

    def start(self) -> None:
        """Start it with a host key that nobody has seen before."""
        host_key = self._base / "host_key"
        host_key.unlink(missing_ok=True)
        make_key(host_key)
        if os.getuid() == 0:
            # Debian's sshd changes its root to it, and only its service file makes it.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        (self._base / "home").mkdir(exist_ok=True)
        (self._base / "sshd_config").write_text(self._configuration())
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert sshd is not None
        command = [sshd, "-D", "-f", str(self._base / "sshd_config"), "-E", str(self._base / "log")]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        until(self._answers, "sshd does not answer")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _configuration(self) -> str:
        lines = [
            *(f"ListenAddress {address}:{self.port}" for address in ADDRESSES),
            f"HostKey {self._base / 'host_key'}",
            "PidFile none",
            "UsePAM no",
            "StrictModes no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password",
            "MaxStartups 100",
            "Subsystem sftp internal-sftp",
            # What the developer's shell does at a log-in (and holds locks for) is no part of a test.
            f"SetEnv HOME={self._base / 'home'}",
        ]
        for address in ADDRESSES:
            lines += [f"Match LocalAddress {address}", f"AuthorizedKeysFile {self._base / address}"]
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._base / "log").read_text()
        try:
            for address in ADDRESSES:
                socket.create_connection((address, self.port), timeout=5).close()
        except ConnectionRefusedError:
            return False
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((ADDRESSES[0], 0))
        port: int = listener.getsockname()[1]
    return port
