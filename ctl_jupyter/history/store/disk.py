"""What the store asks of the file system: private directories, files that are whole or not there, and locks.

POSIX: ``rename`` puts a file into place at once, and ``flock`` ends with the process that holds it, however it ended.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["locked", "private_directory", "remove_leftovers", "sync_directory", "temporary_file"]

SUFFIX = ".tmp"
#: Seconds before a temporary file without an owner is removed; it has none for a moment when it is made.
YOUNG = 60


def private_directory(path: Path) -> None:
    """Make a directory, and those above it, for this user alone (0700)."""
    if not path.parent.is_dir():
        private_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def sync_directory(path: Path) -> None:
    """Have the names in a directory written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def temporary_file(directory: Path, content: memoryview) -> Iterator[Path]:
    """Write a file (0600) that is on the disk and has no name of its own yet, for the block to rename.

    It is removed at the end of the block when it was not renamed. A process that is killed leaves it there, without a
    lock on it: see `remove_leftovers`.
    """
    path = directory / f".{secrets.token_hex(8)}{SUFFIX}"
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        _try_flock(descriptor)
        with open(descriptor, "wb", buffering=0, closefd=False) as file:
            while content:
                content = content[file.write(content) :]
        os.fsync(descriptor)
        yield path
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def remove_leftovers(directory: Path) -> None:
    """Remove the temporary files that nobody writes any more."""
    for path in directory.glob(f".*{SUFFIX}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime < YOUNG:
                continue
            descriptor = os.open(path, os.O_WRONLY)
            try:
                if _try_flock(descriptor):
                    path.unlink()
            finally:
                os.close(descriptor)


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of a file while the block runs, and say whether it is held.

    Parameters
    ----------
    wait
        Until whoever holds it lets go; else the block runs without the lock, told so.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        yield _try_flock(descriptor, wait=wait)
    finally:
        os.close(descriptor)


def _try_flock(descriptor: int, *, wait: bool = False) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: nothing breaks without one, work may only be done twice.
        return True
    return True
