"""What Ansible says where a host fails in a sample account."""

import numpy as np

from ctl_jupyter.samples.runs import Failure
from ctl_jupyter.samples.words import CAUSES, Cause

__all__ = ["DISK_FULL", "IGNORED", "Messages"]

DISK_FULL = "No space left on device"
#: Of a failure that the playbook ignores.
IGNORED = Cause("non-zero return code: errors in the log", 1)
_SAID: dict[int, tuple[Cause, ...]] = {
    Failure.FLAKY: (
        Cause("Timeout (12s) waiting for privilege escalation prompt"),
        Cause("Connection reset by peer after {n} bytes"),
    ),
    Failure.BROKEN: (Cause("[Errno 30] Read-only file system: '/srv/tmp-{n}'"),),
    Failure.UNREACHABLE: (
        Cause("Failed to connect to the host via ssh: ssh: connect to host {host} port 22: Connection timed out"),
    ),
    Failure.COMMIT: (Cause("AnsibleUndefinedVariable: 'pool_size' is undefined"),),
    Failure.DISK_FULL: (Cause(f"[Errno 28] {DISK_FULL}: '/var/cache/part-{{n}}' ({{m}} kB free)"),),
}


class Messages:
    """All messages of an account, each one once, and the exit code that came with it (-1: none)."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, int], int] = {}

    def code_of(self, text: str, rc: int | None = None) -> int:
        """Return the number of a message."""
        return self._codes.setdefault((text, -1 if rc is None else rc), len(self._codes))

    def said(self, rng: np.random.Generator, failure: int, action: str, host: str) -> int:
        """Return the number of what is said when a host fails in a task of a module."""
        causes = _SAID.get(failure) or (*CAUSES.get(action, ()), *CAUSES[""])
        cause = causes[rng.integers(len(causes))]
        n, m = rng.integers(100, 65_000), rng.integers(1, 250)
        return self.code_of(
            cause.message.replace("{n}", str(n)).replace("{m}", str(m)).replace("{host}", host), cause.rc
        )

    @property
    def texts(self) -> list[str]:
        """The messages in the order of their numbers."""
        return [text for text, _ in self._codes]

    @property
    def exit_codes(self) -> list[int]:
        """The exit codes in the same order."""
        return [rc for _, rc in self._codes]
