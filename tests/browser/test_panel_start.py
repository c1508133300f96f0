"""The start form and the job form in JupyterLab: filled wrongly and rightly, started, copied as a cell, saved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of, read
from tests.browser.pages import NotebookPage
from tests.secret_search import holders
from tests.service import canaries

SECRET = "canary-5b81d0"
KEY = canaries.token("uploaded")
SAVE_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
INVENTORY = """[web]
web1 ansible_connection=local ansible_host=10.0.0.1
web2 ansible_connection=local
"""
FORMS = """
import ipywidgets, ctl_jupyter
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.looks import style_sheet
from ctl_jupyter.panel.jobs.job_form import JobForm
from ctl_jupyter.panel.jobs.start_form import StartForm
%load_ext ctl_jupyter
session = ctl_jupyter.connect("local")
desk, opened = Desk(session), []
desk.execution_opened.listen(opened.append)
start, edit = StartForm(desk), JobForm(desk)
desk.job_changed.listen(start.use)
edit.begin()
for form in (edit, start):
    box = ipywidgets.VBox([style_sheet(), form.widget, desk.status])
    box.add_class("ctl-panel")
    display(box)
"""
PLAYBOOK = """- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.assert:
        that: [version == '1.10.2', pin is defined]
"""


class Forms:
    """Both forms, in the outputs of one cell."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook = notebook
        panels = notebook.output(0).locator(".ctl-panel")
        self.edit, self.start = panels.nth(0), panels.nth(1)

    def status(self, form: Locator) -> Locator:
        return form.locator(".ctl-status")

    def write(self, form: Locator, label: str, text: str) -> None:
        """Write into a field and leave it."""
        field = form.get_by_label(label, exact=True).locator("visible=true")
        field.fill(text)
        field.blur()

    def press(self, form: Locator, name: str) -> None:
        form.get_by_role("button", name=name, exact=True).locator("visible=true").click()

    def wrong(self, form: Locator) -> Locator:
        """What stands beside the fields that are wrong."""
        return form.locator(".ctl-error")

    def printed(self, source: str) -> str:
        """Run a cell below and return what it printed."""
        place = self.notebook.run_new_cell(source)
        expect(self.notebook.output(place)).not_to_be_empty()
        return self.notebook.output(place).inner_text().strip()


@pytest.fixture
def forms(page: Page, lab: Lab, request: pytest.FixtureRequest) -> Forms:
    inventory = lab.notebooks / "hosts.ini"
    inventory.write_text(INVENTORY)
    lab.runner_home.mkdir(exist_ok=True)
    (lab.runner_home / "config.toml").write_text(f'inventory = "{inventory}"\n')
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook = NotebookPage(page, lab, f"{request.node.name}.ipynb", notebook_of([FORMS]))
    assert notebook.run_all()
    return Forms(notebook)


