"""How an execution ended, judged from its events; exit codes tell too little (4 means unreachable or a parse error)."""

from dataclasses import dataclass, field
from typing import Any

from ctl_jupyter.documents import Status

__all__ = ["Outcome", "RunFacts"]


@dataclass(frozen=True)
class Outcome:
    """The final status, why, and on which hosts."""

    status: Status
    reason: str = ""
    failed_hosts: list[str] = field(default_factory=list)
    exit_code: int | None = None

    def message(self) -> dict[str, Any]:
        """Return the message of the ``playbook_result`` event."""
        return {
            "status": self.status.value,
            "reason": self.reason,
            "failed_hosts": self.failed_hosts,
            "exit_code": self.exit_code,
        }


@dataclass
class RunFacts:
    """What the events of one run told so far that its outcome depends on."""

    has_task: bool = False
    #: Whether one of them stands in the playbook: facts are gathered whatever tags are asked for.
    has_own_task: bool = False
    unmatched: list[str] = field(default_factory=list)
    pattern: str = ""
    stats: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, event_type: str, message: dict[str, Any]) -> None:
        """Take one event into account."""
        if event_type == "playbook_on_play_start":
            self.pattern = str(message.get("hosts", ""))
        elif event_type == "playbook_on_no_hosts_matched":
            self.unmatched.append(self.pattern)
        elif event_type == "playbook_on_task_start":
            self.has_task = True
            self.has_own_task |= not _gathers_facts(message)
        elif event_type == "playbook_on_stats":
            self.stats = message.get("stats") or {}
        elif event_type in ("runner_on_failed", "runner_on_unreachable") and not message.get("ignore_errors"):
            verb = "could not be reached" if event_type == "runner_on_unreachable" else "failed"
            said = " ".join(str(message.get("msg") or "no message").split())
            # The last of a host's failures counts: those before it were mended by a rescue block.
            self.failures[str(message.get("host"))] = (
                f"{message.get('host')} {verb} in task {message.get('task')!r}: {said}"
            )

    def judge(self, end: dict[str, Any]) -> Outcome:
        """Return the outcome.

        Parameters
        ----------
        end
            The supervisor's closing line: ``phase``, ``exit_code``, ``reason``, ``output``, ``tags``.
        """
        exit_code = end.get("exit_code")
        failed = [
            host for host, count in sorted(self.stats.items()) if count.get("failures") or count.get("unreachable")
        ] or ([] if self.stats else sorted(self.failures))
        if end.get("reason"):
            status = Status.INIT_FAILURE if end.get("phase") == "prepare" else Status.FAILURE
            return Outcome(status, end["reason"], failed, exit_code)
        if failed:
            first = next((self.failures[host] for host in self.failures if host in failed), "")
            return Outcome(Status.FAILURE, first, failed, exit_code)
        if not self.has_task and self.unmatched:
            patterns = ", ".join(repr(pattern) for pattern in dict.fromkeys(self.unmatched))
            reason = (
                f"No host of the inventory matches the playbook's hosts: {patterns}; "
                "give the hosts in the job or at the start."
            )
            return Outcome(Status.INIT_FAILURE, reason, [], exit_code)
        if exit_code == 0:
            return Outcome(Status.SUCCESS, self._nothing_tagged(end.get("tags") or []), [], exit_code)
        reason = _telling_lines(end.get("output") or "") or _exit(exit_code)
        return Outcome(Status.FAILURE if self.has_task else Status.INIT_FAILURE, reason, [], exit_code)

    def _nothing_tagged(self, tags: list[str]) -> str:
        """Return why a run that was asked for tags did nothing, no text when it did something."""
        if not tags or self.has_own_task:
            return ""
        what = "only facts were gathered" if self.has_task else "nothing was run"
        return f"No task has the {'tag' if len(tags) == 1 else 'tags'} {', '.join(tags)}; {what}."


def _gathers_facts(message: dict[str, Any]) -> bool:
    """Whether a task is the one that Ansible puts before those of a play."""
    return message.get("task") == "Gathering Facts" and str(message.get("action")).endswith("gather_facts")


def _exit(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"ansible-playbook was killed by signal {-exit_code}."
    return f"ansible-playbook ended with exit code {exit_code}."


def _telling_lines(output: str, longest: int = 2000) -> str:
    """Return Ansible's error text without its warnings before it."""
    lines = output.strip().splitlines()
    begins = next((place for place, line in enumerate(lines) if line.startswith(("[ERROR]", "ERROR!"))), 0)
    return "\n".join(lines[begins:])[:longest].strip()
