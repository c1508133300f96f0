"""What a person does with a notebook in JupyterLab, through the page."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.lab import Lab
from tests.browser.notebooks import Notebook

__all__ = ["NotebookPage"]

#: Milliseconds: a Lab starts, and a kernel starts in it, on a machine that does other things too.
PATIENCE = 120_000

KERNEL_IS_IDLE = """
() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'
"""
COMMAND = "([name, options]) => window.jupyterapp.commands.execute(name, options)"
BEGIN_RUN_ALL = """
() => {
    window.ranAll = 'running';
    window.jupyterapp.commands.execute('notebook:run-all-cells').then(
        result => { window.ranAll = result ? 'ran' : 'failed'; },
        error => { window.ranAll = `broke: ${error}`; },
    );
}
"""
#: Notes each new text of each card's first line from now on: 'RUNNING hello'.
WATCH_CARDS = """
() => {
    window.cardTexts = [];
    const look = () => {
        for (const line of document.querySelectorAll('.jp-Notebook [role=status]')) {
            const text = [...line.children].map(part => part.innerText.trim()).join(' ');
            if (!window.cardTexts.includes(text)) window.cardTexts.push(text);
        }
    };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}
"""


class NotebookPage:
    """A notebook that is open in a Lab, its kernel started.

    Parameters
    ----------
    page
        An empty page of the browser.
    lab
        Where the notebook is written to and opened.
    name
        The file's name.
    document
        Its content.
    """

    def __init__(self, page: Page, lab: Lab, name: str, document: Notebook) -> None:
        self.page = page
        self.path: Path = lab.notebooks / name
        self.path.write_text(json.dumps(document), encoding="utf-8")
        page.set_default_timeout(PATIENCE)
        # A page with unsaved changes asks whether it may go.
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{lab.url}/lab/tree/{name}?token={lab.token}")
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the notebook's kernel has nothing to do."""
        self.page.wait_for_function(KERNEL_IS_IDLE)

    def command(self, name: str, **options: Any) -> Any:
        """Carry out a command of JupyterLab's and wait until it is done."""
        return self.page.evaluate(COMMAND, [name, options])

    def reload(self) -> None:
        """Load the page anew; the kernel goes on."""
        self.page.reload()
        self.wait_for_kernel()

    def cell(self, place: int) -> Locator:
        """Return a cell by its place, from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(place)

    def output(self, place: int) -> Locator:
        """Return what a cell's outputs are in."""
        return self.cell(place).locator(".jp-OutputArea-output")

    def card(self, place: int) -> Locator:
        """Return the card that a cell shows."""
        return self.output(place).locator("div:has(> div > [role=status])")

    def card_status(self, place: int) -> Locator:
        """Return the word that a cell's card begins with, its symbol before it."""
        return self.output(place).locator("[role=status] b")

    def begin_run_all(self) -> None:
        """Run All Cells, and return while they run."""
        self.page.evaluate(BEGIN_RUN_ALL)

    def wait_for_run_all(self) -> bool:
        """Wait until every cell has run, or until one has failed; whether all of them ran."""
        ended = self.page.wait_for_function("() => window.ranAll !== 'running' && window.ranAll")
        how = ended.json_value()
        assert how in ("ran", "failed"), how
        return bool(how == "ran")

    def run_all(self) -> bool:
        """Run All Cells; whether all of them ran."""
        self.begin_run_all()
        return self.wait_for_run_all()

    def run_new_cell(self, source: str) -> int:
        """Write a cell below all others, run it, and return its place."""
        self.page.evaluate(
            "() => { const notebook = window.jupyterapp.shell.currentWidget.content;"
            " notebook.activeCellIndex = notebook.widgets.length - 1; }"
        )
        self.command("notebook:insert-cell-below")
        self.page.evaluate(
            "source => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(source)",
            source,
        )
        self.command("notebook:run-cell")
        return self.page.locator(".jp-Notebook .jp-Cell").count() - 1

    def watch_cards(self) -> None:
        """Note what the cards say from now on."""
        self.page.evaluate(WATCH_CARDS)

    def card_texts(self) -> list[str]:
        """Return each different first line that any card had since `watch_cards`, in their order."""
        texts: list[str] = self.page.evaluate("() => window.cardTexts")
        return texts

    def save(self) -> None:
        """Save the notebook."""
        self.command("docmanager:save")
