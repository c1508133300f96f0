"""What made hosts fail, out of the status events of one run: one cause per host, equal ones folded; pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ctl_jupyter.cleaning import clean
from ctl_jupyter.client.progress import RESULT_EVENTS, Progress
from ctl_jupyter.documents import StatusEvent

__all__ = ["Cause", "CauseGroup", "causes_of", "folded", "normalised"]

#: How much of a command's output is kept: its last lines, and of them the last characters.
LAST_LINES, LAST_CHARACTERS = 20, 4000
#: Characters at both ends of a message that are looked at, and those of them, normalised, that tell it from others.
LONGEST, TELLING = 1500, 500
#: What Ansible says of a command whose exit code is not 0.
PLAIN_EXIT = "non-zero return code"
#: Last lines of errors that tell it, too.
TELLING_LINES = 3


@dataclass(frozen=True)
class Cause:
    """Why one host failed: the first of its failures that was neither ignored nor rescued.

    Parameters
    ----------
    host
        Its name; empty when the event names none.
    unreachable
        Whether it could not be reached, rather than failed.
    task, play, role, action, path
        Where: ``action`` is the module, ``path`` file and line; empty where nothing was said.
    message
        Ansible's words; empty when the service told of no event.
    item
        Of a loop, the first item that failed, as text.
    rc
        The exit code of the command.
    stdout, stderr
        The end of what it printed.
    timestamp
        When the service was told, epoch milliseconds UTC.
    led_by
        The task that failed right before and led to the rescue section that this one stands in; else empty.
    went_on
        Whether other results of this host follow while nothing tells that it counts as failed: it may yet be rescued.
    stops_all
        The directive by which this failure ends the play for all hosts: ``any_errors_fatal``, ``run_once`` or none.
    """

    host: str
    unreachable: bool = False
    task: str = ""
    play: str = ""
    role: str = ""
    action: str = ""
    path: str = ""
    message: str = ""
    item: str = ""
    rc: int | None = None
    stdout: str = ""
    stderr: str = ""
    timestamp: int | None = None
    led_by: str = ""
    went_on: bool = False
    stops_all: str = ""

    @property
    def is_plain_exit(self) -> bool:
        """Whether the message says no more than the exit code does, and the output more."""
        return self.message == PLAIN_EXIT and self.rc is not None and bool(self.stderr or self.stdout)

    @property
    def says(self) -> str:
        """What tells most, in few words: the message, or the last line that the command printed."""
        return (self.stderr or self.stdout).splitlines()[-1] if self.is_plain_exit else self.message


@dataclass(frozen=True)
class CauseGroup:
    """Hosts that failed in the same task with the same message but for numbers, names, paths, times and ids.

    Parameters
    ----------
    number
        From 1, in the order they happened.
    causes
        One per host, the first that happened first.
    """

    number: int
    causes: tuple[Cause, ...]

    @property
    def first(self) -> Cause:
        """The cause of the host that failed first."""
        return self.causes[0]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts, the one that failed first first."""
        return tuple(cause.host for cause in self.causes)

    @property
    def differs(self) -> bool:
        """Whether what the hosts say, or the items, are not the same to the letter."""
        return len({(cause.says, cause.item) for cause in self.causes}) > 1


def causes_of(run: Sequence[StatusEvent], progress: Progress, failed_hosts: Collection[str] = ()) -> list[Cause]:
    """Return the cause of each host that failed, in the order they happened.

    Parameters
    ----------
    run
        The events of one run, in order.
    progress
        The same events, folded.
    failed_hosts
        The hosts that the execution document calls failed.
    """
    places = _places(run)
    is_settled = any(event.event_type == "playbook_on_stats" for event in run)
    results: dict[str, list[StatusEvent]] = {}
    for told in run:
        if _is_result(told):
            results.setdefault(_host(told), []).append(told)
    found: list[Cause] = []
    for failure in progress.failures:
        event, own = failure.event, results[failure.host]
        assert event is not None
        went_on = not is_settled and failure.host not in failed_hosts and not _is_of_same(own[-1], event)
        found.append(_cause(failure.host, event, places, _led_by(own, event), went_on))
    nameless = [
        _cause("", event, places)
        for event in run
        if _is_failure(event) and not event.details.get("host") and not event.details.get("ignore_errors")
    ]
    known = {cause.host for cause in found}
    return [*found, *nameless, *(Cause(host) for host in dict.fromkeys(failed_hosts) if host not in known)]


