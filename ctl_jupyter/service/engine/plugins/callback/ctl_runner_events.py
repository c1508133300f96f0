"""Ansible callback plugin: writes what happens to the execution's spool, secrets redacted.

It stands in for the screen output, so Ansible renders nothing that nobody reads.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from ansible.executor.play_iterator import PlayIterator
from ansible.plugins.callback import CallbackBase

# The very package whose service started this, wherever it lies.
sys.path.insert(0, str(Path(__file__).parents[5]))

from ctl_jupyter.service.engine.cut import encode_cut
from ctl_jupyter.service.engine.redact import Redactor
from ctl_jupyter.service.engine.spool import SpoolWriter, now_ms

del sys.path[0]

DOCUMENTATION = """
    name: ctl_runner_events
    type: stdout
    short_description: Status events of one execution
    description: Appends each event as a line of JSON to the spool of the execution.
"""

#: Members of a result that say nothing about it.
DROPPED = frozenset({"invocation", "ansible_facts", "_ansible_no_log", "_ansible_verbose_always"})


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Writes one line for each callback that Runner has a status event for."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "ctl_runner_events"

    def __init__(self) -> None:
        super().__init__()
        with os.fdopen(int(os.environ.pop("CTL_RUNNER_SECRETS_FD")), "r") as file:
            handed = json.load(file)
        self._redactor = Redactor(handed["secrets"], handed["keys"])
        self._given = handed["given"]
        self._spool = SpoolWriter(os.environ["CTL_RUNNER_SPOOL"], os.environ["CTL_RUNNER_WAKE"])
        self._directory = f"{Path.cwd()}/"
        self._play = ""
        self._started: dict[tuple[str, str], int] = {}
        signal.signal(signal.SIGUSR1, lambda _signal, _frame: _start_no_more_tasks())
        # Told to stop before there was anybody to tell.
        if Path(os.environ["CTL_RUNNER_SPOOL"]).with_name("stop").exists():
            _start_no_more_tasks()

    def _send(self, event_type: str, **message: Any) -> None:
        self._write(event_type, self._redacted(message))

    def _write(self, event_type: str, redacted: dict[str, Any]) -> None:
        present = {name: value for name, value in redacted.items() if value not in (None, "")}
        self._spool.write_event(event_type, encode_cut(present))

    def _redacted(self, members: dict[str, Any]) -> dict[str, Any]:
        # The members' own names stay, even where somebody's password is one of them.
        return {name: self._redactor.structure(value) for name, value in members.items()}

    def _task_members(self, task: Any) -> dict[str, Any]:
        path = task.get_path() or ""
        return {
            "play": self._play,
            "task": str(task.name or "").strip() or task.action,
            "role": task._role.get_name() if task._role else None,
            "action": task.resolved_action or task.action,
            "path": path.removeprefix(self._directory),
        }

    def _send_result(self, event_type: str, result: Any, **more: Any) -> None:
        outcome = result.result
        started = self._started.get((result.host.name, result.task._uuid))
        # The message is made of what is redacted: written as JSON, a secret would have one more spelling in it.
        res = self._redacted({name: value for name, value in outcome.items() if name not in DROPPED})
        members = {"host": result.host.name, **self._task_members(result.task), **more}
        times = {"start": started, "end": now_ms()}
        told = {
            "changed": bool(outcome.get("changed", False)),
            "msg": _message_of(res, failed=event_type.endswith("failed")),
        }
        self._write(event_type, {**self._redacted(members), **told, **times, "res": res})

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._send("playbook_on_start", playbook=Path(playbook._file_name).name, given=self._given)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play = play.get_name().strip()
        # What lets one host's failure end the play for the others.
        limit = None if play.max_fail_percentage is None else str(play.max_fail_percentage)
        self._send("playbook_on_play_start", play=self._play, hosts=_pattern_of(play), max_fail_percentage=limit)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self._send("playbook_on_no_hosts_matched", play=self._play)

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        self._send("playbook_on_no_hosts_remaining", play=self._play)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._send("playbook_on_task_start", **self._task_members(task))

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._send("playbook_on_task_start", **self._task_members(task), handler=True)

    def v2_playbook_on_notify(self, handler: Any, host: Any) -> None:
        self._send("playbook_on_notify", host=host.name, handler=handler.get_name())

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        # Not an event of Runner's: it only tells how long the task took on this host.
        self._started[host.name, task._uuid] = now_ms()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._send_result("runner_on_ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        fatal = _is_fatal_for_all(result.task)
        self._send_result("runner_on_failed", result, ignore_errors=ignore_errors or None, any_errors_fatal=fatal)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._send_result("runner_on_skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._send_result("runner_on_unreachable", result, any_errors_fatal=_is_fatal_for_all(result.task))

    def v2_runner_on_async_ok(self, result: Any) -> None:
        self._send_result("runner_on_async_ok", result)

    def v2_runner_on_async_failed(self, result: Any) -> None:
        self._send_result("runner_on_async_failed", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._send_result("runner_item_on_ok", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._send_result("runner_item_on_failed", result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        self._send_result("runner_item_on_skipped", result)

    def v2_runner_retry(self, result: Any) -> None:
        self._send_result("runner_retry", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        # Ansible's own names and counts, on which the outcome depends, are written as they are.
        counts = {self._redactor.text(host): stats.summarize(host) for host in sorted(stats.processed)}
        self._spool.write("event", event_type="playbook_on_stats", message={"stats": counts})


def _start_no_more_tasks() -> None:
    """Have every play give out no more tasks: those that run end, and the closing statistics are sent."""
    PlayIterator.get_next_task_for_host = lambda self, host, peek=False: (self.get_host_state(host), None)


def _is_fatal_for_all(task: Any) -> bool | None:
    return True if task.any_errors_fatal is True else None


def _pattern_of(play: Any) -> str:
    return ",".join(map(str, play.hosts)) if isinstance(play.hosts, (list, tuple)) else str(play.hosts)


def _message_of(outcome: dict[str, Any], failed: bool) -> str | None:
    """Return the text that says most about a result: of a failed loop, its first failed item's."""
    for item in outcome.get("results") or []:
        if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")):
            return f"item {item.get('item')!r}: {_message_of(item, failed=True) or 'failed'}"
    message = outcome.get("msg")
    said = outcome.get("stderr") or outcome.get("module_stderr")
    if failed and said and outcome.get("rc"):
        message = f"{message or 'failed'}: {str(said).strip()}"
    if not message:
        message = outcome.get("censored") or outcome.get("skip_reason") or outcome.get("stdout")
    return None if message is None else message if isinstance(message, str) else json.dumps(message, default=str)
