"""Why an execution ended as it did, in plain text; and the phrases that other forms of it are made of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from ctl_jupyter.cleaning import clean, one_line
from ctl_jupyter.client.causes import Cause, CauseGroup
from ctl_jupyter.client.comparison import MOST_LISTED, Difference, LastSuccess
from ctl_jupyter.client.why import Harmless, Why
from ctl_jupyter.documents import LIVE_STATUSES, Commit, Status

__all__ = [
    "OUTPUT_LINES",
    "consequences",
    "differences",
    "excerpt",
    "failing",
    "harmless",
    "headline",
    "more_causes",
    "named",
    "output_title",
    "outputs",
    "search_note",
    "success_title",
    "verdict",
    "where",
    "why_text",
]

#: How many causes, and how many different last successes, are told.
GROUPS, SUCCESSES = 5, 3
#: How many hosts, and how many other names, are named.
HOSTS, NAMES = 3, 6
#: How many lines of a message, and of the end of a command's output, are told.
MESSAGE_LINES, OUTPUT_LINES = 6, 5
LONGEST_LINE = 300

UNFINISHED = {Status.STOPPED, Status.KILLED}


def why_text(why: Why) -> str:
    """Return it as a few lines."""
    lines = [headline(why), *verdict(why)]
    for group in why.groups[:GROUPS]:
        lines += ["", *_cause_lines(group)]
    if why.groups[GROUPS:]:
        lines += ["", more_causes(why.groups[GROUPS:])]
    after = [*consequences(why), *harmless(why.harmless)]
    lines += ["", *after] if after else []
    for success in why.successes[:SUCCESSES]:
        told = [f"  {label}: {text}" for label, text in differences(success)]
        lines += ["", success_title(success), *told]
    note = search_note(why)
    return "\n".join([*lines, *(["", note] if note else [])])


def _cause_lines(group: CauseGroup) -> list[str]:
    cause = group.first
    lines = [f"{failing(group)}{where(cause)}"]
    if not cause.is_plain_exit:
        lines += [f"  {line}" for line in excerpt(cause.message, MESSAGE_LINES)]
    for name, output in outputs(cause):
        lines += [f"  {output_title(name, output)}:"]
        lines += [f"  | {line}" for line in excerpt(output, OUTPUT_LINES, is_end=True)]
    if group.differs:
        others = "the other differs" if len(group.causes) == 2 else "the others differ"
        lines.append(f"  (as {one_line(cause.host)} says it; {others} in numbers, names, paths or times)")
    return lines


# --- phrases -----------------------------------------------------------------------------------------------------


def headline(why: Why) -> str:
    """Return what ended how: ``nightly: FAILURE on 2 of 4 hosts (execution 3f0c…, run 2)``."""
    failed, met = len(why.causes), len(why.hosts) + len(why.not_reached)
    on = f" on {failed} of {max(met, failed)} host{'' if max(met, failed) == 1 else 's'}" if failed else ""
    run = f", run {why.run} after {why.runs - 1} restart{'' if why.runs == 2 else 's'}" if why.runs > 1 else ""
    sofar = "" if why.is_final or not failed else " so far"
    status = one_line(why.status, 40) or "no status"
    return f"{one_line(why.job_name)}: {status}{on}{sofar} (execution {one_line(why.execution_id)}{run})"


def verdict(why: Why) -> list[str]:
    """Return sentences on what its status means here, and the service's own reason where no cause says it."""
    said = []
    at = f" in task {one_line(why.task)!r}" if why.task else ""
    if not why.is_final:
        known = "It still runs" if why.status == Status.RUNNING else "It has not ended"
        unknown = "" if why.status in LIVE_STATUSES else "The status is none that is known here; taken for no end. "
        now = f", now{at}" if at else ""
        said.append(f"{unknown}{known}{now}; {'what failed so far:' if why.groups else 'nothing has failed so far.'}")
    elif why.status == Status.SUCCESS:
        said.append("Nothing failed.")
    elif why.status in UNFINISHED and why.task:
        said.append(f"It was{at} then.")
    reason = one_line(why.reason, 1000)
    if reason and not _is_told_by_cause(why):
        said.append(reason)
    elif why.is_final and why.status != Status.SUCCESS and not why.groups and not reason:
        said.append("The service gave no reason.")
    if why.is_final and not why.has_events:
        said.append("The service has no status event of this run.")
    return said


