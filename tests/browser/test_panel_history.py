"""The history tab in a real page: measures and a chart of real executions, and one of them opened."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage

SET_UP = """
import ctl_jupyter
session = ctl_jupyter.connect("local")
playbook = '''
- hosts: all
  gather_facts: false
  tasks:
    - {name: Look, ansible.builtin.command: echo looked}
    - {name: Decide, ansible.builtin.fail: {msg: no room}, when: fails | bool}
'''
hosts = [{"id": name, "hostVars": {"ansible_connection": "local"}} for name in ("web1", "web2")]
session.create_job({"name": "never-ran", "playbook": playbook, "hosts": hosts})
job = session.create_job({"name": "deploy-web", "playbook": playbook, "hosts": hosts})
for fails in (False, True, False, False):
    session.start(job, {"properties": {"fails": fails}}).wait(120)
"""
PANEL = "ctl_jupyter.panel()"


def test_a_history_is_measured_drawn_and_an_execution_opened(page: Page, lab: Lab, artefacts: Path) -> None:
    notebook = NotebookPage(page, lab, "panel_history.ipynb", notebook_of([SET_UP, PANEL]))
    assert notebook.run_all()
    panel = notebook.output(1).locator(".ctl-panel")
    status = panel.locator(".ctl-status")
    panel.locator(".ctl-table-row", has_text="never-ran").click()
    panel.get_by_role("tab", name="History").click()
    panel.get_by_role("button", name="Load").click()
    expect(status).to_contain_text("0 executions.")
    expect(panel).to_contain_text("There is no execution in this period.")
    notebook.picture([1], 1280, artefacts / "panel_history_none.png")

    panel.get_by_role("tab", name="Jobs").click()
    panel.locator(".ctl-table-row", has_text="deploy-web").click()
    panel.get_by_role("tab", name="History").click()
    panel.get_by_label("with events").check()
    panel.get_by_role("button", name="Load").click()
    expect(status).to_contain_text("4 executions.")
    expect(panel.locator(".ctl-tile", has_text="Success rate")).to_contain_text("4 decided")
    expect(panel.locator(".vega-embed")).to_be_visible()
    expect(panel.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(panel.get_by_role("grid", name="What hosts failed of").locator("visible=true")).to_contain_text("no room")
    executions = panel.get_by_role("grid", name="Executions").locator("visible=true")
    expect(executions.locator(".ctl-table-row")).to_have_count(4)
    executions.locator(".ctl-table-row", has_text="FAILURE").click()
    expect(status).to_contain_text("is drawn below the list")
    expect(panel.locator(".vega-embed")).to_have_count(2)
    notebook.picture([1], 1280, artefacts / "panel_history.png")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    notebook.picture([1], 600, artefacts / "panel_history_600.png")
    notebook.use_theme("JupyterLab Dark")
    notebook.picture([1], 1280, artefacts / "panel_history_dark.png")
    notebook.use_theme("JupyterLab Light")

    panel.get_by_role("button", name="Report").click()
    expect(status).to_contain_text("report-deploy-web.html")
    assert "deploy-web" in (lab.notebooks / "report-deploy-web.html").read_text()
    executions.locator(".ctl-table-row", has_text="FAILURE").dblclick()
    expect(panel.locator(".ctl-live-card")).to_contain_text("FAILURE")
