"""Tab in a cell: the popup shows options and names, and choosing one writes it. In JupyterLab and in Notebook 7."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.jobs import LOG_IN
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage
from tests.service.waiting import until

JOB = "%%ctl_job '{}' --host web1 --host web2\n- hosts: all\n  tasks: []"
CELLS = [*LOG_IN, JOB.format("hello"), JOB.format("nightly check"), JOB.format("naïve")]


@pytest.fixture(scope="module", params=["lab", "notebooks"])
def application(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: Lab, application: str) -> Iterator[NotebookPage]:
    """A notebook whose cells have run: it is logged in, and there are jobs."""
    with browser.new_context(viewport={"width": 1000, "height": 900}) as context:
        page = context.new_page()
        notebook = NotebookPage(page, lab, f"completion-{application}.ipynb", notebook_of(CELLS), application)
        assert notebook.run_all()
        yield notebook


def popup(notebook: NotebookPage) -> Locator:
    """Return what is offered, one item each."""
    return notebook.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item")


def offered(notebook: NotebookPage) -> list[str]:
    return popup(notebook).locator(".jp-Completer-match").all_inner_texts()


def press_tab_until(notebook: NotebookPage, expected: list[str]) -> None:
    """Press Tab until this is offered: the first one offers what is known, and others are read meanwhile."""

    def is_offered() -> bool:
        notebook.page.keyboard.press("Tab")
        expect(popup(notebook)).not_to_have_count(0)
        if offered(notebook) == expected:
            return True
        notebook.page.keyboard.press("Escape")
        expect(popup(notebook)).to_have_count(0)
        # Escape leaves the cell, too, where there was no popup any more.
        notebook.command("notebook:enter-edit-mode")
        return False

    until(is_offered, f"{expected} is not offered")


def test_an_option_and_a_name_are_offered_and_written(
    notebook: NotebookPage, application: str, artefacts: Path
) -> None:
    page = notebook.page
    place = notebook.write_new_cell("%ctl_start n")
    press_tab_until(notebook, ["naïve", "'nightly check'"])
    page.screenshot(path=artefacts / f"completion of a job {application}.png")
    popup(notebook).nth(1).click()
    expect(popup(notebook)).to_have_count(0)
    assert notebook.source(place) == "%ctl_start 'nightly check'"

    page.keyboard.type(" --w")
    page.keyboard.press("Tab")
    expect(popup(notebook)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(popup(notebook)).to_have_count(0)
    assert notebook.source(place) == "%ctl_start 'nightly check' --wait"

    page.keyboard.type(" --")
    page.keyboard.press("Tab")
    expect(popup(notebook)).not_to_have_count(0)
    texts = offered(notebook)
    assert {"--host", "--var", "--timeout"} <= set(texts)
    assert "--wait" not in texts
    page.screenshot(path=artefacts / f"completion of an option {application}.png")
    page.keyboard.press("Escape")
    expect(popup(notebook)).to_have_count(0)


def test_python_is_completed_as_before(notebook: NotebookPage) -> None:
    notebook.write_new_cell("import subpro")
    notebook.page.keyboard.press("Tab")
    expect(popup(notebook).locator(".jp-Completer-match")).to_have_text("subprocess")