def folded(causes: Iterable[Cause], hosts: Collection[str] = ()) -> tuple[CauseGroup, ...]:
    """Return causes in groups of the same.

    Parameters
    ----------
    hosts
        Every host of the run: a message may name others than its own.
    """
    names = {host.lower() for host in hosts}
    groups: dict[tuple[object, ...], list[Cause]] = {}
    for cause in causes:
        place = (cause.unreachable, cause.play, cause.task, cause.role, cause.path, cause.action)
        said = normalised(_telling(cause), cause.host, names)
        # Of long ones the ends: what is cut out of the middle begins elsewhere on each host.
        groups.setdefault((*place, said[:TELLING], said[-TELLING:]), []).append(cause)
    return tuple(CauseGroup(number, tuple(alike)) for number, alike in enumerate(groups.values(), 1))


def _telling(cause: Cause) -> str:
    """Return the text that tells one cause from another: the message, and how its output ends."""
    output = cause.stderr or (cause.stdout if cause.rc else "")
    text = cause.message
    if len(text) > 2 * LONGEST:
        text = f"{text[:LONGEST]} {text[-LONGEST:]}"
    return "\n".join([text, *output.splitlines()[-(TELLING_LINES if cause.stderr else 1) :]])


# What changes from host to host and from run to run; in this order, since a time has numbers in it.
_TIME = re.compile(
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?\b"
    r"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}\b"
    r"|\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\b"
)
_ID = re.compile(
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*\d)[0-9a-f]{7,}\b"
)
_PATH = re.compile(r"(?<![\w/.])(?:~|[A-Za-z]:)?[/\\](?:[^\s'\"`:,;()<>\[\]{}]+)")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{1,4}\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"\w[\w.\-]*")


def normalised(text: str, host: str = "", hosts: Collection[str] = ()) -> str:
    """Return a message with its times, ids, addresses, paths, hosts' names and numbers taken out.

    Parameters
    ----------
    host
        The one that the message is of.
    hosts
        Names of others, in lower case.
    """
    text = clean(text)
    if host:
        text = re.sub(rf"(?<![\w-]){re.escape(host)}(?![\w-])", "HOST", text)

    def without_host(found: re.Match[str]) -> str:
        word = found[0].rstrip(".").lower()
        return "HOST" if word in hosts or word.partition(".")[0] in hosts else found[0]

    for pattern, word in ((_TIME, "TIME"), (_ID, "ID"), (_ADDRESS, "HOST")):
        text = pattern.sub(word, text)
    text = _NAME.sub(without_host, _PATH.sub("PATH", text))
    return " ".join(_NUMBER.sub("#", text).split())


@dataclass(frozen=True)
class _Place:
    """Where in its playbook an event happened, for services that do not repeat it in each event."""

    play: str
    task: Mapping[str, Any]
    item: StatusEvent | None


def _places(run: Iterable[StatusEvent]) -> dict[int, _Place]:
    """Return for each event of a failure where it happened, by the event's identity."""
    places: dict[int, _Place] = {}
    play = ""
    task: Mapping[str, Any] = {}
    items: dict[str, StatusEvent] = {}
    for event in run:
        details = event.details
        if event.event_type == "playbook_on_play_start":
            play, task = _text(details.get("play")), {}
        elif event.event_type == "playbook_on_task_start":
            task = details
            items.clear()
        elif event.event_type == "runner_item_on_failed":
            items.setdefault(_host(event), event)
        elif _is_failure(event):
            places[id(event)] = _Place(play, task, items.get(_host(event)))
    return places


