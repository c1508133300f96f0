"""How soon an interrupted cell ends: from the signal to the kernel's reply, while an execution goes on."""

import tempfile
import time
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.bench.kernels import PATIENCE, run_cell, running_kernel
from tests.bench.pairs import table, verdict
from tests.fake_runner import FakeRunner, Hold, Step

__all__ = ["measure_interrupt"]

#: Milliseconds, of the slowest.
LIMIT = 200.0


def measure_interrupt(count: int) -> str:
    """Interrupt `count` cells of each kind, and return what it took."""
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-interrupt-") as name, FakeRunner() as fake:
        fake.add_job("goes-on", hosts=[{"id": "web1"}])
        fake.plan = [Step("RUNNING", [("playbook_on_task_start", {"play": "p", "task": "t"})])]
        log_in = {"CLC_V2_API_USERNAME": fake.username, "CLC_V2_API_PASSWD": fake.password}
        with running_kernel(Path(name), log_in) as (manager, client):
            run_cell(client, "%load_ext ctl_jupyter")
            run_cell(client, f"%ctl_login {fake.url}")
            for what, cell in (
                ("a cell that waits, detached", "%ctl_start goes-on --wait"),
                ("the same, stopped", "%ctl_start goes-on --wait --on-interrupt stop"),
            ):
                rows[what] = [_interrupt_running(manager, client, fake, cell) for _ in range(count)]
            rows["a start whose answer is held"] = [
                _interrupt_held(manager, client, fake, "POST", "/start", "%ctl_start goes-on --wait")
                for _ in range(count)
            ]
            rows["a stop whose answer is held, on an interrupt"] = [
                _interrupt_running(manager, client, fake, "%ctl_start goes-on --wait --on-interrupt stop", hangs=True)
                for _ in range(count)
            ]
            rows["%ctl_jobs whose answer is held"] = [
                _interrupt_held(manager, client, fake, "GET", "/jobs/", "%ctl_jobs") for _ in range(count)
            ]
    worst = max(max(values) for values in rows.values())
    return "\n".join(
        [
            f"milliseconds from the signal to the reply, {count} interrupts each",
            table(rows, "ms"),
            f"the slowest {worst:.0f} ms: {verdict(worst, LIMIT, ' ms')}",
        ]
    )


def _interrupt_running(
    manager: KernelManager, client: BlockingKernelClient, fake: FakeRunner, cell: str, *, hangs: bool = False
) -> float:
    """Interrupt a cell that waits for an execution that runs."""
    before = len(fake.executions)
    client.execute(cell, stop_on_error=False)
    fake.await_calls("POST", "/jobs/[^/]+/[^/]+/start", before + 1)
    newest = list(fake.executions)[-1]
    fake.await_calls("GET", f"/status/.*/{newest}", 1)
    hold = Hold()
    if hangs:
        fake.trouble(hold, "POST", "/stop")
    try:
        return _interrupt(manager, client)
    finally:
        hold.released.set()


def _interrupt_held(
    manager: KernelManager, client: BlockingKernelClient, fake: FakeRunner, method: str, path: str, cell: str
) -> float:
    """Interrupt a cell whose request has got no answer yet."""
    hold = Hold()
    fake.trouble(hold, method, path)
    client.execute(cell, stop_on_error=False)
    if not hold.reached.wait(PATIENCE):
        raise RuntimeError(f"{cell} asked for nothing.")
    try:
        return _interrupt(manager, client)
    finally:
        hold.released.set()


def _interrupt(manager: KernelManager, client: BlockingKernelClient) -> float:
    begun = time.perf_counter()
    manager.interrupt_kernel()
    content = client.get_shell_msg(timeout=PATIENCE)["content"]
    taken = (time.perf_counter() - begun) * 1000
    if content["status"] != "error":
        raise RuntimeError("An interrupted cell did not fail.")
    return taken
