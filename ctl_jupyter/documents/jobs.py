"""Jobs, their hosts, and the body of a start."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ctl_jupyter.documents.members import check_members
from ctl_jupyter.documents.playbooks import encode_playbook, parse_playbook
from ctl_jupyter.documents.reading import (
    OTHER,
    DocumentError,
    check_json,
    convert,
    decode_base64,
    decode_utf8,
    keep_unknown,
    kind_of,
    members_of,
    out_of_array,
    whole_times,
    without_nulls,
)
from ctl_jupyter.secrecy import masked

__all__ = [
    "Callback",
    "Credentials",
    "Host",
    "Job",
    "Repository",
    "StartRequest",
    "check_hosts",
    "check_job",
    "check_start_request",
    "decode_private_key",
    "read_job",
    "read_many_jobs",
    "read_start_request",
    "with_encoded_playbook",
]


class Credentials(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """What a job logs in to its repository with; the key is base64."""

    username: str | None = None
    password: str | None = None
    ssh_private_key: str | None = None
    other: dict[str, Any] = msgspec.field(default_factory=dict, name=OTHER)

    def __repr__(self) -> str:
        return f"Credentials({masked(msgspec.to_builtins(self))})"


class Repository(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The git repository that holds a job's playbook; ``branch`` names a branch or a tag."""

    url: str
    branch: str | None = None
    default_playbook: str | None = None
    credentials: Credentials | None = None
    other: dict[str, Any] = msgspec.field(default_factory=dict, name=OTHER)

    def __repr__(self) -> str:
        return f"Repository({masked(msgspec.to_builtins(self))})"


