"""A thousand ``kill -9``: of the service, supervisors, playbooks and the zygote, at random moments, runs side by side.

Each task leaves a line in a file of its execution: a record of what really happened that owes nothing to Runner. What
the events say is then held against it. The moments are random on purpose; the seed is printed.
"""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.service.api import FinishedRun, StartedRun, local_hosts, to_base64
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner
from tests.service.processes import Process, all_processes
from tests.service.ssh_server import make_key
from tests.service.waiting import until

__all__ = ["KillsTally", "kill_at_random"]

TASKS, HOSTS = 6, ("web1", "web2")
#: Executions that have not ended, at any time: four run, the others wait.
AT_A_TIME, OUTSTANDING = 4, 7
#: What is killed, and how often. Most of the time goes into starting the service anew.
WEIGHTS = {"service": 5, "supervisor": 8, "playbook": 8, "zygote": 3}
#: Seconds without any event after which an execution is stuck, when nobody kills anything any more. How long one takes
#: says more about what else the machine does.
PATIENCE = 60.0
#: Seconds that a process of a run which has ended may take to be gone.
GONE_WITHIN = 5.0
ENDING = ("SUCCESS", "FAILURE", "INIT_FAILURE", "STOPPED", "KILLED")
KEYS_LOST = "The service was started anew while this waited, and keeps no private keys: start it again."


@dataclass
class KillsTally:
    """What was killed, how executions ended, and what was wrong: the last must stay empty."""

    killed: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    events: int = 0
    done: int = 0
    queued_again: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.wrong

    def add(self, what: str, detail: str) -> None:
        """Note something that must not be."""
        self.wrong[what] += 1
        self.details.append(f"{what}: {detail}")

    def __str__(self) -> str:
        wrong = ", ".join(
            f"{self.wrong[what]} {what}"
            for what in ("lost", "twice", "stuck", "out of order", "untrue", "surviving", "key files")
        )
        return "\n".join(
            [
                f"{sum(self.killed.values())} kills: {_counted(self.killed)}",
                f"{sum(self.endings.values())} executions ended ({self.queued_again} queued again on the way):",
                *(f"  {count} {ending}" for ending, count in self.endings.most_common()),
                f"{self.events} events held against {self.done} results that tasks had left behind: {wrong}",
                *(f"  {detail}" for detail in self.details),
            ]
        )


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


def kill_at_random(kills: int, seed: int) -> KillsTally:
    """Kill so many processes of a service of its own, and return what came of it; prints the tally of each hundred."""
    said = 0
    with tempfile.TemporaryDirectory() as directory, EmbeddedRunner(Path(directory)) as service:
        service.start(engine="auto")
        killing = _Killing(service, Path(directory) / "records", random.Random(seed))
        while sum(killing.tally.killed.values()) < kills:
            killing.step()
            if sum(killing.tally.killed.values()) // 100 > said:
                said = sum(killing.tally.killed.values()) // 100
                print(killing.tally, flush=True)
        killing.finish()
        service.stop()
    return killing.tally


@dataclass
class _Begun:
    run: StartedRun
    number: int
    record: Path
    with_key: bool
    since: float


