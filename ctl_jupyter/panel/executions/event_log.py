"""The lines of an event log: what each event says, which of them fit a search; pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from ctl_jupyter.cleaning import clean, one_line
from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.panel.executions.outcomes import outcome_of

__all__ = ["KINDS", "WINDOW", "EventLog", "Line", "Wanted", "full_text", "line_of"]

#: How many lines are shown at most: the last ones that fit.
WINDOW = 500
LONGEST_MESSAGE = 300
LONGEST_FULL_TEXT = 200_000
#: What a log may be narrowed to, and the outcomes that are left then; none for all.
KINDS: dict[str, frozenset[str]] = {
    "everything": frozenset(),
    "failed and unreachable": frozenset({"failed", "unreachable"}),
    "changed": frozenset({"changed"}),
    "failed or changed": frozenset({"failed", "unreachable", "changed"}),
}
#: The words for events that are no host's result.
OTHER = {
    "playbook_on_start": "playbook",
    "playbook_on_play_start": "play",
    "playbook_on_task_start": "task",
    "playbook_on_stats": "count",
    "playbook_result": "result",
    "playbook_on_notify": "notify",
    "playbook_on_no_hosts_matched": "no hosts",
    "playbook_on_no_hosts_remaining": "no hosts left",
    "status_change": "status",
    "runner_item_on_ok": "item ok",
    "runner_item_on_failed": "item failed",
    "runner_item_on_skipped": "item skipped",
    "runner_retry": "retry",
}


@dataclass(frozen=True)
class Wanted:
    """What a log is narrowed to.

    Parameters
    ----------
    words
        All of them must stand in a line, whatever their case.
    kind
        One of `KINDS`.
    host, task
        Whole names; empty for any.
    """

    words: str = ""
    kind: str = "everything"
    host: str = ""
    task: str = ""

    def fits(self, event: StatusEvent) -> bool:
        """Whether an event is to be shown."""
        details = event.details
        if self.host and details.get("host") != self.host:
            return False
        if self.task and details.get("task") != self.task:
            return False
        outcomes = KINDS[self.kind]
        if outcomes and outcome_of(event) not in outcomes:
            return False
        if not self.words:
            return True
        text = " ".join(line_of(event, 0)[2:]).casefold() + " " + event.event_type
        return all(word in text for word in self.words.casefold().split())


#: Its key, then time, outcome, host, task and message.
Line = tuple[int, str, str, str, str, str]


def line_of(event: StatusEvent, key: int, zone: tzinfo | None = None) -> Line:
    """Return what a log shows of an event.

    Parameters
    ----------
    key
        By which the page asks for its full text.
    zone
        Of the times; this machine's when absent.
    """
    details = event.details
    at = ""
    if event.timestamp is not None:
        at = datetime.fromtimestamp(event.timestamp / 1000, UTC).astimezone(zone).strftime("%H:%M:%S")
    outcome = outcome_of(event) or OTHER.get(event.event_type, event.event_type)
    message = details.get("msg") or details.get("reason") or details.get("status")
    if not message and event.event_type == "playbook_on_play_start":
        message = details.get("play")
    return (
        key,
        at,
        outcome,
        one_line(str(details.get("host") or ""), 100),
        one_line(str(details.get("task") or ""), 200),
        one_line(str(message or ""), LONGEST_MESSAGE),
    )


def full_text(event: StatusEvent) -> str:
    """Return all that an event holds, as the service gave it: secrets in it are masked already."""
    text = clean(json.dumps(event.message, indent=2, ensure_ascii=False, default=str).replace("\\n", "\n"))
    shown = f"{event.event_type}\n{text}"
    return shown if len(shown) <= LONGEST_FULL_TEXT else f"{shown[:LONGEST_FULL_TEXT]}\n… and more"


@dataclass
class EventLog:
    """The lines of the last events that fit; each event is looked at once for each search."""

    wanted: Wanted = field(default_factory=Wanted)
    #: How many events there are, and how many of them fit.
    total: int = 0
    fitting: int = 0
    lines: list[Line] = field(default_factory=list)

    def search(self, wanted: Wanted) -> None:
        """Narrow it to something else; `read` looks at every event again."""
        self.wanted = wanted
        self.begin_again()

    def begin_again(self) -> None:
        """Forget what was read, since the events are others."""
        self.total = self.fitting = 0
        self.lines = []

    def read(self, events: Sequence[StatusEvent]) -> bool:
        """Take up the events that are new; whether a line is.

        Parameters
        ----------
        events
            Those of the last time with more at their end.
        """
        before, last = self.fitting, len(events)
        fitting = [key for key in range(self.total, last) if self.wanted.fits(events[key])]
        self.total, self.fitting = last, before + len(fitting)
        self.lines = [*self.lines, *(line_of(events[key], key) for key in fitting[-WINDOW:])][-WINDOW:]
        return self.fitting != before

    @property
    def told(self) -> str:
        """How much of it is shown: ``the last 500 of 20,301 events``."""
        if self.fitting == self.total:
            if self.total <= WINDOW:
                return f"{self.total:,} event{'' if self.total == 1 else 's'}"
            return f"the last {WINDOW} of {self.total:,} events; search for earlier ones"
        if self.fitting > WINDOW:
            return f"the last {WINDOW} of {self.fitting:,} that fit, of {self.total:,} events"
        return f"{self.fitting:,} of {self.total:,} events fit"
