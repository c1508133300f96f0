"""The panel's list of jobs in a real page: found, chosen by keyboard, sorted, narrow and dark."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage
from tests.fake_runner import FakeRunner

JOBS = 5_000
CELLS = [
    "import ctl_jupyter\nsession = ctl_jupyter.connect({url!r}, keyring=False)\nNone",
    "ctl_jupyter.panel()",
]


@pytest.fixture(scope="module")
def hosted() -> Iterator[FakeRunner]:
    with FakeRunner() as runner:
        for number in range(JOBS):
            runner.add_job(f"report {number:04}", description="What it does, in some ten words " * 4)
        deploy = runner.add_job("Deploy the shop", description="of all web servers", hosts=[{"id": "web1"}])
        for status in ("SUCCESS", "SUCCESS", "FAILURE"):
            runner.add_execution(deploy, status=status)
        yield runner


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, hosted: FakeRunner) -> Iterator[Lab]:
    log_in = {"CLC_V2_API_USERNAME": hosted.username, "CLC_V2_API_PASSWD": hosted.password}
    with Lab(tmp_path_factory.mktemp("lab"), log_in) as lab:
        yield lab


@pytest.fixture
def notebook(page: Page, lab: Lab, hosted: FakeRunner, request: pytest.FixtureRequest) -> NotebookPage:
    # A notebook of its own has a kernel of its own.
    cells = notebook_of([cell.format(url=hosted.url) for cell in CELLS])
    notebook = NotebookPage(page, lab, f"{request.node.name}.ipynb", cells)
    assert notebook.run_all()
    return notebook


@pytest.fixture
def panel(notebook: NotebookPage) -> Locator:
    return notebook.output(1).locator(".ctl-panel")


def test_a_job_is_found_among_thousands_chosen_and_looked_at(
    notebook: NotebookPage, panel: Locator, artefacts: Path
) -> None:
    jobs = panel.locator(".ctl-table").first
    expect(panel.locator(".ctl-status")).to_contain_text("5,001 jobs.")
    # Only those in sight are in the page.
    assert jobs.locator(".ctl-table-row").count() < 40
    expect(jobs).to_have_attribute("aria-rowcount", str(JOBS + 2))

    panel.get_by_label("Find").first.fill("shop deploy")
    expect(jobs.locator(".ctl-table-row")).to_have_count(1)
    expect(jobs).to_contain_text("✗ FAILURE")
    expect(jobs).to_contain_text("67 % of 3")
    jobs.locator(".ctl-table-row").click()
    expect(panel.locator(".ctl-details")).to_contain_text("of all web servers")
    expect(panel.get_by_role("grid", name="Executions")).to_contain_text("SUCCESS")
    notebook.picture([1], 1280, artefacts / "panel_jobs.png")
    notebook.picture([1], 600, artefacts / "panel_jobs_600.png")
    notebook.use_theme("JupyterLab Dark")
    notebook.picture([1], 1280, artefacts / "panel_jobs_dark.png")
    notebook.use_theme("JupyterLab Light")


def test_the_list_is_used_by_keyboard_and_sorted(notebook: NotebookPage, panel: Locator) -> None:
    page = notebook.page
    jobs = panel.locator(".ctl-table").first
    chosen = jobs.locator("[aria-selected=true]")
    expect(panel.locator(".ctl-status")).to_contain_text("5,001 jobs.")
    heading = jobs.get_by_role("button", name="name")
    heading.click()
    expect(heading).to_be_focused()
    expect(jobs.get_by_role("columnheader").first).to_have_attribute("aria-sort", "ascending")
    expect(jobs.locator(".ctl-table-row").first).to_contain_text("Deploy the shop")

    jobs.focus()
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("Deploy the shop")
    page.keyboard.press("End")
    expect(chosen).to_contain_text("report 4999")
    expect(panel.locator(".ctl-tools h3").first).to_have_text("report 4999")
    # What a screen reader reads is the chosen row.
    expect(jobs).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "none")

    # A search leaves the chosen one open, and its row is back with the others.
    panel.get_by_label("Find").first.fill("shop deploy")
    expect(jobs.locator(".ctl-table-row")).to_have_count(1)
    expect(panel.locator(".ctl-tools h3").first).to_have_text("report 4999")
    panel.get_by_label("Find").first.fill("nowhere to be found")
    expect(jobs).to_contain_text("No job has all these words")
    panel.get_by_label("Find").first.fill("")
    expect(jobs).to_have_attribute("aria-rowcount", str(JOBS + 2))

    # A page that is loaded anew has what was chosen.
    notebook.save()
    notebook.open()
    expect(notebook.output(1).locator(".ctl-panel .ctl-tools h3").first).to_have_text("report 4999")


def test_forms_are_opened_and_left_by_keyboard(
    notebook: NotebookPage, panel: Locator, hosted: FakeRunner, artefacts: Path
) -> None:
    page = notebook.page
    expect(panel.locator(".ctl-status")).to_contain_text("jobs.")
    panel.get_by_label("Find").first.fill("shop deploy")
    jobs = panel.locator(".ctl-table").first
    expect(jobs.locator(".ctl-table-row")).to_have_count(1)
    jobs.focus()
    page.keyboard.press("Home")

    def press(name: str) -> None:
        """Go by Tab to a button, and press it."""
        wanted = panel.get_by_role("button", name=re.compile(rf"(^|\W){name}$")).locator("visible=true").last
        expect(wanted).to_be_enabled()
        for _ in range(60):
            page.keyboard.press("Tab")
            if wanted.evaluate("button => button === document.activeElement"):
                break
        page.keyboard.press("Enter")

    press("Duplicate")
    name = panel.get_by_label("Name (required)").locator("visible=true")
    expect(name).to_be_focused()
    expect(name).to_have_value("Deploy the shop copy")
    expect(panel).to_contain_text("A copy; nothing is sent before Create.")
    notebook.picture([1], 1280, artefacts / "panel, a job duplicated.png")
    notebook.picture([1], 600, artefacts / "panel, a job duplicated, 600 px.png")
    name.focus()
    press("Cancel")
    expect(jobs).to_be_focused()
    assert [call.method for call in hosted.calls if "/jobs/" in call.path and call.method != "GET"] == []
    press("Edit")
    expect(name).to_have_value("Deploy the shop")
    expect(name).to_be_focused()


def test_a_saved_notebook_holds_no_password(notebook: NotebookPage, panel: Locator, hosted: FakeRunner) -> None:
    expect(panel.locator(".ctl-status")).to_contain_text("5,001 jobs.")
    notebook.save()
    assert hosted.password not in json.dumps(notebook.path.read_text())
