"""The first notebook as a newcomer meets it: opened in JupyterLab, Run All Cells."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import cleared, index_of, read
from tests.browser.pages import NotebookPage

TOUR = Path(__file__).parents[2] / "notebooks" / "01-start-a-job.ipynb"


def test_run_all_cells(page: Page, lab: Lab, artefacts: Path) -> None:
    document = cleared(read(TOUR))
    notebook = NotebookPage(page, lab, TOUR.name, document)
    notebook.watch_cards()

    assert notebook.run_all()

    hello = index_of(document, "%%ctl_start hello")
    nightly = index_of(document, "%%ctl_start nightly-check")
    expect(notebook.card_status(hello)).to_have_text("✓ SUCCESS")
    expect(notebook.card_status(nightly)).to_have_text("✗ FAILURE")
    print(notebook.card_texts())
    page.screenshot(path=artefacts / "tour.png")
