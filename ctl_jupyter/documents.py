"""The nouns of Runner's HTTP API, read from and written to the wire.

Client and embedded service both use them; nothing here sends or stores anything.

Facts come from Runner's API description; where its sources disagree this module takes every form it was
seen in: an empty ``failed_hosts`` printed as ``[0]``, times as ``start``/``end`` or as ``timers``, ``hostVars`` as
an object or as an array of objects, one job answered as an object or as an array of one.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

import msgspec
import yaml

from ctl_jupyter.secrecy import MASK, SECRET_NAME, masked, restored, secret_values

__all__ = [
    "MASK",
    "SECRET_NAME",
    "Callback",
    "Commit",
    "Credentials",
    "DocumentError",
    "Execution",
    "Host",
    "Job",
    "LogIn",
    "Page",
    "Repository",
    "RepositoryLog",
    "Schedule",
    "ScheduledStart",
    "ServiceAccount",
    "StartRequest",
    "Status",
    "StatusEvent",
    "Timer",
    "Trigger",
    "decode_private_key",
    "masked",
    "parse_playbook",
    "parse_yaml",
    "read_job",
    "read_many_jobs",
    "read_page",
    "read_schedule",
    "read_service_account",
    "read_service_account_aliases",
    "read_start_request",
    "restored",
    "secret_values",
]

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

#: Under which name a struct keeps the members it does not know; no document has a member of that name.
OTHER = "*other"


class DocumentError(ValueError):
    """A document that Runner could not use; the text says what is wrong and what to write instead."""


class Status(StrEnum):
    """The statuses of an execution that Runner documents; others pass through as plain text."""

    PENDING = "PENDING"
    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    INIT_FAILURE = "INIT_FAILURE"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    KILLING = "KILLING"
    KILLED = "KILLED"


FINAL_STATUSES = frozenset({Status.SUCCESS, Status.FAILURE, Status.INIT_FAILURE, Status.STOPPED, Status.KILLED})
LIVE_STATUSES = frozenset(set(Status) - FINAL_STATUSES)


class LogIn(msgspec.Struct, rename="camel", kw_only=True):
    """The answer to ``POST /v2/authentication/login``.

    Parameters
    ----------
    user_name, account_alias, location_alias
        Who logged in, to which account, and that account's data center.
    roles
        Names of the roles of this user.
    bearer_token
        The token that every other call carries; usable for up to two weeks.
    """

    user_name: str
    account_alias: str
    location_alias: str = ""
    roles: list[str] = []
    bearer_token: str = ""

    def __repr__(self) -> str:
        return f"LogIn(user_name={self.user_name!r}, account_alias={self.account_alias!r})"


class Credentials(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """What a job logs in to its repository with; the key is base64."""

    username: str | None = None
    password: str | None = None
    ssh_private_key: str | None = None

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
        wire = _wire(self)
        if self.repository is not None:
            wire["repository"] = _wire(self.repository)
        if self.callbacks:
            wire["callbacks"] = [_wire(callback) for callback in self.callbacks]
        if self.hosts:
            wire["hosts"] = [_wire(host) for host in self.hosts]
        return wire

    def __repr__(self) -> str:
        return f"Job({masked(self.to_wire())})"


class StartRequest(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The body of a start: hosts that replace the job's own, and a default key (base64); both optional."""

    hosts: list[Host] = []
    ssh_private_key: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the document as the API writes it; ``{}`` when nothing was chosen."""
        wire = _wire(self)
        if self.hosts:
            wire["hosts"] = [_wire(host) for host in self.hosts]
        return wire

    def __repr__(self) -> str:
        return f"StartRequest({masked(self.to_wire())})"


class Timer(msgspec.Struct, kw_only=True):
    """One run of an execution: epoch milliseconds UTC, ``None`` until they happen."""

    start: int | None = None
    end: int | None = None


class Commit(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A commit of the job's repository, as git prints it."""

    commit: str
    author: str | None = None
    author_email: str | None = None
    date: str | None = None
    message: str | None = None


class RepositoryLog(msgspec.Struct, kw_only=True):
    """What was checked out: the newest commit first, and the tags that point at it."""

    recent_commit: list[Commit] = []
    tags: list[str] = []


class Trigger(msgspec.Struct, omit_defaults=True, kw_only=True):
    """When a schedule starts its job: ``cron`` with five fields, or ``date`` with one moment, as ``expression``."""

    type: str = ""
    expression: str = ""


