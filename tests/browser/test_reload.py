"""The page is loaded anew, or closed and opened again, while an execution runs."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ctl_jupyter.client import connect
from tests.browser.jobs import LOG_IN, job_that_waits_for, start
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage

START = 3


def running_notebook(page: Page, lab: Lab, gate: Path) -> NotebookPage:
    """Return a saved notebook whose last cell has started an execution, which runs until the gate is there."""
    document = notebook_of([*LOG_IN, job_that_waits_for(gate), start("waits")])
    notebook = NotebookPage(page, lab, f"{gate.parent.name}.ipynb", document)
    assert notebook.run_all()
    expect(notebook.card_status(START)).to_have_text("● RUNNING")
    notebook.save()
    return notebook


def test_the_card_goes_on_after_a_reload(page: Page, lab: Lab, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    notebook = running_notebook(page, lab, gate)
    execution_id = notebook.execution_id(START)

    notebook.open()

    expect(notebook.card_status(START)).to_have_text("● RUNNING")
    assert notebook.execution_id(START) == execution_id
    gate.touch()
    expect(notebook.card_status(START)).to_have_text("✓ SUCCESS")


def test_an_execution_can_be_watched_after_a_reload(page: Page, lab: Lab, tmp_path: Path, artefacts: Path) -> None:
    gate = tmp_path / "gate"
    notebook = running_notebook(page, lab, gate)
    execution_id = notebook.execution_id(START)
    notebook.open()

    watching = notebook.run_new_cell(f"%ctl_watch {execution_id[:8]}")

    expect(notebook.card_status(watching)).to_have_text("● RUNNING")
    assert notebook.execution_id(watching) == execution_id
    page.screenshot(path=artefacts / "watched after a reload.png")
    gate.touch()
    expect(notebook.card_status(watching)).to_have_text("✓ SUCCESS")


def test_the_card_knows_what_happened_while_no_page_was_open(
    page: Page, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    notebook = running_notebook(page, lab, gate)
    execution_id = notebook.execution_id(START)

    page.goto("about:blank")
    gate.touch()
    monkeypatch.setenv("CTL_RUNNER_HOME", str(lab.runner_home))
    connect().execution(execution_id).wait()
    notebook.open()

    expect(notebook.card(START)).to_contain_text(re.compile(f"SUCCESS.*{execution_id}", re.DOTALL))
