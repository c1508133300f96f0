"""Products in a real page: a catalog in git opened, its form filled wrongly and rightly, started and watched."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage
from tests.service.git_repository import GitRepository

CONFIG = """
name: A greeting
shortDescription: Greets as often as you like
description: Greets, see <a href="https://example.org">the page</a>
version: 1.10
defaultPlaybook: greeting/greet.yml
imagePath: logo.svg
tags: [friendly]
fields:
- {type: textblock, level: info, title: Quick, text: It takes a moment}
- {name: greeted, displayName: Whom to greet, type: text, required: true, maxLength: 8}
- {name: times, displayName: How often, type: number, min: 1, max: 5, default: 2}
- {name: loud, displayName: Loud, type: toggle}
- {name: tone, displayName: Tone, type: select, options: [{displayName: Warm, value: warm, selected: true}, cool]}
- {name: place, displayName: Data center, type: datacenters}
- {name: where, displayName: Servers, type: servers, parent: place, multiple: true, inventory: true, required: true}
- {name: word, displayName: Password, type: passwordStrength, requiredStrength: 2}
"""
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Greet
      ansible.builtin.debug: {msg: "hello {{ greeted }} {{ times }} {{ tone }} {{ loud }} {{ word | length }}"}
"""
INVENTORY = """[web]
web1 ansible_connection=local
web2 ansible_connection=local
"""
LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="8" height="8">
<circle cx="4" cy="4" r="4" fill="tomato"/></svg>"""
PANEL = "import ctl_jupyter\nsession = ctl_jupyter.connect('local')\nctl_jupyter.panel()"
SECRET = "canary correct horse"


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    repository = GitRepository(tmp_path)
    files = {"config.yml": CONFIG, "greet.yml": PLAYBOOK, "README.md": "# How it greets\n\nWarmly.\n", "logo.svg": LOGO}
    repository.commit("A catalog", {f"greeting/{name}": text for name, text in files.items()})
    repository.publish()
    return repository.url


@pytest.fixture
def notebook(page: Page, lab: Lab) -> NotebookPage:
    inventory = lab.notebooks / "hosts.ini"
    inventory.write_text(INVENTORY)
    lab.runner_home.mkdir(exist_ok=True)
    (lab.runner_home / "config.toml").write_text(f'inventory = "{inventory}"\n')
    notebook = NotebookPage(page, lab, "panel_products.ipynb", notebook_of([PANEL]))
    assert notebook.run_all()
    return notebook


def field(panel: Locator, label: str) -> Locator:
    return panel.locator(".ctl-field", has_text=label)


def test_a_product_is_filled_wrongly_then_rightly_started_and_watched(
    notebook: NotebookPage, catalog: str, artefacts: Path, lab: Lab
) -> None:
    panel = notebook.output(0).locator(".ctl-panel")
    panel.get_by_role("tab", name="Products").click()
    panel.get_by_label("Catalog").fill(catalog)
    panel.get_by_label("Catalog").press("Tab")
    panel.get_by_role("button", name="Open catalog").click()
    row = panel.locator(".ctl-table-row", has_text="A greeting")
    expect(row.locator("img")).to_be_visible()
    assert row.locator("img").evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 8
    row.click()
    expect(panel.locator(".ctl-product-head img")).to_be_visible()
    expect(panel.locator("h3", has_text="A greeting")).to_be_visible()

    servers = field(panel, "Servers (required)").locator("select")
    expect(servers.locator("option")).to_have_count(2)
    panel.get_by_label("Whom to greet").fill("somebody far away")
    panel.get_by_label("How often").fill("9")
    panel.get_by_role("button", name="Start product").click()
    expect(field(panel, "Whom to greet")).to_contain_text("At most 8 characters, and this has 17.")
    expect(field(panel, "How often")).to_contain_text("A number from 1 to 5.")
    expect(field(panel, "Servers (required)")).to_contain_text("Required: choose at least one.")
    expect(panel.locator(".ctl-status")).to_contain_text("Nothing was started")
    notebook.picture([0], 1280, artefacts / "panel_product_wrong.png")
    notebook.picture([0], 600, artefacts / "panel_product_600.png")

    panel.get_by_label("Whom to greet").fill("Ada")
    panel.get_by_label("How often").fill("3")
    servers.select_option(["web1", "web2"])
    panel.get_by_role("textbox", name="Password", exact=True).fill(SECRET)
    panel.get_by_role("button", name="Copy as cell").last.click()
    expect(panel.locator(".ctl-status")).to_contain_text("Not in them: word.")
    notebook.picture([0], 1280, artefacts / "panel_product_right.png")
    panel.get_by_role("button", name="Start product").click()
    card = panel.locator(".ctl-live-card")
    expect(card).to_contain_text("SUCCESS")
    expect(panel.locator(".ctl-log")).to_contain_text(f"hello Ada 3 warm False {len(SECRET)}")
    notebook.use_theme("JupyterLab Dark")
    notebook.picture([0], 1280, artefacts / "panel_product_dark.png")
    notebook.save()
    assert SECRET not in notebook.path.read_text()
