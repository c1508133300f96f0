"""What a start call costs while 4 executions run, beside a bare route that inserts one row; and 200 of them queued."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import httpx

from tests.bench.pairs import measure_pairs
from tests.service.api import RunnerApi, StartedRun
from tests.service.embedded import EmbeddedRunner
from tests.service.waiting import until

__all__ = ["measure_calls"]

RUNNING = 4
#: Runs until it is killed, and tells something twice a second.
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: sleep 0.5
      loop: "{{ range(100000) | list }}"
"""


def measure_calls(count: int, queued: int) -> str:
    """Queue `queued` starts, measure `count` pairs of single ones, and return what came of both."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-calls-") as name,
        _bare_route(Path(name) / "bare.sqlite") as bare,
        EmbeddedRunner(Path(name)) as service,
    ):
        service.start()
        with service.log_in() as api:
            job_id = str(api.create(PLAYBOOK, hosts=[{"id": "localhost"}])["id"])
            running = [api.start(job_id) for _ in range(RUNNING)]
            until(lambda: {api.status(run) for run in running} == {"RUNNING"}, "the executions do not run")
            lines = [_queue(api, job_id, queued), *_compare(api, job_id, bare, count)]
            if {api.status(run) for run in running} != {"RUNNING"}:
                raise RuntimeError("An execution ended before the measurement did.")
        # What runs and what waits is killed together with the service: one by one, hundreds would take minutes.
    return "\n".join(lines)


def _queue(api: RunnerApi, job_id: str, count: int) -> str:
    begun = time.perf_counter()
    runs = [api.start(job_id) for _ in range(count)]
    seconds = time.perf_counter() - begun
    pending = [execution for execution in _executions(api, job_id) if execution["status"] == "PENDING"]
    if [StartedRun(job_id, execution["execution_id"]) for execution in reversed(pending)] != runs:
        raise RuntimeError("What was accepted does not wait in the order in which it came.")
    return (
        f"{count} starts accepted in {seconds:.2f} s, one after the other, while {RUNNING} executions ran; "
        "all are PENDING, in order"
    )


def _executions(api: RunnerApi, job_id: str) -> list[dict[str, str]]:
    path = f"/jobs/{{alias}}/{job_id}/executions"
    first = api.call("GET", path)
    pages = [api.call("GET", path, page=page) for page in range(1, -(-first["totalSize"] // first["size"]))]
    return [execution for page in (first, *pages) for execution in page["results"]]


def _compare(api: RunnerApi, job_id: str, bare: httpx.Client, count: int) -> list[str]:
    path = f"/jobs/{api.account}/{job_id}/start"
    pairs = measure_pairs(lambda: _seconds(api.http, path), lambda: _seconds(bare, "/rows"), count)
    rows = {"start call": pairs.measured, "bare route, one row": pairs.reference}
    ranks = {what: (_percentile(values, 50), _percentile(values, 99)) for what, values in rows.items()}
    ratios = [ours / theirs for ours, theirs in zip(*ranks.values(), strict=True)]
    return [
        f"Latency of a start call while {RUNNING} executions ran, {count} pairs in alternating order",
        f"{'':20}{'p50':>12}{'p99':>12}",
        *(f"{what:20}{p50 * 1000:9.2f} ms{p99 * 1000:9.2f} ms" for what, (p50, p99) in ranks.items()),
        f"ratio of the p50 {ratios[0]:.2f}, of the p99 {ratios[1]:.2f}",
    ]


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _seconds(client: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    client.post(path, json={}).raise_for_status()
    return time.perf_counter() - begun


@contextmanager
def _bare_route(database: Path) -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "tests.bench.bare", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                yield client
        finally:
            process.terminate()
