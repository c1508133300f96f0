"""What nobody may find in what a notebook, its kernel, its server and its Runner write."""

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.jobs import LOG_IN
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage
from tests.secret_search import holders

#: Shows all that a playbook can show of a key, then waits; the second host is one that ssh cannot reach.
JOB = """%%ctl_job keys
- name: Use the key
  hosts: all
  gather_facts: false
  vars:
    key: "{{{{ hostvars.remote.ansible_ssh_private_key_file }}}}"
  tasks:
    - name: Tell its fingerprint
      ansible.builtin.command: ssh-keygen -l -f {{{{ key }}}}
      when: inventory_hostname == 'here'
    - name: Show it
      ansible.builtin.command: cat {{{{ key }}}}
      when: inventory_hostname == 'here'
    - name: Show every variable
      ansible.builtin.debug:
        var: hostvars
      when: inventory_hostname == 'here'
    - name: Log in with it
      ansible.builtin.raw: hostname
      when: inventory_hostname == 'remote'
    - name: Wait for the gate
      ansible.builtin.wait_for:
        path: {gate}
        timeout: 240
      when: inventory_hostname == 'here'"""
START = """%%ctl_start keys --ssh-key {key} -o run
hosts:
  - id: here
    hostVars: {{ansible_connection: local}}
  - id: remote
    hostVars: {{ansible_host: 127.0.0.1, ansible_port: 1}}"""
SHOW_SESSION = """from ctl_jupyter.client import current_session
session = current_session()
session, session.log_in, session.profile, vars(session.calls)"""
LAST_CELLS = (
    "run.wait()",
    "[event.details.get('msg') for event in run.events() if event.event_type == 'runner_on_ok']",
    SHOW_SESSION,
    "get_ipython().history_manager.writeout_cache()",
)
#: The token is in the kernel's memory alone; this brings it to where nobody searches.
TELL_TOKEN = "open({path!r}, 'w').write(session._auth._token)"

#: The place of the cell that shows what the tasks said.
MESSAGES = 5


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path


def test_neither_key_nor_token_nor_password_is_written(page: Page, lab: Lab, tmp_path: Path, key: Path) -> None:
    gate, told = tmp_path / "gate", tmp_path / "token"
    cells = [*LOG_IN, JOB.format(gate=gate), START.format(key=key)]
    notebook = NotebookPage(page, lab, "secrets.ipynb", notebook_of(cells))

    assert notebook.run_all()
    expect(notebook.card(3)).to_contain_text("Wait for the gate")
    notebook.save()
    while_it_runs = lab.files()
    gate.touch()
    expect(notebook.card_status(3)).to_have_text("✗ FAILURE")
    for source in (*LAST_CELLS, TELL_TOKEN.format(path=str(told))):
        notebook.run_new_cell(source)
    expect(notebook.output(MESSAGES)).to_contain_text(fingerprint(key))
    notebook.save()
    at_the_end = lab.files() | lab.files_in_memory()

    record_path = lab.runtime / "service.json"
    password = json.loads(at_the_end.pop(record_path))["password"]
    secrets = [*key.read_text().splitlines()[1:-1], told.read_text(), password]
    for files in (while_it_runs, at_the_end):
        assert holders(files, secrets) == []


def fingerprint(key: Path) -> str:
    shown = subprocess.run(["ssh-keygen", "-l", "-f", key], check=True, capture_output=True, text=True).stdout
    return shown.split()[1]
