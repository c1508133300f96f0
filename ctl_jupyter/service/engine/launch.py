"""What a supervisor is started with: its order, its environment, its directories; and the cold start of one."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctl_jupyter.documents import (
    DocumentError,
    Job,
    StartRequest,
    decode_base64,
    decode_private_key,
    restored,
    secret_values,
)
from ctl_jupyter.places import runtime_directory, state_directory
from ctl_jupyter.service.engine.processes import Process, boot_id, start_time
from ctl_jupyter.service.engine.warm.marks import MARK

__all__ = [
    "Run",
    "ansible_program",
    "environment",
    "launch",
    "order_for",
    "package_root",
    "prepare",
    "run_directory",
    "spool_path",
    "wake_address",
]

#: What a run may see of the service's environment; all else (other tools' tokens, say) stays out.
PASSED_ON = frozenset(
    {
        "HOME",
        "PATH",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "TZ",
        "TMPDIR",
        "SSH_AUTH_SOCK",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    }
    | {name for proxy in ("http_proxy", "https_proxy", "no_proxy") for name in (proxy, proxy.upper())}
)
NOT_PASSED_ON = frozenset({"ANSIBLE_LOG_PATH", "ANSIBLE_FORCE_COLOR"})


NO_INVENTORY = (
    "The job asks for all hosts of the account (useDynamicInventory), and this service has no inventory: "
    "start it with 'ctl-runner start --inventory PATH', or name one as 'inventory' in its config.toml."
)
#: Minutes that an execution may take when its job does not say.
DEFAULT_TTL = 180


@dataclass(frozen=True)
class Run:
    """One run of an execution: what to run, and the keys that came with its start, kept in memory alone."""

    execution_id: str
    number: int
    job: Job
    request: StartRequest
    #: The hosts to run on when not all of them; the others stay in the inventory for plays to refer to.
    limit: tuple[str, ...] = ()
    #: All hosts of the account, when the job asks for them and the service is told of them.
    inventory: Path | None = None


def run_directory(execution_id: str, number: int) -> Path:
    """Return the directory of a run's files on disk."""
    return state_directory() / "runs" / f"{execution_id}-{number}"


def private_directory(execution_id: str, number: int) -> Path:
    """Return the directory of a run's keys and sockets.

    Its name is short: the address of an ssh control socket, which lies below it, holds 107 characters at most.
    """
    return runtime_directory() / "runs" / f"{execution_id.replace('-', '')[:12]}-{number}"


def spool_path(execution_id: str, number: int) -> Path:
    """Return the spool of a run."""
    return run_directory(execution_id, number) / "events.jsonl"


def marker(execution_id: str, number: int) -> tuple[str, str]:
    """Return the variable and the value that every process of a run has in its environment."""
    return MARK, str(spool_path(execution_id, number))


def wake_address() -> str:
    """Return the address of the recorder's socket."""
    return str(runtime_directory() / "wake.sock")


def order_for(run: Run) -> dict[str, Any]:
    """Return what the supervisor reads: a complete description of a run, secrets included.

    Raises
    ------
    DocumentError
        When a key or the playbook is not base64, or there is no inventory that the job asks for.
    """
    job, request = run.job, run.request
    if job.use_dynamic_inventory and run.inventory is None and not request.hosts:
        raise DocumentError(NO_INVENTORY)
    on_inventory = job.use_dynamic_inventory and run.inventory is not None
    hosts = request.hosts or job.hosts
    default_key = request.ssh_private_key
    entities = [
        {
            "id": host.id,
            "vars": host.host_vars,
            "key": _key(host.ssh_private_key, f"sshPrivateKey of the host {host.id!r}"),
        }
        for host in hosts
    ]
    repository = _repository(job)
    key = _key(default_key, "sshPrivateKey")
    keys = {entity["key"] for entity in entities} | {
        key,
        ((repository or {}).get("credentials") or {}).get("key"),
    }
    secrets = {
        *secret_values([entity["vars"] for entity in entities]),
        *secret_values([job.properties, request.properties]),
        *secret_values(repository and {"url": repository["url"], "credentials": {"password": _password(repository)}}),
    }
    return {
        "execution_id": run.execution_id,
        "work_directory": str(run_directory(run.execution_id, run.number) / "work"),
        "private_directory": str(private_directory(run.execution_id, run.number)),
        "spool": str(spool_path(run.execution_id, run.number)),
        "wake_address": wake_address(),
        "known_hosts": str(state_directory() / "known_hosts"),
        "ansible_playbook": ansible_program("playbook"),
        "python": sys.executable,
        "playbook": decode_base64(job.playbook, "'playbook'").decode() if job.playbook else None,
        "repository": repository,
        "tags": request.playbook_tags or job.playbook_tags,
        # One that stands masked in the start, as the API answers a job's, is the job's.
        "properties": {**job.properties, **restored(request.properties, job.properties)},
        "hosts": entities,
        # Of a whole inventory, the hosts of a start say where to run; the others are there for plays to refer to.
        "limit": list(run.limit) or ([host.id for host in request.hosts] if on_inventory else []),
        "inventory": str(run.inventory) if on_inventory else None,
        "ansible_inventory": ansible_program("inventory"),
        "default_key": key,
        "time_to_live": 60 * (job.execution_ttl or DEFAULT_TTL),
        "secrets": sorted(secrets),
        "keys": sorted(key for key in keys if key),
    }


