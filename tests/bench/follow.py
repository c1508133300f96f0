"""What following costs the kernel: the CPU of a real kernel while its cards show as many executions as may run."""

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from tests.bench.pairs import verdict
from tests.service.api import RunnerApi, StartedRun, local_hosts
from tests.service.embedded import EmbeddedRunner

__all__ = ["measure_follow"]

ROOT = Path(__file__).parents[2]
#: Percent of one processor.
LIMIT = 10.0
#: Executions at a time: as many as an account may have.
EXECUTIONS = 4
TASK = "    - {name: Task NUMBER, ansible.builtin.debug: {msg: 'Task NUMBER on {{ inventory_hostname }}'}}\n"
#: How long the kernel may take for a cell, in seconds.
PATIENCE = 60.0

LOG_IN = "%load_ext ctl_jupyter\n%ctl_login local"
#: What the kernel itself does is told by its own clock; what came of the cards at the end by the cards' handles.
CPU_SECONDS = "import time; print(time.process_time())"
STATES = "import json; print(json.dumps([[run.is_read, run.execution.status, run.progress.events] for run in runs]))"


class Kernel:
    """A real kernel, with what it publishes."""

    def __init__(self, service: EmbeddedRunner, directory: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        environment = {**service.environment, "IPYTHONDIR": str(directory / "ipython")}
        # It warns of its own transport.
        self._manager.start_kernel(env=environment, cwd=str(ROOT), stderr=subprocess.DEVNULL)
        self.client: Any = self._manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        self.updates = 0

    def run(self, code: str) -> str:
        """Run a cell that must not fail and return what it printed."""
        identity = self.client.execute(code)
        printed = ""
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            self._count(message)
            if message["parent_header"].get("msg_id") != identity:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                printed += content["text"]
            elif message["msg_type"] == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed

    def listen(self) -> None:
        """Take what the kernel has published by now, as a page does."""
        while self.client.iopub_channel.msg_ready():
            self._count(self.client.get_iopub_msg(timeout=PATIENCE))

    def _count(self, message: dict[str, Any]) -> None:
        """Count drawings of cards."""
        data = message["content"].get("data") if message["msg_type"] == "comm_msg" else None
        if isinstance(data, dict) and "value" in data.get("state", {}):
            self.updates += 1

    def end(self) -> None:
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def measure_follow(hosts: int, tasks: int) -> str:
    """Run the executions, their cards in one kernel, and return what that cost it from the first event to the last."""
    with tempfile.TemporaryDirectory() as name, EmbeddedRunner(Path(name)) as service:
        service.start()
        with service.log_in() as api:
            # The first execution of a service waits for the engine to get warm; it is the job's history, too.
            api.run(_playbook(1), hosts=local_hosts("web0"))
            kernel = Kernel(service, Path(name))
            try:
                return _measured(api, kernel, hosts, tasks)
            finally:
                kernel.end()
                service.stop()


def _measured(api: RunnerApi, kernel: Kernel, hosts: int, tasks: int) -> str:
    kernel.run(LOG_IN)
    names = [f"web{number:03}" for number in range(hosts)]
    started = [api.begin(_playbook(tasks), hosts=local_hosts(*names)) for _ in range(EXECUTIONS)]
    kernel.run("%ctl_watch -o runs " + " ".join(run.execution_id for run in started))
    begun, cpu, updates = time.monotonic(), float(kernel.run(CPU_SECONDS)), kernel.updates
    while not all(_has_ended(api, run) for run in started):
        kernel.listen()
        time.sleep(0.5)
    cpu_at_end = float(kernel.run(CPU_SECONDS))
    took = time.monotonic() - begun
    states = _states(kernel)
    events = sum(events for _, _, events in states)
    percent = 100 * (cpu_at_end - cpu) / took
    per_card = (kernel.updates - updates) / took / EXECUTIONS
    return "\n".join(
        [
            f"A kernel that shows the cards of {EXECUTIONS} executions of {hosts} hosts x {tasks} tasks, real Ansible",
            f"{events:,} events in {took:.1f} s, {events / took:.0f} a second",
            f"{per_card:.1f} updates of each card a second",
            f"{cpu_at_end - cpu:.2f} s of CPU: {percent:.1f} % of one processor: {verdict(percent, LIMIT, ' %')}",
        ]
    )


def _has_ended(api: RunnerApi, run: StartedRun) -> bool:
    return bool(api.execution(run)["events_complete"])


def _states(kernel: Kernel) -> list[tuple[bool, str, int]]:
    """Return what the kernel knows of its executions, once it has read them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        states: list[tuple[bool, str, int]] = json.loads(kernel.run(STATES))
        if all(is_read for is_read, _, _ in states):
            if any(status != "SUCCESS" for _, status, _ in states):
                raise RuntimeError(f"An execution did not succeed: {states}")
            return states
        if time.monotonic() > deadline:
            raise RuntimeError(f"The kernel has not read all: {states}")
        time.sleep(0.2)


def _playbook(tasks: int) -> str:
    return "- hosts: all\n  gather_facts: false\n  tasks:\n" + "".join(
        TASK.replace("NUMBER", str(number)) for number in range(tasks)
    )
