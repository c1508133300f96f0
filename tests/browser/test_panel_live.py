"""The live view of the panel: a failing execution watched to its end, understood, restarted and stopped."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage

PLAYBOOK = """
- name: Prepare
  hosts: all
  gather_facts: false
  tasks:
    - {name: Look around, ansible.builtin.debug: {msg: looked}}
    - {name: Write, ansible.builtin.command: echo written}
- name: Deploy
  hosts: all
  gather_facts: false
  tasks:
    - {name: Optional, ansible.builtin.debug: {msg: no}, when: inventory_hostname == 'nobody'}
    - name: Look for room
      ansible.builtin.fail: {msg: the disk is full}
      when: inventory_hostname == 'web03'
    - {name: Finish, ansible.builtin.wait_for: {path: GATE, timeout: 240}}
"""
PANEL = f"""
import ctl_jupyter
from ctl_jupyter.panel.view import Panel
session = ctl_jupyter.connect("local")
hosts = [{{"id": f"web{{n:02}}", "hostVars": {{"ansible_connection": "local"}}}} for n in range(6)]
job = session.create_job({{"name": "deploy-web", "playbook": '''{PLAYBOOK}''', "hosts": hosts}})
panel = Panel(session)
panel.widget
"""
START = "panel.desk.open_execution(session.start(job)); None"


@pytest.fixture
def panel(page: Page, lab: Lab, tmp_path: Path) -> NotebookPage:
    gate = lab.notebooks / "gate"
    cells = [PANEL.replace("GATE", str(gate)), START]
    return NotebookPage(page, lab, "panel_live.ipynb", notebook_of(cells))


def _button(live: Locator, name: str) -> Locator:
    return live.locator("button", has_text=name)


def test_watched_understood_restarted_and_stopped(panel: NotebookPage, lab: Lab, artefacts: Path) -> None:
    page = panel.page
    assert panel.run_all()
    live = panel.output(0).locator(".ctl-live")
    grid = live.locator(".ctl-grid")
    expect(grid.locator(".ctl-grid-told")).to_have_text("6 hosts \N{MULTIPLICATION SIGN} 5 tasks")
    expect(live.locator(".ctl-live-card")).to_contain_text("RUNNING")
    (lab.notebooks / "gate").touch()
    expect(live.locator(".ctl-live-card")).to_contain_text("FAILURE")

    expect(live.locator(".ctl-live-why")).to_contain_text("the disk is full")
    frame = grid.locator(".ctl-grid-frame")
    frame.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(grid.locator(".ctl-unseen")).to_contain_text("web03 · Look for room, failed")
    expect(grid.locator(".ctl-unseen")).to_contain_text("the disk is full")
    for width, name in ((1280, "wide"), (600, "narrow")):
        panel.picture([0], width, artefacts / f"panel_live_{name}.png")
    panel.use_theme("JupyterLab Dark")
    panel.picture([0], 1280, artefacts / "panel_live_dark.png")
    panel.use_theme("JupyterLab Light")

    frame.focus()
    page.keyboard.press("Enter")
    expect(live.locator(".ctl-log-told")).to_contain_text("events fit")
    live.locator(".ctl-log-row", has_text="the disk is full").click()
    expect(live.locator(".ctl-log-whole pre")).to_contain_text('"host": "web03"')
    panel.picture([0], 1280, artefacts / "panel_live_log.png")

    _button(live, "Restart failed hosts").click()
    expect(grid.locator(".ctl-grid-told")).to_have_text("1 host \N{MULTIPLICATION SIGN} 4 tasks")
    expect(live.locator(".ctl-live-card")).to_contain_text("FAILURE")

    (lab.notebooks / "gate").unlink()
    panel.run_new_cell(START)
    expect(live.locator(".ctl-live-card")).to_contain_text("task 5")
    expect(panel.output(0).locator(".ctl-open-entry")).to_have_count(2)
    _button(live, "Stop").click()
    expect(live.locator(".ctl-live-card")).to_contain_text("STOPPING")
    (lab.notebooks / "gate").touch()
    expect(live.locator(".ctl-live-card")).to_contain_text("STOPPED")
