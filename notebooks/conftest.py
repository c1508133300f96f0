"""The notebooks run against an embedded Runner of their own, not against the user's, and `prod` is a stand-in here."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ctl_jupyter.places import runtime_directory
from tests.fake_runner import Call, FakeRunner, Step

HOSTED = FakeRunner(alias="ACME")

TASK = {"play": "Site", "task": "Open the port", "action": "ansible.builtin.command", "path": "site.yml:7"}
BUSY = {"msg": "port 8080 is in use by another process", "res": {"rc": 1, "stderr": "bind: address already in use"}}
BEGINNING = Step("RUNNING", [("playbook_on_start", {"playbook": "site.yml"}), ("playbook_on_task_start", TASK)])
FAILS = [
    Step("INITIALIZING"),
    BEGINNING,
    Step(
        "FAILURE",
        [
            ("runner_on_ok", {**TASK, "host": "db1", "changed": True}),
            ("runner_on_failed", {**TASK, "host": "web1", **BUSY}),
            ("playbook_on_stats", {"stats": {"db1": {"ok": 1, "failures": 0}, "web1": {"ok": 0, "failures": 1}}}),
            ("playbook_result", {"result": "FAILURE"}),
        ],
        failed_hosts=["web1"],
    ),
]
SUCCEEDS = [
    BEGINNING,
    Step(
        "SUCCESS",
        [
            ("runner_on_ok", {**TASK, "host": "web1", "changed": True}),
            ("playbook_on_stats", {"stats": {"web1": {"ok": 1, "failures": 0}}}),
            ("playbook_result", {"result": "SUCCESS"}),
        ],
    ),
]
GOES_ON = [BEGINNING]


def _plan_next(call: Call) -> None:
    """Let the restart of the first execution succeed, and what is started after it go on until it is stopped."""
    if call.path.endswith("/start"):
        HOSTED.plan = SUCCEEDS
    elif call.path.endswith("/restart"):
        HOSTED.plan = GOES_ON


def pytest_sessionstart() -> None:
    """Give this run a home that its kernels inherit; a notebook's items take no fixtures."""
    home = Path(tempfile.mkdtemp(prefix="ctl-notebooks-"))
    HOSTED.plan, HOSTED.on_answer = FAILS, _plan_next
    HOSTED.__enter__()
    config = home / "config.toml"
    config.write_text(f'[profiles.prod]\nurl = "{HOSTED.url}"\n')
    os.environ["CTL_RUNNER_HOME"] = str(home / "runner")
    os.environ["CTL_HISTORY_HOME"] = str(home / "history")
    os.environ["IPYTHONDIR"] = str(home / "ipython")
    os.environ["CTL_CONFIG"] = str(config)
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    os.environ["CLC_V2_API_USERNAME"] = HOSTED.username
    os.environ["CLC_V2_API_PASSWD"] = HOSTED.password


def pytest_sessionfinish() -> None:
    """End the service that a notebook started, and leave nothing behind."""
    HOSTED.close()
    home = Path(os.environ["CTL_RUNNER_HOME"])
    if home.exists():
        subprocess.run([sys.executable, "-m", "ctl_jupyter.cli", "stop"], check=True, capture_output=True)
        shutil.rmtree(runtime_directory(), ignore_errors=True)
    shutil.rmtree(home.parent, ignore_errors=True)
