"""Random stops, kills and killed processes at random moments: nothing survives, nothing is lost, nothing is stuck.

The moments are random on purpose (the seed is printed): what matters is what holds after every one of them.

A survivor is any process of this machine that the run started below its supervisor: those seen there at the moment of
the deed, those with its mark in their environment, and those that name its private directory, as ssh's masters do.
A host that is reached by ssh is another machine, where Runner has no process. What it does there by the time of a kill
ends with its terminal (Ansible's default: the end of the connection hangs it up, and it is a survivor if it does not
end); without a terminal, or detached, it goes on and ends by itself: such commands are counted apart.
"""

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ctl_jupyter.service.engine.processes import start_time
from tests.service.api import FinishedRun, RunnerApi, StartedRun, local_hosts, to_base64
from tests.service.embedded import EmbeddedRunner
from tests.service.processes import Process, all_processes, descendants_of
from tests.service.ssh_server import SshServer, make_key
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
#: Takes its time on hosts that are reached by ssh.
REMOTE = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Quick
      ansible.builtin.command: echo quick
    - name: Sleep
      ansible.builtin.shell: sleep {seconds}
    - name: Quick again
      ansible.builtin.command: echo {{{{ item }}}}
      loop: [1, 2]
"""
#: Results that a run of each has when it ends well.
RESULTS = {"local": 10, "ssh": 6}
#: The hosts of the second: with a terminal for each command, as Ansible does it by default, and without.
WITH_TERMINAL, WITHOUT = "127.0.0.2", "127.0.0.3"
#: Seconds that the kernel, or the other machine, may take to end what was killed.
GONE_WITHIN = 2.0
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
    kinds: Counter[str] = field(default_factory=Counter)
    #: Commands on hosts reached by ssh that a kill interrupted, by whether they had a terminal.
    went_on: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.survivors or self.stuck or self.wrong_events)

    def __str__(self) -> str:
        endings = ", ".join(f"{count} {ending}" for ending, count in sorted(self.endings.items()))
        return (
            f"{sum(self.endings.values())} trials ended: {endings}\n"
            f"{', '.join(f'{count} {kind}' for kind, count in sorted(self.kinds.items()))}; "
            f"{self.went_on} remote commands without a terminal went on after a kill\n"
            f"{len(self.survivors)} with surviving processes, {len(self.wrong_events)} with events lost or twice, "
            f"{len(self.stuck)} stuck"
            + "".join(f"\n  {line}" for line in (*self.survivors, *self.wrong_events, *self.stuck))
        )


def torture(trials: int, seed: int) -> Tally:
    """Run so many trials against services of its own, a warm and a cold one, and return what came of them."""
    dice = random.Random(seed)
    tally = Tally()
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        services = {}
        for engine in ("warm", "cold"):
            (base / engine).mkdir()
            services[engine] = stack.enter_context(EmbeddedRunner(base / engine))
            services[engine].start(engine=engine)
        (base / "sshd").mkdir()
        server = SshServer(base / "sshd")
        key = to_base64(make_key(base / "key"))
        for address in (WITH_TERMINAL, WITHOUT):
            server.authorize(address, base / "key.pub")
        stack.enter_context(server)
        targets = Targets(server, key)
        for number in range(trials):
            kind, engine, deed = dice.choice(list(RESULTS)), dice.choice(list(services)), dice.choice(DEEDS)
            trial = Trial(number, kind, engine, deed, dice.uniform(0, 4.0 if kind == "ssh" else 2.0))
            tally.kinds.update([kind, engine])
            _try(services[engine], targets, tally, trial)
        for service in services.values():
            service.stop()
    return tally


@dataclass(frozen=True)
class Trial:
    """What is done to what, and how many seconds after its start."""

    number: int
    kind: str
    engine: str
    deed: str
    moment: float

    def __str__(self) -> str:
        return f"trial {self.number} ({self.engine}, {self.kind}, {self.deed} after {self.moment:.2f} s)"

    @property
    def seconds(self) -> str:
        """How long its remote command takes: like no other's, so that its processes are told from others."""
        return f"2.{os.getpid():07d}{self.number:05d}"


