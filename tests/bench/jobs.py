"""What a magic that only reads costs beside the same call by bare httpx: ``%ctl_jobs`` of an account with 100 jobs."""

import gc
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from tests.bench.pairs import measure_pairs, table, verdict
from tests.service.embedded import EmbeddedRunner

__all__ = ["measure_jobs"]

JOBS = 100
#: Times the same call by bare httpx, from its beginning to its end.
LIMIT = 1.2
PLAYBOOK = """- name: Deploy
  hosts: all
  tasks:
    - name: Fetch the release
      ansible.builtin.get_url:
        url: "https://example.com/releases/{{ version }}.tar.gz"
        dest: "/opt/app/{{ version }}.tar.gz"
        mode: "0644"
    - name: Unpack it
      ansible.builtin.unarchive:
        src: "/opt/app/{{ version }}.tar.gz"
        dest: /opt/app
        remote_src: true
"""


def measure_jobs(count: int) -> str:
    """Measure `count` pairs and return the tables."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-jobs-") as name,
        EmbeddedRunner(Path(name)) as service,
    ):
        service.start()
        with service.log_in() as api:
            for number in range(JOBS):
                api.create(PLAYBOOK, **_members(number))
            shell = _shell(service)
            path = f"/jobs/{api.account}?page=0&size=100"
            assert len(api.http.get(path).json()["results"]) == JOBS
            lines = [f"%ctl_jobs of {JOBS} jobs over GET /jobs and .json() by a kept httpx.Client, {count} pairs"]
            for what, clock in (("wall", time.perf_counter), ("CPU", time.process_time)):
                pairs = measure_pairs(
                    _timed(lambda: _show_jobs(shell), clock),
                    _timed(lambda: api.http.get(path).json(), clock),
                    count,
                )
                rows = {f"%ctl_jobs, {what}": _milliseconds(pairs.measured), "httpx": _milliseconds(pairs.reference)}
                ratio = median(pairs.ratios)
                limit = f": {verdict(ratio, LIMIT, '')}" if what == "wall" else ""
                lines += [table(rows, "ms"), f"median ratio of the {what} time {ratio:.3f}{limit}"]
    return "\n".join(lines)


def _members(number: int) -> dict[str, Any]:
    return {
        "name": f"deploy-{number:03}",
        "description": f"Deploys service {number} to its hosts, every night and on demand",
        "hosts": [
            {"id": f"web{host}.service-{number}.example.com", "hostVars": {"ansible_host": f"10.0.{number}.{host}"}}
            for host in range(3)
        ],
        "properties": {"version": f"2.{number}", "db_password": "a secret that is masked"},
        "playbookTags": ["deploy"],
        "callbacks": [{"url": f"https://example.com/runner/{number}", "level": "RESULT"}],
    }


def _shell(service: EmbeddedRunner) -> InteractiveShell:
    """Return a shell that is logged in to the service, as a notebook is."""
    config = Config()
    config.HistoryManager.enabled = False
    os.environ["CTL_RUNNER_HOME"] = str(service.home)
    # What is asked for in the background is not what is measured.
    os.environ["CTL_COMPLETION"] = "false"
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "ctl_jupyter")
    shell.run_line_magic("ctl_login", "local")
    return shell


def _show_jobs(shell: InteractiveShell) -> None:
    """Do what a cell with the magic does: run it, and make every form of what it gives."""
    shell.display_formatter.format(shell.run_line_magic("ctl_jobs", ""))


def _timed(call: Callable[[], Any], clock: Callable[[], float]) -> Callable[[], float]:
    def timed() -> float:
        # The one is not to clear up what the other left.
        gc.collect()
        begun = clock()
        call()
        return clock() - begun

    return timed


def _milliseconds(seconds: list[float]) -> list[float]:
    return [value * 1000 for value in seconds]
