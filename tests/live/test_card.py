"""The card in a terminal's IPython, without one, and in a kernel that a headless run executes."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from traitlets.config import Config

from ctl_jupyter.live import show, show_executions
from tests.live.stub_runner import StubRunner, result, status

ROOT = Path(__file__).parents[2]
WIDGET = "application/vnd.jupyter.widget-view+json"
ID = "5f0c1b2a77e94d3e8f6a90cd"

SETUP = """
import threading
from ctl_jupyter.client import ExecutionFailed
from ctl_jupyter.live import show, show_executions
from tests.live.stub_runner import StubRunner, event, result, status

runner = StubRunner()

def painted():
    for thread in threading.enumerate():
        if thread.name == "ctl-jupyter-paint":
            thread.join(30)
"""


@pytest.fixture
def terminal() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield shell
    InteractiveShell.clear_instance()


def execute(*cells: str, **options: Any) -> list[Any]:
    """Execute a notebook without a browser and return each cell's outputs as they are saved."""
    source = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in (SETUP, *cells)]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": source}
    notebook = nbformat.reads(json.dumps(document), as_version=4)
    resources = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=resources, **options).execute()
    return [cell.outputs for cell in notebook.cells[1:]]


def painted() -> None:
    """Wait until every card has been drawn for the last time."""
    for thread in threading.enumerate():
        if thread.name == "ctl-jupyter-paint":
            thread.join(30)


def only_bundle(outputs: list[Any]) -> dict[str, Any]:
    """The data of a cell's one output."""
    assert [output.output_type for output in outputs] == ["display_data"]
    return dict(outputs[0].data)