@dataclass(frozen=True)
class Targets:
    """Hosts that are reached by ssh."""

    server: SshServer
    key: str

    @property
    def hosts(self) -> list[dict[str, Any]]:
        python = {"ansible_python_interpreter": sys.executable}
        hosts = [
            self.server.host("terminal", WITH_TERMINAL, **python, ansible_ssh_use_tty=True),
            self.server.host("plain", WITHOUT, **python),
        ]
        return [{**host, "sshPrivateKey": self.key} for host in hosts]


def _try(service: EmbeddedRunner, targets: Targets, tally: Tally, trial: Trial) -> None:
    name, deed = str(trial), trial.deed
    with service.log_in() as api:
        ttl: dict[str, Any] = {"executionTtl": max(trial.moment, 0.05) / 60} if deed == "time over" else {}
        if trial.kind == "local":
            run = api.begin(PLAYBOOK, hosts=local_hosts("web1", "web2"), **ttl)
        else:
            job = api.create(REMOTE.format(seconds=trial.seconds), **ttl)
            run = api.start(job["id"], hosts=targets.hosts)
        # Not a wait for something to happen: the moment is what is tried.
        time.sleep(trial.moment)
        family = _family(service, run)
        _do(service, api, run, deed)
    with service.log_in() as api:
        try:
            until(lambda: api.execution(run)["events_complete"], "it is stuck", PATIENCE)
        except AssertionError:
            tally.stuck.append(f"{name}: {api.execution(run)['status']}")
            return
        finished = api.finish(run)
    tally.endings[finished.status] += 1
    left = _await_none(lambda: _survivors(service, run, family))
    if trial.kind == "ssh" and (finished.status == "KILLED" or deed in ("supervisor", "playbook")):
        left += _await_none(lambda: _remote(trial, WITH_TERMINAL))
        tally.went_on += len({process.parent for process in _remote(trial, WITHOUT)})
    if left:
        tally.survivors.append(f"{name}: {[process.arguments for process in left]}")
    problem = _problem_with_events(finished, RESULTS[trial.kind])
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


def _family(service: EmbeddedRunner, run: StartedRun) -> set[tuple[int, int | None]]:
    """Return all that runs of an execution just now, each told from any other process that may get its number."""
    roots = _processes_of(service, run)
    below = [process for root in roots for process in descendants_of(root.pid)]
    return {(process.pid, start_time(process.pid)) for process in (*roots, *below)}


def _survivors(service: EmbeddedRunner, run: StartedRun, family: set[tuple[int, int | None]]) -> list[Process]:
    private = f"{service.runtime}/runs/{run.execution_id.replace('-', '')[:12]}".encode()
    return [
        process
        for process in all_processes()
        if run.execution_id.encode() in process.environment
        or private in process.arguments
        or (process.pid, start_time(process.pid)) in family
    ]


def _remote(trial: Trial, address: str) -> list[Process]:
    """Return the sleepers of a trial that sshd started on behalf of a connection to an address."""
    return [
        process
        for process in all_processes()
        if trial.seconds.encode() in process.arguments
        and process.arguments.startswith(b"sleep")
        and f" {address} ".encode() in process.environment
    ]


def _await_none(find: Callable[[], list[Process]]) -> list[Process]:
    """Return what is still there after the time that processes may take to end."""
    deadline = time.monotonic() + GONE_WITHIN
    while (found := find()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _problem_with_events(finished: FinishedRun, results: int) -> str:
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
    if finished.status == "SUCCESS" and len(finished.messages("runner_on_ok")) != results:
        return f"{len(finished.messages('runner_on_ok'))} of {results} results"
    return ""
