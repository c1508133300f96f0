"""An execution that fails in a cell that waits for it."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.jobs import LOG_IN, job_that_fails, start
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage


def test_two_lines_and_no_cell_after_it_runs(page: Page, lab: Lab, artefacts: Path) -> None:
    cells = [*LOG_IN, job_that_fails("the disk is full"), start("fails", "--wait"), "'must not run'"]
    notebook = NotebookPage(page, lab, "failure.ipynb", notebook_of(cells))
    failing, after = 3, 4

    assert not notebook.run_all()

    notebook.picture({2, failing, after}, 1000, artefacts / "failure.png")
    lines = [
        f"fails: FAILURE on 1 of 1 host (execution {notebook.execution_id(failing)})",
        "localhost failed in task 'Look for room': the disk is full",
    ]
    assert notebook.error(failing).inner_text().splitlines() == lines
    expect(notebook.output(failing)).to_have_count(2)
    expect(notebook.card_status(failing)).to_have_text("✗ FAILURE")
    expect(notebook.prompt(failing)).to_have_text("[4]:")
    expect(notebook.prompt(after)).to_have_text("[ ]:")
    expect(notebook.output(after)).to_have_count(0)
