"""How long a job usually takes, from its own history; pure."""

from collections.abc import Iterable
from statistics import median

from ctl_jupyter.documents import Execution, Status

__all__ = ["HISTORY", "PAGE", "usual_seconds"]

#: How many of the newest successful executions are looked at.
HISTORY = 20
#: How many of a job's newest executions are asked for, successful or not.
PAGE = 50


def usual_seconds(executions: Iterable[Execution]) -> float | None:
    """Return the median duration of a job's newest successful executions.

    Executions that were restarted are left out: their last run was on the failed hosts alone.

    Parameters
    ----------
    executions
        Of one job, newest first: ``GET /jobs/{alias}/{jobId}/executions``.

    Returns
    -------
    float or None
        Seconds; ``None`` when there is no history.
    """
    durations: list[float] = []
    for execution in executions:
        timers = execution.timers or []
        if execution.status != Status.SUCCESS or len(timers) != 1:
            continue
        begin, end = timers[0].start, timers[0].end
        if begin is not None and end is not None and end >= begin:
            durations.append((end - begin) / 1000)
        if len(durations) == HISTORY:
            break
    return median(durations) if durations else None
