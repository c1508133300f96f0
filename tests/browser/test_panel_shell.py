"""The panel's frame: its log-in, what comes of a reload and a restart, and what a saved notebook shows of it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of, read
from tests.browser.pages import NotebookPage
from tests.browser.voila import Voila
from tests.canary_runner import CanaryRunner
from tests.fake_runner import WRONG_CREDENTIALS
from tests.secret_search import holders
from tests.service import canaries

SHOW = "import ctl_jupyter\nctl_jupyter.panel()"
SHOW_BY_MAGIC = "%load_ext ctl_jupyter\n%ctl_panel"
SAVE_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "06-panel.ipynb"
NARROW, WIDE = 600, 1280
#: Clicks as a script or a screen reader does: the field keeps the focus.
CLICK_ALONE = "button => button.click()"


@pytest.fixture(scope="module")
def runner() -> Iterator[CanaryRunner]:
    with CanaryRunner() as runner:
        yield runner


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, runner: CanaryRunner) -> Iterator[Lab]:
    """A Lab whose user has a hosted Runner, ``team``."""
    world = tmp_path_factory.mktemp("lab")
    config = world / "config.toml"
    config.write_text(f'[profiles.team]\nurl = "{runner.url}"\n')
    with Lab(world, {"CTL_CONFIG": str(config)}) as lab:
        yield lab


def panel_of(page: Page) -> Locator:
    return page.locator(".ctl-panel")


def log_in(panel: Locator, password: str) -> Locator:
    """Fill the form of the profile ``team`` and return the button, not yet pressed."""
    panel.get_by_label("Runner").select_option("team")
    panel.get_by_label("User name").fill("ada")
    panel.get_by_label("Password").fill(password)
    return panel.get_by_role("button", name="Log in", exact=True)


@pytest.mark.parametrize("application", ["lab", "notebooks"])
def test_log_in_and_out(page: Page, lab: Lab, runner: CanaryRunner, artefacts: Path, application: str) -> None:
    show = SHOW if application == "lab" else SHOW_BY_MAGIC
    notebook = NotebookPage(page, lab, f"log-in-{application}.ipynb", notebook_of([show]), application)
    assert notebook.run_all()
    panel = panel_of(page)
    wrong = canaries.password("wrong")

    # A click right behind the last letter, while the field has the focus still.
    log_in(panel, wrong).click()
    expect(panel.get_by_role("alert")).to_contain_text(f"The log-in was refused: {WRONG_CREDENTIALS}")
    expect(panel.get_by_label("Password")).to_have_value("")
    expect(panel.get_by_label("User name")).to_have_value("ada")
    notebook.picture({0}, WIDE, artefacts / f"panel, a wrong password, {application}.png")
    log_in(panel, runner.password).evaluate(CLICK_ALONE)

    expect(panel).to_contain_text("● ada, account ACCT at team")
    expect(panel.get_by_label("Password")).to_be_hidden()
    panel.get_by_role("button", name="Log out").click()
    expect(panel).to_contain_text("Not logged in")
    log_in(panel, runner.password)
    panel.get_by_label("Password").press("Enter")
    expect(panel).to_contain_text("● ada, account ACCT at team")
    assert panel.get_by_label("Password").input_value() == ""
    notebook.picture({0}, NARROW, artefacts / f"panel, logged in, {application}.png")

    panel.get_by_role("tab", name="Jobs").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("tab", name="Products")).to_have_attribute("aria-selected", "true")
    # Letters that insert and cut cells, and what would run the panel's cell anew.
    for key in ("b", "x", "Shift+Enter"):
        page.keyboard.press(key)
    expect(notebook.cells).to_have_count(1)
    expect(notebook.prompt(0)).to_have_text("[1]:")


def test_no_password_is_written(page: Page, lab: Lab, runner: CanaryRunner) -> None:
    heard: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda data: heard.append(data if isinstance(data, bytes) else data.encode())
        ),
    )
    notebook = NotebookPage(page, lab, "secrets.ipynb", notebook_of([SHOW]))
    notebook.command(SAVE_STATE)
    assert notebook.run_all()
    panel = panel_of(page)
    wrong = canaries.password("another wrong")
    log_in(panel, wrong).click()
    expect(panel.get_by_role("alert")).to_be_visible()
    # One that was typed and left, and not used.
    unused = canaries.password("unused")
    panel.get_by_label("Password").fill(unused)
    panel.get_by_label("User name").focus()
    notebook.save()
    with_unused = lab.files()
    log_in(panel, runner.password).click()
    expect(panel).to_contain_text("● ada")

    notebook.save()

    state = read(notebook.path)["metadata"]["widgets"]
    assert "The log-in was refused" in str(state) or "Log in" in str(state)
    secrets = [runner.password, wrong, unused, *runner.given]
    seen = {Path("messages"): b"".join(heard), Path("page"): page.content().encode()}
    for files in (with_unused, lab.files() | lab.files_in_memory(), seen):
        assert holders(files, secrets) == []


def test_dark_and_narrow(page: Page, lab: Lab, artefacts: Path) -> None:
    notebook = NotebookPage(page, lab, "dark.ipynb", notebook_of([SHOW]))
    notebook.use_theme("JupyterLab Dark")
    assert notebook.run_all()
    panel = panel_of(page)
    log_in(panel, "x").click()
    expect(panel.get_by_role("alert")).to_be_visible()

    for width in (NARROW, WIDE):
        notebook.picture({0}, width, artefacts / f"panel, dark, {width}.png")
        box, room = panel.bounding_box(), notebook.output(0).last.bounding_box()
        assert box is not None
        assert room is not None
        assert box["x"] + box["width"] <= room["x"] + room["width"] + 1
        assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")
    notebook.use_theme("JupyterLab Light")


def test_reload_restart_and_no_kernel(page: Page, lab: Lab, runner: CanaryRunner, artefacts: Path) -> None:
    notebook = NotebookPage(page, lab, "reload.ipynb", notebook_of([SHOW]))
    assert notebook.run_all()
    panel, summary = panel_of(page), notebook.output(0).locator("[id^=ctl-panel-]")
    log_in(panel, runner.password).click()
    expect(panel).to_contain_text("● ada")
    expect(summary).to_be_hidden()
    expect(summary).to_contain_text("ada, account ACCT at team, 0 jobs")
    notebook.save()

    notebook.open()
    expect(panel).to_contain_text("● ada, account ACCT at team")
    expect(summary).to_be_hidden()
    panel.get_by_role("button", name="Log out").click()
    expect(panel).to_contain_text("Not logged in")

    notebook.restart_kernel()
    said = "getComputedStyle(document.querySelector('.ctl-panel'), '::before').content"
    page.wait_for_function(f"() => {said}.includes('run this cell again')")
    notebook.picture({0}, WIDE, artefacts / "panel, its kernel restarted.png")

    notebook.open()
    expect(summary).to_be_visible()
    expect(summary).to_contain_text("Run this cell to use the panel.")
    expect(panel).to_have_count(0)
    notebook.picture({0}, WIDE, artefacts / "panel, without a kernel.png")
    assert notebook.run_all()
    expect(panel).to_be_visible()


def test_an_export_shows_the_summary(page: Page, lab: Lab, artefacts: Path) -> None:
    notebook = NotebookPage(page, lab, "export.ipynb", notebook_of([SHOW]))
    assert notebook.run_all()
    expect(panel_of(page)).to_be_visible()
    notebook.save()
    for form in ("html", "markdown"):
        command = [sys.executable, "-m", "nbconvert", "--to", form, notebook.path.name]
        subprocess.run(command, cwd=lab.notebooks, env=lab.environment(), check=True, capture_output=True)

    page.goto(notebook.path.with_suffix(".html").as_uri())

    expect(page.locator("[id^=ctl-panel-]")).to_contain_text("Runner panel · nobody was logged in")
    expect(page.get_by_text("<the panel")).to_have_count(0)
    page.screenshot(path=artefacts / "panel, exported.png")
    assert "Run this cell to use the panel" in notebook.path.with_suffix(".md").read_text()


def test_a_log_in_in_another_cell_is_seen_at_once(page: Page, lab: Lab) -> None:
    notebook = NotebookPage(page, lab, "elsewhere.ipynb", notebook_of([SHOW]))
    assert notebook.run_all()
    panel = panel_of(page)
    expect(panel).to_contain_text("The embedded Runner")

    notebook.run_new_cell("%load_ext ctl_jupyter\n%ctl_login local")

    expect(panel).to_contain_text("account LOCAL at local")
    expect(panel).to_contain_text(re.compile(r"embedded Runner [\d.]+ · nothing runs or waits"))
    notebook.run_new_cell("%ctl_logout")
    expect(panel).to_contain_text("Not logged in")


def test_a_file_of_a_key(page: Page, lab: Lab, tmp_path: Path) -> None:
    cell = (
        "from ctl_jupyter.panel.secret_field import SecretField\nfield = SecretField('Key', kind='file')\nfield.widget"
    )
    notebook = NotebookPage(page, lab, "key.ipynb", notebook_of([cell]))
    assert notebook.run_all()
    control = page.get_by_label("Key", exact=True)
    big, key = tmp_path / "big", tmp_path / "id_ed25519"
    big.write_bytes(b"x" * (64 * 1024 + 1))
    key.write_text(canaries.token("key"))

    control.set_input_files(big)
    expect(page.get_by_role("alert")).to_contain_text("big has 65 kB, and at most 64 kB are taken")
    control.set_input_files(key)
    expect(page.get_by_role("alert")).to_have_count(0)

    place = notebook.run_new_cell("print(field.file_name, len(field.peek()))")
    expect(notebook.output(place)).to_have_text(f"id_ed25519 {len(key.read_text())}")
    notebook.run_new_cell("_ = field.take()")
    expect(control).to_have_value("")


def test_voila_serves_the_page(page: Page, lab: Lab, runner: CanaryRunner, artefacts: Path) -> None:
    shutil.copy(NOTEBOOK, lab.notebooks)
    with Voila(lab, NOTEBOOK.name) as voila:
        page.goto(voila.url)
        panel = panel_of(page)

        expect(panel).to_contain_text("account LOCAL at local")
        expect(page.get_by_text("ctl_jupyter.connect")).to_have_count(0)
        page.screenshot(path=artefacts / "panel, a page of Voilà.png")
        panel.get_by_role("button", name="Log out").click()
        log_in(panel, "wrong").click()
        expect(panel.get_by_role("alert")).to_contain_text("The log-in was refused")
        log_in(panel, runner.password).click()
        expect(panel).to_contain_text("● ada, account ACCT at team")
        page.goto("about:blank")


def test_voila_says_what_to_do_without_a_runner(
    page: Page, tmp_path: Path, runner: CanaryRunner, artefacts: Path
) -> None:
    (tmp_path / "home").mkdir()
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.team]\nurl = "{runner.url}"\n')
    world = Lab(tmp_path, {"CTL_CONFIG": str(config)})
    world.notebooks.mkdir()
    world.runner_home.mkdir()
    (world.runner_home / "config.toml").write_text("port = [")
    shutil.copy(NOTEBOOK, world.notebooks)
    with Voila(world, NOTEBOOK.name) as voila:
        page.goto(voila.url)
        panel = panel_of(page)

        expect(page.get_by_text("The embedded Runner did not come up")).to_be_visible()
        expect(page.get_by_text("press 'Log in' below; or choose another Runner there")).to_be_visible()
        expect(panel).to_contain_text("The embedded Runner does not run.")
        page.screenshot(path=artefacts / "panel, a page of Voilà without a Runner.png")
        panel.get_by_role("button", name="Start it").click()
        expect(panel.locator(".ctl-status")).to_contain_text("The embedded Runner did not come up")
        log_in(panel, runner.password).click()
        expect(panel).to_contain_text("● ada, account ACCT at team")
        page.goto("about:blank")