def _is_told_by_cause(why: Why) -> bool:
    """Whether the service's reason is but the first failure in other words."""
    if why.status != Status.FAILURE:
        return False
    reason = why.reason.split(":")[0]
    return any(cause.host and cause.task and cause.host in reason and cause.task in reason for cause in why.causes)


def failing(group: CauseGroup) -> str:
    """Return who failed in what: ``db1, db2 failed in task 'Room is left'``."""
    cause = group.first
    verb = "could not be reached" if cause.unreachable else "failed"
    task = f" in task {one_line(cause.task)!r}" if cause.task else ""
    return f"{named(group.hosts, HOSTS) or 'A host that is not named'} {verb}{task}"


def where(cause: Cause) -> str:
    """Return play, role, file and line, exit code and item, as far as they are known, each behind a separator."""
    parts = [f"role {one_line(cause.role)}" if cause.role else "", one_line(cause.path)]
    # A play without a name of its own has that of its hosts.
    parts += [f"play {one_line(cause.play)!r}" if cause.play else ""]
    parts += [f"item {one_line(cause.item, 80)}" if cause.item else ""]
    parts += [f"exit code {cause.rc}" if cause.rc is not None else ""]
    parts += [f"in the rescue of {one_line(cause.led_by)!r}" if cause.led_by else ""]
    parts += ["it went on: rescued, or an 'always' section" if cause.went_on else ""]
    told = [part for part in parts if part]
    return f" ({', '.join(told)})" if told else ""


def outputs(cause: Cause) -> list[tuple[str, str]]:
    """Return the streams of a command that say more than its message does."""
    found = [("stderr", cause.stderr.strip("\n")), ("stdout", cause.stdout.strip("\n"))]
    return [(name, text) for name, text in found if text and not _ends_with(cause.message, text)]


def output_title(name: str, output: str) -> str:
    """Return what stands above output: whether it is its end alone."""
    return f"{name} ends" if len(output.strip().splitlines()) > OUTPUT_LINES else name


def _ends_with(message: str, text: str) -> bool:
    """Whether a message is a text, or repeats it at its end."""
    return message == text or message.endswith((f": {text}", f"\n{text}"))


def excerpt(text: str, most: int, *, is_end: bool = False) -> list[str]:
    """Return at most so many lines of a text, each of bounded length: its beginning and its last line, or its end."""
    lines = [one_line(line, LONGEST_LINE) for line in clean(text).strip().splitlines() if line.strip()]
    if is_end or len(lines) <= most:
        return lines[-most:]
    return [*lines[: most - 2], f"… {len(lines) - most + 1} more lines …", lines[-1]]


def named(names: Sequence[str], most: int = NAMES, between: str = ", ") -> str:
    """Return the first few of many names, and how many more there are."""
    shown = between.join(one_line(name) for name in names[:most] if name)
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def more_causes(groups: Sequence[CauseGroup]) -> str:
    """Return how many other causes there are on how many hosts."""
    hosts = sum(len(group.causes) for group in groups)
    return (
        f"… and {len(groups)} other cause{'' if len(groups) == 1 else 's'} on {hosts:,} "
        f"host{'' if hosts == 1 else 's'}; .frame has them all"
    )


def consequences(why: Why) -> list[str]:
    """Return what is no cause but followed: hosts that got no further, and those that no task was run on."""
    said = []
    if why.ended_with:
        by = f" ({why.ended_by})" if why.ended_by else ""
        said.append(f"Ended with that, without a failure of their own{by}: {named(why.ended_with)}")
    if why.not_reached:
        said.append(f"No task was run on: {named(why.not_reached)}")
    return said


