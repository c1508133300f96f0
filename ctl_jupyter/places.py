"""Where the embedded service keeps its files, and where a client finds it.

Client and service never import each other; these paths are what they agree on.

``CTL_RUNNER_HOME`` moves all of it (tests and second services use that).
"""

import os
import stat
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec
import platformdirs

__all__ = ["ServiceRecord", "read_service_record", "remove_runtime_directory", "runtime_directory", "state_directory"]


class ServiceRecord(msgspec.Struct, kw_only=True):
    """How the running service is reached, in a file that only this operating-system user can read."""

    url: str
    username: str
    password: str
    account_alias: str
    pid: int
    version: str

    def __repr__(self) -> str:
        return f"ServiceRecord(url={self.url!r}, pid={self.pid})"


def state_directory() -> Path:
    """Return the directory of database, spools and logs, made private (0700) when it is not there yet."""
    home = os.environ.get("CTL_RUNNER_HOME")
    path = Path(home) if home else Path(platformdirs.user_state_dir("ctl-jupyter"))
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path.resolve()


def runtime_directory() -> Path:
    """Return the directory of what must not reach a disk: the log-in, keys, sockets; in memory where that exists.

    The path is short whatever the state directory's is, since socket addresses hold about 100 characters.

    Raises
    ------
    PermissionError
        When the directory is there and belongs to somebody else.
    """
    path = _runtime_path()
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    _check_private(path)
    return path


def remove_runtime_directory() -> None:
    """Remove the directory of what must not reach a disk, unless a run still has something in it or may need it.

    For the service to call at its end, while nobody else of its state directory serves.
    """
    path = _runtime_path()
    with suppress(OSError):
        _check_private(path)
        if any((state_directory() / "runs").glob("*")):
            return
        (path / "wake.sock").unlink(missing_ok=True)
        for directory in (path / "zygote", path / "runs", path):
            # One that is not empty stays, and so do those above it.
            if directory.is_dir():
                directory.rmdir()


def _runtime_path() -> Path:
    memory = Path("/dev/shm")  # noqa: S108 -- the directory below is checked to be ours alone
    base = memory if memory.is_dir() and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    name = sha256(str(state_directory()).encode()).hexdigest()[:12]
    return base / f"ctl-jupyter-{os.getuid()}-{name}"


def _check_private(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{path} must be a directory that this user alone can open (mode 0700).")


def service_record_path() -> Path:
    """Return the path of the running service's `ServiceRecord`, whose directory may not be there."""
    return _runtime_path() / "service.json"


def read_service_record() -> ServiceRecord | None:
    """Return how the service of this user was last reached, or ``None`` when none has run since the boot."""
    path = service_record_path()
    try:
        _check_private(path.parent)
        return msgspec.json.decode(path.read_bytes(), type=ServiceRecord)
    except (OSError, msgspec.MsgspecError):
        return None
