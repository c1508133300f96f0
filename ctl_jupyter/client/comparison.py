"""The last success of a job on each host, and what differs between it and a later execution.

How often the service is asked is bounded, however long the history: the execution in question is looked for among the
job's newest `MOST_LISTED`; of those before it `MOST_CONSIDERED` are looked at, and of these the closing events of
`MOST_OPENED` (one request where the service says how many events there are, else two; the closing count of
Ansible's says which hosts took part and how they ended, and is enough).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.errors import NotFound
from ctl_jupyter.client.runs import in_order
from ctl_jupyter.documents import Commit, Execution, Status, StatusEvent

__all__ = ["MOST_CONSIDERED", "MOST_LISTED", "MOST_OPENED", "Difference", "Given", "LastSuccess", "Search", "given_in"]

MOST_LISTED, MOST_CONSIDERED, MOST_OPENED = 1000, 100, 20
#: The closing count, the final status and the result are the last three events: a page that ends with them holds more.
CLOSING = 4
SMALLEST_PAGE = 20


@dataclass(frozen=True)
class Given:
    """What a run was given, by names alone, as the embedded service tells in ``playbook_on_start``.

    Parameters
    ----------
    hosts
        Each host that the run was for, and the names of its variables; ``None`` when there were too many to tell.
    """

    tags: tuple[str, ...]
    variables: frozenset[str]
    hosts: Mapping[str, frozenset[str]] | None


@dataclass(frozen=True)
class Difference:
    """Names that came and names that went."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


@dataclass(frozen=True)
class LastSuccess:
    """The newest earlier execution in which hosts ended without failure, and what differs since.

    Each of the differences is ``None`` where the service does not tell enough to know.

    Parameters
    ----------
    hosts
        Those that it is the last success of; empty when the later execution failed on no host in particular.
    status
        Of the whole execution: other hosts may have failed.
    ended
        Epoch milliseconds UTC.
    before
        Its place in the list before the later one: 1 for the one right before.
    commits
        What was checked out then, and now.
    tags
        Then, and now.
    variables
        Names of the playbook's variables (``properties``).
    host_variables
        Names of variables of these hosts, and on which they came or went.
    job_changed
        When the job's document was last changed, if that was after the success had started; epoch milliseconds UTC.
    results
        How many tasks each host ended in it.
    """

    hosts: tuple[str, ...]
    execution_id: str
    status: str
    ended: int | None
    before: int
    commits: tuple[Commit, Commit] | None = None
    tags: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    variables: Difference | None = None
    host_variables: tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]] | None = None
    all_hosts: Difference | None = None
    job_changed: int | None = None
    results: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Now:
    """The later execution, as far as it is compared.

    Parameters
    ----------
    hosts
        Those that its events tell of.
    is_whole
        Whether it ran on all of its hosts: neither a restart nor ended early.
    """

    execution: Execution
    given: Given | None
    hosts: Collection[str]
    is_whole: bool


