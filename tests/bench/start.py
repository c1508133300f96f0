"""How long a start takes until SUCCESS, as the client sees it, beside bare ``ansible-playbook``."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ctl_jupyter.client import Session, connect
from ctl_jupyter.documents import Job, Status
from ctl_jupyter.places import runtime_directory
from tests.bench.pairs import measure_pairs, table, verdict

__all__ = ["CASES", "measure_start"]


@dataclass(frozen=True)
class Case:
    """A playbook, its hosts, and how many times as long as bare ``ansible-playbook`` it may take."""

    what: str
    playbook: str
    hosts: int
    limit: float


SAY = "  - {name: Say something, ansible.builtin.debug: {msg: something}}\n"
RUN = "".join(f"  - {{name: Command {number}, ansible.builtin.command: echo {number}}}\n" for number in range(10))
CASES = {
    "debug": Case("one debug task on one host", "- hosts: all\n  gather_facts: false\n  tasks:\n" + SAY, 1, 0.25),
    "facts": Case("facts and a debug task on one host", "- hosts: all\n  tasks:\n" + SAY, 1, 0.75),
    "commands": Case("10 commands on 10 hosts", "- hosts: all\n  gather_facts: false\n  tasks:\n" + RUN, 10, 0.9),
}
#: Every host is this machine; both ways are told the same of it.
VARIABLES = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
SCRUBBED = ("ANSIBLE_", "CLC_", "CTL_")


def measure_start(count: int, case: str | None = None) -> str:
    """Measure `count` pairs of each case, or of the one that is named, and return the tables."""
    cases = list(CASES.values()) if case is None else [CASES[case]]
    with tempfile.TemporaryDirectory() as directory, _own_world(Path(directory)) as world:
        session = connect()
        tables = [_measure(session, each, world, count) for each in cases]
        session.close()
    return "\n\n".join(tables)


def _measure(session: Session, case: Case, world: Path, count: int) -> str:
    hosts = [f"host{number}" for number in range(case.hosts)]
    job = session.create_job(
        {
            "name": "bench",
            "playbook": b64encode(case.playbook.encode()).decode(),
            "hosts": [{"id": host, "hostVars": VARIABLES} for host in hosts],
        }
    )
    command = _bare_command(world, case, hosts)
    pairs = measure_pairs(lambda: _start_to_success(session, job), lambda: _run_bare(command, world), count)
    ratio = median(pairs.ratios)
    rows = {"session.start(job).wait()": pairs.measured, "ansible-playbook": pairs.reference}
    return "\n".join(
        [
            f"Start to SUCCESS of {case.what}, wall clock, {count} pairs in alternating order",
            table(rows),
            table({"ratio of each pair".ljust(max(map(len, rows))): pairs.ratios}, " ").splitlines()[1],
            f"median ratio {ratio:.3f}: {verdict(ratio, case.limit, '')}",
        ]
    )


@contextmanager
def _own_world(world: Path) -> Iterator[Path]:
    """Give both ways an environment of their own, and end the service that was started in it."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(SCRUBBED):
            del os.environ[name]
    os.environ |= {"CTL_RUNNER_HOME": str(world / "runner"), "HOME": str(world)}
    try:
        yield world
    finally:
        stop = [sys.executable, "-m", "ctl_jupyter.cli", "stop"]
        subprocess.run(stop, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(runtime_directory(), ignore_errors=True)
        os.environ.clear()
        os.environ |= before


def _start_to_success(session: Session, job: Job) -> float:
    begun = time.perf_counter()
    execution = session.start(job).wait()
    seconds = time.perf_counter() - begun
    if execution.status != Status.SUCCESS:
        raise RuntimeError(f"The execution ended in {execution.status}.")
    return seconds


def _bare_command(world: Path, case: Case, hosts: list[str]) -> list[str]:
    """Return the command that runs the same playbook on the same hosts without Runner."""
    playbook, inventory = world / "playbook.yml", world / "inventory.json"
    playbook.write_text(case.playbook)
    inventory.write_text(json.dumps({"all": {"hosts": dict.fromkeys(hosts, VARIABLES)}}))
    return [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), str(playbook)]


def _run_bare(command: list[str], world: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=world, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return time.perf_counter() - begun
