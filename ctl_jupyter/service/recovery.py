"""What a service does about the runs of the one before it, which may have been killed at any moment."""

import contextlib
import shutil
import signal
from dataclasses import replace

from ctl_jupyter.documents import Status
from ctl_jupyter.places import runtime_directory, state_directory
from ctl_jupyter.service.engine import control
from ctl_jupyter.service.engine.fence import revoke
from ctl_jupyter.service.engine.launch import private_directory, run_directory
from ctl_jupyter.service.engine.processes import Process, boot_id, send_signal
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.states import Actor
from ctl_jupyter.service.store.executions import Executions, LiveRun

__all__ = ["KEYS_LOST", "take_up"]

KEYS_LOST = "The service was started anew while this waited, and keeps no private keys: start it again."
#: An order that the last service stored and was killed before it passed it on → what the supervisor is told.
_ORDERS = {Status.STOPPING: control.STOP, Status.KILLING: control.KILL}


def take_up(executions: Executions) -> list[LiveRun]:
    """Put what the last service left in order and return the runs to follow.

    A run that was taken from the queue and that no supervisor has begun, or ever will, waits again in its old place;
    one that needs keys, which are lost, ends.

    Must be called before anything is started or ordered, and by the one service of this user alone.
    """
    live = executions.live_runs()
    if any(run.process is not None and run.process.boot != boot_id() for run in live):
        # A power failure may have undone events that somebody has read already.
        executions.skip_cursors()
    _remove_leftovers(live)
    followed = []
    for run in live:
        found = replace(run, process=_beginner_of(run)) if run.process is None else run
        if found.process is None and found.status == Status.INITIALIZING and found.claimed_in == boot_id():
            _queue_again(executions, found)
        else:
            _order_again(found)
            followed.append(found)
    return followed


def _beginner_of(run: LiveRun) -> Process | None:
    """Return the supervisor of a run that the last service had no time to note; none begins from now on."""
    beginner = revoke(run_directory(run.execution_id, run.run))
    if beginner is not None:
        return beginner
    if run.claimed_in is None or run.claimed_in == boot_id():
        return None
    # A power failure may have made the disk forget who began it: it is gone for sure, and may have done something.
    return Process(run.claimed_in, 0, 0)


def _queue_again(executions: Executions, run: LiveRun) -> None:
    if run.needs_keys:
        executions.end(run.execution_id, run.run, Outcome(Status.INIT_FAILURE, KEYS_LOST), Actor.DISPATCHER)
    else:
        executions.queue_again(run.execution_id, run.run)
    shutil.rmtree(run_directory(run.execution_id, run.run), ignore_errors=True)


def _order_again(run: LiveRun) -> None:
    """Pass on the order that the status tells of; what was not written down any more is due at once."""
    action = _ORDERS.get(Status(run.status))
    directory = run_directory(run.execution_id, run.run)
    # Without a directory the run has ended.
    if action is None or not directory.is_dir():
        return
    order = control.read_order(directory)
    if order is None or (action == control.KILL and order.action != control.KILL):
        control.write_order(directory, action, 0)
    if run.process is not None:
        send_signal(run.process.boot, run.process.pid, run.process.started, signal.SIGUSR1)


def _remove_leftovers(live: list[LiveRun]) -> None:
    """Remove what a service that was killed at the end of a run left of it."""
    for base, directory_of in (
        (state_directory() / "runs", run_directory),
        (runtime_directory() / "runs", private_directory),
    ):
        wanted = {directory_of(run.execution_id, run.run).name for run in live}
        with contextlib.suppress(FileNotFoundError):
            for left in [path for path in base.iterdir() if path.name not in wanted]:
                shutil.rmtree(left, ignore_errors=True)
