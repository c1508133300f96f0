"""What it costs Ansible to tell what happens: CPU of a playbook with Runner's events beside bare and beside others.

The tasks are as cheap as Ansible's get (``debug`` and ``set_fact`` in turn run no module), so events weigh as much as
they can. Each way must have stored every result, or there is no figure.
"""

import importlib.util
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from ctl_jupyter.service.engine.supervisor import constant_settings
from tests.bench.pairs import table, verdict

__all__ = ["measure_capture"]

#: What events may add to bare Ansible's CPU, in percent.
LIMIT = 3.0
INSTALL = "pip install '.[bench]'"
BARE = "ansible-playbook"
OURS = "with Runner's events"
RUNNER = "ansible-runner: its ansible-playbook"
RUNNER_WHOLE = "ansible-runner: the whole command"
ARA = "with ARA's callback"
SCRUBBED = ("ANSIBLE_", "ARA_", "CLC_", "CTL_")
#: Runs ansible-runner as its command line does, and tells what its children took.
RUN_ANSIBLE_RUNNER = """
import resource, sys
import ansible_runner
directory, playbook = sys.argv[1:]
result = ansible_runner.run(private_data_dir=directory, playbook=playbook, ident="bench", quiet=True)
taken = resource.getrusage(resource.RUSAGE_CHILDREN)
print(taken.ru_utime + taken.ru_stime)
sys.exit(result.rc)
"""


@dataclass(frozen=True)
class World:
    """A directory with an inventory and a playbook, and how many results the playbook gives."""

    path: Path
    playbook: str
    results: int

    @property
    def inventory(self) -> Path:
        return self.path / "inventory" / "hosts.json"

    @property
    def command(self) -> list[str]:
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        return [program, "-i", str(self.inventory), str(self.path / "project" / self.playbook)]


