"""The card in plain text: for terminals, for `text/plain` in saved notebooks; pure."""

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live.glance import FailureGroup, Glance, glance

__all__ = [
    "clock",
    "failing_hosts",
    "host_counts",
    "progress_line",
    "summary_text",
    "time_left",
    "trouble_text",
]

#: How many hosts of a failure are named.
NAMED_HOSTS = 3


def clock(seconds: float) -> str:
    """Return a duration as people read it: ``0:07``, ``12:34``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def time_left(seen: Glance) -> str:
    """Return how long it will take, as far as the job's history tells: ``about 2 min left``; empty without any."""
    if seen.usual is None or seen.seconds is None:
        return ""
    left = seen.usual - seen.seconds
    if left >= 90:
        return f"about {round(left / 60)} min left" if left < 5400 else f"about {left / 3600:.1f} h left"
    if left >= 5:
        # In steps, since it is an estimate: a number that runs would say that it is known.
        return f"about {-(-int(left) // 10) * 10} s left"
    if seen.seconds <= 1.2 * seen.usual + 5:
        # Of a run of a few seconds there is nothing to say.
        return "nearly done" if seen.usual >= 10 else ""
    return f"longer than usual (usually {clock(seen.usual)})"


def host_counts(seen: Glance) -> str:
    """Return how many hosts ended how: ``25 hosts: 2 failed, 23 ok``; empty when none was met."""
    if not seen.hosts:
        return ""
    words = ", ".join(f"{count} {outcome}" for outcome, count in seen.outcomes.items())
    return f"{len(seen.hosts)} host{'' if len(seen.hosts) == 1 else 's'}: {words}"


def failing_hosts(group: FailureGroup) -> str:
    """Return what failed where: ``web1, web2 failed in task 'Install nginx'``, naming the first few hosts."""
    names = ", ".join(one_line(host, 300) for host in group.hosts[:NAMED_HOSTS])
    more = len(group.hosts) - NAMED_HOSTS
    verb = "could not be reached" if group.unreachable else "failed"
    return f"{names}{f' and {more} more' if more > 0 else ''} {verb} in task {one_line(group.task)!r}"


def trouble_text(seen: Glance) -> str:
    """Return why nothing new arrives and how to go on; empty when all is well."""
    if not seen.trouble:
        return ""
    why = one_line(seen.trouble, 500)
    if not seen.is_read:
        return f"connection lost, trying again: {why}"
    return f"not followed any longer: {why} %ctl_watch {one_line(seen.execution_id)} picks it up again"


def progress_line(handle: ExecutionHandle, now: float | None = None) -> str:
    """Return one line: status, what it is doing, how its hosts fare, how long it took.

    Parameters
    ----------
    now
        Epoch seconds; the clock's when absent.
    """
    return _line(glance(handle, now))


def summary_text(handle: ExecutionHandle, now: float | None = None) -> str:
    """Return the card in a few lines; job and execution id stand in it whole, so that a saved notebook keeps them.

    Parameters
    ----------
    now
        Epoch seconds; the clock's when absent.
    """
    seen = glance(handle, now)
    lines = [f"{one_line(seen.job_name)}: {_line(seen)}", f"execution {one_line(seen.execution_id)}"]
    if seen.failures:
        first = seen.failures[0]
        lines.append(f"{failing_hosts(first)}: {one_line(first.message, 500)}")
        others = len(seen.failures) - 1
        if others:
            lines.append(f"… and {others} other failure{'' if others == 1 else 's'}")
    if seen.reason:
        lines.append(one_line(seen.reason, 500))
    if seen.trouble:
        lines.append(trouble_text(seen))
    elif not seen.has_ended:
        lines.append(f"%ctl_watch {one_line(seen.execution_id)} shows how it goes on")
    return "\n".join(lines)


def _line(seen: Glance) -> str:
    elapsed = "" if seen.seconds is None else clock(seen.seconds)
    parts = (one_line(seen.status, 40), one_line(seen.activity), host_counts(seen), elapsed, time_left(seen))
    return " · ".join(part for part in parts if part)
