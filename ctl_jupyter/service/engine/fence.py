"""Whose a run is: that of the supervisor which began it, or nobody's for ever; decided once, so that none runs twice.

A service that is killed while it starts a run does not know afterwards whether the supervisor got its order. So the
supervisor makes a file before it does anything else, and a service that wants the run to have no supervisor makes the
same file: the file system lets one of them. A directory that is gone refuses a supervisor, too.
"""

import contextlib
import json
import os
from pathlib import Path

from ctl_jupyter.service.engine.processes import Process

__all__ = ["begin", "revoke"]


def begin(directory: Path) -> bool:
    """Make a run this process's own; whether it may begin.

    Parameters
    ----------
    directory
        That of the run.
    """
    try:
        return _take(directory, list(Process.of_this()))
    except FileNotFoundError:
        return False


def revoke(directory: Path) -> Process | None:
    """See to it that no supervisor begins a run from now on; return the one that had begun it.

    Parameters
    ----------
    directory
        That of the run; made when it is not there.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _take(directory, None):
        return None
    owner = json.loads(_owner(directory).read_bytes())
    return None if owner is None else Process(*owner)


def _take(directory: Path, owner: list[object] | None) -> bool:
    # Written whole under another name first: whoever finds the file reads all of it.
    draft = directory / f"owner.{os.getpid()}"
    draft.write_text(json.dumps(owner))
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, _owner(directory))
            return True
        return False
    finally:
        draft.unlink(missing_ok=True)


def _owner(directory: Path) -> Path:
    return directory / "owner.json"