class Schedule(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A schedule of a job.

    Parameters
    ----------
    schedule_id
        What the hosted service's own scheduler calls it; the embedded one has no other name than ``id``.
    service_account_alias
        The service account that it logs in with.
    timezone
        From the embedded service alone: the IANA time zone that ``trigger`` is read in; UTC when absent, as in Runner.
    next_fire_time
        From the embedded service alone: when it starts the job next, epoch milliseconds UTC.
    other
        Members that this version does not know, kept so that an update sends them back.
    """

    id: str | None = None
    job_id: str | None = None
    account_alias: str | None = None
    schedule_id: str | None = None
    description: str | None = None
    service_account_alias: str | None = None
    trigger: Trigger | None = None
    timezone: str | None = None
    next_fire_time: int | None = None
    other: dict[str, Any] = msgspec.field(default_factory=dict, name=OTHER)

    def to_wire(self) -> dict[str, Any]:
        """Return the document as the API writes it."""
        return _wire(self)


class ServiceAccount(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The log-in of a schedule, by an alias; the password is sent and never answered."""

    alias: str = ""
    username: str = ""
    password: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the document as the API writes it."""
        return cast("dict[str, Any]", msgspec.to_builtins(self))

    def __repr__(self) -> str:
        return f"ServiceAccount({masked(self.to_wire())})"


class ScheduledStart(msgspec.Struct, kw_only=True):
    """Which schedule started an execution.

    Parameters
    ----------
    fire_time
        The moment it was due, epoch milliseconds UTC.
    catch_up
        Whether it stands for all that were missed while the service did not run; ``fire_time`` is the last of them.
    service_account_alias
        The service account that the schedule logged in with.
    """

    id: str
    fire_time: int
    catch_up: bool = False
    service_account_alias: str = ""


class Execution(msgspec.Struct, kw_only=True):
    """An execution document: one start of a job.

    Parameters
    ----------
    status
        One of `Status`, or whatever else the service said.
    failed_hosts
        Names of the hosts that failed or could not be reached.
    timers
        One per run, so more than one after a restart. The older form, ``start`` and ``end``, is read into it.
    events_expected, events_complete
        From the embedded service alone: how many status events there are in all, once it has ended; whether it has.
    schedule
        From the embedded service alone: which schedule started it, ``None`` when somebody did.
    """

    execution_id: str
    job_id: str = ""
    account_alias: str = ""
    status: str = ""
    repository_log: RepositoryLog | None = None
    failed_hosts: list[Any] = []
    is_vpn_established: bool | None = None
    timers: list[Timer] | None = None
    start: int | None = None
    end: int | None = None
    events_expected: int | None = None
    events_complete: bool | None = None
    schedule: ScheduledStart | None = None

    def __post_init__(self) -> None:
        """Read the documentation's ``[0]`` as no failed host, and ``start``/``end`` as one timer."""
        if self.failed_hosts:
            self.failed_hosts = [str(host) for host in self.failed_hosts if host not in (0, None)]
        if self.timers:
            self.start, self.end = self.timers[0].start, self.timers[-1].end
        else:
            self.timers = [Timer(start=self.start, end=self.end)]

    @property
    def is_final(self) -> bool:
        """Whether the status is one of Runner's final ones; an unknown status never is."""
        return self.status in FINAL_STATUSES

    @property
    def commit(self) -> str | None:
        """The commit that was run, when a repository was."""
        log = self.repository_log
        return log.recent_commit[0].commit if log and log.recent_commit else None


class StatusEvent(msgspec.Struct, kw_only=True):
    """One thing that happened in an execution; ``event_type`` follows Ansible's callback names.

    Parameters
    ----------
    timestamp
        Epoch milliseconds UTC.
    seq
        The embedded service's cursor; ``None`` from the hosted one.
    """

    id: str = ""
    timestamp: int | None = None
    job_id: str = ""
    execution_id: str = ""
    account_alias: str = ""
    event_type: str = ""
    message: Any = None
    notifications: list[Any] = []
    seq: int | None = None

    @property
    def details(self) -> dict[str, Any]:
        """The message as an object; a bare text becomes ``{"msg": text}``."""
        if isinstance(self.message, dict):
            return self.message
        return {} if self.message is None else {"msg": str(self.message)}


class Page(msgspec.Struct, Generic[T], rename="camel", kw_only=True):
    """A page of a list. ``page`` counts from 0; ``cursor`` and ``complete`` come from the embedded service alone."""

    total_size: int
    page: int = 0
    size: int = 100
    results: list[T] = []
    cursor: int | None = None
    complete: bool | None = None

    @property
    def is_counted(self) -> bool:
        """Whether the service said how many rows there are; a bare array, read as a page of size 0, does not."""
        return self.size > 0


def parse_yaml(text: str, what: str) -> Any:
    """Read YAML or JSON text, ignoring tags such as Ansible's ``!vault``.

    Raises
    ------
    DocumentError
        Naming `what`, the line and the column where reading stopped.
    """
    try:
        return yaml.load(text, Loader=_TagBlindLoader)  # noqa: S506 -- derived from the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = error.problem or error.context
        raise DocumentError(f"{what} is neither YAML nor JSON{where}: {problem}.") from None
    except yaml.YAMLError as error:
        raise DocumentError(f"{what} is neither YAML nor JSON: {str(error).splitlines()[0]}.") from None
    except (ValueError, RecursionError) as error:
        # PyYAML lets a timestamp such as 2024-99-99, or nesting without end, escape as these.
        raise DocumentError(f"{what} cannot be read: {str(error).splitlines()[0]}.") from None
    except (AttributeError, LookupError, TypeError):
        # And these for a tag that its value does not fit, such as !!bool maybe.
        raise DocumentError(f"{what} cannot be read: a value does not fit its tag.") from None


class _TagBlindLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, reading a tagged value as if it had no tag: the tags are Ansible's to judge."""


def _untagged(loader: yaml.Loader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(cast("yaml.ScalarNode", node))


_TagBlindLoader.add_multi_constructor("!", _untagged)


def parse_playbook(text: str) -> list[Any]:
    """Check that a text is a playbook: YAML, and a list of plays.

    Raises
    ------
    DocumentError
        When it is not.
    """
    plays = parse_yaml(text, "The playbook")
    if not isinstance(plays, list) or not plays or not all(isinstance(play, dict) for play in plays):
        kind = {dict: "one mapping", type(None): "empty", str: "plain text"}.get(type(plays), "something else")
        raise DocumentError(
            f"A playbook is a list of plays, and this is {kind}: start each play with '- hosts: …'."
            if not isinstance(plays, list) or not plays
            else "A playbook is a list of plays, and one of these is not a mapping: start each with '- hosts: …'."
        )
    return plays


def decode_base64(text: str, what: str) -> bytes:
    """Decode base64, line breaks allowed.

    Raises
    ------
    DocumentError
        When `text` is not base64; it names `what`, never the text.
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise DocumentError(f"{what} is not base64.") from None


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


def _wire(struct: msgspec.Struct) -> dict[str, Any]:
    """Return a struct's members, and those that it does not know, as the API writes them."""
    wire = cast("dict[str, Any]", msgspec.to_builtins(struct))
    return {**wire.pop(OTHER, {}), **wire}


def _keep_unknown(struct: Any, document: Mapping[str, Any]) -> None:
    known = {field.encode_name for field in msgspec.structs.fields(struct)}
    struct.other = {name: value for name, value in document.items() if name not in known}


def _without_nulls(document: Any) -> Any:
    """Leave out members that are null, which means the same as absent in every document of Runner's."""
    if not isinstance(document, Mapping):
        return document
    return {name: value for name, value in document.items() if value is not None}


def _whole(document: Any, *names: str) -> Any:
    """Cut times that were written between two milliseconds."""
    if not isinstance(document, Mapping):
        return document
    cut = {name: int(document[name]) for name in names if isinstance(document.get(name), float)}
    return {**document, **cut}


def read_json(content: bytes, what: str) -> Any:
    """Decode JSON.

    Raises
    ------
    DocumentError
        When `content` is not JSON; it names `what`, never the content.
    """
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(content)
    # Raised out here: the error above may hold the content.
    raise DocumentError(f"{what} is not JSON.")


def check_json(document: Any, what: str) -> None:
    """Check that a document can be written as JSON.

    Raises
    ------
    DocumentError
        When it holds a value or a name that JSON has no form for.
    """
    with suppress(TypeError, ValueError, OverflowError, RecursionError):
        msgspec.json.encode(document)
        return
    raise DocumentError(f"{what} cannot be used: it holds a value or a name that JSON has no form for.")


def _convert(document: Any, kind: type[S], what: str) -> S:
    if not isinstance(document, Mapping):
        raise DocumentError(f"{what} must be an object with named members, and this is {_kind_of(document)}.")
    try:
        return msgspec.convert(document, kind, strict=False)
    except msgspec.ValidationError as error:
        raise DocumentError(f"{what} cannot be used: {_sentence(str(error))}") from None
    except (TypeError, ValueError):
        raise DocumentError(f"{what} cannot be used: it holds a value that JSON has no form for.") from None


def _kind_of(value: Any) -> str:
    names: dict[type, str] = {
        list: "a list",
        str: "a text",
        int: "a number",
        float: "a number",
        type(None): "empty",
    }
    return names.get(type(value), "something else")


def _sentence(problem: str) -> str:
    """Turn msgspec's ``Expected `str`, got `int` - at `$.hosts[0].id``` into words."""
    found = re.fullmatch(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$\.?(.*)`)?", problem)
    if found:
        expected, got, where = found.groups()
        plain = {
            "str": "a text",
            "int": "a whole number",
            "float": "a number",
            "array": "a list",
            "object": "an object",
            "bool": "true or false",
        }

        def words(types: str) -> str:
            names = [name.strip() for name in types.split("|") if name.strip() != "null"]
            # A whole number is a number.
            wanted = [name for name in names if name != "int" or "float" not in names]
            return " or ".join(plain.get(name, name) for name in wanted)

        return f"{where or 'the document'} must be {words(expected)}, not {words(got) or 'null'}."
    found = re.fullmatch(r"Object missing required field `(.+?)`(?: - at `\$\.?(.*)`)?", problem)
    if found:
        member, where = found.groups()
        if member == "id" and where and where.startswith("hosts"):
            return f"{where} has no id: a host needs its name, as in 'id: web1'."
        return f"{where + ' has' if where else 'it has'} no {member}."
    return problem.replace("`", "'").rstrip(".") + "."


def read_job(document: Any) -> Job:
    """Read a job document, or the array of one job that some answers hold.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    tidy = _whole(_without_nulls(document), "createdTime", "lastUpdatedTime")
    job = _convert(tidy, Job, "The job document")
    _keep_unknown(job, document)
    if job.repository is not None:
        _keep_unknown(job.repository, document["repository"])
    for struct, part in zip(
        [*job.hosts, *job.callbacks], [*tidy.get("hosts", []), *tidy.get("callbacks", [])], strict=True
    ):
        _keep_unknown(struct, part)
    return job


def read_execution(document: Any) -> Execution:
    """Read an execution document, or the array of one that some answers hold.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    tidy = _whole(_without_nulls(document), "start", "end")
    if isinstance(tidy, Mapping):
        if isinstance(tidy.get("timers"), list):
            tidy = {**tidy, "timers": [_whole(timer, "start", "end") for timer in tidy["timers"]]}
        if "repository_log" in tidy:
            tidy = {**tidy, "repository_log": _without_nulls(tidy["repository_log"])}
    return _convert(tidy, Execution, "The execution document")


def read_status_event(document: Any) -> StatusEvent:
    """Read a status event.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return _convert(_whole(_without_nulls(document), "timestamp"), StatusEvent, "The status event")


def read_many_jobs(documents: Iterable[Any]) -> list[Job]:
    """Read the results of a page of jobs."""
    return [read_job(document) for document in documents]


def read_page(document: Any, item: Callable[[Any], T]) -> Page[T]:
    """Read a page of a list; a bare array counts as the only page.

    Raises
    ------
    DocumentError
        When it is neither.
    """
    if isinstance(document, list):
        results = [item(part) for part in document]
        return Page(total_size=len(results), size=0, results=results)
    if not isinstance(document, Mapping) or not isinstance(document.get("results"), list):
        raise DocumentError("The answer is neither a page nor an array.")
    page = _convert({**document, "results": []}, Page[Any], "The page")
    return Page(
        total_size=page.total_size,
        page=page.page,
        size=page.size,
        results=[item(part) for part in document["results"]],
        cursor=page.cursor,
        complete=page.complete,
    )


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
        raise DocumentError(
            f"A start is an object with 'hosts' and 'sshPrivateKey', both optional, and this is {_kind_of(document)}."
        )
    unknown = [str(name) for name in document if name not in ("hosts", "sshPrivateKey")]
    if unknown:
        raise DocumentError(f"A start has the members 'hosts' and 'sshPrivateKey' alone, not {unknown[0]!r}.")
    request = _convert({**document, "hosts": _host_entities(document.get("hosts"))}, StartRequest, "The start request")
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


def read_schedule(document: Any) -> Schedule:
    """Read a schedule; its trigger may be named ``type``, as in Runner's documentation.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    tidy = _whole(_without_nulls(document), "nextFireTime")
    if isinstance(tidy, Mapping) and "type" in tidy:
        tidy = dict(tidy)
        other_spelling = tidy.pop("type")
        if tidy.setdefault("trigger", other_spelling) != other_spelling:
            raise DocumentError("A schedule has 'trigger' or 'type', which mean the same, and here they differ.")
    schedule = _convert(tidy, Schedule, "The schedule")
    _keep_unknown(schedule, tidy)
    return schedule


def check_schedule(schedule: Schedule) -> None:
    """Check what a schedule must hold before it can be created or updated; the service judges the expression.

    Raises
    ------
    DocumentError
        Naming the first thing that is missing or wrong.
    """
    trigger = schedule.trigger
    if trigger is None:
        raise DocumentError('A schedule needs a \'trigger\', as in {"type": "cron", "expression": "30 2 * * *"}.')
    if trigger.type not in ("cron", "date"):
        raise DocumentError(f"The type of a trigger is 'cron' or 'date', not {trigger.type[:50]!r}.")
    if not trigger.expression.strip():
        raise DocumentError("A trigger needs an 'expression': five cron fields, or a date in UTC.")
    if not (schedule.service_account_alias or "").strip():
        raise DocumentError("A schedule needs a 'serviceAccountAlias', the service account it logs in with.")
    check_json(schedule, "The schedule")


def read_service_account(document: Any) -> ServiceAccount:
    """Read a service account.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return _convert(_without_nulls(document), ServiceAccount, "The service account")


def check_service_account(account: ServiceAccount) -> None:
    """Check what a service account must hold before it can be created or updated.

    Raises
    ------
    DocumentError
        Naming the first thing that is missing or wrong.
    """
    if not account.alias.strip() or len(account.alias) > 100 or re.search(r"[/\x00-\x1f]", account.alias):
        raise DocumentError("A service account needs an 'alias' of 1 to 100 characters without '/'.")
    if not account.username:
        raise DocumentError("A service account needs a 'username'.")
    if not account.password:
        raise DocumentError("A service account needs a 'password'.")
    check_json(account, "The service account")


def read_service_account_aliases(document: Any) -> list[str]:
    """Read the list of service accounts, which holds their aliases alone.

    Raises
    ------
    DocumentError
        When it is not one.
    """
    aliases = document.get("accounts") if isinstance(document, Mapping) else None
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise DocumentError("The answer is no list of service accounts.")
    return aliases


def _host_entities(hosts: Any) -> Any:
    if hosts is None:
        return []
    if not isinstance(hosts, list):
        raise DocumentError(f"'hosts' must be a list of hosts, and this is {_kind_of(hosts)}.")
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
        if not isinstance(host.host_vars, dict):
            raise DocumentError(f"hostVars of {host.id!r} must be an object of variables.")
        if host.ssh_private_key is not None:
            decode_private_key(host.ssh_private_key, f"sshPrivateKey of the host {host.id!r}")


def check_job(job: Job) -> None:
    """Check what a job document must hold before it can be created or updated.

    Raises
    ------
    DocumentError
        Naming the first thing that is missing or wrong.
    """
    if not (job.name or "").strip():
        raise DocumentError("A job needs a 'name'.")
    if bool(job.playbook) == bool(job.repository):
        raise DocumentError(
            "A job has either a 'playbook' (base64) or a 'repository', and this one has "
            + ("both." if job.playbook else "neither.")
        )
    if job.playbook:
        parse_playbook(_utf8(decode_base64(job.playbook, "'playbook'"), "The playbook"))
    if job.repository:
        if not job.repository.url.strip() or job.repository.url.startswith("-"):
            raise DocumentError("'repository' needs the 'url' of a git repository.")
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


def _utf8(content: bytes, what: str) -> str:
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8")
    # Raised out here: the error above holds the content.
    raise DocumentError(f"{what} is not UTF-8 text.")