def test_a_terminal_gets_text_at_the_beginning_and_at_the_end(
    runner: StubRunner, terminal: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    handle = runner.handle()

    show(handle)

    assert capsys.readouterr().out.splitlines()[:2] == ["deploy-web: PENDING · waiting for its turn", f"execution {ID}"]
    runner.tell(status("INITIALIZING"), result("ok", "web1"), status("SUCCESS", 5))
    show_executions([handle], wait=True, timeout=30, quiet=True)
    painted()
    out = capsys.readouterr().out
    assert f"deploy-web: SUCCESS · 1 host: 1 ok · 0:05\nexecution {ID}\n" in out
    assert "<div" not in out


def test_a_waiting_cell_in_a_terminal_has_a_line_of_progress(
    runner: StubRunner, terminal: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ctl_jupyter.live.painter.TICK", 0.01)
    monkeypatch.setattr("ctl_jupyter.live.card.Card.pause", 0.01)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    handle = runner.handle()
    runner.tell(status("RUNNING"))
    said = ""

    def end_when_shown() -> None:
        nonlocal said
        while "\r\x1b[KRUNNING · starting" not in said:
            said += capsys.readouterr().out
        runner.tell(status("SUCCESS"))

    thread = threading.Thread(target=end_when_shown)
    thread.start()
    show_executions([handle], wait=True, timeout=30)
    thread.join()

    said += capsys.readouterr().out
    assert "\r\x1b[Kdeploy-web: SUCCESS\n" in said
    assert said.rstrip("\r\x1b[K").endswith(f"execution {ID}\n")


def test_a_waiting_cell_whose_output_is_no_terminal_has_no_control_characters(
    runner: StubRunner, terminal: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    handle = runner.handle()
    runner.tell(status("SUCCESS"))

    show_executions([handle], wait=True, timeout=30)

    said = capsys.readouterr().out
    assert "deploy-web: SUCCESS" in said
    assert not {"\r", "\x1b"} & set(said)


def test_a_headless_run_saves_plain_html_of_what_ended_in_later_cells() -> None:
    shown, _, waited, interrupted, after = execute(
        "handle = runner.handle()\nshow(handle)",
        "runner.tell(status('RUNNING'), result('ok', 'web1'), status('SUCCESS'))\nhandle.wait(30)\npainted()",
        "waited = runner.handle('wait-for-me', 'waited')\n"
        "threading.Timer(0.3, runner.tell, [status('FAILURE')], {'execution_id': 'waited'}).start()\n"
        "try:\n    show_executions([waited], wait=True)\nexcept ExecutionFailed as error:\n    caught = error\n"
        "caught.handle.execution.status",
        "import _thread\n"
        "left = runner.handle('leave-me', 'left')\n"
        "runner.asked.clear()\n"
        "interrupt = threading.Thread(target=lambda: (runner.asked.wait(30), _thread.interrupt_main()))\n"
        "interrupt.start()\n"
        "try:\n    show_executions([left], wait=True)\nexcept KeyboardInterrupt:\n    was_interrupted = True",
        "assert was_interrupted and not left.is_read\n"
        "runner.tell(status('SUCCESS'), execution_id='left')\nleft.wait(30)\npainted()",
    )

    bundle = only_bundle(shown)
    assert WIDGET not in bundle
    assert "SUCCESS" in bundle["text/html"]
    assert "web1" in bundle["text/html"]
    assert bundle["text/plain"].splitlines()[:2] == ["deploy-web: SUCCESS · 1 host: 1 ok", f"execution {ID}"]

    display, outcome = waited
    assert WIDGET not in display.data
    assert display.data["text/plain"].startswith("wait-for-me: FAILURE")
    assert outcome.data["text/plain"] == "'FAILURE'"

    bundle = only_bundle(interrupted)
    assert WIDGET not in bundle
    assert bundle["text/plain"].startswith("leave-me: SUCCESS")
    assert after == []


def test_a_headless_run_saves_what_ended_between_two_cells(tmp_path: Path) -> None:
    go, done = tmp_path / "go", tmp_path / "done"
    wait_for_file = "while not Path({!r}).exists(): Event().wait(0.01)"

    def between_cells(cell: Any, cell_index: int, execute_reply: Any) -> None:
        if cell_index == 1:
            go.touch()
            exec(wait_for_file.format(str(done)), {"Path": Path, "Event": threading.Event})

    shown, _ = execute(
        "from pathlib import Path\nfrom threading import Event, Thread\n"
        "def end():\n"
        f"    {wait_for_file.format(str(go))}\n"
        "    runner.tell(status('SUCCESS'))\n"
        "    painted()\n"
        f"    Path({str(done)!r}).touch()\n"
        "show(runner.handle())\nThread(target=end).start()",
        "pass",
        on_cell_executed=between_cells,
    )

    bundle = only_bundle(shown)
    assert WIDGET not in bundle
    assert bundle["text/plain"].startswith("deploy-web: SUCCESS")


def test_twenty_cards_cost_one_thread_that_draws_and_one_that_reads() -> None:
    threads, ended = execute(
        "handles = [runner.handle(f'job {number}', f'run-{number}') for number in range(20)]\n"
        "show_executions(handles)\n"
        "sorted(thread.name for thread in threading.enumerate() if thread.name.startswith('ctl-jupyter'))",
        "for handle in handles:\n    runner.tell(status('SUCCESS'), execution_id=handle.execution_id)\n"
        "for handle in handles:\n    handle.wait(30)\n"
        "painted()",
    )

    assert threads[-1].data["text/plain"] == "['ctl-jupyter-follow', 'ctl-jupyter-paint']"
    cards = [output.data for output in threads[:-1]]
    assert len(cards) == 20
    assert all("SUCCESS" in card["text/html"] and WIDGET not in card for card in cards)
    assert ended == []


def test_one_that_has_ended_is_static_at_once() -> None:
    (shown,) = execute(
        "handle = runner.handle()\nrunner.tell(result('ok', 'web1'), status('SUCCESS'))\n"
        "from ctl_jupyter.client import ExecutionHandle\n"
        "again = ExecutionHandle(runner.session.calls, handle.refresh(), 'deploy-web')\n"
        "show_executions([again])\nassert again.is_read",
    )

    bundle = only_bundle(shown)
    assert WIDGET not in bundle
    assert "web1" in bundle["text/html"]


def test_what_has_not_ended_is_saved_with_job_and_id() -> None:
    (shown,) = execute("show(runner.handle('slow-job'))")

    bundle = only_bundle(shown)
    assert WIDGET in bundle
    assert bundle["text/plain"].splitlines()[:2] == ["slow-job: PENDING · waiting for its turn", f"execution {ID}"]
    assert "slow-job" in bundle["text/html"]


def test_without_ipywidgets_the_card_is_html() -> None:
    shown, _ = execute(
        "import sys\nsys.modules['ipywidgets'] = None\nhandle = runner.handle()\nshow(handle)",
        "runner.tell(status('SUCCESS'))\nhandle.wait(30)\npainted()",
    )

    bundle = only_bundle(shown)
    assert set(bundle) == {"text/plain", "text/html"}
    assert "SUCCESS" in bundle["text/html"]


def test_the_live_room_loads_without_ipython_and_widgets() -> None:
    heavy = ("IPython", "ipywidgets", "pandas", "altair")
    code = f"import sys, ctl_jupyter.live; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
