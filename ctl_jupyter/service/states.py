"""The life of an execution: which status may follow which, and who may say so.

::

    PENDING → INITIALIZING → RUNNING → SUCCESS | FAILURE        and INIT_FAILURE from the first two
       └──────────┴────────────┴──→ STOPPING → STOPPED
       └──────────┴────────────┴──────┴──→ KILLING → KILLED
    FAILURE | INIT_FAILURE → PENDING                             by a restart, as a new run
    INITIALIZING → PENDING                                       when the service ended before a supervisor began
"""

from enum import StrEnum

from ctl_jupyter.documents import Status

__all__ = ["ALLOWED", "ENDING", "RUNNING_STATUSES", "Actor", "allowed_from", "may_change"]


class Actor(StrEnum):
    """Who changes a status."""

    DISPATCHER = "dispatcher"
    RECORDER = "recorder"
    USER = "user"


#: Actor → status → the statuses it may be reached from by that actor. Whatever is not here is refused.
ALLOWED: dict[Actor, dict[Status, frozenset[Status]]] = {
    Actor.DISPATCHER: {
        Status.INITIALIZING: frozenset({Status.PENDING}),
        # The service ended while it started a run, and nobody has begun it.
        Status.PENDING: frozenset({Status.INITIALIZING}),
        Status.INIT_FAILURE: frozenset({Status.PENDING, Status.INITIALIZING}),
    },
    Actor.RECORDER: {
        Status.RUNNING: frozenset({Status.INITIALIZING}),
        Status.SUCCESS: frozenset({Status.RUNNING}),
        Status.FAILURE: frozenset({Status.INITIALIZING, Status.RUNNING}),
        Status.INIT_FAILURE: frozenset({Status.INITIALIZING}),
        # The time that an execution may take has passed.
        Status.STOPPING: frozenset({Status.INITIALIZING, Status.RUNNING}),
        Status.STOPPED: frozenset({Status.STOPPING}),
        Status.KILLED: frozenset({Status.KILLING}),
    },
    Actor.USER: {
        Status.STOPPING: frozenset({Status.PENDING, Status.INITIALIZING, Status.RUNNING, Status.STOPPING}),
        Status.KILLING: frozenset(
            {Status.PENDING, Status.INITIALIZING, Status.RUNNING, Status.STOPPING, Status.KILLING}
        ),
        Status.PENDING: frozenset({Status.FAILURE, Status.INIT_FAILURE}),
    },
}

#: The statuses that a supervisor is, or should be, at work in.
RUNNING_STATUSES = frozenset({Status.INITIALIZING, Status.RUNNING, Status.STOPPING, Status.KILLING})

#: The statuses that end a run.
ENDING = frozenset({Status.SUCCESS, Status.FAILURE, Status.INIT_FAILURE, Status.STOPPED, Status.KILLED})


def allowed_from(actor: Actor, to: Status) -> frozenset[Status]:
    """Return the statuses that an actor may change to another one."""
    return ALLOWED[actor].get(to, frozenset())


def may_change(actor: Actor, before: Status, to: Status) -> bool:
    """Whether an actor may change one status to another."""
    return before in allowed_from(actor, to)