@dataclass
class Figures:
    """CPU seconds by what took them, one for each round."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, taken: dict[str, float]) -> None:
        for name, seconds in taken.items():
            self.seconds.setdefault(name, []).append(seconds)

    def ratios(self, name: str) -> list[float]:
        return [one / bare for one, bare in zip(self.seconds[name], self.seconds[BARE], strict=True)]


#: Runs the playbook of a world once and returns CPU seconds by what took them.
Way = Callable[[World], dict[str, float]]


def measure_capture(rounds: int, hosts: int, tasks: int, alone: bool = False) -> str:
    """Measure each way once a round and return the table.

    Parameters
    ----------
    alone
        Leave out ansible-runner and ARA.
    """
    ways, missing = _ways(alone)
    figures = Figures()
    with tempfile.TemporaryDirectory() as directory:
        world, small = _worlds(Path(directory), hosts, tasks)
        for way in ways:
            way(small)
        for number in range(1, rounds + 1):
            for way in ways:
                figures.add(way(world))
            ways.reverse()
            last = ", ".join(f"{name} {seconds[-1]:.2f} s" for name, seconds in figures.seconds.items())
            print(f"round {number}: {last}", flush=True)
    head = (
        f"CPU seconds (user + system) of {hosts} hosts x {tasks} tasks (debug and set_fact in turn), "
        f"ansible-playbook and all of its processes, {rounds} rounds in alternating order"
    )
    notes = [f"{name} is not installed: {INSTALL}" for name in missing]
    return "\n".join([head, table(figures.seconds), *_ratios(figures), *notes])


def _ratios(figures: Figures) -> Iterator[str]:
    for name in figures.seconds:
        if name != BARE:
            percent = (median(figures.ratios(name)) - 1) * 100
            judged = f": {verdict(percent, LIMIT, ' %')}" if name == OURS else ""
            yield f"{name}: {percent:+.1f} % over bare, median of the rounds{judged}"


def _ways(alone: bool) -> tuple[list[Way], list[str]]:
    """Return the ways there are, and the names of what is not installed."""
    ways: list[Way] = [_bare, _with_our_events]
    others = {"ansible_runner": ("ansible-runner", _by_ansible_runner), "ara.server": ("ara[server]", _with_ara)}
    missing = []
    for module, (name, way) in {} if alone else others.items():
        if _is_installed(module):
            ways.append(way)
        else:
            missing.append(name)
    return ways, missing


def _is_installed(module: str) -> bool:
    try:
        # ARA without its server part cannot write its database.
        return importlib.util.find_spec(module) is not None and (
            module != "ara.server" or importlib.util.find_spec("django") is not None
        )
    except ModuleNotFoundError:
        return False


def _worlds(path: Path, hosts: int, tasks: int) -> tuple[World, World]:
    """Make the directory; return it with the playbook that is measured, and with a short one to warm up."""
    for name in ("inventory", "project"):
        (path / name).mkdir()
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    names = [f"host{number:02}" for number in range(hosts)]
    (path / "inventory" / "hosts.json").write_text(json.dumps({"all": {"hosts": dict.fromkeys(names, variables)}}))
    for name, count in (("playbook.yml", tasks), ("short.yml", 2)):
        (path / "project" / name).write_text(_playbook(count))
    return World(path, "playbook.yml", hosts * tasks), World(path, "short.yml", hosts * 2)


def _playbook(tasks: int) -> str:
    lines = ["- hosts: all", "  gather_facts: false", "  tasks:"]
    for number in range(tasks):
        text = f"'number {number} on {{{{ inventory_hostname }}}}'"
        action = f"debug: {{msg: {text}}}" if number % 2 else f"set_fact: {{fact_{number}: {text}}}"
        lines.append(f"  - {{name: Task {number}, ansible.builtin.{action}}}")
    return "\n".join(lines) + "\n"


# --- the ways --------------------------------------------------------------------------------------------------


def _bare(world: World) -> dict[str, float]:
    return {BARE: _cpu_seconds(world.command, world)}


def _with_our_events(world: World) -> dict[str, float]:
    """Run it as a supervisor does, as far as events go: a spool, a recorder that is woken, secrets to look for."""
    spool, settings = world.path / "events.jsonl", constant_settings()
    spool.unlink(missing_ok=True)
    with _recorder(world.path / "wake.sock") as address, _secrets(world.path) as secrets:
        seconds = _cpu_seconds(
            world.command,
            world,
            {
                **{name: settings[name] for name in ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_STDOUT_CALLBACK")},
                "CTL_RUNNER_SPOOL": str(spool),
                "CTL_RUNNER_WAKE": address,
                "CTL_RUNNER_SECRETS_FD": str(secrets),
            },
            secrets,
        )
    told = [json.loads(line)["event_type"] for line in spool.read_text().splitlines()]
    _check(OURS, told.count("runner_on_ok"), world)
    return {OURS: seconds}


def _by_ansible_runner(world: World) -> dict[str, float]:
    command = [sys.executable, "-c", RUN_ANSIBLE_RUNNER, str(world.path), world.playbook]
    said = world.path / "said"
    with said.open("wb") as output:
        whole = _cpu_seconds(command, world, output=output.fileno())
    artifacts = world.path / "artifacts" / "bench"
    stored = [path.read_text() for path in artifacts.glob("job_events/*.json")]
    _check(RUNNER, sum(json.loads(text)["event"] == "runner_on_ok" for text in stored), world)
    artifacts.rename(artifacts.with_name(f"done-{len(list(artifacts.parent.iterdir()))}"))
    return {RUNNER: float(said.read_text().split()[-1]), RUNNER_WHOLE: whole}


def _with_ara(world: World) -> dict[str, float]:
    spec = importlib.util.find_spec("ara.plugins.callback")
    assert spec is not None
    (plugins,) = spec.submodule_search_locations or []
    base = world.path / "ara"
    before = _results_of_ara(base)
    environment = {
        "ANSIBLE_CALLBACK_PLUGINS": plugins,
        "ARA_BASE_DIR": str(base),
        "ARA_API_CLIENT": "offline",
    }
    seconds = _cpu_seconds(world.command, world, environment)
    _check(ARA, _results_of_ara(base) - before, world)
    return {ARA: seconds}


def _results_of_ara(base: Path) -> int:
    path = base / "ansible.sqlite"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as database:
        count: int = database.execute("select count(*) from results").fetchone()[0]
        return count


def _check(name: str, stored: int, world: World) -> None:
    if stored != world.results:
        raise RuntimeError(f"{name}: {stored} results are stored of {world.results}.")


# --- what they need --------------------------------------------------------------------------------------------


def _cpu_seconds(
    command: list[str],
    world: World,
    environment: dict[str, str] | None = None,
    inherited: int | None = None,
    output: int = subprocess.DEVNULL,
) -> float:
    """Run a command and return the CPU seconds that it and all that it waited for took."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    process = subprocess.Popen(
        command,
        cwd=world.path,
        env={**clean, "HOME": str(world.path), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        pass_fds=[] if inherited is None else [inherited],
    )
    assert process.stderr is not None
    with process.stderr as errors:
        said = errors.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _recorder(path: Path) -> Iterator[str]:
    """Give the address of a socket that somebody is woken by."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wake:
        wake.bind(str(path))

        def listen() -> None:
            while wake.recv(16) != b"end":
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield str(path)
        finally:
            wake.sendto(b"end", str(path))
            thread.join()
            path.unlink()


@contextmanager
def _secrets(directory: Path) -> Iterator[int]:
    """Give a file in memory with a password for each of 25 hosts, two more and a private key."""
    key = directory / "key"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    descriptor = os.memfd_create("secrets")
    try:
        secrets = [f"{number * 7919}-Pass/word-{number}!" for number in range(27)]
        os.write(descriptor, json.dumps({"secrets": secrets, "keys": [key.read_text()], "given": {}}).encode())
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
