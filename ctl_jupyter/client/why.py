"""Why an execution ended as it did: what Runner's FAQ has people look up by hand in its status events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.causes import Cause, CauseGroup, causes_of, folded
from ctl_jupyter.client.comparison import Given, LastSuccess, Now, Search, given_in, results_in
from ctl_jupyter.client.errors import RunnerError
from ctl_jupyter.client.progress import RESULT_EVENTS
from ctl_jupyter.client.runs import Run, last_run
from ctl_jupyter.documents import Commit, Execution, Status, StatusEvent

__all__ = ["Harmless", "Why", "examine"]


@dataclass(frozen=True)
class Harmless:
    """A task whose failure made nobody fail.

    Parameters
    ----------
    how
        ``ignored`` or ``rescued``.
    hosts
        Where.
    """

    how: str
    task: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Why:
    """Why an execution ended as it did, or what has failed so far.

    Parameters
    ----------
    status
        As the service gave it.
    run, runs
        Which run this tells of, the last one, and how many there have been: more than one after a restart.
    reason
        What ``playbook_result`` says.
    groups
        What failed, in the order it happened, hosts with the same cause together.
    hosts
        Every host that the run's events tell of.
    ended_with
        Hosts that did not fail and got no further when others did: a consequence, no cause.
    ended_by
        The directive that made it so (``any_errors_fatal``, ``max_fail_percentage``, ``run_once``), where it is known.
    not_reached
        Hosts that the run was for and that no task was run on.
    harmless
        Failures that were ignored or rescued.
    play, task
        The last that was begun.
    has_events
        Whether the service tells of any event of this run.
    successes
        The last success of each failed host, and what differs since; the newest first.
    without_success
        Failed hosts of which none was found.
    looked_at
        How many earlier executions were looked at for it, the newest first; ``None`` when none was looked for.
    is_cut
        Whether there are earlier ones still, which were not looked at.
    trouble
        Why the last success could not be looked for; empty when all went well.
    """

    execution_id: str
    job_id: str
    job_name: str
    status: str
    is_final: bool
    run: int
    runs: int
    reason: str = ""
    groups: tuple[CauseGroup, ...] = ()
    hosts: tuple[str, ...] = ()
    ended_with: tuple[str, ...] = ()
    ended_by: str = ""
    not_reached: tuple[str, ...] = ()
    harmless: tuple[Harmless, ...] = ()
    play: str = ""
    task: str = ""
    has_events: bool = True
    commit: Commit | None = None
    successes: tuple[LastSuccess, ...] = ()
    without_success: tuple[str, ...] = ()
    looked_at: int | None = None
    is_cut: bool = False
    trouble: str = ""

    @property
    def causes(self) -> list[Cause]:
        """One cause per failed host, group by group."""
        return [cause for group in self.groups for cause in group.causes]

    def __repr__(self) -> str:
        from ctl_jupyter.client.why_text import why_text

        return why_text(self)


def examine(calls: RunnerCalls, execution: Execution, events: Sequence[StatusEvent], job_name: str) -> Why:
    """Return why an execution ended as it did.

    Parameters
    ----------
    calls
        Where the last success is looked for.
    execution
        Its document.
    events
        All of its status events, in order.
    """
    run = last_run(execution, events)
    failed_hosts = execution.failed_hosts if execution.is_final else []
    given = given_in(run.events)
    causes = causes_of(run.events, run.progress, failed_hosts)
    hosts = tuple(dict.fromkeys([*run.progress.hosts, *_stats(run.events), *(cause.host for cause in causes)]))
    groups = folded(causes, {*hosts, *((given.hosts or ()) if given else ())})
    failed = [cause.host for cause in causes if cause.host]
    successes, search, trouble = _last_successes(calls, execution, run, given, hosts, failed)
    ended_with, ended_by = _ended_with(run, causes, hosts, successes) if execution.is_final else ((), "")
    log = execution.repository_log
    return Why(
        execution_id=execution.execution_id,
        job_id=execution.job_id,
        job_name=job_name or execution.job_id,
        status=execution.status,
        is_final=execution.is_final,
        run=run.number,
        runs=run.number,
        reason=run.progress.reason.strip(),
        groups=groups,
        hosts=tuple(host for host in hosts if host),
        ended_with=ended_with,
        ended_by=ended_by,
        not_reached=_not_reached(execution, given, hosts),
        harmless=_harmless(run, causes),
        play=run.progress.play,
        task=run.progress.task,
        has_events=bool(run.events),
        commit=log.recent_commit[0] if log and log.recent_commit else None,
        successes=tuple(successes),
        without_success=_without(failed, successes),
        looked_at=search.looked_at if search and search.is_listed else None,
        is_cut=bool(search and (search.is_cut or not search.is_listed)),
        trouble=trouble,
    )


def _stats(run: Sequence[StatusEvent]) -> dict[str, dict[str, Any]]:
    """Return Ansible's closing count of each host; empty before the end."""
    stats = [event.details.get("stats") for event in run if event.event_type == "playbook_on_stats"]
    counts = stats[-1] if stats and isinstance(stats[-1], dict) else {}
    return {str(host): count for host, count in counts.items() if isinstance(count, dict)}


