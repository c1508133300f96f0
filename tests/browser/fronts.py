"""The three front ends that show a panel, each with the notebook of the panel's page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.lab import Lab
from tests.browser.notebooks import cleared, index_of, read
from tests.browser.pages import PATIENCE, NotebookPage
from tests.browser.voila import Voila

__all__ = ["FRONTS", "PAGE", "Front", "NotebookFront", "VoilaFront", "opened"]

#: JupyterLab, Notebook 7 and Voilà, by the names that their addresses have.
FRONTS = ("lab", "notebooks", "voila")
#: The notebook that is served as a page.
PAGE = Path(__file__).parents[2] / "notebooks" / "06-panel.ipynb"
NARROW, WIDE, HIGH = 600, 1280, 900
#: CSS pixels below the panel in a picture of Voilà's page.
MARGIN = 20

#: Has the state of every widget saved with the notebook, where a secret might hide.
SAVE_STATE = """
() => {
    const name = '@jupyter-widgets/jupyterlab-manager:saveWidgetState', commands = window.jupyterapp.commands;
    return commands.isToggled(name) || commands.execute(name);
}
"""


class Front:
    """A panel in a front end.

    Parameters
    ----------
    page
        The browser's page that shows it.
    panel
        The panel in it.
    pictures
        The folder of the pictures, and how their names begin.
    """

    def __init__(self, page: Page, panel: Locator, pictures: tuple[Path, str]) -> None:
        self.page = page
        self.panel = panel
        self._folder, self._name = pictures

    def picture(self, name: str, width: int = WIDE) -> None:
        """Take a picture of the panel as it is at this width; its own width must be enough for what is in it."""
        self._take(self._folder / f"{self._name}, {name}.png", width)
        assert self.panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")
        self.page.set_viewport_size({"width": WIDE, "height": HIGH})

    def _take(self, path: Path, width: int) -> None:
        raise NotImplementedError

    def use_dark(self) -> None:
        """Switch to the dark theme."""
        raise NotImplementedError

    def saved(self) -> bytes:
        """Save the notebook and return its file; empty where nothing is ever saved."""
        return b""


class NotebookFront(Front):
    """A panel in a notebook that is open in JupyterLab or Notebook 7."""

    def __init__(self, page: Page, lab: Lab, application: str, pictures: tuple[Path, str]) -> None:
        document = cleared(read(PAGE))
        name = f"{pictures[1].replace(' ', '-')}.ipynb"
        self.notebook = NotebookPage(page, lab, name, document, application)
        self._cell = index_of(document, "Run this cell")
        super().__init__(page, page.locator(".ctl-panel"), pictures)
        if application == "lab":
            # Its list of files takes room from the panel.
            self.notebook.command("application:toggle-left-area")
        # Whoever had the dark one left it in the settings.
        self.notebook.use_theme("JupyterLab Light")
        assert self.notebook.run_all()

    def _take(self, path: Path, width: int) -> None:
        self.notebook.picture({self._cell}, width, path)

    def use_dark(self) -> None:
        self.notebook.use_theme("JupyterLab Dark")

    def saved(self) -> bytes:
        self.page.evaluate(SAVE_STATE)
        self.notebook.save()
        assert read(self.notebook.path)["metadata"]["widgets"]
        return self.notebook.path.read_bytes()


class VoilaFront(Front):
    """A panel on a page that Voilà serves."""

    def __init__(self, page: Page, address: str, pictures: tuple[Path, str]) -> None:
        page.set_default_timeout(PATIENCE)
        self._address = address
        super().__init__(page, page.locator(".ctl-panel"), pictures)
        page.goto(address)

    def _take(self, path: Path, width: int) -> None:
        # The page scrolls within itself: a picture of all of it needs room for all of it.
        self.page.set_viewport_size({"width": width, "height": HIGH})
        box = self.panel.bounding_box()
        assert box is not None
        self.page.set_viewport_size({"width": width, "height": ceil(box["y"] + box["height"]) + MARGIN})
        self.page.screenshot(path=path)

    def use_dark(self) -> None:
        # A page has its theme from its address, and each page a kernel and a panel of its own.
        self.page.goto(f"{self._address}?theme=dark")


@contextmanager
def opened(name: str, page: Page, lab: Lab, artefacts: Path, title: str = "panel") -> Iterator[Front]:
    """Open the notebook of the panel's page in a front end, and run it.

    Parameters
    ----------
    name
        Of the front end, one of `FRONTS`.
    title
        How the names of the notebook's file and of the pictures begin; a notebook of its own has a kernel of its own.
    """
    pictures = (artefacts, f"{title} in {name}")
    if name == "voila":
        shutil.copy(PAGE, lab.notebooks)
        with Voila(lab, PAGE.name) as voila:
            yield VoilaFront(page, voila.url, pictures)
            page.goto("about:blank")
    else:
        yield NotebookFront(page, lab, name, pictures)
