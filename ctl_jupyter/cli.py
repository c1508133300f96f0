"""``ctl-runner``: the embedded Runner from a terminal."""

import argparse
import getpass
import os
import re
import select
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ctl_jupyter.client import RunnerError, local
from ctl_jupyter.client.errors import LocalServiceError
from ctl_jupyter.places import ServiceRecord, state_directory
from ctl_jupyter.version import __version__

__all__ = ["main"]

#: Exit codes of sysexits.h: another process has what is needed; it cannot be had; something is configured wrongly.
ALREADY_RUNS = 75
NOT_AVAILABLE = 69
WRONG_CONFIGURATION = 78
#: Seconds that a service may take to come up or to end.
PATIENCE = 30.0
#: The same when executions are to be ended, too.
PATIENCE_WITH_RUNS = 90.0
SHORTEST_PASSWORD = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="ctl-runner", description="The embedded Runner service of this user.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve on the loopback address until SIGTERM")
    serve.add_argument("--port", type=_port, help="default: that of the last time, or a free one")
    start = commands.add_parser("start", help="start it in the background unless it runs")
    for command in (serve, start):
        command.add_argument(
            "--inventory",
            type=_inventory,
            metavar="PATH",
            help="Ansible inventory with all hosts of the account; default: 'inventory' of config.toml, or none",
        )
        command.add_argument(
            "--public",
            action="store_true",
            default=None,
            help="others give it jobs, too: refuse callbacks to loopback, private and link-local addresses; "
            "default: 'public' of config.toml, or not",
        )
        command.add_argument(
            "--engine",
            choices=("auto", "warm", "cold"),
            help="how runs start: forked from a process that has imported Ansible (warm), each as a new "
            "ansible-playbook (cold), or warm where that can be (auto); default: 'engine' of config.toml, or auto",
        )
    commands.add_parser("status", help="say whether it runs, and where")
    stop = commands.add_parser("stop", help="end it; executions that run go on and are taken up at the next start")
    stop.add_argument("--all", action="store_true", help="kill the executions that have not ended, too")
    account = commands.add_parser("account", help="let another user in, or give them a new password (asked for)")
    account.add_argument("username")
    account.add_argument("--alias", required=True, help="the account they work in; users may share one")
    options = parser.parse_args(arguments)
    try:
        if options.command == "serve":
            return _serve(options.port, inventory=options.inventory, public=options.public, engine=options.engine)
        if options.command == "start":
            return _start(_serve_options(options))
        if options.command == "account":
            return _account(options.username, options.alias)
        if options.command == "stop":
            return _stop(options.all)
        return _status()
    except RunnerError as error:
        print(error, file=sys.stderr)
        return NOT_AVAILABLE


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def _inventory(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise argparse.ArgumentTypeError(f"there is nothing at {text!r}")
    return path


def _serve_options(options: argparse.Namespace) -> list[str]:
    """Return the options of ``start`` as ``serve`` takes them."""
    words = [] if options.inventory is None else ["--inventory", str(options.inventory)]
    words += [] if options.engine is None else ["--engine", options.engine]
    return [*words, "--public"] if options.public else words


def _serve(port: int | None, **options: Any) -> int:
    local.require_local_extra()
    from ctl_jupyter.service.configuration import ConfigurationError, check_configuration, read_configuration
    from ctl_jupyter.service.serve import AlreadyRunning, serve
    from ctl_jupyter.service.store.revisions import DatabaseTooNew

    try:
        configuration = read_configuration(state_directory(), **options)
        check_configuration(configuration)
        serve(port, configuration)
    except (ConfigurationError, DatabaseTooNew) as error:
        print(error, file=sys.stderr)
        return WRONG_CONFIGURATION
    except AlreadyRunning as error:
        print(error, file=sys.stderr)
        return ALREADY_RUNS
    except OSError as error:
        print(f"The embedded Runner cannot serve: {error.strerror or error}.", file=sys.stderr)
        return NOT_AVAILABLE
    return 0


def _start(options: list[str]) -> int:
    """Start the service in the background.

    Parameters
    ----------
    options
        Those of ``serve``.
    """
    local.require_local_extra()
    running = local.find_running()
    if running is not None and options:
        print(
            f"The embedded Runner runs already and takes {options[0]} when it starts alone: ctl-runner stop, "
            "then start it again.",
            file=sys.stderr,
        )
        return ALREADY_RUNS
    if running is not None:
        print(f"The embedded Runner answers at {running.url}.")
        return 0
    log = state_directory() / "start.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own program and options that were checked
            [sys.executable, "-m", "ctl_jupyter.cli", "serve", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=state_directory(),
            # The service needs no log-in to another Runner, and others may see its environment for long.
            env={name: value for name, value in os.environ.items() if not name.startswith("CLC_")},
            start_new_session=True,
        )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        record = local.find_running()
        if record is not None:
            print(f"The embedded Runner answers at {record.url}.")
            process.returncode = 0  # it outlives this process; nobody waits for it
            return 0
        # One that ended because another was faster is no failure: that other one comes up.
        if process.poll() not in (None, ALREADY_RUNS):
            said = log.read_text(errors="replace").strip().splitlines()
            raise LocalServiceError(f"It ended while starting: {said[-1] if said else 'no reason given'}")
        time.sleep(0.05)
    raise LocalServiceError(
        f"It has not answered within {PATIENCE:g} s and is still starting, which an upgrade of a long history makes "
        f"slow: 'ctl-runner status' tells when it answers; {log} may say more."
    )


def _status() -> int:
    record = local.find_running()
    if record is None:
        print("The embedded Runner does not run; ctl-runner start starts it.")
        return 1
    print(f"The embedded Runner {record.version} answers at {record.url} (process {record.pid}).")
    return 0


def _stop(kill_all: bool) -> int:
    record = local.find_running()
    if record is None:
        print("The embedded Runner does not run.")
        return 0
    # The service itself ends what runs: it alone knows the executions of every account.
    os.kill(record.pid, signal.SIGUSR2 if kill_all else signal.SIGTERM)
    patience = PATIENCE_WITH_RUNS if kill_all else PATIENCE
    if not _has_ended(record, patience):
        raise LocalServiceError(f"It did not end within {patience:g} s (process {record.pid}).")
    print("The embedded Runner has ended" + ("." if kill_all else "; executions that run go on."))
    return 0


def _account(username: str, alias: str) -> int:
    local.require_local_extra()
    from ctl_jupyter.service.accounts import local_username
    from ctl_jupyter.service.store.database import Database
    from ctl_jupyter.service.store.revisions import DatabaseTooNew
    from ctl_jupyter.service.store.users import Users

    if username == local_username():
        raise LocalServiceError("This user logs in without a password of their own: %ctl_login local.")
    if not re.fullmatch(r"[A-Za-z0-9]{1,20}", alias):
        raise LocalServiceError("An account's alias has 1 to 20 letters and digits.")
    password = _password_for(username)
    if len(password) < SHORTEST_PASSWORD:
        raise LocalServiceError(f"A password has {SHORTEST_PASSWORD} characters or more.")
    try:
        database = Database(state_directory() / "runner.sqlite")
    except DatabaseTooNew as error:
        raise LocalServiceError(str(error)) from None
    Users(database).put(username, alias.upper(), password)
    database.close()
    print(f"{username} may log in to the account {alias.upper()}.")
    return 0


def _password_for(username: str) -> str:
    """Ask for a password at the terminal, or read it from standard input where there is none."""
    problem = LocalServiceError(
        "No password was given: type it at a terminal, or give it on standard input, "
        "as in ctl-runner account NAME --alias ALIAS < FILE."
    )
    if sys.stdin is None:
        raise problem
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise problem
        return line.rstrip("\n")
    try:
        with warnings.catch_warnings():
            # A terminal that would show what is typed.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(f"Password for {username}: ")
    except (EOFError, getpass.GetPassWarning):
        raise problem from None


def _has_ended(record: ServiceRecord, patience: float = PATIENCE) -> bool:
    try:
        process = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return True
    try:
        # Readable once it has ended, also where nobody reaps it (a container without an init).
        return bool(select.select([process], [], [], patience)[0])
    finally:
        os.close(process)


if __name__ == "__main__":
    sys.exit(main())
