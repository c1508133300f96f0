"""What other processes see of this one in /proc: its environment and its command line, written over in place.

Both lie in memory of the process itself (proc_pid_environ(5)), as its program got them; a forked process has those of
the process that it was forked from.
"""

import ctypes
from pathlib import Path

__all__ = ["MARK", "PLACEHOLDER", "can_mark", "mark", "set_title"]

#: The variable by which all processes of a run are found.
MARK = "CTL_RUNNER_SPOOL"
#: What stands in its place in the zygote; a path holds 4095 bytes at most.
PLACEHOLDER = "-" * 4096
#: Places in /proc/PID/stat after the process's name (proc_pid_stat(5)).
ARGUMENTS, ENVIRONMENT = 45, 47


def can_mark() -> bool:
    """Whether this process has room for a mark, and the kernel shows what is written there."""
    start, size = _area(ENVIRONMENT)
    found = start and ctypes.string_at(start, size) == Path("/proc/self/environ").read_bytes()
    return bool(found) and f"{MARK}={PLACEHOLDER}\0".encode() in ctypes.string_at(start, size)


def mark(value: str) -> None:
    """Write the mark's value over its placeholder.

    Raises
    ------
    ValueError
        When there is no placeholder, or the value is longer.
    """
    start, size = _area(ENVIRONMENT)
    prefix = f"{MARK}=".encode()
    place = ctypes.string_at(start, size).index(prefix + PLACEHOLDER.encode())
    encoded = value.encode()
    if len(encoded) > len(PLACEHOLDER):
        raise ValueError("the path of the spool is too long for a mark")
    ctypes.memmove(
        start + place, (prefix + encoded).ljust(len(prefix) + len(PLACEHOLDER), b"\0"), len(prefix) + len(PLACEHOLDER)
    )


def set_title(title: str) -> None:
    """Have ``ps`` show a text instead of the zygote's command line."""
    start, size = _area(ARGUMENTS)
    if start:
        # The last byte stays zero: otherwise the kernel reads on into the environment.
        ctypes.memmove(start, title.encode()[: size - 1].ljust(size, b"\0"), size)


def _area(place: int) -> tuple[int, int]:
    """Return address and size of the arguments or the environment."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[place]), int(fields[place + 1])
    return start, end - start
