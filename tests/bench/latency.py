"""How long after a task's end its event is at a client that long-polls, while as many executions run as may."""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any

import msgspec

from tests.bench.pairs import verdict
from tests.service.api import RunnerApi, StartedRun, local_hosts
from tests.service.embedded import EmbeddedRunner

__all__ = ["measure_latency"]

#: Milliseconds at the 95th percentile.
LIMIT = 50.0
#: Executions at a time: as many as an account may have.
EXECUTIONS = 4
#: Each task tells, from within, what time it is: the last thing that a task does here.
TASK = "    - {name: Task NUMBER, ansible.builtin.debug: {msg: '{{ now().timestamp() }}'}}\n"


class Event(msgspec.Struct):
    """What is read of an event."""

    event_type: str
    message: dict[str, Any]


class Page(msgspec.Struct):
    """What is read of an answer."""

    results: list[Event]
    cursor: int
    complete: bool


@dataclass(frozen=True)
class Arrival:
    """When an event was at the client, when its task ended, and when Ansible told of it; seconds since the epoch."""

    arrived: float
    task_ended: float
    told: float


def measure_latency(hosts: int, tasks: int) -> str:
    """Run the executions, each followed by a client of its own, and return what their events took."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedRunner(Path(directory)) as service:
        service.start()
        # The first execution of a service waits for the engine to get warm.
        with service.log_in() as api:
            api.run(_playbook(1), hosts=local_hosts("web0"))
        waited, begun = _seconds_waited(), time.monotonic()
        with ExitStack() as stack, ThreadPoolExecutor(EXECUTIONS) as pool:
            clients = [stack.enter_context(service.log_in()) for _ in range(EXECUTIONS)]
            followed = [pool.submit(_follow, api, hosts, tasks) for api in clients]
            runs = [future.result() for future in followed]
        waited, took = _seconds_waited() - waited, time.monotonic() - begun
        service.stop()
    begin, end = max(run[0].arrived for run in runs), min(run[-1].arrived for run in runs)
    counted = [arrival for run in runs for arrival in run if begin <= arrival.arrived <= end]
    from_task = _percentiles([arrival.arrived - arrival.task_ended for arrival in counted])
    from_told = _percentiles([arrival.arrived - arrival.told for arrival in counted])
    head = (
        f"Milliseconds until an event is at a long-polling client, {EXECUTIONS} executions of {hosts} hosts x {tasks} "
        f"tasks, {len(counted)} events while all of them ran"
    )
    return "\n".join(
        [
            head,
            f"from a clock within the task: p50 {from_task[0]:.1f}, p95 {from_task[1]:.1f}",
            f"from Ansible's callback:      p50 {from_told[0]:.1f}, p95 {from_told[1]:.1f}",
            f"p95 from Ansible's callback {from_told[1]:.1f} ms: {verdict(from_told[1], LIMIT, ' ms')}",
            f"meanwhile processes of this machine waited for a processor {waited / took:.0%} of the time",
        ]
    )


def _playbook(tasks: int) -> str:
    return "- hosts: all\n  gather_facts: false\n  tasks:\n" + "".join(
        TASK.replace("NUMBER", str(number)) for number in range(tasks)
    )


def _follow(api: RunnerApi, hosts: int, tasks: int) -> list[Arrival]:
    """Start an execution and follow it to its end."""
    run = api.begin(_playbook(tasks), hosts=local_hosts(*(f"web{number}" for number in range(hosts))))
    arrivals = list(_arrivals(api, run))
    if len(arrivals) != hosts * tasks:
        raise RuntimeError(f"{len(arrivals)} results arrived of {hosts * tasks}.")
    return arrivals


def _arrivals(api: RunnerApi, run: StartedRun) -> Iterator[Arrival]:
    """Ask with the standard library's client: what a heavier one takes is not the service's."""
    path = f"/status/{api.account}/job/{run.job_id}/execution/{run.execution_id}"
    page = Page([], 0, complete=False)
    with closing(HTTPConnection(api.http.base_url.host, api.http.base_url.port or 80)) as connection:
        while not page.complete:
            query = f"?after={page.cursor}&wait=20"
            connection.request("GET", path + query, headers={"Authorization": f"Bearer {api.token}"})
            page = msgspec.json.decode(connection.getresponse().read(), type=Page)
            now = time.time()
            for event in page.results:
                if event.event_type == "runner_on_ok":
                    yield Arrival(now, float(event.message["msg"]), event.message["end"] / 1000)


def _seconds_waited() -> float:
    """Return how long, since the boot, some process of this machine could have run and had no processor."""
    some = Path("/proc/pressure/cpu").read_text().splitlines()[0]
    return int(some.rpartition("total=")[2]) / 1e6


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """Return the 50th and the 95th percentile, in milliseconds."""
    cuts = quantiles(seconds, n=20)
    return cuts[9] * 1000, cuts[18] * 1000