def _key(text: str | None, what: str) -> str | None:
    return decode_private_key(text, what) if text else None


def _repository(job: Job) -> dict[str, Any] | None:
    if job.repository is None:
        return None
    credentials = job.repository.credentials
    return {
        "url": job.repository.url,
        "branch": job.repository.branch,
        "default_playbook": job.repository.default_playbook,
        "credentials": credentials
        and {
            "username": credentials.username,
            "password": credentials.password,
            "key": _key(credentials.ssh_private_key, "sshPrivateKey of the repository"),
        },
    }


def _password(repository: dict[str, Any]) -> str | None:
    return (repository.get("credentials") or {}).get("password")


def ansible_program(name: str) -> list[str]:
    """Return the command for ``ansible-playbook``, say, of this Python's Ansible."""
    if name == "playbook":
        # -P: this directory holds no modules for Ansible to import. The name is what Ansible and `ps` call the program.
        return [sys.executable, "-P", str(Path(__file__).with_name("ansible_playbook.py")), "ansible-playbook"]
    script = Path(sys.executable).with_name(f"ansible-{name}")
    if script.is_file():
        return [str(script)]
    return [sys.executable, "-c", f"from ansible.cli.{name} import main; main()"]


def prepare(run: Run) -> bytes:
    """Make the directory and the spool of a run, and return its order.

    Raises
    ------
    DocumentError
        When the order cannot be made; nothing was made then.
    OSError
        When the disk does not take it.
    """
    order = json.dumps(order_for(run)).encode()
    run_directory(run.execution_id, run.number).mkdir(mode=0o700, parents=True, exist_ok=True)
    spool_path(run.execution_id, run.number).touch(mode=0o600)
    return order


def launch(run: Run, order: bytes) -> Process:
    """Start the supervisor of a run cold and hand it its order through a pipe.

    Raises
    ------
    OSError
        When this machine cannot start it.
    """
    # No site-packages: the supervisor needs the standard library alone and starts in a fraction of the time.
    code = (
        f"import sys; sys.path.insert(0, {str(package_root())!r}); "
        "from ctl_jupyter.service.engine.supervisor import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # The mark by which all of a run is found when its supervisor is no more.
        env=environment() | dict([marker(run.execution_id, run.number)]),
        cwd="/",
        start_new_session=True,
    )
    started = start_time(process.pid)
    assert process.stdin is not None
    with process.stdin:
        process.stdin.write(order)
    # The recorder learns of its end by its pid and reaps it; this object must not complain that nobody did.
    process.returncode = 0
    return Process(boot_id(), process.pid, started or 0)


def package_root() -> Path:
    """Return the directory that this package is imported from."""
    spec = importlib.util.find_spec("ctl_jupyter")
    locations = list(spec.submodule_search_locations or []) if spec else []
    return Path(locations[0]).parent


def environment() -> dict[str, str]:
    """Return what a run sees of the service's environment."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith("LC_") or (name.startswith("ANSIBLE_") and name not in NOT_PASSED_ON)
    }
