"""The job that a cell of ``%%ctl_job`` describes: what the cell and its options say, over what the job is already."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ctl_jupyter.documents import (
    MASK,
    DocumentError,
    Host,
    Job,
    check_job,
    parse_playbook,
    parse_yaml,
    read_job,
    secret_values,
    with_encoded_playbook,
)
from ctl_jupyter.magics.bodies import refuse_secrets

__all__ = ["FOR_REPOSITORIES", "JobWords", "changed_members", "job_document"]

DEFAULT_PLAYBOOK = "site.yml"
#: Members that the service sets itself; a document that was copied from an answer has them.
SERVICES_OWN = ("accountAlias", "status", "createdTime", "lastUpdatedTime", "links")
FOR_REPOSITORIES = "--credentials and a Python dict filled by getpass, os.environ or keyring"
#: How secrets of these members are given.
WAYS = {"repository": FOR_REPOSITORIES, "callbacks": "Python: ctl_jupyter.connect().create_job"}
#: What a play has and a job document never.
OF_A_PLAY = frozenset({"tasks", "roles", "pre_tasks", "post_tasks", "handlers", "gather_facts", "become"})


@dataclass(frozen=True, kw_only=True)
class JobWords:
    """What the options of ``%%ctl_job`` say; what they do not say is ``None`` or empty.

    Parameters
    ----------
    hosts
        Names and host entities, in place of those that the job has; one that it has already, given without variables,
        keeps its own.
    variables
        Added to its ``properties``.
    repository
        Members of ``repository``.
    execution_ttl
        Minutes.
    """

    # All three may hold secrets, which no repr shows.
    hosts: Sequence[str | Mapping[str, Any]] = field(default=(), repr=False)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    description: str | None = None
    tags: Sequence[str] | None = None
    repository: Mapping[str, Any] = field(default_factory=dict, repr=False)
    execution_ttl: int | float | None = None
    use_dynamic_inventory: bool = False


def job_document(name: str, body: str, words: JobWords, known: Job | None) -> Job:
    """Return the job that a cell describes, checked: a new one, or the known one with what is said.

    Each member that the cell or an option names takes the place of the known one; ``null`` takes it away.

    Parameters
    ----------
    name
        The job's name as the line has it (the id of a known job is as good).
    body
        A playbook, a job document, or nothing.

    Raises
    ------
    DocumentError
        When the cell cannot be used or does not fit its line.
    MagicError
        When a secret is typed in it.
    """
    said = _read_cell(body)
    _check_whose(said, name, known)
    before: dict[str, Any] = known.to_wire() if known is not None else {"name": name}
    wire = {**before, **{member: value for member, value in said.items() if member not in SERVICES_OWN}}
    wire["name"] = wire.get("name") or before.get("name") or name
    wire.update(_members_of(words, wire))
    repository = {**(said.get("repository") or {}), **words.repository}
    if repository and said.get("playbook"):
        raise DocumentError("A job has a playbook or a repository: leave the cell's playbook out, or the repository.")
    if repository:
        wire["repository"] = _repository(repository, before.get("repository"))
        wire.pop("playbook", None)
    elif said.get("playbook"):
        wire.pop("repository", None)
    elif not wire.get("playbook") and not wire.get("repository"):
        raise DocumentError(_nothing_to_run(name, body, known))
    job = with_encoded_playbook(read_job(wire))
    if words.hosts:
        kept = {host.id: host for host in known.hosts} if known is not None else {}
        job.hosts = [_host(host, kept) for host in read_job({"hosts": list(words.hosts)}).hosts]
    check_job(job)
    if known is None and MASK in secret_values(job.to_wire()):
        raise DocumentError(f"A secret is written as {MASK}, which stands for one that a known job has: this is none.")
    return job


def changed_members(before: Job, after: Job) -> list[str]:
    """Return the members, by their names on the wire, in which two documents of a job differ."""
    old, new = before.to_wire(), after.to_wire()
    return [member for member in {**old, **new} if old.get(member) != new.get(member)]


def _read_cell(body: str) -> dict[str, Any]:
    """Return the members of a job document that a cell names."""
    if not body.strip():
        return {}
    document = parse_yaml(body, "The cell")
    is_job = isinstance(document, Mapping) and not OF_A_PLAY & document.keys()
    if not is_job:
        parse_playbook(body)
        return {"playbook": base64.b64encode(body.encode()).decode("ascii")}
    if isinstance(document.get("playbook"), list):
        raise DocumentError("'playbook' in a job document is a text: write 'playbook: |' and the plays below it.")
    read_job(document)
    for member, way in WAYS.items():
        refuse_secrets({member: document.get(member)}, way=way)
    refuse_secrets(document)
    return dict(document)


def _check_whose(said: Mapping[str, Any], name: str, known: Job | None) -> None:
    written = said.get("name")
    if written not in (None, name) and not (known is not None and known.id == name):
        raise DocumentError(f"The line names the job {name!r} and the cell names {written!r}: give one name.")
    if said.get("id") is not None and known is None:
        raise DocumentError(f"There is no job {name!r} yet: leave the 'id' out of the cell to create it.")
    if known is not None and said.get("id") not in (None, known.id):
        raise DocumentError(f"The 'id' in the cell is not that of the job {name!r}, {known.id}.")


def _members_of(words: JobWords, wire: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that options say, but for the hosts."""
    members: dict[str, Any] = {}
    if words.variables:
        members["properties"] = {**(wire.get("properties") or {}), **words.variables}
    if words.description is not None:
        members["description"] = words.description or None
    if words.tags is not None:
        members["playbookTags"] = list(words.tags)
    if words.execution_ttl is not None:
        members["executionTtl"] = words.execution_ttl
    if words.use_dynamic_inventory:
        members["useDynamicInventory"] = True
    return members


def _host(host: Host, kept: Mapping[str, Host]) -> Host:
    """Return a host without its key, which Runner does not keep; with the variables it has, when none are given."""
    known = kept.get(host.id)
    return known if known is not None and not host.host_vars else msgspec.structs.replace(host, ssh_private_key=None)


def _repository(said: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a repository as it is said; what is not said stays, unless it is another one by now.

    Another one gets nothing of the one before: neither its branch nor, least of all, its credentials.
    """
    if "url" not in said and before is None:
        raise DocumentError("The job has no repository yet: give --repository URL, too.")
    is_same = before is not None and said.get("url", before["url"]) == before["url"]
    repository = {**(before or {}), **said} if is_same else dict(said)
    repository.setdefault("defaultPlaybook", DEFAULT_PLAYBOOK)
    return repository


def _nothing_to_run(name: str, body: str, known: Job | None) -> str:
    if known is not None:
        return f"The job {name!r} would have neither a playbook nor a repository."
    if body.strip():
        return "A job has either a 'playbook' or a 'repository', and this one has neither."
    return (
        f"The cell is empty and there is no job {name!r} yet: write its playbook into the cell, a list of plays "
        "('- hosts: …'), or give --repository URL."
    )
