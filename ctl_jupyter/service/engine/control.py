"""Orders to a run that goes on: a file that the service writes and the supervisor reads.

The file comes first and a signal only says "look": an order given before the supervisor exists, or while the
service is down, is not lost.
"""

import contextlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["KILL", "STOP", "Order", "read_order", "write_order"]

STOP = "stop"
KILL = "kill"


@dataclass(frozen=True)
class Order:
    """Stop or kill; ``due`` is when patience ends, in seconds since the epoch, ``None`` for never."""

    action: str
    due: float | None


def write_order(directory: Path, action: str, expiry: float) -> None:
    """Leave an order in a run's directory, whole or not at all.

    Parameters
    ----------
    action
        `STOP` or `KILL`.
    expiry
        Seconds: how long a kill waits, or after which a stop is enforced (0: never).
    """
    due = time.time() + expiry if expiry > 0 else time.time() if action == KILL else None
    draft = directory / f"control.{os.getpid()}.{time.monotonic_ns()}"
    draft.write_text(json.dumps({"action": action, "due": due}))
    draft.replace(directory / "control.json")


def read_order(directory: Path) -> Order | None:
    """Return the newest order, ``None`` when there is none."""
    with contextlib.suppress(FileNotFoundError):
        document = json.loads((directory / "control.json").read_text())
        return Order(document["action"], document["due"])
    return None