def _not_reached(execution: Execution, given: Given | None, hosts: Sequence[str]) -> tuple[str, ...]:
    if given is None or not given.hosts or not execution.is_final or execution.status == Status.SUCCESS:
        return ()
    met = set(hosts)
    return tuple(host for host in given.hosts if host not in met)


def _harmless(run: Run, causes: Sequence[Cause]) -> tuple[Harmless, ...]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for event in run.events:
        outcome, details = RESULT_EVENTS.get(event.event_type), event.details
        if outcome == "failed" and details.get("ignore_errors"):
            found.setdefault(("ignored", str(details.get("task") or "")), {})[str(details.get("host") or "")] = None
    if _stats(run.events):
        failed = {cause.host for cause in causes}
        for host in run.progress.hosts:
            for failure in run.progress.failures_of(host) if host not in failed else ():
                how = "ignored" if failure.unreachable else "rescued"
                found.setdefault((how, failure.task), {})[host] = None
    return tuple(Harmless(how, task, tuple(hosts)) for (how, task), hosts in found.items())


def _ended_with(
    run: Run, causes: Sequence[Cause], hosts: Sequence[str], successes: Sequence[LastSuccess]
) -> tuple[tuple[str, ...], str]:
    """Return the hosts that got no further because others failed, and the directive that made it so.

    Without a directive that the events tell of, hosts are named only when no task was begun after the failure and
    they ended fewer tasks than in the last success.
    """
    failed = {cause.host for cause in causes}
    others = tuple(sorted(host for host in hosts if host and host not in failed))
    if not causes or not others:
        return (), ""
    directive = next((cause.stops_all for cause in causes if cause.stops_all), "")
    if directive:
        return others, directive
    begun = [event for event in run.events if event.event_type == "playbook_on_task_start"]
    if not begun or begun[-1].details.get("task") not in {cause.task for cause in causes}:
        return (), ""
    plays = [event.details for event in run.events if event.event_type == "playbook_on_play_start"]
    if plays and plays[-1].get("max_fail_percentage") is not None:
        return others, "max_fail_percentage"
    if any(event.event_type == "playbook_on_no_hosts_remaining" for event in run.events):
        return others, ""
    now = {host: results_in(count) for host, count in _stats(run.events).items()}
    then = {host: count for success in reversed(successes) for host, count in success.results.items()}
    return tuple(host for host in others if host in now and now[host] < then.get(host, 0)), ""


def _last_successes(
    calls: RunnerCalls,
    execution: Execution,
    run: Run,
    given: Given | None,
    hosts: Sequence[str],
    failed: Sequence[str],
) -> tuple[list[LastSuccess], Search | None, str]:
    """Return what was found, how it was looked for, and why it could not be."""
    if not failed and execution.status not in (Status.FAILURE, Status.INIT_FAILURE):
        return [], None, ""
    is_whole = run.number == 1 and not set(_stats(run.events)) <= set(failed)
    search = Search(calls, Now(execution, given, [host for host in hosts if host], is_whole))
    try:
        return search.find(failed), search, ""
    except RunnerError as error:
        # What failed is known all the same.
        return [], search, str(error)


def _without(failed: Sequence[str], successes: Sequence[LastSuccess]) -> tuple[str, ...]:
    found = {host for success in successes for host in success.hosts}
    return tuple(host for host in failed if host not in found)
