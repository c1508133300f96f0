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
from pathlib import Path
from statistics import median

from ctl_jupyter.client import Session, connect
from ctl_jupyter.documents import Job, Status
from ctl_jupyter.places import runtime_directory
from tests.bench.pairs import measure_pairs, table, verdict

__all__ = ["LIMIT", "measure_start"]

#: Times as long as bare ``ansible-playbook``.
LIMIT = 1.15

PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Say something
      ansible.builtin.debug:
        msg: something
"""
#: One host, this machine; both ways are told the same of it.
HOST = "here"
VARIABLES = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
SCRUBBED = ("ANSIBLE_", "CLC_", "CTL_")


def measure_start(count: int) -> str:
    """Measure `count` pairs and return the table."""
    with tempfile.TemporaryDirectory() as directory, _own_world(Path(directory)) as world:
        session = connect()
        job = session.create_job({"name": "bench", "playbook": b64encode(PLAYBOOK.encode()).decode()})
        command = _bare_command(world)
        pairs = measure_pairs(lambda: _start_to_success(session, job), lambda: _run_bare(command, world), count)
        session.close()
    ratio = median(pairs.ratios)
    rows = {"session.start(job, {…}).wait()": pairs.measured, "ansible-playbook": pairs.reference}
    return "\n".join(
        [
            f"Start to SUCCESS of one debug task on one local host, wall clock, {count} pairs in alternating order",
            table(rows),
            table({"ratio of each pair".ljust(max(map(len, rows))): pairs.ratios}, " ").splitlines()[1],
            f"median ratio {ratio:.3f}: {verdict(ratio, LIMIT, '')}",
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
    execution = session.start(job, {"hosts": [{"id": HOST, "hostVars": VARIABLES}]}).wait()
    seconds = time.perf_counter() - begun
    if execution.status != Status.SUCCESS:
        raise RuntimeError(f"The execution ended in {execution.status}.")
    return seconds


def _bare_command(world: Path) -> list[str]:
    """Return the command that runs the same playbook on the same host without Runner."""
    playbook, inventory = world / "playbook.yml", world / "inventory.json"
    playbook.write_text(PLAYBOOK)
    inventory.write_text(json.dumps({"all": {"hosts": {HOST: VARIABLES}}}))
    return [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), str(playbook)]


def _run_bare(command: list[str], world: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=world, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return time.perf_counter() - begun