def harmless(failures: Iterable[Harmless]) -> list[str]:
    """Return which failures were ignored or rescued, and so are no causes."""
    said = []
    for how in ("ignored", "rescued"):
        tasks = [failure for failure in failures if failure.how == how]
        if tasks:
            told = [f"{one_line(task.task, 80)!r} on {named(task.hosts, HOSTS)}" for task in tasks]
            said.append(f"Failures that were {how}: {named(told, HOSTS, '; ')}")
    return said


def success_title(success: LastSuccess) -> str:
    """Return when the hosts, or the job, last ended without failure."""
    of = f" of {named(success.hosts, HOSTS)}" if success.hosts else ""
    before = "the one before" if success.before == 1 else f"{success.before} executions before"
    moment = _moment(success.ended)
    ended = f", {moment}" if moment else ""
    whole = "" if success.status == Status.SUCCESS else f", as a whole {one_line(success.status, 40)}"
    return f"Last success{of}: execution {one_line(success.execution_id)} ({before}{ended}{whole})"


def differences(success: LastSuccess) -> list[tuple[str, str]]:
    """Return what differs since, as label and text; what was compared and is the same last."""
    told: list[tuple[str, str]] = []
    same: list[str] = []

    def tell(label: str, text: str, is_known: bool = True) -> None:
        if text:
            told.append((label, text))
        elif is_known:
            same.append(label)

    if success.commits:
        then, now = success.commits
        tell("commit", "" if then.commit == now.commit else f"{_commit(then)} → {_commit(now)}")
    tell("variables", _changes(success.variables), success.variables is not None)
    if success.host_variables is not None:
        tell("host variables", _host_changes(*success.host_variables))
    tell("hosts", _changes(success.all_hosts), success.all_hosts is not None)
    if success.tags is not None:
        then_tags, now_tags = (", ".join(map(one_line, tags)) or "all tasks" for tags in success.tags)
        tell("tags", "" if then_tags == now_tags else f"{then_tags} → {now_tags}")
    if success.job_changed is not None:
        told.append(("job", f"its document was changed since, last on {_moment(success.job_changed)}"))
    if same:
        told.append(("the same", ", ".join(f"{label}{_NAMES_ONLY.get(label, '')}" for label in same)))
    return told


#: Of variables nobody is told more than the names.
_NAMES_ONLY = {"variables": " (by name)", "host variables": " (by name)"}


def search_note(why: Why) -> str:
    """Return where the last success was looked for, when it was not found for all; empty when it was."""
    if why.trouble:
        return f"The last success could not be looked for: {one_line(why.trouble, 500)}"
    is_of_job = not why.without_success and not why.successes
    if not is_of_job and not why.without_success:
        return ""
    if why.looked_at is None:
        if not why.is_cut:
            return ""
        return (
            f"More than {MOST_LISTED:,} executions of the job were started since; the last success was not looked for."
        )
    of = f" of {named(why.without_success, HOSTS)}" if why.without_success else ""
    if not why.looked_at:
        return "There is no earlier execution of the job to compare with."
    if why.is_cut:
        return f"No success{of} in the {why.looked_at} executions before it; older ones were not looked at."
    if why.looked_at == 1:
        return f"No success{of} in the one execution before it."
    return f"No success{of} in the {why.looked_at} executions before it, which are all."


def _commit(commit: Commit) -> str:
    subject = one_line((commit.message or "").strip().split("\n")[0], 60)
    return one_line(commit.commit, 80)[:8] + (f" ({subject})" if subject else "")


def _changes(difference: Difference | None) -> str:
    if not difference:
        return ""
    parts = [
        f"{sign} {named(names)}"
        for sign, names in (("added", difference.added), ("removed", difference.removed))
        if names
    ]
    return "; ".join(parts)


def _host_changes(added: Mapping[str, Sequence[str]], removed: Mapping[str, Sequence[str]]) -> str:
    parts = [
        f"{sign} {one_line(name, 100)} on {named(hosts, HOSTS)}"
        for sign, found in (("added", added), ("removed", removed))
        for name, hosts in found.items()
    ]
    return named(parts, between="; ")


def _moment(epoch_ms: int | None) -> str:
    """Return a time in this machine's zone, to the minute; empty for none, and for what is no time."""
    if epoch_ms is None:
        return ""
    try:
        return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""
