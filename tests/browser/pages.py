"""What a person does with a notebook in JupyterLab, through the page."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.lab import Lab
from tests.browser.notebooks import Notebook

__all__ = ["PATIENCE", "NotebookPage"]

#: Milliseconds that a condition may take to come true: a Lab, a kernel and a playbook start on a busy machine.
PATIENCE = 60_000

KERNEL_IS_IDLE = """
() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'
"""
RESTART_KERNEL = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
COMMAND = "([name, options]) => window.jupyterapp.commands.execute(name, options)"
BEGIN_RUN_ALL = """
() => {
    window.ranAll = 'running';
    window.jupyterapp.commands.execute('notebook:run-all-cells').then(
        ran => { window.ranAll = ran ? 'ran' : 'failed'; },
        error => { window.ranAll = `broke: ${error}`; },
    );
}
"""
#: CSS pixels below the last cell of a picture.
BELOW = 8
SELECT = "place => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = place; }"
SOURCE = "place => window.jupyterapp.shell.currentWidget.content.widgets[place].model.sharedModel.getSource()"
WRITE = "source => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(source)"
#: Notes each new text of each card's first line: 'RUNNING hello'.
WATCH_CARDS = """
() => {
    window.cardTexts = [];
    const look = () => {
        for (const line of document.querySelectorAll('.jp-OutputArea-output [role=status]:has(b)')) {
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
    application
        ``lab``, or ``notebooks`` for Notebook 7.
    """

    def __init__(self, page: Page, lab: Lab, name: str, document: Notebook, application: str = "lab") -> None:
        self.page = page
        self.path: Path = lab.notebooks / name
        self.path.write_text(json.dumps(document), encoding="utf-8")
        # A workspace of its own, or Lab opens what other pages had open beside it.
        folder = f"lab/workspaces/{self.path.stem}/tree" if application == "lab" else application
        self._address = f"{lab.url}/{folder}/{name}?token={lab.token}"
        page.set_default_timeout(PATIENCE)
        # A page with unsaved changes asks whether it may go.
        page.on("dialog", lambda dialog: dialog.accept())
        self.open()

    def open(self) -> None:
        """Open the notebook; the kernel that it has already goes on."""
        self.page.goto(self._address)
        self.page.wait_for_function(KERNEL_IS_IDLE)

    def command(self, name: str, **options: Any) -> Any:
        """Carry out a command of JupyterLab's and wait until it is done."""
        return self.page.evaluate(COMMAND, [name, options])

    def save(self) -> None:
        """Save the notebook."""
        self.command("docmanager:save")

    def restart_kernel(self) -> None:
        """Restart the kernel and wait until it can be used."""
        self.page.evaluate(RESTART_KERNEL)
        self.page.wait_for_function(KERNEL_IS_IDLE)

    def use_theme(self, name: str) -> None:
        """Switch the theme and wait until nothing covers the page any more."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    # --- cells -------------------------------------------------------------------------------------------------

    @property
    def cells(self) -> Locator:
        """Every cell."""
        return self.page.locator(".jp-Notebook .jp-Cell")

    def cell(self, place: int) -> Locator:
        """Return a cell by its place, from 0."""
        return self.cells.nth(place)

    def prompt(self, place: int) -> Locator:
        """Return what stands beside a cell's text: its number when it has run."""
        return self.cell(place).locator(".jp-InputPrompt")

    def output(self, place: int) -> Locator:
        """Return a cell's outputs."""
        return self.cell(place).locator(".jp-OutputArea-output")

    def error(self, place: int) -> Locator:
        """Return the error that a cell ended with."""
        return self.cell(place).locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")

    def select(self, place: int) -> None:
        """Make a cell the active one, as a click on it does."""
        self.page.evaluate(SELECT, place)

    def begin_run_all(self) -> None:
        """Run All Cells, and return while they run."""
        self.page.evaluate(BEGIN_RUN_ALL)

    def wait_for_run_all(self) -> bool:
        """Wait until every cell has run or one has failed; whether all of them ran."""
        how = self.page.wait_for_function("() => window.ranAll !== 'running' && window.ranAll").json_value()
        assert how in ("ran", "failed"), how
        return bool(how == "ran")

    def run_all(self) -> bool:
        """Run All Cells; whether all of them ran."""
        self.begin_run_all()
        return self.wait_for_run_all()

    def run_new_cell(self, source: str) -> int:
        """Write a cell below all others, run it, and return its place."""
        place = self.cells.count()
        self.select(place - 1)
        self.command("notebook:insert-cell-below")
        self.page.evaluate(WRITE, source)
        self.command("notebook:run-cell")
        return place

    def write_new_cell(self, source: str) -> int:
        """Write a cell below all others by typing, the cursor at its end, and return its place."""
        place = self.cells.count()
        self.select(place - 1)
        self.command("notebook:insert-cell-below")
        self.command("notebook:enter-edit-mode")
        self.page.keyboard.type(source)
        return place

    def source(self, place: int) -> str:
        """Return a cell's text."""
        text: str = self.page.evaluate(SOURCE, place)
        return text

    def question(self, place: int) -> Locator:
        """Return the box in which a cell asks for an input."""
        return self.output(place).locator("input.jp-Stdin-input")

    def answer(self, place: int, text: str) -> None:
        """Type an answer into the box of a cell that asks, and send it."""
        self.question(place).fill(text)
        self.question(place).press("Enter")

    # --- cards -------------------------------------------------------------------------------------------------

    def card(self, place: int) -> Locator:
        """Return the card that a cell shows."""
        return self.output(place).locator("div:has(> div > [role=status])")

    def card_status(self, place: int) -> Locator:
        """Return the word that a cell's card begins with, its symbol before it."""
        return self.card(place).locator("[role=status] b")

    def execution_id(self, place: int) -> str:
        """Return the id that a cell's card shows."""
        return self.card(place).locator("code").first.inner_text()

    def watch_cards(self) -> None:
        """Note what the cards say from now on."""
        self.page.evaluate(WATCH_CARDS)

    def card_texts(self) -> list[str]:
        """Return each different first line that any card had since `watch_cards`, in their order."""
        texts: list[str] = self.page.evaluate("() => window.cardTexts")
        return texts

    # --- pictures ----------------------------------------------------------------------------------------------

    def picture(self, places: Collection[int], width: int, path: Path) -> None:
        """Take a picture of the page as if the notebook had these cells alone.

        Parameters
        ----------
        width
            Of the page, in CSS pixels; its height is what the cells need.
        """
        hidden = ",".join(
            f".jp-Cell:nth-child({place + 1})" for place in range(self.cells.count()) if place not in places
        )
        style = self.page.add_style_tag(content=f".jp-Notebook :is({hidden}) {{ display: none }}")
        first, last = self.cell(min(places)), self.cell(max(places))
        self.page.set_viewport_size({"width": width, "height": 2000})
        self.select(min(places))
        last.scroll_into_view_if_needed()
        first.scroll_into_view_if_needed()
        box = last.bounding_box()
        assert box is not None
        height = box["y"] + box["height"] + BELOW
        self.page.screenshot(path=path, clip={"x": 0, "y": 0, "width": width, "height": height})
        style.evaluate("style => style.remove()")
