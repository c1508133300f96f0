"""Status events in the order they happened, and the runs of an execution that they belong to; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ctl_jupyter.client.progress import Progress
from ctl_jupyter.documents import FINAL_STATUSES, Execution, Status, StatusEvent

__all__ = ["Run", "in_order", "last_run", "runs_of"]

#: What comes last in a run, and what comes first.
LAST_EVENTS = frozenset({"playbook_on_stats", "playbook_result"})
FIRST_EVENTS = frozenset({"playbook_on_start", "playbook_on_play_start"})
#: What tells, after a result, that the execution runs again; a host's result may just be late.
NEXT_RUN = frozenset({*FIRST_EVENTS, "playbook_on_task_start", "playbook_result", "status_change"})
#: Statuses in which an execution has not begun to run its playbook.
BEFORE_THE_PLAYBOOK = frozenset({Status.PENDING, Status.INITIALIZING})


@dataclass
class Run:
    """One run of an execution.

    Parameters
    ----------
    number
        From 1; a restart begins another.
    events
        Its own, in order; none before the service tells of it.
    """

    number: int
    events: Sequence[StatusEvent]
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        for event in self.events:
            self.progress.add(event)


def in_order(events: Iterable[StatusEvent]) -> list[StatusEvent]:
    """Return events in the order they happened.

    By the embedded service's cursor where each has one; else by time, and what happened within one millisecond, or
    at a time that was not said, in the order of the list, which another service may begin with the newest.
    """
    listed = list(events)
    if all(event.seq is not None for event in listed):
        return sorted(listed, key=lambda event: event.seq or 0)
    if _begins_with_newest(listed):
        listed.reverse()
    times: list[int] = []
    for event in listed:
        times.append(event.timestamp if event.timestamp is not None else times[-1] if times else 0)
    return [event for _, event in sorted(zip(times, listed, strict=True), key=lambda pair: pair[0])]


def _begins_with_newest(listed: Sequence[StatusEvent]) -> bool:
    times = [event.timestamp for event in listed if event.timestamp is not None]
    if times and times[0] != times[-1]:
        return times[0] > times[-1]
    first = next((place for place, event in enumerate(listed) if event.event_type in FIRST_EVENTS), None)
    last = next((place for place, event in enumerate(listed) if event.event_type in LAST_EVENTS), None)
    return first is not None and last is not None and last < first


def runs_of(events: Sequence[StatusEvent]) -> list[list[StatusEvent]]:
    """Return the events of each run, the first run first; a restart begins another.

    Parameters
    ----------
    events
        All of an execution, in order.
    """
    runs: list[list[StatusEvent]] = []
    has_ended = has_started = False
    for event in events:
        kind = event.event_type
        begins = kind == "playbook_on_start" and has_started
        if has_ended and kind in NEXT_RUN:
            begins |= kind != "status_change" or str(event.details.get("status")) not in FINAL_STATUSES
        if begins or not runs:
            runs.append([])
            has_ended = has_started = False
        runs[-1].append(event)
        has_ended |= kind == "playbook_result"
        has_started |= kind == "playbook_on_start"
    return runs


def last_run(execution: Execution, events: Sequence[StatusEvent]) -> Run:
    """Return the last run of an execution, also when there is no event of it yet.

    Parameters
    ----------
    execution
        Its document; ``timers`` has one for each run, the older ``start`` and ``end`` do not tell how many there are.
    events
        All of its status events, in order.
    """
    runs = runs_of(events)
    timers = [timer for timer in execution.timers or [] if timer is not None]
    number = max(len(runs), len(timers), 1)
    if not runs:
        return Run(number, [])
    last = runs[-1]
    if len(timers) > len(runs):
        # A run of which no event is there yet; unless the service tells of all runs as one.
        start, told = timers[-1].start, last[-1].timestamp
        if start is None or (told is not None and told < start):
            return Run(number, [])
    elif execution.status in BEFORE_THE_PLAYBOOK and any(event.event_type in LAST_EVENTS for event in last):
        return Run(number + 1, [])
    return Run(number, last)
