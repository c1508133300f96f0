"""What can go wrong with the store: one sentence each, with the path and what to do.

::

    RunnerError
    └── StoreUnusable    it cannot be read or written
        └── StoreFull    nothing more fits on its disk
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ctl_jupyter.client.errors import RunnerError

__all__ = ["StoreFull", "StoreUnusable", "translated"]

#: No space, a quota, a limit on the size of files.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StoreUnusable(RunnerError):
    """The histories kept on this machine cannot be read or written."""


class StoreFull(StoreUnusable):
    """Nothing more fits on the disk of the histories; what was kept there before can still be read."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise what the operating system says of a path of the store as an error of the store.

    Raises
    ------
    StoreFull, StoreUnusable
        In place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StoreFull(
                f"No more history fits into {path}: free some space on its disk, or empty the store "
                "(history.store.prune, history.store.clear); what was kept before is still there."
            ) from error
        reason = error.strerror or str(error)
        raise StoreUnusable(
            f"The histories in {path} cannot be used ({reason}): make that a directory of yours, "
            "or name another one in CTL_HISTORY_HOME."
        ) from error