def _cause(
    host: str, event: StatusEvent, places: Mapping[int, _Place], led_by: str = "", went_on: bool = False
) -> Cause:
    details, place = event.details, places[id(event)]
    said = details.get("task")
    # Of a task that the event does not name, or does: never another one's file and line.
    task = place.task if not said or said == place.task.get("task") else {}
    result, item = _result_of(details, place.item)
    where = {name: _text(details.get(name) or task.get(name)) for name in ("task", "role", "action", "path")}
    rc = result.get("rc")
    return Cause(
        host=host,
        unreachable=event.event_type == "runner_on_unreachable",
        play=_text(details.get("play") or task.get("play") or place.play),
        message=_message(result, details),
        item=item,
        rc=rc if isinstance(rc, int) and not isinstance(rc, bool) and abs(rc) < 2**31 else None,
        stdout=_end_of(result, "stdout"),
        stderr=_end_of(result, "stderr"),
        timestamp=event.timestamp,
        led_by=led_by,
        went_on=went_on,
        stops_all=next((name for name in ("any_errors_fatal", "run_once") if details.get(name) is True), ""),
        **where,
    )


def _result_of(details: Mapping[str, Any], item_event: StatusEvent | None) -> tuple[Mapping[str, Any], str]:
    """Return the result that tells most, of a loop its first failed item's, and that item."""
    found = details.get("res")
    result: Mapping[str, Any] = found if isinstance(found, dict) else {}
    items = result.get("results")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")):
            return item, _label(item)
    if item_event is not None:
        of_item = item_event.details.get("res")
        told = of_item if isinstance(of_item, dict) else item_event.details
        return told, _label(told) or _label(item_event.details)
    return result, ""


def _label(item: Mapping[str, Any]) -> str:
    label = item.get("_ansible_item_label")
    return _text(item.get("item") if label is None else label)


def _message(result: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    for told in (result.get("msg"), details.get("msg"), result.get("censored"), result.get("exception")):
        if _text(told).strip():
            return _text(told).strip()
    return "no message"


def _end_of(result: Mapping[str, Any], stream: str) -> str:
    """Return the last lines of what a command, or a module that broke, printed."""
    output = result.get(stream) or result.get(f"module_{stream}") or result.get(f"{stream}_lines") or ""
    text = "\n".join(map(str, output)) if isinstance(output, list) else _text(output)
    return "\n".join(text.rstrip().splitlines()[-LAST_LINES:])[-LAST_CHARACTERS:]


def _led_by(results: Sequence[StatusEvent], failed: StatusEvent) -> str:
    """Return the task whose failure led to the rescue section that failed.

    A rescue that works is followed by results of other tasks, and nobody says whether they belong to it: only a
    failure right before, with nothing that went well in between, is told.
    """
    task = failed.details.get("task")
    place = next(place for place, event in enumerate(results) if event is failed)
    for event in reversed(results[:place]):
        if _is_failure(event) and not event.details.get("ignore_errors"):
            return "" if event.details.get("task") == task else _text(event.details.get("task"))
        if event.event_type != "runner_on_skipped":
            return ""
    return ""


def _host(event: StatusEvent) -> str:
    return str(event.details.get("host") or "")


def _is_result(event: StatusEvent) -> bool:
    return event.event_type in RESULT_EVENTS


def _is_failure(event: StatusEvent) -> bool:
    return RESULT_EVENTS.get(event.event_type) in ("failed", "unreachable")


def _is_of_same(one: StatusEvent, other: StatusEvent) -> bool:
    """Whether two results are of one task: that of an asynchronous one is told twice."""
    return one is other or (one.details.get("task"), one.details.get("path")) == (
        other.details.get("task"),
        other.details.get("path"),
    )


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode()
