"""Notebooks that are executed without a browser stop, and fail, where an execution fails or a wait is interrupted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = """import signal, threading
from ctl_jupyter.live import show_executions
from tests.live.stub_runner import StubRunner, result, status
runner = StubRunner()
handle = runner.handle()"""
FAILS = """runner.tell(result('failed', 'web1', msg='no space'), status('FAILURE'))
show_executions([handle], wait=True)"""
IS_INTERRUPTED = """def interrupt():
    runner.asked.wait(30)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
threading.Thread(target=interrupt).start()
show_executions([handle], wait=True)"""
COMMANDS = {
    "jupyter execute": ["-m", "jupyter", "execute", "--kernel_name=python3", "in.ipynb"],
    "papermill": ["-m", "papermill", "--kernel", "python3", "in.ipynb", "out.ipynb"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (FAILS, "web1 failed in task 'Install nginx': no space"),
        (IS_INTERRUPTED, "Waiting was interrupted; the execution goes on. To watch it again:"),
        # ipykernel's own handler does no more than cancel the task of such a cell.
        (
            f"import asyncio\nawait asyncio.sleep(0)\n{IS_INTERRUPTED}",
            "Waiting was interrupted; the execution goes on.",
        ),
    ],
    ids=["failing", "interrupted", "interrupted with await"],
)
def test_it_stops_and_fails(tmp_path: Path, command: str, cell: str, said: str) -> None:
    later = tmp_path / "must not be there"
    sources = [SETUP, cell, f"open({str(later)!r}, 'w')"]
    cells: list[object] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for source in sources
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {"language_info": {"name": "python"}}, "cells": cells}
    (tmp_path / "in.ipynb").write_text(json.dumps(document))

    done = subprocess.run(
        [sys.executable, *COMMANDS[command]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    assert not later.exists()
