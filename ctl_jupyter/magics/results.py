"""Magics that show what came of executions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.magic import magics_class

from ctl_jupyter.inputs.names import did_you_mean, listed
from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.running import Options, RunnerMagics, magic

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ResultMagics"]

#: What is looked for first, and so stands first where a narrow screen leaves columns out; ids come last.
FIRST_OF_EXECUTIONS = ("job", "status", "start", "duration", "failed_hosts")
FIRST_OF_EVENTS = ("host", "task", "outcome", "message")
#: How many names a sentence lists.
MOST_NAMES = 10
#: Types of status events that tell of a failure.
FAILURES = ("runner_on_failed", "runner_on_async_failed", "runner_on_unreachable", "runner_item_on_failed")


@magics_class
class ResultMagics(RunnerMagics):
    """Executions, their events, and why they ended as they did."""

    @magic
    def ctl_executions(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.history import history

        statuses = [_status(word) for word in options.status]
        found = history(options.job, since=options.since, until=options.until, status=statuses, rows=options.rows)
        frame = found.executions
        return self._given(options, frame if options.out else _readable(frame))

    @magic
    def ctl_events(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.history import hosts_of, status_events_of
        from ctl_jupyter.magics.finding import find_execution

        handle = find_execution(self, options.execution)
        frame = status_events_of(handle) if options.all else hosts_of(handle)
        if options.host:
            frame = _of_hosts(frame, options.host)
        if options.failed:
            is_failed = (
                frame["event_type"].isin(FAILURES) if options.all else frame["outcome"].isin(["failed", "unreachable"])
            )
            frame = frame[is_failed].reset_index(drop=True)
        return self._given(options, frame if options.out else _readable(frame))

    @magic
    def ctl_why(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.live import why
        from ctl_jupyter.magics.finding import find_execution

        return self._given(options, why(find_execution(self, options.execution)))

    def _given(self, options: Options, result: Any) -> Any:
        """Bind a result where ``-o`` names a variable; else it is the cell's value, and displayed."""
        if options.out:
            self.bind(options.out, result)
            return None
        return result


def _readable(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a frame with the columns that people look for first in front, and ids at the end."""
    names = list(frame.columns)
    first = FIRST_OF_EVENTS if "host" in names else FIRST_OF_EXECUTIONS
    front = [name for name in first if name in names]
    ids = [name for name in names if name.endswith("_id")]
    return frame[[*front, *(name for name in names if name not in (*front, *ids)), *ids]]


def _status(word: str) -> str:
    """Return the status of that name, however it is written.

    Raises
    ------
    MagicError
        When there is none, with the nearest.
    """
    from ctl_jupyter.documents import Status

    name = word.upper().replace("-", "_")
    known = [status.value for status in Status]
    if name not in known:
        raise MagicError(
            f"There is no status {word!r}{did_you_mean(name, known) or '.'} The statuses are {', '.join(known)}."
        )
    return name


def _of_hosts(frame: "pd.DataFrame", hosts: Sequence[str]) -> "pd.DataFrame":
    """Return the rows of these hosts.

    Raises
    ------
    MagicError
        When there is none of one of them, with the hosts there are.
    """
    known = list(dict.fromkeys(frame["host"].dropna()))
    for host in hosts:
        if host not in known:
            there_are = f" The hosts are {listed(known, MOST_NAMES)}." if known else " It has no event of any host."
            raise MagicError(
                f"The execution has no events of a host {host!r}{did_you_mean(host, known) or '.'}{there_are}"
            )
    return frame[frame["host"].isin(hosts)].reset_index(drop=True)
