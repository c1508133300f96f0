"""Which executions a line means: ids, beginnings of ids, handles in variables, the last one, all that run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctl_jupyter.magics.errors import MagicError

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle
    from ctl_jupyter.magics.running import RunnerMagics

__all__ = ["find_execution", "find_executions"]


def find_execution(magics: "RunnerMagics", name: str | None) -> "ExecutionHandle":
    """Return the execution of that name; the last one of this notebook when there is no name.

    Raises
    ------
    MagicError
        When nothing was named and nothing was started here.
    RunnerError
        When there is no such execution, or there are several.
    """
    if name is None:
        if magics.memory.last is None:
            raise MagicError("No execution was started or watched in this notebook yet: name one by its id.")
        return magics.memory.last
    return find_executions(magics, [name])[0]


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
        When nothing was named.
    RunnerError
        When there is no such execution, or there are several.
    """
    from ctl_jupyter.client import ExecutionHandle, current_session

    if not names and all_running is None:
        raise MagicError("Name an execution by its id, or give --all-running JOB; %ctl_executions lists them.")
    session = current_session()
    found: list[ExecutionHandle] = []
    for name in names:
        held = magics.shell.user_ns.get(name)
        held = held if isinstance(held, (list, tuple)) else [held]
        if held and all(isinstance(handle, ExecutionHandle) for handle in held):
            found += held
        else:
            found.append(session.execution(name, job))
    if all_running is not None:
        found += session.running(all_running)
    return list({handle.execution_id: handle for handle in found}.values())
