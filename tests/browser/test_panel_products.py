"""The panel's products in JupyterLab: a catalog is opened, a form filled wrongly and rightly, its playbook run."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage
from tests.service.git_repository import GitRepository

SECRET = "canary-93ce07"
CELL = """
import ctl_jupyter
session = ctl_jupyter.connect("local")
panel = ctl_jupyter.panel(); panel
"""
CONFIG = """
name: VM Snapshot
shortDescription: Create a snapshot of your virtual machines, and keep it for some days.
description: Create a <b>snapshot</b> of your virtual machines.
version: 1.1.1
author: Runner Team
tags: [snapshot, backup]
schedulable: true
defaultPlaybook: snapshot.yml
panels:
  - name: What to do
    fields:
      - {type: text, name: label, displayName: Label, required: true, maxLength: 8, helpText: Stands in its name.}
      - {type: slider, name: days, displayName: Days to keep, min: 1, max: 10, default: 5}
      - {type: number, name: copies, displayName: Copies, required: true, min: 1, max: 3}
      - type: select
        name: kind
        displayName: Kind
        options: [{name: Disk alone, value: disk}, {name: Disk and memory, value: all}]
      - {type: toggle, name: quiet, displayName: Pause the machine, default: true}
      - {type: textarea, name: note, displayName: Note}
  - name: Where
    fields:
      - {type: textblock, name: mind, title: Mind the load, level: warning, text: Machines are slow meanwhile.}
      - {type: password, name: pin, displayName: PIN, required: true}
      - {type: servers, name: machines, displayName: Servers, multiple: true, inventory: true, required: true}
"""
PLAYBOOK = f"""- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - name: Take the snapshot
      ansible.builtin.assert:
        that: [label == 'nightly', copies == 2, days == 5, quiet, pin == '{SECRET}']
"""


def test_a_product_is_opened_filled_and_run(page: Page, lab: Lab, tmp_path: Path, artefacts: Path) -> None:
    repository = GitRepository(tmp_path)
    others = {f"More/Product {n}/config.yml": f"name: Product {n}\nshortDescription: {'Long. ' * 20}" for n in range(9)}
    repository.commit("A catalog", {"Snap/config.yml": CONFIG, "Snap/snapshot.yml": PLAYBOOK, **others})
    repository.publish()
    notebook = NotebookPage(page, lab, "products.ipynb", notebook_of([CELL]))
    assert notebook.run_all()
    panel = notebook.output(0).locator(".ctl-panel").first
    status = panel.locator(".ctl-status").last

    def write(label: str, text: str) -> None:
        field = panel.get_by_label(label, exact=True).locator("visible=true")
        field.fill(text)
        field.blur()

    def printed(source: str) -> str:
        place = notebook.run_new_cell(source)
        expect(notebook.output(place)).not_to_be_empty()
        return notebook.output(place).inner_text().strip()

    panel.get_by_role("tab", name="Products").click()
    write("Catalog", repository.url)
    panel.get_by_role("button", name="Open catalog").click()
    expect(status).to_contain_text("10 products in ")
    write("Search", "snapshot")
    panel.get_by_text("VM Snapshot", exact=True).first.click()
    expect(panel.get_by_role("heading", name="VM Snapshot")).to_be_visible()

    write("Label (required)", "far too long")
    write("Copies (required)", "many")
    panel.get_by_role("button", name="Start product").click()
    wrong = panel.locator(".ctl-error").locator("visible=true")
    expect(wrong.filter(has_text="Label must have 8 characters or fewer; it has 12.")).to_be_visible()
    expect(wrong.filter(has_text="Copies must be a number.")).to_be_visible()
    expect(panel.get_by_text("PIN is required.")).to_be_visible()
    expect(status).to_contain_text("Nothing was started: look at Label, Copies, PIN, Servers.")
    notebook.picture({0}, 600, artefacts / "products, wrong, 600 px.png")
    page.set_viewport_size({"width": 1280, "height": 900})
    notebook.picture({0}, 1280, artefacts / "products, wrong.png")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert printed("print(len(list(session.calls.jobs())), len(list(session.calls.executions())))") == "0 0"

    write("Label (required)", "nightly")
    write("Copies (required)", "2")
    write("PIN (required)", SECRET)
    write("Servers (required)", "web1, web2")
    expect(wrong).to_have_count(0)
    notebook.use_theme("JupyterLab Dark")
    notebook.picture({0}, 1280, artefacts / "products, dark.png")
    page.set_viewport_size({"width": 1280, "height": 900})
    panel.get_by_role("button", name="Start product").dblclick()
    expect(panel.get_by_text("SUCCESS").locator("visible=true").first).to_be_visible()
    assert printed("print(*[(e.status) for e in session.calls.executions()])") == "SUCCESS"
    notebook.save()
    assert SECRET not in notebook.path.read_text()
