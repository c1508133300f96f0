"""Which executions a line means: ids, beginnings of ids, handles in variables, the last one, all that run."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.inputs.names import did_you_mean
from ctl_jupyter.magics.errors import MagicError

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle
    from ctl_jupyter.magics.running import RunnerMagics

__all__ = ["find_execution", "find_executions"]

#: What ids of executions are made of, and so their beginnings.
ID = re.compile(r"[0-9a-fA-F-]+")


def find_execution(magics: "RunnerMagics", name: str | None) -> "ExecutionHandle":
    """Return the execution of that name; the last one of this notebook when there is no name.

    Raises
    ------
    MagicError
        When nothing was named and nothing was started here, or what was named is something else.
    RunnerError
        When there is no such execution, or there are several.
    """
    if name is None:
        if magics.memory.last is None:
            raise MagicError("No execution was started or watched in this notebook yet: name one by its id.")
        return magics.memory.last.last_run()
    found = find_executions(magics, [name])
    if len(found) > 1:
        raise MagicError(f"{name!r} holds {len(found)} executions: name one of them by its id.", found)
    return found[0]


def find_executions(
    magics: "RunnerMagics", names: Sequence[str], all_running: str | None = None, job: str | None = None
) -> "list[ExecutionHandle]":
    """Return the executions of those names, each once, in their order, and those of a job that have not ended.

    Parameters
    ----------
    names
        Ids, beginnings of ids, or names of variables that hold a handle or a list of them.
    all_running
        A job.
    job
        The job of the named executions, when known.

    Raises
    ------
    MagicError
        When nothing was named, or what was named is something else.
    RunnerError
        When there is no such execution, or there are several.
    """
    from ctl_jupyter.client import current_session

    if not names and all_running is None:
        raise MagicError("Name an execution by its id, or give --all-running JOB; %ctl_executions lists them.")
    found: list[ExecutionHandle] = []
    for name in names:
        # A variable still holds the run before a restart.
        held = [handle.last_run() for handle in _held(magics, name)]
        found += held or [_searched(magics, name, job)]
    if all_running is not None:
        found += current_session().running(all_running)
    return list({handle.execution_id: handle for handle in found}.values())


def _held(magics: "RunnerMagics", name: str) -> "list[ExecutionHandle]":
    """Return the handles that the variable of that name holds; none when it holds anything else."""
    from ctl_jupyter.client import ExecutionHandle

    held = magics.shell.user_ns.get(name)
    held = list(held) if isinstance(held, (list, tuple)) else [held]
    return held if all(isinstance(handle, ExecutionHandle) for handle in held) else []


def _searched(magics: "RunnerMagics", name: str, job: str | None) -> "ExecutionHandle":
    """Return the execution of an id or its beginning."""
    from ctl_jupyter.client import NotFound, current_session
    from ctl_jupyter.client.session import SHORTEST_PREFIX

    is_like_an_id = ID.fullmatch(name) is not None
    if not is_like_an_id:
        # Asked first: to find out that there is no such execution, all of the account's are looked at.
        _refuse_a_job(name)
    if name in magics.shell.user_ns and not is_like_an_id:
        held = type(magics.shell.user_ns[name]).__name__
        raise MagicError(f"The variable {name!r} holds no execution's handle but a value of type {held}.")
    session = current_session()
    known_job = session.find_job(job) if job is not None else None
    try:
        return session.execution(name, known_job)
    except NotFound as error:
        if is_like_an_id:
            _refuse_a_job(name)
        handles = [known for known in magics.shell.user_ns if not known.startswith("_") and _held(magics, known)]
        close = did_you_mean(name, handles)
        if close:
            raise MagicError(f"{str(error).rstrip('.')}{close}") from error
        if len(name) < SHORTEST_PREFIX:
            raise
        raise MagicError(f"{error} %ctl_executions lists them.") from error


def _refuse_a_job(name: str) -> None:
    """Say which execution may be meant when a name is a job's."""
    from ctl_jupyter.client import AmbiguousName, current_session

    session = current_session()
    try:
        job = session.find_job_named(name)
    except AmbiguousName:
        raise MagicError(f"{name!r} is the name of jobs: name an execution; %ctl_executions lists them.") from None
    if job is None:
        return
    last = next(iter(session.calls.executions(job.id)), None)
    if last is None:
        raise MagicError(f"{name!r} is a job, and it was never started.")
    raise MagicError(f"{name!r} is a job: its last execution is {last.execution_id} ({last.status}); name that.")
