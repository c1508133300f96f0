"""Random stops, kills and killed processes at random moments: nothing survives, nothing is lost, nothing is stuck.

The moments are random on purpose (the seed is printed): what matters is what holds after every one of them.
"""

import os
import random
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.service.api import FinishedRun, RunnerApi, StartedRun, local_hosts
from tests.service.embedded import EmbeddedRunner
from tests.service.processes import Process
from tests.service.waiting import until

__all__ = ["Tally", "torture"]

#: Asynchronous, deaf to signals, gone from its session, quick, failing: tasks that an ending is hard on.
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Quick
      ansible.builtin.debug: {msg: quick}
    - name: Left behind
      ansible.builtin.shell: sleep 3001
      async: 4000
      poll: 0
    - name: Deaf
      ansible.builtin.shell: |
        trap '' TERM INT HUP USR1
        setsid sh -c "trap '' TERM; sleep 3002" &
        sleep 0.5
    - name: In another session
      ansible.builtin.shell: setsid -f sleep 3003
    - name: Quick again
      ansible.builtin.command: echo {{ item }}
      loop: [1, 2, 3]
"""
#: Seconds within which every execution must have ended.
PATIENCE = 60.0
DEEDS = ("stop", "stop soon", "kill", "kill soon", "time over", "service", "supervisor", "playbook", "stop and service")


@dataclass
class Tally:
    """What came of all trials; the last three must stay empty."""

    endings: Counter[str] = field(default_factory=Counter)
    survivors: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    wrong_events: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.survivors or self.stuck or self.wrong_events)

    def __str__(self) -> str:
        endings = ", ".join(f"{count} {ending}" for ending, count in sorted(self.endings.items()))
        return (
            f"{sum(self.endings.values())} trials ended: {endings}\n"
            f"{len(self.survivors)} with surviving processes, {len(self.wrong_events)} with events lost or twice, "
            f"{len(self.stuck)} stuck"
            + "".join(f"\n  {line}" for line in (*self.survivors, *self.wrong_events, *self.stuck))
        )


def torture(trials: int, seed: int) -> Tally:
    """Run so many trials against a service of its own and return what came of them."""
    dice = random.Random(seed)
    tally = Tally()
    with tempfile.TemporaryDirectory() as directory, EmbeddedRunner(Path(directory)) as service:
        service.start()
        for number in range(trials):
            deed, moment = dice.choice(DEEDS), dice.uniform(0, 2.0)
            _trial(service, tally, f"trial {number} ({deed} after {moment:.2f} s)", deed, moment)
        service.stop()
    return tally


def _trial(service: EmbeddedRunner, tally: Tally, name: str, deed: str, moment: float) -> None:
    with service.log_in() as api:
        ttl = {"executionTtl": max(moment, 0.05) / 60} if deed == "time over" else {}
        run = api.begin(PLAYBOOK, hosts=local_hosts("web1", "web2"), **ttl)
        # Not a wait for something to happen: the moment is what is tried.
        time.sleep(moment)
        _do(service, api, run, deed)
    with service.log_in() as api:
        try:
            until(lambda: api.execution(run)["events_complete"], "it is stuck", PATIENCE)
        except AssertionError:
            tally.stuck.append(f"{name}: {api.execution(run)['status']}")
            return
        finished = api.finish(run)
    tally.endings[finished.status] += 1
    left = _processes_of(service, run)
    if left:
        tally.survivors.append(f"{name}: {[process.arguments for process in left]}")
    problem = _problem_with_events(finished)
    if problem:
        tally.wrong_events.append(f"{name}: {problem}")


def _do(service: EmbeddedRunner, api: RunnerApi, run: StartedRun, deed: str) -> None:
    path = f"/jobs/{api.account}/{run.job_id}/executions/{run.execution_id}"
    if deed.startswith(("stop", "kill")):
        order = deed.split()[0]
        body = {"expiryDuration": 0.3 if "soon" in deed else 0}
        # Refused when it has ended by now.
        with suppress(httpx.HTTPError):
            api.http.post(f"{path}/{order}", json=body)
    if "service" in deed:
        service.kill()
        service.start()
    if deed in ("supervisor", "playbook"):
        for process in _processes_of(service, run):
            if (b"engine.supervisor" in process.arguments) == (deed == "supervisor"):
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                return


def _processes_of(service: EmbeddedRunner, run: StartedRun) -> list[Process]:
    return [process for process in service.run_processes() if run.execution_id.encode() in process.environment]


def _problem_with_events(finished: FinishedRun) -> str:
    """Return what is wrong with the events of an execution; empty when nothing is."""
    ids = [event["id"] for event in finished.events]
    if len(ids) != len(set(ids)):
        return "events twice"
    if len(ids) != finished.execution["events_expected"]:
        return f"{len(ids)} events of {finished.execution['events_expected']}"
    if finished.statuses[-1] != finished.status or len(finished.messages("playbook_result")) != 1:
        return f"it is {finished.status} and its events say {finished.statuses}"
    started = {message["task"] for message in finished.messages("playbook_on_task_start")}
    told = {message["task"] for message in finished.messages("runner_on_ok", "runner_on_failed")}
    if told - started:
        return f"results of tasks that never started: {told - started}"
    if finished.status == "SUCCESS" and len(finished.messages("runner_on_ok")) != 10:
        return f"{len(finished.messages('runner_on_ok'))} of 10 results"
    return ""
