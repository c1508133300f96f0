"""What a cell and its options say, as documents of the API."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ctl_jupyter.documents import (
    MASK,
    SECRET_NAME,
    DocumentError,
    Host,
    Job,
    StartRequest,
    parse_yaml,
    read_start_request,
    secret_values,
)
from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.names import did_you_mean, listed
from ctl_jupyter.magics.patterns import matching
from ctl_jupyter.magics.python_values import hosts_of, variables_of
from ctl_jupyter.magics.running import Options

__all__ = [
    "given_variables",
    "read_key",
    "refuse_secrets",
    "restart_request",
    "start_request",
    "tags_of",
]


def refuse_secrets(document: Any, where: str = "the cell", way: str = "") -> None:
    """Check that what was typed in a cell or on a line holds no secret: both stay in the notebook and in the history.

    Parameters
    ----------
    document
        What was typed, as a document of the API: ``{"hosts": …}``, ``{"properties": {"db_password": …}}``. A value
        that is masked, as the API answers it, is no secret.
    where
        What was typed into, as in ``the cell``.
    way
        What to give it with instead, as in ``--credentials PYNAME``; that of hosts, variables and keys when empty.

    Raises
    ------
    MagicError
        Naming the first secret member, never its value, and the way to give it.
    """
    member = _secret_member(document)
    if member is None:
        return
    raise MagicError(
        f"{member!r} in {where} holds a secret, and what is typed there stays in the notebook and in IPython's "
        f"history: give it with {way or _way_of(member)}."
    )


def _way_of(member: str) -> str:
    """Return how a secret member gets into a start without being typed."""
    option = "--hosts" if member.startswith(("hosts", "sshPrivateKey")) else "--vars"
    in_python = f"{option} and a Python variable filled by getpass, os.environ or keyring"
    return f"--ssh-key PATH, or with {in_python}" if member.endswith("sshPrivateKey") else in_python


def _secret_member(document: Any, path: str = "") -> str | None:
    """Return the path of the first member that holds a secret, as in ``hosts[0].hostVars.ansible_password``."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            member = f"{path}.{name}" if path else str(name)
            if not SECRET_NAME.search(str(name)):
                found = _secret_member(value, member)
                if found is not None:
                    return found
            elif any(secret != MASK for secret in secret_values({name: value})):
                return member
    elif isinstance(document, (list, tuple)):
        found_parts = (_secret_member(part, f"{path}[{place}]") for place, part in enumerate(document))
        return next((found for found in found_parts if found is not None), None)
    elif any(MASK not in secret for secret in secret_values(document)):
        return path
    return None


def start_request(body: str, options: Options, namespace: Mapping[str, Any], job: Job) -> StartRequest:
    """Return the request of a start: the body's document, and what the options add to it.

    Parameters
    ----------
    body
        YAML or JSON; empty for ``{}``.
    options
        ``host``, ``hosts``, ``limit``, ``var``, ``vars``, ``tags`` and ``ssh_key``. A host that is given by its name
        and that the job names, has the variables that it has there.
    namespace
        The notebook's Python variables.

    Raises
    ------
    DocumentError, MagicError
        When one of them cannot be used, or holds a secret where it was typed.
    """
    document = parse_yaml(body, "The cell") if body.strip() else {}
    refuse_secrets(document)
    if isinstance(document, Mapping) and document.get("hosts") == []:
        raise DocumentError("'hosts' in the cell is empty: leave it out to run on the job's own hosts.")
    wire = read_start_request(document).to_wire()
    named = [*options.host, *(hosts_of(namespace, options.hosts) if options.hosts else [])]
    hosts = [*wire.get("hosts", []), *_entities(named, job)]
    if options.limit is not None:
        hosts = _limited(hosts, options.limit, job)
    variables = {**wire.get("properties", {}), **given_variables(options, namespace)}
    tags = tags_of(options.tags) if options.tags is not None else wire.get("playbookTags")
    key = wire.get("sshPrivateKey") if options.ssh_key is None else read_key(options.ssh_key)
    return read_start_request({"hosts": hosts, "sshPrivateKey": key, "properties": variables, "playbookTags": tags})


def restart_request(options: Options, namespace: Mapping[str, Any], failed: Sequence[str]) -> StartRequest:
    """Return the request of a restart: the hosts and the key that the options give, ``{}`` for all that failed.

    Parameters
    ----------
    failed
        The hosts that may be given; empty when nobody knows them.

    Raises
    ------
    DocumentError, MagicError
        When one of them cannot be used, or has not failed.
    """
    named = [*options.host, *(hosts_of(namespace, options.hosts) if options.hosts else [])]
    key = None if options.ssh_key is None else read_key(options.ssh_key)
    request = read_start_request({"hosts": named, "sshPrivateKey": key})
    for host in request.hosts:
        if failed and host.id not in failed:
            close = did_you_mean(host.id, failed)
            raise MagicError(
                f"The host {host.id!r} did not fail{close or f'; a restart takes these alone: {listed(failed)}.'}"
            )
    return request


def given_variables(options: Options, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that ``--vars`` and ``--var`` give; what is given later, and ``--var``, wins.

    Raises
    ------
    MagicError
        When one of them cannot be used, or was typed and is a secret.
    """
    typed = dict(options.var)
    refuse_secrets({f"--var {name}": value for name, value in typed.items()}, "the line")
    given: dict[str, Any] = {}
    for name in options.vars:
        given |= variables_of(namespace, name)
    return given | typed


def tags_of(text: str) -> list[str]:
    """Return the tags of ``--tags``.

    Raises
    ------
    MagicError
        When there are none.
    """
    tags = [tag.strip() for tag in text.split(",") if tag.strip()]
    if not tags:
        raise MagicError("--tags names no tag; 'all' runs every task.")
    return tags


def _entities(hosts: Sequence[str | dict[str, Any]], job: Job) -> list[dict[str, Any]]:
    known = {host.id: host for host in job.hosts}
    return [
        {"id": host, "hostVars": _variables_of(known.get(host))} if isinstance(host, str) else host for host in hosts
    ]


def _limited(hosts: list[dict[str, Any]], limit: str, job: Job) -> list[dict[str, Any]]:
    """Return the hosts that fit ``--limit``, of those given or else of the job's."""
    names = [str(host.get("id")) for host in hosts] or [host.id for host in job.hosts]
    if not names:
        raise MagicError("--limit chooses among hosts that the line, the cell or the job names, and there are none.")
    chosen = matching(names, limit)
    return [host for host in hosts if host.get("id") in chosen] if hosts else _entities(chosen, job)


def _variables_of(host: Host | None) -> dict[str, Any]:
    if host is None:
        return {}
    if MASK in secret_values(host.host_vars):
        raise DocumentError(
            f"The job's host {host.id!r} has a secret variable, which Runner does not show: "
            "start on all of the job's hosts, or give this one with --hosts and a Python variable."
        )
    variables: dict[str, Any] = host.host_vars
    return variables


def read_key(path: str) -> str:
    """Read a private key's file and return it as base64.

    Raises
    ------
    DocumentError
        When there is no such file or it holds no private key.
    """
    try:
        key = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise DocumentError(
            f"The key file {path!r} cannot be read: {(error.strerror or 'no reason given').lower()}."
        ) from None
    if b"PRIVATE KEY-----" not in key:
        hint = f" Did you mean {path.removesuffix('.pub')!r}?" if path.endswith(".pub") else ""
        raise DocumentError(f"The file {path!r} holds no private key.{hint}")
    return base64.b64encode(key).decode("ascii")