class Host(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A host entity: its name, its Ansible variables, and its own ssh key (base64) where it has one."""

    id: str
    host_vars: Any = msgspec.field(default_factory=dict)
    ssh_private_key: str | None = None
    other: dict[str, Any] = msgspec.field(default_factory=dict, name=OTHER)

    def __post_init__(self) -> None:
        """Merge the array form of ``hostVars`` into the object every example shows."""
        if isinstance(self.host_vars, list) and all(isinstance(part, dict) for part in self.host_vars):
            self.host_vars = {name: value for part in self.host_vars for name, value in part.items()}
        elif self.host_vars is None:
            self.host_vars = {}

    def __repr__(self) -> str:
        return f"Host({masked(msgspec.to_builtins(self))})"


class Callback(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """An address that status events are posted to: all of them, the failing ones or the result alone.

    Parameters
    ----------
    secret
        What the embedded service signs the events with (Standard Webhooks): ``whsec_`` and base64, or any text.
    """

    url: str
    level: str = "DEBUG"
    secret: str | None = None
    other: dict[str, Any] = msgspec.field(default_factory=dict, name=OTHER)

    def __repr__(self) -> str:
        return f"Callback({masked(msgspec.to_builtins(self))})"


class Job(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A job document: what to run (``playbook`` or ``repository``), where (``hosts``) and how.

    Parameters
    ----------
    playbook
        A whole playbook, base64.
    ssh_private_key
        The default key, base64; sent along for an immediate start, never kept by Runner.
    execution_ttl
        Minutes after which a running execution is stopped.
    created_time, last_updated_time
        Epoch milliseconds UTC.
    other
        Members that this version does not know, kept so that an update sends them back.
    """

    id: str | None = None
    account_alias: str | None = None
    name: str | None = None
    description: str | None = None
    repository: Repository | None = None
    playbook: str | None = None
    playbook_tags: list[str] = []
    hosts: list[Host] = []
    properties: dict[str, Any] = {}
    ssh_private_key: str | None = None
    use_dynamic_inventory: bool = False
    callbacks: list[Callback] = []
    execution_ttl: int | float | None = None
    bootstrap_key_pair_alias: str | None = None
    status: str | None = None
    created_time: int | None = None
    last_updated_time: int | None = None
    links: list[dict[str, Any]] = []
    other: dict[str, Any] = msgspec.field(default_factory=dict, name=OTHER)

    def to_wire(self) -> dict[str, Any]:
        """Return the document as the API writes it."""
        wire = members_of(self)
        if self.repository is not None:
            wire["repository"] = members_of(self.repository)
            if self.repository.credentials is not None:
                wire["repository"]["credentials"] = members_of(self.repository.credentials)
        if self.callbacks:
            wire["callbacks"] = [members_of(callback) for callback in self.callbacks]
        if self.hosts:
            wire["hosts"] = [members_of(host) for host in self.hosts]
        return wire

    def __repr__(self) -> str:
        return f"Job({masked(self.to_wire())})"


class StartRequest(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The body of a start or a restart: hosts that replace the job's own, and a default key (base64); all optional.

    The embedded service alone takes variables and tags, too.
    """

    hosts: list[Host] = []
    ssh_private_key: str | None = None
    properties: Annotated[dict[str, Any], Meta(description="Variables of this execution, over those of the job.")] = {}
    playbook_tags: Annotated[list[str], Meta(description="Tags of this execution, in place of the job's.")] = []

    def to_wire(self) -> dict[str, Any]:
        """Return the document as the API writes it; ``{}`` when nothing was chosen."""
        wire = members_of(self)
        if self.hosts:
            wire["hosts"] = [members_of(host) for host in self.hosts]
        return wire

    def __repr__(self) -> str:
        return f"StartRequest({masked(self.to_wire())})"


def read_job(document: Any) -> Job:
    """Read a job document, or the array of one job that some answers hold; a host may be written as a bare text.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    document = out_of_array(document)
    tidy = whole_times(without_nulls(document), "createdTime", "lastUpdatedTime")
    if isinstance(tidy, Mapping) and isinstance(tidy.get("hosts"), list):
        tidy = {**tidy, "hosts": _host_entities(tidy["hosts"])}
    job = convert(tidy, Job, "The job document")
    keep_unknown(job, document)
    if job.repository is not None:
        keep_unknown(job.repository, document["repository"])
        if job.repository.credentials is not None:
            keep_unknown(job.repository.credentials, document["repository"]["credentials"])
    for structs, member in ((job.hosts, "hosts"), (job.callbacks, "callbacks")):
        if structs:
            for struct, part in zip(structs, tidy[member], strict=True):
                keep_unknown(struct, part)
    return job


def read_many_jobs(documents: Iterable[Any]) -> list[Job]:
    """Read the results of a page of jobs."""
    return [read_job(document) for document in documents]


def check_job(job: Job) -> None:
    """Check what a job document must hold before it can be created or updated.

    Raises
    ------
    DocumentError
        Naming the first thing that is missing or wrong.
    """
    _check_names_of_members(job)
    if not (job.name or "").strip():
        raise DocumentError("A job needs a 'name'.")
    if bool(job.playbook) == bool(job.repository):
        raise DocumentError(
            "A job has either a 'playbook' (base64) or a 'repository', and this one has "
            + ("both." if job.playbook else "neither.")
        )
    if job.playbook:
        parse_playbook(decode_utf8(decode_base64(job.playbook, "'playbook'"), "The playbook"))
    if job.repository:
        if not job.repository.url.strip() or job.repository.url.startswith("-"):
            raise DocumentError("'repository' needs the 'url' of a git repository.")
        _check_repository_url(job.repository.url)
        if (job.repository.branch or "").startswith("-"):
            raise DocumentError("'repository.branch' must be the name of a branch or a tag.")
        if not (job.repository.default_playbook or "").strip():
            raise DocumentError("'repository' needs 'defaultPlaybook', the path of the playbook in it.")
    if job.execution_ttl is not None and job.execution_ttl <= 0:
        raise DocumentError("'executionTtl' is a number of minutes above 0.")
    for callback in job.callbacks:
        if callback.level not in ("DEBUG", "ERROR", "RESULT"):
            raise DocumentError(f"The level of a callback is DEBUG, ERROR or RESULT, not {callback.level!r}.")
    check_hosts(job.hosts)
    if job.ssh_private_key is not None:
        decode_private_key(job.ssh_private_key, "sshPrivateKey")
    check_json(job, "The job document")


def _check_names_of_members(job: Job) -> None:
    check_members(job, "a job")
    if job.repository is not None:
        check_members(job.repository, "its repository")
        if job.repository.credentials is not None:
            check_members(job.repository.credentials, "its repository's credentials")
    for place, callback in enumerate(job.callbacks):
        check_members(callback, f"callbacks[{place}]")


def _check_repository_url(url: str) -> None:
    """Check that a URL can be taken apart; one that cannot would hide its password from those who look for it."""
    try:
        urlsplit(url).port  # noqa: B018 -- asking for it is the check
    except ValueError:
        raise DocumentError(
            "'repository.url' cannot be read as a URL: in a user name or a password, / is written %2F, @ %40, # %23."
        ) from None


def with_encoded_playbook(job: Job) -> Job:
    """Return a job whose playbook, where it was given as plain YAML, is base64.

    Raises
    ------
    DocumentError
        When the playbook is neither base64 nor YAML of a playbook.
    """
    return msgspec.structs.replace(job, playbook=encode_playbook(job.playbook)) if job.playbook else job


def read_start_request(document: Any) -> StartRequest:
    """Read and check the body of a start; a host may be written as a bare text.

    Raises
    ------
    DocumentError
        Naming the first host, member or key that cannot be used.
    """
    if document is None:
        return StartRequest()
    if not isinstance(document, Mapping):
        raise DocumentError(f"A start is an object with members such as 'hosts', and this is {kind_of(document)}.")
    unknown = [str(name) for name in document if name not in StartRequest.__struct_encode_fields__]
    if unknown:
        raise DocumentError(
            "A start has the members 'hosts', 'sshPrivateKey', 'properties' and 'playbookTags' alone, "
            f"not {unknown[0]!r}."
        )
    tidy = {**without_nulls(document), "hosts": _host_entities(document.get("hosts"))}
    request = convert(tidy, StartRequest, "The start request")
    for host, entity in zip(request.hosts, document.get("hosts") or [], strict=True):
        keep_unknown(host, entity if isinstance(entity, Mapping) else {})
    check_start_request(request)
    return request


def check_start_request(request: StartRequest) -> None:
    """Check hosts and keys of a start.

    Raises
    ------
    DocumentError
        Naming the first host or key that cannot be used.
    """
    check_hosts(request.hosts)
    if request.ssh_private_key is not None:
        decode_private_key(request.ssh_private_key, "sshPrivateKey")
    check_json(request, "The start request")


def _host_entities(hosts: Any) -> Any:
    if hosts is None:
        return []
    if not isinstance(hosts, list):
        raise DocumentError(f"'hosts' must be a list of hosts, and this is {kind_of(hosts)}.")
    return [{"id": host} if isinstance(host, str) else host for host in hosts]


def check_hosts(hosts: list[Host]) -> None:
    """Check names, variables and keys of hosts.

    Raises
    ------
    DocumentError
        Naming the first host that cannot be used.
    """
    seen: set[str] = set()
    for place, host in enumerate(hosts):
        if not host.id.strip():
            raise DocumentError(f"hosts[{place}] has no id: a host needs its name, as in 'id: web1'.")
        if any(ord(character) < 32 for character in host.id):
            raise DocumentError(f"hosts[{place}] has a line break or a control character in its id.")
        if host.id in seen:
            raise DocumentError(f"The host {host.id!r} is given twice.")
        seen.add(host.id)
        check_members(host, f"the host {host.id!r}")
        if not isinstance(host.host_vars, dict):
            raise DocumentError(f"hostVars of {host.id!r} must be an object of variables.")
        if host.ssh_private_key is not None:
            decode_private_key(host.ssh_private_key, f"sshPrivateKey of the host {host.id!r}")


def decode_private_key(text: str, what: str) -> str:
    """Decode a private key from base64 and check that it looks like one.

    Raises
    ------
    DocumentError
        When it is not base64 or holds no private key; it names `what`, never the key.
    """
    try:
        key = decode_base64(text, what).decode("ascii")
    except UnicodeDecodeError:
        key = ""
    if "PRIVATE KEY-----" not in key:
        raise DocumentError(f"{what} holds no private key (a text with '-----BEGIN … PRIVATE KEY-----').")
    return key.replace("\r\n", "\n").rstrip("\n") + "\n"