class _Killing:
    def __init__(self, service: EmbeddedRunner, records: Path, dice: random.Random) -> None:
        records.mkdir()
        self.tally = KillsTally()
        self._service = service
        self._records = records
        self._dice = dice
        self._key = to_base64(make_key(records / "key"))
        self._live: list[_Begun] = []
        self._count = 0
        # All changes of all executions: place in the order of everything, execution, status.
        self._changes: list[tuple[int, int, str]] = []
        self._api = service.log_in()

    def step(self) -> None:
        """Start what there is room for, kill something a moment later, and look at what has ended."""
        while len(self._live) < OUTSTANDING:
            self._begin()
        # Not a wait for something to happen: the moment is what is tried. Short ones meet a start.
        time.sleep(self._dice.uniform(0, 0.06 if self._dice.random() < 0.4 else 0.7))
        (what,) = self._dice.choices(list(WEIGHTS), list(WEIGHTS.values()))
        self._kill(what)
        self._look()
        if any(time.monotonic() - begun.since > PATIENCE for begun in self._live):
            self._calm()

    def finish(self) -> None:
        """Let everything end, and look at the whole."""
        self._calm()
        self._look_at_the_order()
        self._api.http.close()
        self._service.stop()
        self._service.start()
        for base in (self._service.home, self._service.runtime):
            for left in base.glob("runs/*"):
                self.tally.add("key files", f"{left} is left")

    # --- doing -------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._count += 1
        record = self._records / str(self._count)
        record.touch()
        hosts: list[dict[str, Any]] = local_hosts(*HOSTS)
        with_key = self._dice.random() < 0.25
        if with_key:
            hosts.append({"id": "away", "sshPrivateKey": self._key})
        job = self._api.create(_playbook(record), hosts=local_hosts(*HOSTS))
        run = self._api.start(job["id"], hosts=hosts) if with_key else self._api.start(job["id"])
        self._live.append(_Begun(run, self._count, record, with_key, time.monotonic()))

    def _kill(self, what: str) -> None:
        if what == "service":
            self._kill_service()
            return
        found = self._processes(what)
        if found:
            with suppress(ProcessLookupError):
                os.kill(self._dice.choice(found).pid, signal.SIGKILL)
                self.tally.killed[what] += 1

    def _kill_service(self) -> None:
        self._service.kill()
        self.tally.killed["service"] += 1
        if self._dice.random() < 0.25:
            # One more while it takes up what the last one left.
            starting = subprocess.Popen(
                [CTL_RUNNER, "start"],
                env=self._service.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            moment = time.monotonic() + self._dice.uniform(0.3, 2.0)
            until(lambda: time.monotonic() > moment and self._processes("service"), "no service starts")
            for process in self._processes("service"):
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                    self.tally.killed["service while it starts"] += 1
            starting.wait()
        self._service.start()
        self._api.http.close()
        self._api = self._service.log_in()

    def _processes(self, what: str) -> list[Process]:
        everything = all_processes()
        if what == "service":
            home = f"CTL_RUNNER_HOME={self._service.home}\0".encode()
            return [
                process
                for process in everything
                if home in process.environment and process.arguments.rstrip(b"\0").endswith(b"ctl_jupyter.cli\0serve")
            ]
        if what == "zygote":
            parent = self._service.record.pid
            return [
                process for process in everything if process.parent == parent and b"warm.zygote" in process.arguments
            ]
        marked = self._service.run_processes()
        supervisors = [process for process in marked if b"engine.supervisor" in process.arguments]
        if what == "supervisor":
            return supervisors
        parents = {process.pid for process in supervisors}
        return [process for process in marked if process.parent in parents and b"playbook" in process.arguments]

    def _calm(self) -> None:
        """Kill nothing until all has ended, or should have."""
        known, deadline = 0, time.monotonic() + PATIENCE
        while self._live and time.monotonic() < deadline:
            self._look()
            time.sleep(0.2)
            events = self.tally.events + sum(len(self._api.events(begun.run)) for begun in self._live)
            if events != known:
                known, deadline = events, time.monotonic() + PATIENCE
        for begun in self._live:
            self.tally.add("stuck", f"execution {begun.number} is {self._api.status(begun.run)}")
        self._live.clear()

    # --- looking -----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        for begun in list(self._live):
            with suppress(httpx.HTTPError):
                if self._api.execution(begun.run)["events_complete"]:
                    self._live.remove(begun)
                    self._check(begun, self._api.finish(begun.run))

    def _check(self, begun: _Begun, finished: FinishedRun) -> None:
        name = f"execution {begun.number} ({begun.run.execution_id}, {finished.status})"
        self.tally.endings[f"{finished.status} {finished.reason}".strip()] += 1
        self.tally.events += len(finished.events)
        self._changes += [
            (event["seq"], begun.number, event["message"]["status"])
            for event in finished.events
            if event["event_type"] == "status_change"
        ]
        self.tally.queued_again += finished.statuses.count("PENDING") - 1
        lines = begun.record.read_text().splitlines()
        self.tally.done += len(lines)
        for what, detail in _problems(begun, finished, lines):
            self.tally.add(what, f"{name}: {detail}")
        try:
            until(lambda: not self._service.processes_of(begun.run), "processes are left", GONE_WITHIN)
        except AssertionError:
            left = [process.arguments for process in self._service.processes_of(begun.run)]
            self.tally.add("surviving", f"{name}: {left}")
        short = begun.run.execution_id.replace("-", "")[:12]
        for path in self._service.runtime.glob(f"runs/{short}-*"):
            self.tally.add("key files", f"{name}: {path}")

    def _look_at_the_order(self) -> None:
        """Play all changes of all executions back: whose turn it was, it was the one that had waited longest."""
        waiting: set[int] = set()
        running: set[int] = set()
        for _, number, status in sorted(self._changes):
            if status == "INITIALIZING":
                if number not in waiting or number != min(waiting):
                    self.tally.add("out of order", f"execution {number} came before {sorted(waiting)}")
                running.add(number)
                if len(running) > AT_A_TIME:
                    self.tally.add("out of order", f"{sorted(running)} ran at a time")
            if status == "PENDING" or status in ENDING:
                running.discard(number)
            if status == "PENDING":
                waiting.add(number)
            elif status != "RUNNING":
                waiting.discard(number)


def _playbook(record: Path) -> str:
    tasks = "".join(
        f'    - {{name: "{number}", ansible.builtin.shell: {_command(number, record)!r}}}\n'
        for number in range(1, TASKS + 1)
    )
    return f"- hosts: {','.join(HOSTS)}\n  gather_facts: false\n  tasks:\n{tasks}"


def _command(number: int, record: Path) -> str:
    return f"echo {{{{ inventory_hostname }}}} {number} >> {record}"


def _problems(begun: _Begun, finished: FinishedRun, lines: list[str]) -> list[tuple[str, str]]:
    """Return what is wrong with the events of an execution, given what its tasks really did."""
    found: list[tuple[str, str]] = []
    ids = [event["id"] for event in finished.events]
    seqs = [event["seq"] for event in finished.events]
    results = finished.messages("runner_on_ok", "runner_on_failed", "runner_on_unreachable")
    told = [f"{message['host']} {message['task']}" for message in results]
    starts = [message["task"] for message in finished.messages("playbook_on_task_start")]
    if len(ids) != finished.execution["events_expected"]:
        found.append(("lost", f"{len(ids)} events of {finished.execution['events_expected']}"))
    if len(set(ids)) != len(ids) or len(set(told)) != len(told) or len(set(starts)) != len(starts):
        found.append(("twice", f"events of {told}"))
    if len(set(lines)) != len(lines):
        found.append(("twice", f"tasks ran twice: {lines}"))
    if seqs != sorted(set(seqs)) or starts != [str(number) for number in range(1, len(starts) + 1)]:
        found.append(("out of order", f"seq {seqs}, tasks {starts}"))
    if set(told) - set(lines):
        found.append(("untrue", f"results of what never happened: {set(told) - set(lines)}"))
    # A task begins when Ansible has all results of the one before it: all but the last one's it had for sure.
    last = max((int(line.split()[1]) for line in lines), default=0)
    certain = TASKS if finished.status == "SUCCESS" else last - 1
    missing = {f"{host} {number}" for number in range(1, certain + 1) for host in HOSTS} - set(told)
    if missing:
        found.append(("lost", f"no event of {sorted(missing)}"))
    if finished.statuses[-1] != finished.status or finished.events[-1]["event_type"] != "playbook_result":
        found.append(("untrue", f"it says {finished.statuses}"))
    if (finished.status == "SUCCESS") == bool(finished.reason):
        found.append(("untrue", f"the reason is {finished.reason!r}"))
    if finished.reason == KEYS_LOST and (lines or not begun.with_key):
        found.append(("untrue", f"it ended for keys that it had no need of, or ran: {lines}"))
    return found
