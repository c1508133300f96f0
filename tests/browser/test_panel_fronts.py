"""All that a person does with the panel, in JupyterLab, in Notebook 7 and on a page of Voilà: one way through each.

Log in, search, fill a product's form wrongly and rightly, start, watch to the end, restart failed hosts, stop, look at
the history, in light and dark, wide and narrow. A picture of each step is saved. Nothing of it leaves a secret behind.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.fronts import FRONTS, NARROW, Front, opened
from tests.browser.lab import Lab
from tests.canary_runner import CanaryRunner
from tests.secret_search import holders
from tests.service import canaries
from tests.service.git_repository import GitRepository

CONFIG = """
name: A greeting in {front}
shortDescription: Greets as often as you like
description: Greets, where there is room for it
version: 1.10
defaultPlaybook: greeting/greet.yml
fields:
- {{type: textblock, level: info, title: Quick, text: It takes a moment}}
- {{name: greeted, displayName: Whom to greet, type: text, required: true, maxLength: 8}}
- {{name: times, displayName: How often, type: number, min: 1, max: 5, default: 2}}
- {{name: tone, displayName: Tone, type: select, options: [{{displayName: Warm, value: warm, selected: true}}, cool]}}
- {{name: place, displayName: Data center, type: datacenters}}
- {{name: where, displayName: Servers, type: servers, parent: place, multiple: true, inventory: true, required: true}}
- {{name: word, displayName: Password, type: passwordStrength, requiredStrength: 2}}
"""
PLAYBOOK = """
- name: Greet
  hosts: all
  gather_facts: false
  vars: {{ansible_connection: local, ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"}}
  tasks:
    - name: Say it
      ansible.builtin.debug: {{msg: "hello {{{{ greeted }}}} {{{{ times }}}} {{{{ word | length }}}}"}}
    - name: Look for room
      ansible.builtin.stat: {{path: {room}}}
      register: room
    - name: Need room
      ansible.builtin.fail: {{msg: there is no room}}
      when: inventory_hostname == "web2" and not room.stat.exists
    - name: Wait for the gate
      ansible.builtin.wait_for: {{path: {gate}, timeout: 240}}
"""
INVENTORY = """[web]
web1 ansible_connection=local
web2 ansible_connection=local
"""
#: Roles of what can be used, in a snapshot of what a screen reader is told, and a line of one without a name.
CONTROLS = "button|textbox|combobox|checkbox|radio|spinbutton|slider|listbox|tab|searchbox|switch|grid|link"
NAMELESS = re.compile(rf"^\s*- (?:{CONTROLS})(?: \[[^\]]*\])*(?::.*)?$", re.MULTILINE)

#: What has the focus: its name, where it is in the panel, and whether that can be seen; null outside the panel.
FOCUSED = """
() => {
    const one = document.activeElement;
    if (!one.closest('.ctl-panel')) return null;
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    const label = one.getAttribute('aria-label') || one.innerText || one.labels?.[0]?.innerText || '';
    const isOutlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    const panel = document.querySelector('.ctl-panel').getBoundingClientRect();
    return {
        name: one.labels?.length ? one.labels[0].innerText : label,
        at: (box.top + box.bottom) / 2 - panel.top,
        left: box.left,
        isSeen: isOutlined || style.boxShadow !== 'none',
    };
}
"""
#: CSS pixels by which a control may stand higher than the one before it: beside it, in a row.
SAME_ROW = 40


class World:
    """The files around a panel: a catalog in git, and what its playbook waits for."""

    def __init__(self, directory: Path, front: str) -> None:
        self.gate, self.room = directory / "gate", directory / "room"
        files = {
            "config.yml": CONFIG.format(front=front),
            "greet.yml": PLAYBOOK.format(gate=self.gate, room=self.room),
            "README.md": "# How it greets\n\nWarmly.\n",
        }
        repository = GitRepository(directory)
        repository.commit("A catalog", {f"greeting/{name}": text for name, text in files.items()})
        repository.publish()
        self.catalog = repository.url


@pytest.fixture(scope="module")
def runner() -> Iterator[CanaryRunner]:
    with CanaryRunner() as runner:
        yield runner


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, runner: CanaryRunner) -> Iterator[Lab]:
    """A Lab whose user has an inventory and a hosted Runner, ``team``, beside the embedded one."""
    world = tmp_path_factory.mktemp("lab")
    config = world / "config.toml"
    inventory = world / "notebooks" / "hosts.ini"
    config.write_text(f'[profiles.team]\nurl = "{runner.url}"\n')
    with Lab(world, {"CTL_CONFIG": str(config)}) as lab:
        inventory.write_text(INVENTORY)
        lab.runner_home.mkdir()
        (lab.runner_home / "config.toml").write_text(f'inventory = "{inventory}"\n')
        yield lab


@pytest.mark.parametrize("name", FRONTS)
def test_all_of_the_panel(
    name: str, page: Page, lab: Lab, runner: CanaryRunner, tmp_path: Path, artefacts: Path
) -> None:
    world = World(tmp_path, name)
    wrong, word = canaries.password("wrong"), canaries.password("word")
    with opened(name, page, lab, artefacts) as front:
        panel = front.panel
        expect(panel).to_contain_text("account LOCAL at local")
        log_in_wrongly_and_rightly(front, runner, wrong)
        find_a_job(front)
        fill_wrongly(front, world)
        start_and_see_it_fail(front, world, word)
        restart_what_failed(front, world)
        start_and_stop(front, world, word)
        look_at_the_history(front, f"A greeting in {name}")
        front.picture("history, 600 px", NARROW)
        look_at_the_schedules(front)

        files = {Path("notebook"): front.saved(), Path("page"): page.content().encode()}
        assert holders(files, [wrong, word, runner.password, *runner.given]) == []
        front.use_dark()
        look_at_it_in_the_dark(front)


def test_the_keyboard_goes_through_all_in_their_order(page: Page, lab: Lab, artefacts: Path) -> None:
    with opened("lab", page, lab, artefacts, "keys") as front:
        find_a_job(front)
        front.panel.get_by_role("button", name="Log out").focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        stops = []
        while stop := page.evaluate(FOCUSED):
            stops.append(stop)
            page.keyboard.press("Tab")

        names = [stop["name"].strip() for stop in stops]
        strip, tabs = ["Log out"], ["Jobs"]
        tab = ["Find", "New job", "Jobs", "Edit", "The job's own", "Limit", "Variables", "Start", "Copy as cell"]
        some = [*strip, *tabs, *tab]
        assert [name for name in names if name in some] == some
        assert [stop["name"] for stop in stops if not stop["isSeen"]] == []
        for before, after in pairwise(stops):
            is_below, is_beside = after["at"] > before["at"] - SAME_ROW, after["left"] > before["left"]
            assert is_below or is_beside, (before, after)


def step(front: Front, name: str) -> None:
    """Take a picture, and see that whatever can be used then says what it is."""
    front.picture(name)
    assert NAMELESS.findall(front.panel.aria_snapshot()) == []


def press(front: Front, name: str) -> None:
    # By its text: what is drawn before it is an icon.
    text = re.compile(rf"^\s*{re.escape(name)}\s*$")
    front.panel.locator("button", has_text=text).locator("visible=true").click()


def show(front: Front, tab: str) -> None:
    front.panel.get_by_role("tab", name=tab).click()


def field(front: Front, label: str) -> Locator:
    return front.panel.locator(".ctl-field", has_text=label)


def card(front: Front) -> Locator:
    return front.panel.locator(".ctl-live-card")


def told(front: Front) -> Locator:
    return front.panel.locator(".ctl-status")


def log_in_wrongly_and_rightly(front: Front, runner: CanaryRunner, wrong: str) -> None:
    panel = front.panel
    press(front, "Log out")
    expect(panel).to_contain_text("Not logged in")
    step(front, "logged out")
    panel.get_by_label("Runner").select_option("team")
    panel.get_by_label("User name").fill("ada")
    panel.get_by_label("Password").fill(wrong)
    press(front, "Log in")
    expect(panel.get_by_role("alert")).to_contain_text("The log-in was refused")
    step(front, "a wrong password")
    panel.get_by_label("Password").fill(runner.password)
    press(front, "Log in")
    expect(panel).to_contain_text("ada, account ACCT at team")
    press(front, "Log out")
    panel.get_by_label("Runner").select_option("local: the Runner of this machine")
    press(front, "Log in")
    expect(panel).to_contain_text("account LOCAL at local")


def find_a_job(front: Front) -> None:
    panel = front.panel
    rows = panel.locator(".ctl-table").first.locator(".ctl-table-row")
    expect(rows).not_to_have_count(0)
    panel.get_by_label("Find").first.fill("first try")
    expect(rows).to_have_count(1)
    rows.click()
    expect(panel.locator(".ctl-tools h3").first).to_have_text("hello")
    expect(panel.get_by_text("Start hello")).to_be_visible()
    step(front, "a job")


def fill_wrongly(front: Front, world: World) -> None:
    panel = front.panel
    show(front, "Products")
    panel.get_by_label("Catalog").fill(world.catalog)
    panel.get_by_label("Catalog").press("Tab")
    press(front, "Open catalog")
    panel.locator(".ctl-table-row", has_text="A greeting").locator("visible=true").click()
    expect(field(front, "Servers (required)").locator("option")).to_have_count(2)
    step(front, "a product")
    panel.get_by_label("Whom to greet").fill("somebody far away")
    panel.get_by_label("How often").fill("9")
    press(front, "Start product")
    expect(field(front, "Whom to greet")).to_contain_text("At most 8 characters")
    expect(field(front, "How often")).to_contain_text("A number from 1 to 5.")
    expect(told(front)).to_contain_text("Nothing was started")
    step(front, "a product filled wrongly")
    front.picture("a product, 600 px", NARROW)


def fill_rightly(front: Front, word: str) -> None:
    panel = front.panel
    panel.get_by_label("Whom to greet").fill("Ada")
    panel.get_by_label("How often").fill("3")
    field(front, "Servers (required)").locator("select").select_option(["web1", "web2"])
    panel.locator("input[type=password]").locator("visible=true").fill(word)
    press(front, "Start product")


def start_and_see_it_fail(front: Front, world: World, word: str) -> None:
    fill_rightly(front, word)
    expect(card(front)).to_contain_text("RUNNING")
    expect(front.panel.locator(".ctl-log")).to_contain_text(f"hello Ada 3 {len(word)}")
    expect(front.panel.locator(".ctl-log")).to_contain_text("there is no room")
    step(front, "a running execution")
    world.gate.touch()
    expect(card(front)).to_contain_text("FAILURE")
    expect(front.panel.locator(".ctl-live-why")).to_contain_text("there is no room")
    step(front, "a failed execution")
    front.picture("a failed execution, 600 px", NARROW)


def restart_what_failed(front: Front, world: World) -> None:
    world.room.touch()
    press(front, "Restart failed hosts")
    expect(card(front)).to_contain_text("SUCCESS")
    expect(front.panel.locator(".ctl-grid-told")).to_contain_text("1 host \N{MULTIPLICATION SIGN}")
    step(front, "failed hosts restarted")


def start_and_stop(front: Front, world: World, word: str) -> None:
    world.gate.unlink()
    show(front, "Products")
    fill_rightly(front, word)
    expect(front.panel.locator(".ctl-open-entry")).to_have_count(2)
    expect(card(front)).to_contain_text("Wait for the gate")
    press(front, "Stop")
    expect(card(front)).to_contain_text("STOPPING")
    step(front, "an execution that stops")
    world.gate.touch()
    expect(card(front)).to_contain_text("STOPPED")


def look_at_the_history(front: Front, job: str) -> None:
    panel = front.panel
    show(front, "Jobs")
    panel.get_by_label("Find").first.fill(job)
    panel.locator(".ctl-table-row", has_text=job).locator("visible=true").first.click()
    show(front, "History")
    press(front, "Load")
    expect(told(front)).to_contain_text("2 executions.")
    expect(panel.locator(".ctl-tile", has_text="Success rate")).to_be_visible()
    expect(panel.locator(".vega-embed").first).to_be_visible()
    step(front, "history")
    executions = panel.get_by_role("grid", name="Executions").locator("visible=true")
    executions.locator(".ctl-table-row", has_text="STOPPED").dblclick()
    expect(panel.get_by_role("tab", name="Executions")).to_have_attribute("aria-selected", "true")
    expect(card(front)).to_contain_text("STOPPED")
    show(front, "History")
    expect(panel.locator(".vega-embed").first).to_be_visible()


def look_at_the_schedules(front: Front) -> None:
    show(front, "Schedules")
    press(front, "New schedule")
    step(front, "a new schedule")


def look_at_it_in_the_dark(front: Front) -> None:
    panel = front.panel
    expect(panel).to_contain_text("account LOCAL at local")
    show(front, "Executions")
    expect(panel.get_by_text("STOPPED").locator("visible=true").first).to_be_visible()
    front.picture("dark")
    show(front, "Jobs")
    panel.locator(".ctl-table-row").locator("visible=true").first.click()
    expect(panel.get_by_role("button", name="Start", exact=True)).to_be_visible()
    front.picture("dark, 600 px", NARROW)
