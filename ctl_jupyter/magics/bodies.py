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
    parse_playbook,
    parse_yaml,
    read_start_request,
    secret_values,
)
from ctl_jupyter.magics.errors import MagicError

__all__ = ["job_document", "refuse_secrets", "start_request"]


#: How a secret gets into a request without being typed.
PYTHON_VARIABLE = "--vars or --hosts and a Python variable filled by getpass, os.environ or keyring"


def refuse_secrets(document: Any, where: str = "the cell", way: str = PYTHON_VARIABLE) -> None:
    """Check that what was typed in a cell or on a line holds no secret: both stay in the notebook and in the history.

    Parameters
    ----------
    document
        What was typed, as a document of the API: ``{"hosts": …}``, ``{"properties": {"db_password": …}}``. A value
        that is masked, as the API answers it, is no secret.
    where
        What was typed into, as in ``the cell``.
    way
        What to give it with instead; for a private key ``--ssh-key`` is named, too.

    Raises
    ------
    MagicError
        Naming the first secret member, never its value, and the way to give it.
    """
    member = _secret_member(document)
    if member is None:
        return
    key_file = "--ssh-key PATH, or with " if way == PYTHON_VARIABLE and member.endswith("sshPrivateKey") else ""
    raise MagicError(
        f"{member!r} in {where} holds a secret, and what is typed there stays in the notebook and in IPython's "
        f"history: give it with {key_file}{way}."
    )


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


def start_request(body: str, hosts: Sequence[str], key_path: str | None, job: Job) -> StartRequest:
    """Return the request of a start: the body's document, the hosts and the key of the options added.

    Parameters
    ----------
    body
        YAML or JSON; empty for ``{}``.
    hosts
        Names given by ``--host``; one that the job names has the variables that it has there.
    key_path
        A private key's file, read here and sent base64-encoded.

    Raises
    ------
    DocumentError
        When one of them cannot be used.
    """
    document = parse_yaml(body, "The cell") if body.strip() else {}
    request = read_start_request(document)
    if hosts:
        request = read_start_request(
            {**request.to_wire(), "hosts": [*request.to_wire().get("hosts", []), *_named_hosts(hosts, job)]}
        )
    if key_path is not None:
        if request.ssh_private_key is not None:
            raise DocumentError("The key is given twice: by --ssh-key and as 'sshPrivateKey' in the cell.")
        request.ssh_private_key = read_key(key_path)
    return request


def _named_hosts(names: Sequence[str], job: Job) -> list[dict[str, Any]]:
    known = {host.id: host for host in job.hosts}
    return [{"id": name, "hostVars": _variables_of(known.get(name))} for name in names]


def _variables_of(host: Host | None) -> dict[str, Any]:
    if host is None:
        return {}
    if MASK in secret_values(host.host_vars):
        raise DocumentError(
            f"The job's host {host.id!r} has a secret variable, which Runner does not show: "
            "start without --host, or write the host into the cell."
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


def job_document(name: str, body: str, changes: Mapping[str, Any], known: Job | None) -> Job:
    """Return the job that a cell describes: a new one, or the known one with what the cell says.

    Parameters
    ----------
    body
        The playbook.
    changes
        Members of `Job` that options gave, in place of the known ones.

    Raises
    ------
    DocumentError
        When the body is no playbook.
    """
    if not body.strip():
        raise DocumentError("The cell is empty: write the job's playbook into it, a list of plays ('- hosts: …').")
    parse_playbook(body)
    job = known if known is not None else Job(name=name)
    for member, value in changes.items():
        setattr(job, member, value)
    job.playbook = base64.b64encode(body.encode()).decode("ascii")
    job.repository = None
    return job