class Search:
    """Looks for the last success of hosts.

    Parameters
    ----------
    calls
        Where to ask.
    now
        The execution to look before.
    """

    def __init__(self, calls: RunnerCalls, now: Now) -> None:
        self._calls = calls
        self._now = now
        #: How many earlier executions were looked at.
        self.looked_at = 0
        #: Whether the execution itself was among the newest `MOST_LISTED`.
        self.is_listed = False
        #: Whether earlier ones were left that were not looked at.
        self.is_cut = False

    def find(self, hosts: Collection[str]) -> list[LastSuccess]:
        """Return the last successes of hosts, the newest first; of the job as a whole when there are none.

        ``GET /jobs/{alias}/{jobId}/executions``, ``GET /status/{alias}/job/{jobId}/execution/{executionId}`` and
        ``GET /jobs/{alias}/{jobId}``.

        Raises
        ------
        RunnerError
            When the service does not answer as it should.
        """
        wanted = dict.fromkeys(hosts)
        found: list[tuple[tuple[str, ...], int, Execution, _Closing]] = []
        opened = 0
        for place, execution in enumerate(self._earlier(), 1):
            if place > MOST_CONSIDERED or opened == MOST_OPENED:
                self.is_cut = True
                break
            self.looked_at = place
            if not _may_hold_success(execution, wanted):
                continue
            opened += 1
            closing = self._closing_of(execution)
            ended_well = tuple(host for host in wanted if host in closing.succeeded)
            if ended_well or not hosts:
                found.append((ended_well, place, execution, closing))
                for host in ended_well:
                    del wanted[host]
            if found and not wanted:
                break
        changed = self._job_changed() if found else None
        return [self._compare(*success, changed) for success in found]

    def _earlier(self) -> Iterable[Execution]:
        """Yield the executions of the job that were started before, newest first."""
        execution = self._now.execution
        listed = iter(self._calls.executions(execution.job_id))
        self.is_listed = any(other.execution_id == execution.execution_id for other in islice(listed, MOST_LISTED))
        if self.is_listed:
            yield from listed

    def _job_changed(self) -> int | None:
        try:
            return self._calls.get_job(self._now.execution.job_id).last_updated_time
        except NotFound:
            return None  # deleted since

    # --- one earlier execution ---------------------------------------------------------------------------------

    def _closing_of(self, execution: Execution) -> "_Closing":
        events = self._last_events(execution)
        stats: Mapping[str, Any] = {}
        for event in events:
            if event.event_type == "playbook_on_stats" and isinstance(event.details.get("stats"), dict):
                stats = event.details["stats"]
        counts = {host: count for host, count in stats.items() if isinstance(count, dict)}
        failed = {host for host, count in counts.items() if count.get("failures") or count.get("unreachable")}
        # A play that ended early for all ended so for those that did not fail, too.
        is_early = any(event.event_type == "playbook_on_no_hosts_remaining" for event in events)
        return _Closing(
            hosts=tuple(counts),
            succeeded=frozenset() if failed and is_early else frozenset(counts) - failed - set(execution.failed_hosts),
            results={host: results_in(count) for host, count in counts.items()},
        )

    def _last_events(self, execution: Execution) -> list[StatusEvent]:
        total = execution.events_expected
        if total is None:
            first = self._page(execution, 0, SMALLEST_PAGE)
            events = in_order(first.results)
            if not first.is_counted or first.total_size <= len(events) or _is_closing(events):
                return events
            total = first.total_size
        # A page of a size by which the last one is no mere remainder.
        size = next(size for size in range(SMALLEST_PAGE, 100) if (total - 1) % size >= CLOSING or total <= size)
        return in_order(self._page(execution, max(total - 1, 0) // size, size).results)

    def _page(self, execution: Execution, page: int, size: int) -> Any:
        return self._calls.status_events_page(execution.job_id, execution.execution_id, page, size)

    def _given_to(self, execution: Execution) -> Given | None:
        """Return what an execution was given; of one that was restarted, nobody knows without all of its events."""
        if self._now.given is None or len(execution.timers or ()) > 1:
            return None
        return given_in(self._page(execution, 0, SMALLEST_PAGE).results)

    # --- comparing ---------------------------------------------------------------------------------------------

    def _compare(
        self, hosts: tuple[str, ...], place: int, then: Execution, closing: "_Closing", job_changed: int | None
    ) -> LastSuccess:
        now, given = self._now, self._given_to(then)
        is_since = job_changed is not None and then.start is not None and job_changed > then.start
        return LastSuccess(
            hosts=hosts,
            execution_id=then.execution_id,
            status=then.status,
            ended=then.end,
            before=place,
            commits=_commits(then, now.execution),
            tags=(given.tags, now.given.tags) if given and now.given else None,
            variables=_difference(given.variables, now.given.variables) if given and now.given else None,
            host_variables=_host_variables(given, now.given, hosts) if given and now.given else None,
            all_hosts=self._hosts(given, closing),
            job_changed=job_changed if is_since else None,
            results=closing.results,
        )

    def _hosts(self, given: Given | None, closing: "_Closing") -> Difference | None:
        now = self._now
        if (now.execution.timers or [])[1:]:
            return None  # a restart is for some of the hosts
        # Of a whole inventory no host was given.
        if given and now.given and given.hosts and now.given.hosts:
            return _difference(given.hosts, now.given.hosts)
        if not closing.hosts or not now.hosts:
            return None
        told = _difference(closing.hosts, now.hosts)
        # One that ended early may not have come to them all.
        return told if now.is_whole else Difference(told.added)


@dataclass(frozen=True)
class _Closing:
    hosts: tuple[str, ...]
    succeeded: frozenset[str]
    results: Mapping[str, int]


def results_in(count: Mapping[str, Any]) -> int:
    """Return how many tasks ended on a host, of its part of Ansible's closing count."""
    return sum(number for name in ("ok", "skipped") if isinstance(number := count.get(name), int))


def given_in(events: Iterable[StatusEvent]) -> Given | None:
    """Return what a run was given, of its events; ``None`` when none tells."""
    for event in events:
        told = event.details.get("given") if event.event_type == "playbook_on_start" else None
        if isinstance(told, dict):
            groups = told.get("hosts")
            return Given(
                tags=tuple(_names(told.get("tags"))),
                variables=frozenset(_names(told.get("variables"))),
                hosts={
                    host: frozenset(_names(group.get("variables")))
                    for group in groups
                    if isinstance(group, dict)
                    for host in _names(group.get("names"))
                }
                if isinstance(groups, list)
                else None,
            )
    return None


def _names(value: Any) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _may_hold_success(execution: Execution, wanted: Collection[str]) -> bool:
    if execution.status == Status.SUCCESS:
        return True
    # Without a host in question the job as a whole must have succeeded.
    return execution.status == Status.FAILURE and not set(wanted) <= set(execution.failed_hosts)


def _is_closing(events: Iterable[StatusEvent]) -> bool:
    return any(event.event_type in ("playbook_on_stats", "playbook_result") for event in events)


def _difference(then: Collection[str], now: Collection[str]) -> Difference:
    return Difference(tuple(sorted(set(now) - set(then))), tuple(sorted(set(then) - set(now))))


def _commits(then: Execution, now: Execution) -> tuple[Commit, Commit] | None:
    logs = [execution.repository_log for execution in (then, now)]
    commits = [log.recent_commit[0] for log in logs if log and log.recent_commit]
    return (commits[0], commits[1]) if len(commits) == len(logs) else None


def _host_variables(
    then: Given, now: Given, hosts: Iterable[str]
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]] | None:
    if then.hosts is None or now.hosts is None:
        return None
    added: dict[str, tuple[str, ...]] = {}
    removed: dict[str, tuple[str, ...]] = {}
    for host in hosts:
        if host in then.hosts and host in now.hosts:
            difference = _difference(then.hosts[host], now.hosts[host])
            for names, found in ((difference.added, added), (difference.removed, removed)):
                for name in names:
                    found[name] = (*found.get(name, ()), host)
    return added, removed
