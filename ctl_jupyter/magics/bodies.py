"""What a cell and its options say, as documents of the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from ctl_jupyter.documents import DocumentError, Job, StartRequest, parse_yaml, read_start_request
from ctl_jupyter.inputs.keys import read_key
from ctl_jupyter.inputs.names import did_you_mean, listed
from ctl_jupyter.inputs.python_values import hosts_of, variables_of
from ctl_jupyter.inputs.starts import host_entities, limited, tags_of
from ctl_jupyter.inputs.typed_secrets import secret_member
from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.running import Options

__all__ = ["given_variables", "refuse_secrets", "restart_request", "start_request"]


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
    member = secret_member(document)
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
    hosts = [*wire.get("hosts", []), *host_entities(named, job)]
    if options.limit is not None:
        hosts = limited(hosts, options.limit, job)
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
