"""Notebooks and scripts that run without a browser: they keep what was shown, and fail when an execution fails."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser.jobs import LOG_IN, job_that_fails, start
from tests.browser.notebooks import notebook_of

WIDGET = "application/vnd.jupyter.widget-view+json"
SUCCEEDS = """%%ctl_job succeeds
- hosts: all
  gather_facts: false
  tasks:
    - name: Greet
      ansible.builtin.debug: {msg: hello}"""
BIN = Path(sys.executable).parent

#: Who runs a notebook → the command; each writes what it ran to ``out.ipynb``.
RUNNERS = {
    "jupyter execute": ["jupyter-execute", "in.ipynb", "--output", "out.ipynb"],
    "papermill": ["papermill", "in.ipynb", "out.ipynb", "--no-progress-bar"],
    "nbconvert": ["jupyter-nbconvert", "--to", "notebook", "--execute", "in.ipynb", "--output", "out.ipynb"],
}


def run(
    command: list[str], directory: Path, environment: dict[str, str], sources: list[str]
) -> subprocess.CompletedProcess[str]:
    """Run a notebook of these cells."""
    document = nbformat.from_dict(notebook_of(sources))
    nbformat.write(document, directory / "in.ipynb")
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
    )


def outputs(directory: Path, place: int) -> list[Any]:
    """Return what a cell of the notebook that was written shows; papermill adds cells of its own above it."""
    document = nbformat.read(directory / "out.ipynb", as_version=4)
    cells = [cell for cell in document.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    return list(cells[place].outputs)


@pytest.mark.parametrize("command", RUNNERS.values(), ids=RUNNERS)
def test_a_card_is_kept_as_plain_html(command: list[str], tmp_path: Path, environment: dict[str, str]) -> None:
    done = run(command, tmp_path, environment, [*LOG_IN, SUCCEEDS, start("succeeds", "--wait"), "'the end'"])

    assert done.returncode == 0, done.stderr
    (card,) = outputs(tmp_path, 3)
    assert WIDGET not in card.data
    assert "SUCCESS" in card.data["text/html"]
    assert card.data["text/plain"].startswith("succeeds: SUCCESS")


@pytest.mark.parametrize("command", RUNNERS.values(), ids=RUNNERS)
def test_the_run_fails_when_an_execution_fails(command: list[str], tmp_path: Path, environment: dict[str, str]) -> None:
    cells = [*LOG_IN, job_that_fails("the disk is full"), start("fails", "--wait"), "'must not run'"]

    done = run(command, tmp_path, environment, cells)

    assert done.returncode != 0
    assert "fails: FAILURE on 1 of 1 host" in done.stderr
    assert "localhost failed in task 'Look for room': the disk is full" in done.stderr
    assert "ctl_jupyter/" not in done.stderr
    if command[0] == "papermill":
        # The others write nothing then.
        assert outputs(tmp_path, 4) == []


@pytest.mark.parametrize("command", RUNNERS.values(), ids=RUNNERS)
def test_nobody_to_ask_for_a_password(command: list[str], tmp_path: Path, environment: dict[str, str]) -> None:
    done = run(command, tmp_path, environment, [LOG_IN[0], "%ctl_login prod --username ada"])

    assert done.returncode != 0
    assert "CLC_V2_API_PASSWD" in done.stderr
    assert "ctl_jupyter/" not in done.stderr


def test_a_page_of_a_notebook_shows_the_card(tmp_path: Path, environment: dict[str, str]) -> None:
    command = ["jupyter-nbconvert", "--to", "html", "--execute", "in.ipynb", "--output", "out.html"]

    done = run(command, tmp_path, environment, [*LOG_IN, SUCCEEDS, start("succeeds", "--wait"), "%ctl_jobs"])

    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert page.count('role="status"') == 1
    assert "1 host: 1 ok" in page


@pytest.mark.parametrize(("job", "code"), [("succeeds", 0), ("fails", 1)])
def test_a_script_of_ipython(job: str, code: int, tmp_path: Path, environment: dict[str, str]) -> None:
    cells = [*LOG_IN, SUCCEEDS if job == "succeeds" else job_that_fails("the disk is full")]
    lines = [line for cell in cells[:2] for line in cell.splitlines()]
    magic = f"get_ipython().run_cell_magic('ctl_job', {job!r}, {cells[2].partition(chr(10))[2]!r})"
    script = tmp_path / "script.ipy"
    script.write_text("\n".join([*lines, magic, f"%ctl_start {job} --host localhost --wait", "print('reached')"]))

    done = subprocess.run(
        [str(BIN / "ipython"), "--colors=NoColor", str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == code, done.stdout + done.stderr
    assert ("reached" in done.stdout) is (code == 0)
    assert f"{job}: {'SUCCESS' if code == 0 else 'FAILURE on 1 of 1 host'}" in done.stdout + done.stderr
