"""Processes on Linux: who a process is, which descend from it, and how none of them is left behind."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "Process",
    "become_subreaper",
    "boot_id",
    "die_with_parent",
    "is_alive",
    "kill_descendants",
    "kill_marked",
    "send_signal",
    "start_time",
    "weigh_more",
]

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
#: The place of a process's start time among the fields after its name in /proc/PID/stat (proc_pid_stat(5)).
STAT_START_TIME = 19
#: Seconds that a killed process is waited for.
LETS_GO_WITHIN = 5.0

#: A nice value for a whole session.
AUTOGROUP_NICE = "-10"


class Process(NamedTuple):
    """A process, told from any other that may get its number."""

    boot: str
    pid: int
    started: int

    @classmethod
    def of_this(cls) -> "Process":
        """Return what the calling process is known by."""
        return cls(boot_id(), os.getpid(), start_time(os.getpid()) or 0)


_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """Have orphaned descendants become children of this process rather than of init, so that they can be found."""
    if _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def die_with_parent() -> None:
    """Have this process killed when the thread that started it ends; for use between fork and exec."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def weigh_more() -> None:
    """Have this process get its turn while Ansible's are busy, where it leads a session and the system lets it (root).

    Where Linux groups processes by session (sched(7), autogroup), each session gets the same share of the processors,
    and Ansible makes a session of every worker: a dozen of them against one service that has little to do, but at
    once. Only this session weighs more, not those of the runs that it starts.
    """
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(AUTOGROUP_NICE)


def boot_id() -> str:
    """Return the kernel's name for this boot: a process id means nothing in another one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> int | None:
    """Return when a process started, in clock ticks since the boot; ``None`` when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[STAT_START_TIME])


def is_alive(boot: str, pid: int, started: int) -> bool:
    """Whether that very process still runs; its number may belong to another by now."""
    return boot == boot_id() and start_time(pid) == started


def kill_descendants() -> list[int]:
    """Kill and reap every descendant of this process, which must be a subreaper.

    Returns
    -------
    list of int
        Those that are left: they belong to another user (``become``), and did not end by themselves in time.
    """
    deadline = time.monotonic() + LETS_GO_WITHIN
    while True:
        _kill_all(lambda: set(_descendants(os.getpid())))
        try:
            # Orphans of what was just killed become our children: look again after each.
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return []
        if reaped == 0:
            if time.monotonic() > deadline:
                return _descendants(os.getpid())
            time.sleep(0.002)


def kill_marked(marker: str, title: str) -> None:
    """Kill what a killed supervisor leaves; return when none is left, or none but those that the kernel keeps.

    Parameters
    ----------
    marker
        A variable and its value: those that have it in their environment are killed.
    title
        How the command lines of others begin: some write a title over their environment, as ssh's masters do.
    """
    deadline = time.monotonic() + LETS_GO_WITHIN
    while _kill_all(lambda: _marked(marker) | _titled(title)) and time.monotonic() < deadline:
        time.sleep(0.005)


def send_signal(boot: str, pid: int, started: int, number: int) -> bool:
    """Send a signal to that very process; whether it was there to get it."""
    if not is_alive(boot, pid, started):
        return False
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        # The descriptor holds on to the process: looked at once more, its number cannot have changed hands.
        if start_time(pid) != started:
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def _kill_all(find: Callable[[], set[int]]) -> bool:
    """Stop all of them before killing any, so that none can start another meanwhile; whether there were any.

    What belongs to another user does not count: it ends when its terminal or its connection does, if at all.
    """
    stopped: set[int] = set()
    refused: set[int] = set()
    while new := find() - stopped - refused:
        refused |= _send(new, signal.SIGSTOP)
        stopped |= new - refused
    _send(stopped, signal.SIGKILL)
    return bool(stopped)


def _send(pids: set[int], number: int) -> set[int]:
    """Send a signal and return the processes that this user may not send one to."""
    refused = set()
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
        except PermissionError:
            refused.add(pid)
    return refused


def _marked(marker: str) -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if marker.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
    return found


def _titled(title: str) -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if (entry / "cmdline").read_bytes().startswith(title.encode()) and entry.stat().st_uid == os.getuid():
                    found.add(int(entry.name))
    return found


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in _tasks(pid):
        try:
            children = [int(child) for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _tasks(pid: int) -> list[str]:
    try:
        return [task.name for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
