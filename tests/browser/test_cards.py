"""Cards, their buttons, and a cell that waits and is interrupted, with real executions in JupyterLab and Notebook 7."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.contrast import shown_texts
from tests.browser.jobs import LOG_IN, job_that_fails, job_that_waits_for, start
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage

SUCCEEDS = """%%ctl_job succeeds --host web1 --host web2 --host web3
- name: Greet
  hosts: all
  gather_facts: false
  connection: local
  tasks:
    - name: Say hello
      ansible.builtin.debug:
        msg: Hello"""
IS_BROKEN = """%%ctl_job broken
- name: Never runs
  hosts: all
  tasks:
    - name: Use what is not there
      no.such.module: {}"""


def button(notebook: NotebookPage, place: int, name: str) -> Locator:
    """The button of a cell's card."""
    return notebook.output(place).get_by_role("button", name=name)


def assert_legible(notebook: NotebookPage, place: int) -> None:
    for text in shown_texts(notebook.card(place)):
        is_words = re.search(r"[^\W_]", text.text) and text.text != "0"
        assert text.contrast >= (4.5 if is_words else 3.0), text


def test_buttons_and_every_final_status(page: Page, lab: Lab, tmp_path: Path, artefacts: Path) -> None:
    gate = tmp_path / "gate"
    cells = [*LOG_IN, SUCCEEDS, job_that_fails("the disk is full"), IS_BROKEN, job_that_waits_for(gate)]
    cells += ["%ctl_start succeeds", start("fails"), start("broken"), start("waits"), start("waits")]
    notebook = NotebookPage(page, lab, "statuses.ipynb", notebook_of(cells))
    succeeds, fails, broken, stopped, killed = range(6, 11)
    assert notebook.run_all()
    expect(notebook.card_status(stopped)).to_have_text("● RUNNING")
    expect(notebook.card_status(killed)).to_have_text("● RUNNING")
    notebook.picture({stopped, killed}, 1000, artefacts / "cards with buttons.png")

    button(notebook, stopped, "Stop").click()
    expect(notebook.card_status(stopped)).to_have_text("◧ STOPPING")
    expect(button(notebook, stopped, "Stop")).to_be_disabled()
    notebook.use_theme("JupyterLab Dark")
    assert_legible(notebook, stopped)
    notebook.picture({stopped, killed}, 1000, artefacts / "cards with buttons, dark.png")
    button(notebook, killed, "Kill").click()
    really = button(notebook, killed, "Really kill?")
    expect(really).to_be_enabled()
    expect(notebook.card_status(killed)).to_have_text("● RUNNING")
    really.click()
    gate.touch()

    for place, word in zip(
        (succeeds, fails, broken, stopped, killed),
        ("✓ SUCCESS", "✗ FAILURE", "✗ INIT_FAILURE", "■ STOPPED", "■ KILLED"),
        strict=True,
    ):
        expect(notebook.card_status(place)).to_have_text(word)
        expect(notebook.output(place).get_by_role("button")).to_have_count(0)
        assert_legible(notebook, place)
    notebook.picture({succeeds, fails, broken, stopped, killed}, 1000, artefacts / "cards of every final status.png")


def test_an_interrupted_cell_detaches_and_run_all_stops(page: Page, lab: Lab, tmp_path: Path, artefacts: Path) -> None:
    gate = tmp_path / "gate"
    cells = [*LOG_IN, job_that_waits_for(gate), start("waits", "--wait"), "'must not run'"]
    notebook = NotebookPage(page, lab, "interrupted.ipynb", notebook_of(cells))
    waiting, after = 3, 4
    notebook.begin_run_all()
    expect(notebook.card_status(waiting)).to_have_text("● RUNNING")
    expect(notebook.card(waiting)).to_contain_text("interrupt the cell first (■)")
    expect(notebook.output(waiting).get_by_role("button")).to_have_count(0)
    notebook.picture({waiting}, 1000, artefacts / "card of a waiting cell.png")

    page.get_by_role("button", name="Interrupt the kernel").click()

    assert not notebook.wait_for_run_all()
    execution_id = notebook.execution_id(waiting)
    assert notebook.error(waiting).inner_text() == (
        f"Waiting was interrupted; the execution goes on. To watch it again:\n%ctl_watch {execution_id}"
    )
    expect(notebook.output(after)).to_have_count(0)
    expect(notebook.card_status(waiting)).to_have_text("● RUNNING")
    expect(button(notebook, waiting, "Stop")).to_be_enabled()
    notebook.picture({waiting}, 1000, artefacts / "card after an interrupt.png")
    button(notebook, waiting, "Stop").click()
    expect(notebook.card_status(waiting)).to_have_text("◧ STOPPING")
    gate.touch()
    expect(notebook.card_status(waiting)).to_have_text("■ STOPPED")


def test_an_execution_is_watched_after_the_kernel_was_restarted(
    page: Page, lab: Lab, tmp_path: Path, artefacts: Path
) -> None:
    gate = tmp_path / "gate"
    cells = [*LOG_IN, job_that_waits_for(gate), start("waits")]
    notebook = NotebookPage(page, lab, "restarted.ipynb", notebook_of(cells))
    assert notebook.run_all()
    expect(notebook.card_status(3)).to_have_text("● RUNNING")
    execution_id = notebook.execution_id(3)

    notebook.restart_kernel()
    page.screenshot(path=artefacts / "after a kernel restart.png")
    watching = notebook.run_new_cell(f"%load_ext ctl_jupyter\n%ctl_login local\n%ctl_watch {execution_id}")

    expect(notebook.card_status(watching)).to_have_text("● RUNNING")
    assert notebook.execution_id(watching) == execution_id
    expect(button(notebook, watching, "Stop")).to_be_enabled()
    gate.touch()
    expect(notebook.card_status(watching)).to_have_text("✓ SUCCESS")


def test_notebook_7(page: Page, lab: Lab, tmp_path: Path, artefacts: Path) -> None:
    gate = tmp_path / "gate"
    cells = [*LOG_IN, job_that_waits_for(gate), start("waits")]
    notebook = NotebookPage(page, lab, "seven.ipynb", notebook_of(cells), application="notebooks")
    assert notebook.run_all()
    expect(notebook.card_status(3)).to_have_text("● RUNNING")
    page.screenshot(path=artefacts / "card in notebook 7.png")

    button(notebook, 3, "Stop").click()

    expect(notebook.card_status(3)).to_have_text("◧ STOPPING")
    gate.touch()
    expect(notebook.card_status(3)).to_have_text("■ STOPPED")
    expect(notebook.output(3).get_by_role("button")).to_have_count(0)
