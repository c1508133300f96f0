"""Logging in where a real front end asks, or where nobody is there, and what of it is written down."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pexpect
import pytest
from jupyter_client.manager import KernelManager

from tests.canary_runner import CanaryRunner
from tests.fake_runner import FakeRunner
from tests.service import canaries

ROOT = Path(__file__).parents[2]
#: Shows all that a session and what belongs to it show of themselves.
SHOW_ALL = """
import ctl_jupyter.client, ctl_jupyter.client.saved
session = ctl_jupyter.client.current_session()
shown = [session, session.identity, session.log_in, session.profile, session.calls, session.calls.http]
print([repr(one) for one in shown], [repr(vars(one)) for one in (session, session.calls, session.calls.http)])
print(repr(vars(ctl_jupyter.client.saved)["_memory"]), repr(vars(session._auth)["log_in"]))
"""
LOG = "import logging; logging.basicConfig(filename={path!r}, level=logging.DEBUG)"
QUIET = ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "COVERAGE_PROCESS_START")


@pytest.fixture
def runner() -> Iterator[CanaryRunner]:
    with CanaryRunner() as runner:
        yield runner


@pytest.fixture
def world(tmp_path: Path, runner: FakeRunner) -> Path:
    """An empty home with a config file whose profile prod points to the fake."""
    world = tmp_path / "world"
    world.mkdir()
    (world / "config.toml").write_text(f'[profiles.prod]\nurl = "{runner.url}"\nusername = "ada"\n')
    return world


def environment(world: Path, **more: str) -> dict[str, str]:
    """Return the environment of a kernel or shell that has nothing of the developer's."""
    return {
        **{name: os.environ[name] for name in QUIET if name in os.environ},
        **{f"XDG_{kind}_HOME": str(world / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA", "STATE")},
        "HOME": str(world),
        "IPYTHONDIR": str(world / "ipython"),
        "JUPYTER_CONFIG_DIR": str(world / "jupyter"),
        "JUPYTER_DATA_DIR": str(world / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(world / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "CTL_CONFIG": str(world / "config.toml"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "TERM": "dumb",
        **more,
    }


def assert_nothing_is_written(world: Path, runner: CanaryRunner, *texts: str) -> None:
    """Look for password and tokens in every file of a home, and in what was shown."""
    secrets = runner.secrets()
    assert runner.given, "no token was given, so there was none to find"
    files = {path: path.read_bytes() for path in world.rglob("*") if path.is_file()}
    assert {str(path) for path, content in files.items() if canaries.found_in(content, secrets)} == set()
    assert canaries.found_in("\n".join(texts).encode(), secrets) == set()


class Kernel:
    """A kernel and a front end that answers its questions."""

    def __init__(self, world: Path, env: dict[str, str]) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=env, cwd=str(world), stderr=subprocess.DEVNULL)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        #: Everything that the kernel has sent, questions too.
        self.heard: list[str] = []
        self.questions: list[dict[str, Any]] = []

    def run(self, code: str, answer: str | None = None, *, on_question: Callable[[], None] | None = None) -> str:
        """Run a cell; return what it showed of text and errors."""
        shown: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            self.heard.append(repr(message))
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                shown.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                shown.append("\n".join(content["traceback"]))

        def be_asked(message: dict[str, Any]) -> None:
            self.heard.append(repr(message))
            self.questions.append(message["content"])
            if on_question is not None:
                on_question()
            else:
                self.client.input(answer)

        allowed = answer is not None or on_question is not None
        reply = self.client.execute_interactive(
            code, timeout=60, allow_stdin=allowed, output_hook=hear, stdin_hook=be_asked, store_history=True
        )
        self.heard.append(repr(reply))
        return "\n".join(shown)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel()


@pytest.fixture
def start_kernel(world: Path) -> Iterator[Callable[..., Kernel]]:
    kernels: list[Kernel] = []

    def start(**env: str) -> Kernel:
        kernels.append(Kernel(world, environment(world, **env)))
        kernels[-1].run("%load_ext ctl_jupyter")
        kernels[-1].run(LOG.format(path=str(world / "debug.log")))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()


def test_a_kernel_that_is_given_the_password_in_every_way(
    world: Path, runner: CanaryRunner, start_kernel: Callable[..., Kernel]
) -> None:
    ring = {"PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "tests.keyrings.MemoryKeyring"}

    by_environment = start_kernel(CLC_V2_API_USERNAME="ada", CLC_V2_API_PASSWD=runner.password)
    assert "as ada, account ACCT" in by_environment.run("%ctl_login prod")
    assert "CLC_V2_API_PASSWD" in by_environment.run("%ctl_whoami")
    shown = by_environment.run(SHOW_ALL)
    assert "Session prod" in shown
    runner.expire_tokens()
    by_environment.run("%ctl_jobs")

    by_keyring = start_kernel(**ring)
    assert "are saved in the keyring" in by_keyring.run("%ctl_login prod --save", runner.password)
    by_keyring.run("%ctl_logout")
    assert "as ada" in by_keyring.run("%ctl_login prod")
    assert "password from the keyring" in by_keyring.run("%ctl_whoami")
    by_keyring.run(SHOW_ALL)

    by_prompt = start_kernel()
    assert "as ada" in by_prompt.run("%ctl_login prod", runner.password)
    assert by_prompt.questions == [{"prompt": "Password of ada: ", "password": True}]
    by_prompt.run(SHOW_ALL)
    right, runner.password = runner.password, "another"
    refused = by_prompt.run("%ctl_login prod --ask --debug", right)
    assert "Traceback" in refused
    assert "was refused: We didn't recognize" in refused
    runner.password = right
    runner.expire_tokens()
    assert "Traceback" in by_prompt.run("%ctl_jobs --debug")
    by_prompt.run("%ctl_whoami -o me\nme")
    for kernel in (by_environment, by_keyring, by_prompt):
        kernel.run("get_ipython().history_manager.writeout_cache()")

    assert (world / "debug.log").stat().st_size > 0
    assert list(world.rglob("history.sqlite"))
    assert_nothing_is_written(world, runner, *by_environment.heard, *by_keyring.heard, *by_prompt.heard)


def test_a_prompt_of_a_notebook_that_is_interrupted(runner: CanaryRunner, start_kernel: Callable[..., Kernel]) -> None:
    kernel = start_kernel()

    shown = kernel.run("%ctl_login prod", on_question=kernel.manager.interrupt_kernel)

    assert shown.strip() == "The log-in was interrupted, and nobody was logged in by it."
    assert not runner.calls


def test_a_front_end_that_cannot_ask(runner: CanaryRunner, start_kernel: Callable[..., Kernel]) -> None:
    shown = start_kernel().run("%ctl_login prod")

    assert shown.strip().startswith("Nobody can be asked for the password of ada here: set CLC_V2_API_PASSWD")
    assert not runner.calls


@pytest.fixture
def terminal(world: Path) -> Iterator[pexpect.spawn]:
    """Plain IPython in a terminal."""
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit", "--colors=nocolor"]
    terminal = pexpect.spawn(
        sys.executable, command, env=environment(world), cwd=str(world), timeout=60, encoding="utf-8", echo=True
    )
    terminal.expect("In \\[1\\]: ")
    terminal.sendline("%load_ext ctl_jupyter")
    terminal.expect("In \\[2\\]: ")
    yield terminal
    terminal.close(force=True)


def test_plain_ipython_in_a_terminal(world: Path, runner: CanaryRunner, terminal: pexpect.spawn) -> None:
    # What a terminal cannot type stays out.
    runner.password = canaries.token("typed")
    shown: list[str] = []

    def until(pattern: str) -> str:
        terminal.expect(pattern)
        shown.append(terminal.before)
        return str(terminal.before)

    terminal.sendline("%ctl_login prod")
    until("Password of ada: ")
    terminal.waitnoecho()
    terminal.sendline(runner.password)
    assert "Logged in to prod" in until("In \\[3\\]: ")
    terminal.sendline("%ctl_whoami")
    assert "the prompt" in until("In \\[4\\]: ")
    terminal.sendline("%ctl_logout")
    until("In \\[5\\]: ")
    terminal.sendline("%ctl_login prod")
    until("Password of ada: ")
    terminal.sendintr()
    # One that comes between the prompt and Python's reading is not seen before the next key.
    while terminal.expect([pexpect.TIMEOUT, "In \\[6\\]: "], timeout=5) == 0:
        terminal.sendintr()
    said = str(terminal.before)
    shown.append(said)
    assert "The log-in was interrupted, and nobody was logged in by it." in said
    assert "Traceback" not in said
    terminal.sendline("exit")
    terminal.expect(pexpect.EOF)

    assert list(world.rglob("history.sqlite"))
    assert_nothing_is_written(world, runner, *shown)


def headless(world: Path, command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command that nobody sits in front of: no terminal, no input."""
    return subprocess.run(
        command,
        env=environment(world, **env),
        cwd=world,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def notebook_file(world: Path) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in ("%load_ext ctl_jupyter\n%ctl_login prod", "%ctl_whoami")]
    for cell in cells:
        del cell["id"]
    document = nbformat.v4.new_notebook(cells=cells, nbformat_minor=4)
    document.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = world / "night.ipynb"
    path.write_text(nbformat.writes(document, version=4))
    return path


RUNS = {
    "jupyter execute": ["-c", "from nbclient.cli import main; main()", "--inplace", "night.ipynb"],
    "papermill": ["-m", "papermill", "night.ipynb", "done.ipynb"],
    "nbconvert": ["-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", "night.ipynb"],
    "ipython": ["-m", "IPython", "-c", "%load_ext ctl_jupyter\n%ctl_login prod"],
}


@pytest.mark.parametrize("run", RUNS)
def test_a_headless_run_without_credentials_fails_and_says_what_to_set(
    world: Path, runner: CanaryRunner, notebook_file: Path, run: str
) -> None:
    done = headless(world, [sys.executable, *RUNS[run]])

    assert done.returncode != 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if "set CLC_V2_API_PASSWD" in line]
    assert said
    assert not runner.calls


@pytest.mark.parametrize("run", RUNS)
def test_a_headless_run_with_credentials(world: Path, runner: CanaryRunner, notebook_file: Path, run: str) -> None:
    done = headless(
        world,
        [sys.executable, *RUNS[run]],
        CLC_V2_API_USERNAME="ada",
        CLC_V2_API_PASSWD=runner.password,
    )

    assert done.returncode == 0, done.stderr
    assert len(runner.log_ins()) == 1
    assert_nothing_is_written(world, runner, done.stdout, done.stderr)
