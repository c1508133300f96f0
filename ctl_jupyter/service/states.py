"""The life of an execution: which status may follow which."""

from ctl_jupyter.documents import Status

__all__ = ["ALLOWED_FROM", "ENDING", "RUNNING_STATUSES"]

#: Status → the statuses it may be reached from. Final ones are left by a restart alone (to PENDING).
ALLOWED_FROM: dict[Status, frozenset[Status]] = {
    Status.INITIALIZING: frozenset({Status.PENDING}),
    Status.RUNNING: frozenset({Status.INITIALIZING}),
    Status.SUCCESS: frozenset({Status.RUNNING}),
    Status.FAILURE: frozenset({Status.INITIALIZING, Status.RUNNING}),
    Status.INIT_FAILURE: frozenset({Status.PENDING, Status.INITIALIZING}),
}

#: The statuses that a supervisor is at work in.
RUNNING_STATUSES = frozenset({Status.INITIALIZING, Status.RUNNING, Status.STOPPING, Status.KILLING})

#: The statuses that end a run.
ENDING = frozenset({Status.SUCCESS, Status.FAILURE, Status.INIT_FAILURE})
