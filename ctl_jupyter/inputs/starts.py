"""The hosts of a start: those that are named, with what the job knows of them, and those that a pattern leaves."""

from collections.abc import Sequence
from typing import Any

from ctl_jupyter.documents import MASK, DocumentError, Host, Job, secret_values
from ctl_jupyter.inputs.patterns import matching

__all__ = ["host_entities", "limited", "tags_of"]


def host_entities(hosts: Sequence[str | dict[str, Any]], job: Job) -> list[dict[str, Any]]:
    """Return hosts as a start takes them; one given by its name alone has the variables that the job has for it.

    Raises
    ------
    DocumentError
        When the job has secret variables for such a host, which Runner does not show.
    """
    known = {host.id: host for host in job.hosts}
    return [
        {"id": host, "hostVars": _variables_of(known.get(host))} if isinstance(host, str) else host for host in hosts
    ]


def limited(hosts: list[dict[str, Any]], limit: str, job: Job, where: str = "--limit") -> list[dict[str, Any]]:
    """Return the hosts that fit some patterns, of those given or else of the job's.

    Parameters
    ----------
    where
        What the patterns were typed into.

    Raises
    ------
    DocumentError
        When there is nothing to choose among, a pattern fits no host, or none is left.
    """
    names = [str(host.get("id")) for host in hosts] or [host.id for host in job.hosts]
    if not names:
        raise DocumentError(
            f"{where} chooses among hosts that the line, the cell or the job names, and there are none."
        )
    chosen = matching(names, limit, where)
    return [host for host in hosts if host.get("id") in chosen] if hosts else host_entities(chosen, job)


def tags_of(text: str, where: str = "--tags") -> list[str]:
    """Return tags that are separated by commas.

    Raises
    ------
    DocumentError
        When there are none.
    """
    tags = [tag.strip() for tag in text.split(",") if tag.strip()]
    if not tags:
        raise DocumentError(f"{where} names no tag; 'all' runs every task.")
    return tags


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
