"""The panel's tab of schedules in JupyterLab: create, read the next starts, edit, delete; no secret is kept."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage

NARROW, WIDE = 600, 1280
SECRET = "canary-9c1e77"
LOG_IN = """%load_ext ctl_jupyter
%ctl_login local"""
JOB = """%%ctl_job hello --host web1
- hosts: all
  gather_facts: false
  tasks: []"""
SHOW = """import ipywidgets, ctl_jupyter
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.looks import style_sheet
from ctl_jupyter.panel.schedules import SchedulesTab
desk = Desk()
tab = SchedulesTab(desk)
desk.job_chosen.tell(desk.session.find_job("hello"))
tab.show()
box = ipywidgets.VBox([style_sheet(), tab.widget, desk.status])
box.add_class("ctl-panel")
box"""


def write(panel: Locator, label: str, text: str) -> None:
    """Write into a field and leave it."""
    field = panel.get_by_label(label).locator("visible=true")
    field.fill(text)
    field.blur()


def button(panel: Locator, name: str) -> Locator:
    # An icon counts as a letter before the name.
    return panel.get_by_role("button", name=re.compile(rf"(^|\W){re.escape(name)}$"))


def test_create_edit_and_delete(page: Page, lab: Lab, artefacts: Path) -> None:
    notebook = NotebookPage(page, lab, "schedules.ipynb", notebook_of([LOG_IN, JOB, SHOW]))
    assert notebook.run_all()
    panel = notebook.output(2).locator(".ctl-panel")
    status = panel.locator(".ctl-status")
    times = panel.locator(".ctl-fires li").locator("visible=true")
    expect(panel).to_contain_text("There are no schedules of the job hello yet")
    notebook.picture({2}, WIDE, artefacts / "schedules, none.png")

    button(panel, "New schedule").click()
    expect(status).to_contain_text("There are no service accounts yet")
    button(panel, "New service account").click()
    write(panel, "Alias", "nightly")
    write(panel, "User name", "ada")
    panel.get_by_label("Account password").fill(SECRET)
    button(panel, "Save account").click()
    expect(status).to_contain_text("Service account nightly saved.")
    expect(panel.get_by_label("Service account (required)")).to_have_value("nightly")

    write(panel, "What it is for", "every night")
    # Letter by letter: the next times, or what is wrong, follow.
    when = panel.get_by_label("When (required)")
    when.fill("")
    when.press_sequentially("30 2 * *")
    expect(panel.locator(".ctl-error")).to_contain_text("is no cron expression")
    notebook.picture({2}, WIDE, artefacts / "schedules, wrong.png")
    when.press_sequentially(" 0")
    expect(times).to_have_count(5)
    expect(times.first).to_contain_text("Sun ")
    expect(panel.get_by_label("Rhythm")).to_have_value("every week")
    write(panel, "Time zone", "America/New_York")
    expect(times.first).to_contain_text("in America/New_York")
    button(panel, "Copy as cell").click()
    expect(panel.locator(".ctl-copy textarea")).to_have_value(
        "%ctl_schedule hello --cron '30 2 * * 0' --timezone America/New_York --service-account nightly "
        "--description 'every night'\n"
    )
    notebook.picture({2}, WIDE, artefacts / "schedules, form.png")
    notebook.picture({2}, NARROW, artefacts / "schedules, form, 600.png")
    button(panel, "Create").click()
    expect(status).to_contain_text("of hello created.")
    expect(times).to_have_count(5)

    button(panel, "Edit").click()
    write(panel, "When (required)", "0 4 1 * *")
    expect(panel.get_by_label("Rhythm")).to_have_value("every month")
    button(panel, "Save").click()
    expect(status).to_contain_text("of hello updated.")
    expect(panel).to_contain_text("0 4 1 * * (America/New_York)")
    notebook.use_theme("JupyterLab Dark")
    notebook.picture({2}, WIDE, artefacts / "schedules, dark.png")
    notebook.picture({2}, NARROW, artefacts / "schedules, dark, 600.png")
    button(panel, "Edit").click()
    expect(button(panel, "Save")).to_be_enabled()
    notebook.picture({2}, WIDE, artefacts / "schedules, form, dark.png")
    button(panel, "Cancel").click()
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")
    notebook.use_theme("JupyterLab Light")

    button(panel, "Delete").click()
    button(panel, "Really delete?").click()
    expect(status).to_contain_text("of hello deleted.")
    expect(panel).to_contain_text("There are no schedules of the job hello yet")
    notebook.save()
    assert SECRET not in notebook.path.read_text(encoding="utf-8")
