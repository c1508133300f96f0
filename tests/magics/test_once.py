"""``--once``: a guard against Run All."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from ctl_jupyter.client import ExecutionHandle
from tests.fake_runner import Answer, Break, FakeRunner, Step
from tests.magics.conftest import Notebook
from tests.magics.test_sending import interrupted_when_held
from tests.service.waiting import until

CELL = "%%ctl_start hello --once -o run --wait\nhosts: [web1]\n"


@pytest.fixture
def account(logged_in_to_hosted: Notebook, hosted: FakeRunner) -> Notebook:
    hosted.add_job("hello", hosts=[{"id": "web1"}])
    hosted.plan = [Step("SUCCESS")]
    return logged_in_to_hosted


def test_the_same_cell_starts_once_and_shows_what_it_started(
    account: Notebook, hosted: FakeRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    account.run(CELL)
    run = account["run"]
    account.run("del run")
    capsys.readouterr()
    account.run(CELL)
    shown = capsys.readouterr().out
    assert account["run"] is run
    assert "Not started again, since this cell has --once; what it started:" in shown
    assert f"execution {run.execution_id}" in shown
    assert len(hosted.starts()) == 1


@pytest.mark.parametrize(
    "other",
    [
        CELL.replace("web1", "web2"),
        CELL.replace("--wait", "--timeout 20"),
        CELL.replace("--once ", ""),
        "%ctl_start hello --once -o run",
    ],
)
def test_another_content_is_another_start(account: Notebook, hosted: FakeRunner, other: str) -> None:
    account.run(CELL)
    account.run(other)
    assert len(hosted.starts()) == 2


def test_another_runner_is_another_start(account: Notebook, hosted: FakeRunner) -> None:
    account.run(CELL)
    with FakeRunner() as elsewhere:
        elsewhere.add_job("hello")
        elsewhere.plan = [Step("SUCCESS")]
        account.run(f"%ctl_login {elsewhere.url}")
        account.run(CELL)
        assert (len(hosted.starts()), len(elsewhere.starts())) == (1, 1)


def test_a_failed_execution_fails_the_cell_again_and_is_not_started_again(
    account: Notebook, hosted: FakeRunner
) -> None:
    hosted.plan = [Step("FAILURE", [("playbook_result", {"reason": "no room"})])]
    first, _ = account.fail(CELL)
    again, _ = account.fail(CELL)
    assert str(first) == str(again)
    assert "no room" in str(again)
    assert isinstance(account["run"], ExecutionHandle)
    assert len(hosted.starts()) == 1


def test_after_a_restart_the_cell_shows_the_last_run(account: Notebook, hosted: FakeRunner) -> None:
    hosted.plan = [Step("FAILURE", [("playbook_result", {"reason": "no room"})], failed_hosts=["web1"])]
    account.fail(CELL)
    hosted.plan = [Step("SUCCESS", [("playbook_result", {})])]
    account.run("%ctl_restart run --wait")
    account.run(CELL)
    assert account["run"].execution.status == "SUCCESS"
    assert len(hosted.starts()) == 1


def test_loading_the_extension_anew_forgets_no_start(account: Notebook, hosted: FakeRunner) -> None:
    account.run(CELL)
    account.run("%reload_ext ctl_jupyter")
    account.run(CELL)
    assert len(hosted.starts()) == 1


def test_a_dry_run_starts_nothing_and_is_not_guarded(account: Notebook, hosted: FakeRunner) -> None:
    account.run("%ctl_start hello --once --dry-run")
    assert account.run("%ctl_start hello --once --dry-run").path.endswith("/start")
    assert hosted.starts() == []


@pytest.mark.parametrize("status", [400, 404, 429])
def test_a_refused_start_may_be_tried_again(account: Notebook, hosted: FakeRunner, status: int) -> None:
    hosted.trouble(Answer(status, {"message": "Not now."}), "POST", "/start")
    account.fail(CELL)
    account.run(CELL)
    assert account["run"].execution.status == "SUCCESS"
    assert len(hosted.starts()) == 2


def test_a_start_that_was_never_sent_may_be_tried_again(account: Notebook, hosted: FakeRunner) -> None:
    account.fail(CELL.replace("hello", "helo"))
    account.fail(CELL.replace("[web1]", "web1"))
    account.run("%ctl_start hello --once --host web1")
    assert len(hosted.starts()) == 1


UNKNOWN = (
    "This cell has sent its start before, without an answer that says whether it happened, and --once does not send "
    "it again: %ctl_executions hello shows it, and the cell without --once starts anyway."
)


@pytest.mark.parametrize("trouble", [Break(), Break(carried_out=True), Answer(504, {"message": "late"})])
def test_a_start_of_unknown_outcome_is_not_sent_again(
    account: Notebook, hosted: FakeRunner, trouble: Break | Answer
) -> None:
    hosted.trouble(trouble, "POST", "/start")
    account.fail(CELL)
    error, shown = account.fail(CELL)
    assert str(error) == UNKNOWN
    assert "Traceback" not in shown
    assert len(hosted.starts()) == 1
    account.run(CELL.replace("--once ", ""))
    assert len(hosted.starts()) == 2


def test_an_interrupted_start_is_shown_once_its_answer_has_come(account: Notebook, hosted: FakeRunner) -> None:
    with interrupted_when_held(hosted, "/start"):
        account.fail(CELL)
        error, _ = account.fail(CELL)
        assert str(error) == UNKNOWN
    until(lambda: "run" in account.shell.user_ns, "the late answer is not kept")
    account.run(CELL)
    assert account["run"].execution.status == "SUCCESS"
    assert len(hosted.starts()) == 1


class Kernel:
    """A real kernel, which is told the cell's id as JupyterLab tells it."""

    def __init__(self, manager: KernelManager) -> None:
        self._client = manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def run(self, cell: str, cell_id: str | None = None) -> None:
        content = {"code": cell, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        metadata: dict[str, Any] = {} if cell_id is None else {"cellId": cell_id}
        message = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(message)
        reply = self._client._recv_reply(message["header"]["msg_id"], timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]

    def close(self) -> None:
        self._client.stop_channels()


@pytest.fixture
def kernel(hosted: FakeRunner, tmp_path: Path) -> Iterator[Kernel]:
    environment = os.environ | {"CLC_V2_API_USERNAME": hosted.username, "CLC_V2_API_PASSWD": hosted.password}
    manager = KernelManager()
    manager.start_kernel(env=environment, cwd=str(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kernel = Kernel(manager)
    yield kernel
    kernel.close()
    manager.shutdown_kernel(now=True)


def test_two_cells_of_one_content_are_two_starts(kernel: Kernel, hosted: FakeRunner) -> None:
    hosted.add_job("hello")
    kernel.run(f"%load_ext ctl_jupyter\n%ctl_login {hosted.url}")
    for cell_id in ("a", "b", "a", "b", None, None):
        kernel.run("%ctl_start hello --once --quiet", cell_id)
    assert len(hosted.starts()) == 3
