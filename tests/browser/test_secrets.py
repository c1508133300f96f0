"""What nobody may find in what a notebook, its kernel, its server and its Runner write."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.jobs import LOG_IN
from tests.browser.lab import Lab
from tests.browser.notebooks import Notebook, notebook_of, read
from tests.browser.pages import PATIENCE, NotebookPage
from tests.canary_runner import CanaryRunner
from tests.fake_runner import Answer, Step
from tests.secret_search import holders
from tests.service import canaries
from tests.service.git_repository import GitRepository, GitWebServer

ROOT = Path(__file__).parents[2]
#: What stands beside a cell when it has run.
HAS_RUN = re.compile(r"\[\d+\]:")

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

#: Shows and does all that a playbook can with its secrets, waits, and fails with them.
TELL_TALE = """- name: Tell {{ db_password }}
  hosts: all
  gather_facts: false
  tasks:
    - name: Know the secrets
      ansible.builtin.assert: {that: ["db_password | length == LENGTH", "ansible_password | length == LENGTH"]}
    - name: Show {{ db_password }}
      ansible.builtin.debug:
        msg: "{{ hostvars | to_json }} {{ db_password }} {{ api_token | b64encode }} {{ ansible_password }}"
    - name: Wait for the gate
      ansible.builtin.wait_for: {path: "{{ gate }}", timeout: 240}
    - name: Fail
      ansible.builtin.fail: {msg: "because of {{ db_password }} and {{ ansible_password | b64encode }}"}"""
FROM_PYTHON = """import base64, getpass, os, pathlib
values = {"db_password": os.environ["DB_PASSWORD"], "api_token": getpass.getpass("Token: ")}
own = {"ansible_connection": "local", "ansible_password": pathlib.Path("$FILES/password").read_text()}
host_key = base64.b64encode(pathlib.Path("$FILES/host key").read_bytes()).decode()
hosts = [{"id": name, "hostVars": own, "sshPrivateKey": host_key} for name in ("one", "two")]
broken = [{"id": "one", "hostVars": own, "sshPrivateKeys": host_key}]
git_user = {"username": "ada", "password": os.environ["GIT_PASSWORD"]}
git_key = {"sshPrivateKey": pathlib.Path("$FILES/git key").read_text()}
service_password = os.environ["SERVICE_PASSWORD"]"""
KEYS = "--hosts hosts --ssh-key '$FILES/key'"
SECRETS = f"--vars values {KEYS}"
SHOW_ALL = """from ctl_jupyter.client import current_session, saved
session = current_session()
[session, session.identity, session.log_in, session.calls, run, run.execution, run.progress, vars(saved)["_memory"]]"""

#: The cells that ask, in their order.
ASK = "%ctl_login prod --ask --save"
ASK_AGAIN = "!%ctl_login prod --ask --debug"
ASK_FOR_ACCOUNT = "%ctl_service_account nightly --username ada"
#: What begins with a bang must fail. The first logs in to the hosted Runner by the token of the environment.
AT_HOSTED = (
    "%load_ext ctl_jupyter",
    "%xmode Verbose",
    "%ctl_login prod",
    "%ctl_login prod --username ada",
    ASK,
    ASK_AGAIN,
    FROM_PYTHON,
    "%ctl_logout\ndel os.environ['CLC_V2_API_PASSWD']",
    "%ctl_login prod --username ada",
    "%ctl_whoami",
    "%ctl_service_account nightly --username ada --password service_password --dry-run",
    "!%ctl_service_account nightly --username ada --password service_password --debug",
    ASK_FOR_ACCOUNT,
    f"%%ctl_job hosted --vars values --hosts hosts --dry-run\n{TELL_TALE}",
    f"%%ctl_job hosted --vars values --hosts hosts -o job\n{TELL_TALE}",
    "%ctl_job hosted --repository https://git.example.org/site.git --credentials git_user --dry-run",
    "job",
    "%ctl_jobs",
    f"%ctl_start hosted {KEYS} --dry-run",
    f"!%ctl_start hosted {KEYS} --debug",
    f"!%ctl_start hosted {KEYS} --wait --debug -o run",
    f"%ctl_restart run {KEYS} --dry-run",
    "%ctl_why run",
    SHOW_ALL,
)
AT_EMBEDDED = (
    "%ctl_login local",
    "%ctl_service_account nightly --username ada --password service_password --dry-run",
    "%ctl_service_account nightly --username ada --password service_password",
    f"%%ctl_job quiet --vars values --hosts hosts --dry-run\n{TELL_TALE}",
    f"%%ctl_job quiet --vars values --hosts hosts --var gate=/\n{TELL_TALE}",
    "%ctl_job site --repository $GIT --credentials git_user --host localhost --dry-run",
    "%ctl_job site --repository $GIT --credentials git_user --host localhost",
    "%ctl_start site --wait",
    "%ctl_job keyed --repository ssh://git@127.0.0.1:1/site.git --credentials git_key --host localhost",
    "!%ctl_start keyed --wait --debug",
    "%ctl_why",
    f"%ctl_start quiet {SECRETS} --dry-run",
    "!%ctl_start quiet --hosts broken --debug",
    f"!%ctl_start quiet {SECRETS} --wait --debug -o run",
    f"%ctl_restart run {KEYS} --dry-run",
    f"!%ctl_restart run {KEYS} --wait --debug -o run",
    "!%ctl_stop run --debug",
    "%ctl_why run",
    "%ctl_why run -o why\nwhy.frame",
    "%ctl_events run --all",
    "[event.message for event in run.events()]",
    "!%ctl_watch run --wait",
    SHOW_ALL,
    "%ctl_panel",
    # The last one goes on while its card is looked at.
    f"%ctl_start quiet {SECRETS} --var 'gate=$FILES/gate' -o run",
)
AT_THE_END = ("%ctl_watch run", SHOW_ALL, "get_ipython().history_manager.writeout_cache()")


class Given:
    """The secrets that a session gives, and where: in the environment, in files, and typed where it is asked.

    Parameters
    ----------
    files
        An empty directory for the files.
    """

    def __init__(self, files: Path) -> None:
        self.files = files
        self.gate = files / "gate"
        names = ("DB_PASSWORD", "GIT_PASSWORD", "SERVICE_PASSWORD")
        self.environment = {name: canaries.token(name[:3]) for name in names}
        self.typed = {source: canaries.password("typed") for source in (ASK_AGAIN, FROM_PYTHON, ASK_FOR_ACCOUNT)}
        self.host_password = canaries.token("ssh")
        (files / "password").write_text(self.host_password)
        self.keys = [make_key(files / name) for name in ("key", "host key", "git key")]

    @property
    def all(self) -> list[str]:
        """Every secret; of a key each line."""
        lines = [line for key in self.keys for line in key.splitlines()[1:-1]]
        return [*lines, self.host_password, *self.environment.values(), *self.typed.values()]

    def encoded_key(self) -> str:
        """Return what ``--ssh-key`` sends."""
        return base64.b64encode(self.keys[0].encode()).decode()

    def notebook_of(self, cells: Sequence[str], git: str) -> Notebook:
        """Return the notebook of a session, its places filled in; those that must fail hold up nothing."""
        places = {"LENGTH": str(len(self.host_password)), "$FILES": str(self.files), "$GIT": git}
        sources = list(cells)
        for place, text in places.items():
            sources = [source.replace(place, text) for source in sources]
        document = notebook_of([source.removeprefix("!") for source in sources])
        for cell, source in zip(document["cells"], sources, strict=True):
            if source.startswith("!"):
                cell["metadata"]["tags"] = ["raises-exception"]
        return document


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    return Given(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def runner() -> Iterator[CanaryRunner]:
    with CanaryRunner() as runner:
        yield runner


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, runner: CanaryRunner, given: Given) -> Iterator[Lab]:
    """A Lab whose user has a hosted Runner, a keyring, and secrets in the environment."""
    world = tmp_path_factory.mktemp("lab")
    config = world / "config.toml"
    config.write_text(f'[profiles.prod]\nurl = "{runner.url}"\nusername = "{runner.username}"\n')
    variables = {
        "CTL_CONFIG": str(config),
        "CLC_V2_API_PASSWD": runner.password,
        "CLC_V2_API_TOKEN": runner.give_token(),
        "CLC_ACCT_ALIAS": runner.alias,
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "tests.keyrings.MemoryKeyring",
    }
    with Lab(world, variables | given.environment) as lab:
        yield lab


@pytest.fixture
def git(tmp_path: Path, given: Given) -> Iterator[str]:
    """The URL of a repository that asks for the password that is given."""
    repository = GitRepository(tmp_path)
    repository.commit("A playbook", {"site.yml": "- hosts: all\n  gather_facts: false\n"})
    repository.publish()
    with GitWebServer(tmp_path, {"ada": given.environment["GIT_PASSWORD"]}) as server:
        yield f"http://{server.address}/{repository.bare.name}"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key(tmp_path / "id_ed25519")
    return tmp_path / "id_ed25519"


def make_key(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path.read_text()


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


def test_a_session_that_gives_a_secret_in_every_way(
    page: Page, lab: Lab, runner: CanaryRunner, given: Given, git: str, artefacts: Path
) -> None:
    heard: list[bytes] = []

    def hear(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: heard.append(data if isinstance(data, bytes) else data.encode()))

    page.on("websocket", hear)
    runner.trouble(Answer(400, {"message": "Not now."}), "POST", "/serviceAccounts")
    runner.trouble(Answer(400, {"message": "Not now."}), "POST", "/start")
    runner.plan = [Step("RUNNING"), Step("FAILURE", failed_hosts=["one", "two"])]
    cells = [*AT_HOSTED, *AT_EMBEDDED]
    live = len(cells) - 1
    notebook = NotebookPage(page, lab, "every-way.ipynb", given.notebook_of(cells, git))
    notebook.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")

    notebook.begin_run_all()
    for cell, answer in {ASK: runner.password, **given.typed}.items():
        place = cells.index(cell)
        box = notebook.question(place)
        expect(box).to_have_attribute("type", "password")
        box.fill(answer)
        if cell == ASK:
            notebook.picture({place}, 1000, artefacts / "a prompt for a password.png")
        box.press("Enter")
        expect(box).to_have_count(0)
        expect(notebook.output(place).first).to_have_text(re.compile(r"^[\w ]+: +·{8}\s*$"))
    # Run All is over for Lab at the first failure that it may have; the kernel goes on.
    expect(notebook.prompt(live)).to_have_text(HAS_RUN, timeout=3 * PATIENCE)
    notebook.save()
    failed = failures(read(notebook.path))
    assert [cell for cell, has_failed in zip(cells, failed, strict=True) if has_failed != cell.startswith("!")] == []
    expect(notebook.card_status(live)).to_have_text("● RUNNING")
    expect(notebook.card(live)).to_contain_text("Wait for the gate")
    notebook.save()
    while_it_runs, document = lab.files(), read(notebook.path)

    given.gate.touch()
    expect(notebook.card_status(live)).to_have_text("✗ FAILURE")
    for source in AT_THE_END:
        last = notebook.run_new_cell(source)
    expect(notebook.prompt(last)).to_have_text(HAS_RUN)
    notebook.save()
    at_the_end = lab.files() | lab.files_in_memory()
    seen = {Path("messages"): b"".join(heard), Path("page"): page.content().encode()}

    # The secrets were used, and stood where they could be seen.
    assert [call.document["sshPrivateKey"] for call in runner.starts()] == [given.encoded_key()] * 2
    assert runner.service_accounts["nightly"]["password"] == given.typed[ASK_FOR_ACCOUNT]
    text = json.dumps(document["cells"])
    for masked in ('"db_password": "********"', '"ansible_password": "********"', '"sshPrivateKey": "********"'):
        assert json.dumps(masked)[1:-1] in text
    assert "because of ******** and ********" in text
    assert all(b"because of ********" in content for content in seen.values())
    assert "Wait for the gate" in json.dumps(document["metadata"]["widgets"])
    assert {"history.sqlite", "runner.sqlite", "service.log", "lab.log"} <= {path.name for path in at_the_end}
    password = json.loads(at_the_end.pop(lab.runtime / "service.json"))["password"]
    secrets = [*given.all, *runner.given, runner.password, password]
    for files in (while_it_runs, at_the_end, seen):
        assert holders(files, secrets) == []


def failures(document: Notebook) -> list[bool]:
    """Return of each cell whether it ended with an error."""
    return [any(output["output_type"] == "error" for output in cell["outputs"]) for cell in document["cells"]]