def test_a_job_is_created_started_copied_and_edited(forms: Forms, page: Page, tmp_path: Path, artefacts: Path) -> None:
    notebook, edit, start = forms.notebook, forms.edit, forms.start

    forms.write(edit, "Playbook", "hosts: all")
    forms.press(edit, "Create")
    expect(forms.wrong(edit).first).to_have_text("✗ A job needs a name.")
    expect(forms.wrong(edit).nth(1)).to_contain_text("A playbook is a list of plays")
    notebook.picture({0}, 600, artefacts / "job form, wrong, 600 px.png")
    page.set_viewport_size({"width": 1280, "height": 900})
    forms.write(edit, "Name (required)", "deploy <web>")
    forms.write(edit, "Playbook", PLAYBOOK)
    forms.write(edit, "Hosts", "web1 ansible_connection=local")
    expect(forms.wrong(edit)).to_have_count(0)
    forms.press(edit, "Create")
    expect(forms.status(edit)).to_contain_text("deploy <web> was created (id ")
    expect(start.get_by_role("heading", name="Start deploy <web>")).to_be_visible()

    forms.press(start, "Typed or pasted")
    forms.write(start, "Hosts", "here ansible_connection=local\nthere too")
    expect(forms.wrong(start)).to_have_text("✗ Line 2 of the hosts: 'too' is not a variable written as name=value.")
    forms.press(start, "Start")
    expect(forms.status(start)).to_contain_text("Line 2 of the hosts")
    forms.write(start, "Hosts", "here ansible_connection=local\nthere ansible_connection=local")
    expect(start.get_by_text("2 hosts: here, there.")).to_be_visible()
    forms.write(start, "Variables", "version: 1.10.2")
    forms.write(start, "Secret variable", "pin")
    forms.write(start, "Its value", SECRET)
    notebook.picture({0}, 1280, artefacts / "start form and job form.png")

    page.set_viewport_size({"width": 1280, "height": 900})
    forms.press(start, "Copy as cell")
    shown = start.get_by_label("The cell that does the same")
    text = shown.input_value()
    forms.press(start, "Copy")
    expect(start.get_by_text("Copied.")).to_be_visible()
    cell = page.evaluate("() => navigator.clipboard.readText()")
    assert cell == text
    assert SECRET not in cell
    notebook.use_theme("JupyterLab Dark")
    notebook.picture({0}, 1280, artefacts / "start form and job form, dark.png")
    page.set_viewport_size({"width": 1280, "height": 900})

    start.get_by_role("button", name="Start", exact=True).dblclick()
    expect(forms.status(start)).to_contain_text("deploy <web> was started: execution ")
    assert forms.printed("print(opened[-1].wait().status, len(opened))") == "SUCCESS 1"
    assert forms.printed("print(len(list(session.calls.executions())))") == "1"

    secret_file = tmp_path / "secret"
    secret_file.write_text(SECRET)
    notebook.run_new_cell(f"secret_variables = {{'pin': open({str(secret_file)!r}).read()}}")
    card = notebook.run_new_cell(cell)
    expect(notebook.card_status(card)).to_have_text("✓ SUCCESS")

    forms.press(start, "Servers of the account")
    forms.press(start, "List servers")
    start.get_by_label("Servers", exact=True).select_option(["web2"])
    expect(start.get_by_text("1 host: web2.")).to_be_visible()

    assert forms.printed("edit.begin(start._job); print('begun')") == "begun"
    forms.write(edit, "Description", "Puts it there")
    forms.press(edit, "Save")
    expect(forms.status(edit)).to_contain_text("deploy <web> was saved")
    notebook.save()
    assert SECRET not in notebook.path.read_text()


def test_an_uploaded_key_is_in_no_saved_notebook(forms: Forms, lab: Lab, tmp_path: Path) -> None:
    notebook, start = forms.notebook, forms.start
    notebook.command(SAVE_STATE)
    notebook.run_new_cell(
        f"start.use(session.create_job({{'name': 'keyed', 'hosts': ['web1'], 'playbook': {PLAYBOOK!r}}}))"
    )
    key = tmp_path / "id_ed25519"
    key.write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY}\n-----END OPENSSH PRIVATE KEY-----\n")
    control = start.get_by_label("… or upload it")
    control.set_input_files(key)
    expect(control).to_have_value(re.compile("id_ed25519$"))
    assert forms.printed("print(len(start.fields.key.peek()))") == str(len(key.read_text()))
    forms.press(start, "Dry run")
    expect(start.get_by_label("The request, secrets masked")).to_have_value(re.compile('"sshPrivateKey": "[*]+"'))
    forms.press(start, "Copy as cell")
    expect(start.get_by_label("The cell that does the same")).to_have_value(re.compile("%%ctl_start keyed"))

    notebook.save()

    assert "The cell that does the same" in str(read(notebook.path)["metadata"]["widgets"])
    assert holders(lab.files() | lab.files_in_memory(), [KEY]) == []
