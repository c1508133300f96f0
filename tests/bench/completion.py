"""How long completion takes in a kernel, as a front end sees it: from the request to the answer."""

import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from tests.bench.kernels import PATIENCE, run_cell, running_kernel
from tests.bench.pairs import verdict
from tests.fake_runner import FakeRunner, Hold

__all__ = ["measure_completion"]

#: Milliseconds, of the slowest.
LIMIT = 150.0
#: What is asked for in turn; the bar is the cursor.
CELLS = (
    "%ctl_start |",
    "%ctl_start job-49|",
    "%ctl_start nothing-like-it|",
    "%ctl_start job-0100 --host |",
    "%ctl_start job-0100 --host web4|",
    "%ctl_start job-0100 --|",
    "%ctl_start job-0100 --timeout |",
    "%ctl_watch |",
    "%ctl_watch 0000|",
    "%%ctl_start job-1|\nhosts: [web1]",
)


def measure_completion(requests: int, rows: int) -> str:
    """Ask `requests` times with as many jobs and executions known as `rows` says, then as often of one that hangs."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-completion-") as name,
        FakeRunner() as fake,
    ):
        for number in range(rows):
            hosts = [{"id": f"web{number}-{host}"} for host in range(3)]
            job_id = fake.add_job(f"job-{number:04}", hosts=hosts, properties={"version": "1"})
            fake.add_execution(job_id, status="SUCCESS")
        log_in = {"CLC_V2_API_USERNAME": fake.username, "CLC_V2_API_PASSWD": fake.password}
        with running_kernel(Path(name), log_in) as (_, client):
            lines = _measure(client, fake, requests, rows)
    return "\n".join(lines)


def _measure(client: BlockingKernelClient, fake: FakeRunner, requests: int, rows: int) -> list[str]:
    lines = [f"{'milliseconds from complete_request to its reply':60}{'p50':>9}{'p95':>9}{'max':>9}"]
    run_cell(client, "%load_ext ctl_jupyter")
    first = [_ask(client, "%ctl_login |")[0]]
    run_cell(client, f"%ctl_login {fake.url}")
    # While the names are read.
    begun = time.perf_counter()
    while len(_matches(client, "%ctl_start job-0000|")) + len(_matches(client, f"%ctl_watch {_oldest(fake)}|")) < 2:
        if time.perf_counter() - begun > PATIENCE:
            raise RuntimeError("The names do not become known.")
        first += [_ask(client, cell)[0] for cell in CELLS]
    lines.append(_row(f"the first ones, while {rows:,} jobs and executions are read", first))
    known = [_ask(client, cell)[0] for cell in islice(cycle(CELLS), requests)]
    lines.append(_row(f"{rows:,} jobs and {rows:,} executions known", known))
    hold = Hold()
    fake.trouble(hold, path="", times=1_000_000)
    run_cell(client, "from ctl_jupyter.magics import known_names; known_names.FRESH = 0")
    hanging = [_ask(client, cell)[0] for cell in islice(cycle(CELLS), requests)]
    if not hold.reached.is_set():
        raise RuntimeError("Nothing was asked of the service that hangs.")
    lines.append(_row("the same, beside a service that hangs", hanging))
    hold.released.set()
    # Or the kernel's end would break a connection in the middle of an answer.
    run_cell(client, "import threading; [t.join() for t in threading.enumerate() if t.name == 'ctl-names']")
    worst = max([*first, *known, *hanging])
    lines.append(f"the slowest {worst:.0f} ms: {verdict(worst, LIMIT, ' ms')}")
    return lines


def _oldest(fake: FakeRunner) -> str:
    return next(iter(fake.executions))


def _ask(client: BlockingKernelClient, marked: str) -> tuple[float, dict[str, Any]]:
    cell, offset = marked.replace("|", ""), marked.index("|")
    begun = time.perf_counter()
    client.complete(cell, offset)
    content = client.get_shell_msg(timeout=PATIENCE)["content"]
    return (time.perf_counter() - begun) * 1000, content


def _matches(client: BlockingKernelClient, marked: str) -> list[str]:
    matches: list[str] = _ask(client, marked)[1]["matches"]
    return matches


def _row(what: str, values: list[float]) -> str:
    ranks = quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
    return f"{what:60}" + "".join(f"{value:9.1f}" for value in (ranks[49], ranks[94], max(values)))
