"""Processes that are killed, and those that may not be."""

import os
import signal
import subprocess
import sys

import pytest

AS_NOBODY = """
import os, subprocess
from ctl_jupyter.service.engine import processes

processes.LETS_GO_WITHIN = 0.5
processes.become_subreaper()
another_users = subprocess.Popen(["sleep", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
os.setuid(65534)
own = subprocess.Popen(["sleep", "1000"])
deep = subprocess.Popen(["sh", "-c", "setsid sleep 1000 & wait"])
print(another_users.pid, processes.kill_descendants() == [another_users.pid])
"""


@pytest.mark.skipif(os.getuid() != 0, reason="root alone can become another user")
def test_descendants_of_another_user_are_told_and_stop_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    another_users, those_alone_are_left = done.stdout.split()
    os.kill(int(another_users), signal.SIGKILL)
    assert those_alone_are_left == "True"
