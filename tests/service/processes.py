"""The processes of this machine, read from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "all_processes", "descendants_of", "marked_with"]


@dataclass(frozen=True)
class Process:
    """A process as ``ps`` and its owner see it; the environment is empty where it may not be read."""

    pid: int
    parent: int
    arguments: bytes
    environment: bytes


def all_processes() -> list[Process]:
    """Return every process but zombies."""
    found = (_process(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [process for process in found if process is not None]


def descendants_of(pid: int) -> list[Process]:
    """Return the children of a process, their children, and so on."""
    processes = all_processes()
    family = {pid}
    while grown := {process.pid for process in processes if process.parent in family} - family:
        family |= grown
    return [process for process in processes if process.pid in family and process.pid != pid]


def marked_with(text: str) -> list[Process]:
    """Return the processes that have a text in their environment, this one excepted."""
    return [
        process for process in all_processes() if text.encode() in process.environment and process.pid != os.getpid()
    ]


def _process(pid: int) -> Process | None:
    directory = Path(f"/proc/{pid}")
    try:
        state, parent = (directory / "stat").read_text().rpartition(")")[2].split()[:2]
        arguments = (directory / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    try:
        environment = (directory / "environ").read_bytes()
    except OSError:
        environment = b""
    return None if state == "Z" else Process(pid, int(parent), arguments, environment)
