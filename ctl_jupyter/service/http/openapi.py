"""The OpenAPI document of the service: every call, what it takes and what it answers.

Schemas come from the documents themselves, so what is published is what is read and written.
"""

import functools
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from ctl_jupyter import cloud
from ctl_jupyter.documents import (
    Execution,
    Job,
    LogIn,
    Page,
    Schedule,
    ServiceAccount,
    StartRequest,
    StatusEvent,
)
from ctl_jupyter.service.http.arrow import ARROW, LARGEST_ANSWER
from ctl_jupyter.version import __version__

__all__ = ["OPERATIONS", "Operation", "openapi_document"]

Schema = dict[str, Any]

PAGING = ("page", "size")
CURSOR = ("page", "size", "after", "wait")
EXECUTIONS = ("page", "size", "after", "changed_after")

_PARAMETERS: dict[str, Schema] = {
    "page": {"type": "integer", "minimum": 0, "maximum": 10**9, "default": 0},
    "size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
    "after": {"type": "integer", "minimum": 0, "maximum": 2**62},
    "changed_after": {"type": "integer", "minimum": 0, "maximum": 2**62},
    "job": {"type": "array", "items": {"type": "string"}, "maxItems": 1000},
    "wait": {"type": "number", "minimum": 0, "maximum": 30, "default": 0},
    "immediate": {"type": "boolean", "default": False},
    "groupLinks": {"type": "boolean", "default": False},
}


class _Credentials(msgspec.Struct):
    username: str
    password: str


class _Health(msgspec.Struct):
    pid: int
    version: str


class _Aliases(msgspec.Struct):
    accounts: list[str]


class _Expiry(msgspec.Struct, rename="camel"):
    """``expiryDuration`` in seconds."""

    expiry_duration: float = 0


@dataclass(frozen=True)
class Operation:
    """One call.

    Parameters
    ----------
    path
        With its parameters in braces, as the route has it.
    answer
        The type of a success, ``None`` when it has no body.
    body
        The type of the request's body, when it has one.
    query
        Names of the query's parameters.
    is_open
        Whether it needs no token.
    arrow
        What it answers as Arrow, when that is asked for; alone when there is no other answer.
    """

    method: str
    path: str
    summary: str
    answer: Any
    body: Any = None
    query: tuple[str, ...] = ()
    is_open: bool = False
    arrow: str = ""


_JOB = "/jobs/{alias}/{job_id}"
_SCHEDULES = _JOB + "/schedules"
_EXECUTION = _JOB + "/executions/{execution_id}"

_ARROW_EXECUTIONS = (
    "Executions, oldest first: those after the first 'after' ones or, with 'changed_after', those of them of which a "
    "status event was stored after that cursor. Columns: position (from 0, the oldest), execution_id, job_id, "
    "account_alias, status, failed_hosts, timers, repository_log (JSON), events_expected, events_complete, schedule. "
    "The schema's metadata: total, how many there are; cursor, the last status event of the moment; next, 'after' of "
    "the next call."
)
_ARROW_EVENTS = (
    "Status events after the one whose seq is 'after', in the order of seq; without waiting. Columns: seq, number "
    "(from 1 within the execution), run (from 1), timestamp, job_id, execution_id, event_type, message (JSON). The "
    "schema's metadata: cursor, the last status event of the moment."
)

OPERATIONS = (
    Operation("POST", "/v2/authentication/login", "Log in", LogIn, _Credentials, is_open=True),
    Operation("GET", "/health", "Which process answers", _Health, is_open=True),
    Operation("GET", "/openapi.json", "This document", dict[str, Any], is_open=True),
    Operation("GET", "/jobs/{alias}", "Jobs, newest first", Page[Job], query=PAGING),
    Operation("POST", "/jobs/{alias}", "Create a job", Job, Job, ("immediate",)),
    Operation(
        "GET",
        "/jobs/{alias}/executions",
        "Executions of the account",
        Page[Execution],
        query=EXECUTIONS,
        arrow=_ARROW_EXECUTIONS,
    ),
    Operation("GET", _JOB, "One job", Job),
    Operation("PUT", _JOB, "Replace a job", Job, Job, ("immediate",)),
    Operation("DELETE", _JOB, "Delete a job", None),
    Operation("POST", f"{_JOB}/start", "Start a job", Execution, StartRequest),
    Operation(
        "GET",
        f"{_JOB}/executions",
        "Executions of a job",
        Page[Execution],
        query=EXECUTIONS,
        arrow=_ARROW_EXECUTIONS,
    ),
    Operation("GET", _EXECUTION, "One execution", Execution),
    Operation("POST", f"{_EXECUTION}/restart", "Run the failed hosts again", Execution, StartRequest),
    Operation("POST", f"{_EXECUTION}/stop", "Let running tasks end, start no others", Execution, _Expiry),
    Operation("POST", f"{_EXECUTION}/kill", "Kill every process", Execution, _Expiry),
    Operation(
        "GET",
        "/status/{alias}",
        "Status events of the account, or of some of its jobs",
        None,
        query=("size", "after", "job"),
        arrow=_ARROW_EVENTS,
    ),
    Operation(
        "GET",
        "/status/{alias}/job/{job_id}",
        "Status events of a job",
        Page[StatusEvent],
        query=("page", "size", "after"),
        arrow=_ARROW_EVENTS,
    ),
    Operation(
        "GET",
        "/status/{alias}/job/{job_id}/execution/{execution_id}",
        "Status events of an execution",
        Page[StatusEvent],
        query=CURSOR,
        arrow=_ARROW_EVENTS,
    ),
    Operation("GET", _SCHEDULES, "Schedules of a job", Page[Schedule], query=PAGING),
    Operation("POST", _SCHEDULES, "Have a job started at set times", Schedule, Schedule),
    Operation("PUT", f"{_SCHEDULES}/{{schedule_id}}", "Replace a schedule", Schedule, Schedule),
    Operation("DELETE", f"{_SCHEDULES}/{{schedule_id}}", "Delete a schedule", None),
    Operation("GET", "/serviceAccounts/{alias}", "Aliases of the service accounts", _Aliases),
    Operation("POST", "/serviceAccounts/{alias}", "Store a log-in for schedules", ServiceAccount, ServiceAccount),
    Operation(
        "PUT",
        "/serviceAccounts/{alias}/{service_account_alias}",
        "Replace a service account",
        ServiceAccount,
        ServiceAccount,
    ),
    Operation("GET", "/v2/datacenters/{alias}", "Data centers", list[cloud.DataCenter]),
    Operation(
        "GET", "/v2/datacenters/{alias}/{data_center}", "One data center", cloud.DataCenter, query=("groupLinks",)
    ),
    Operation("GET", "/v2/groups/{alias}/{group_id}", "One group", cloud.Group),
    Operation("GET", "/v2/servers/{alias}/{server_id}", "One server", cloud.Server),
    Operation("GET", "/v2-experimental/networks/{alias}/{data_center}", "Networks", list[cloud.Network]),
)


@functools.cache
def openapi_document() -> Schema:
    """Return the document, OpenAPI 3.1."""
    types = [kind for operation in OPERATIONS for kind in (operation.answer, operation.body) if kind is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schema_of = iter(schemas)
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        answer = next(schema_of) if operation.answer is not None else None
        body = next(schema_of) if operation.body is not None else None
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, answer, body)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Runner, embedded", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": {name: _as_sent(name, schema) for name, schema in components.items()} | {"Error": _ERROR},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


_ERROR: Schema = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}


def _as_sent(name: str, schema: Schema) -> Schema:
    """Return a document's schema as it is on the wire, where unknown members stand beside the known ones."""
    properties = {member: part for member, part in schema.get("properties", {}).items() if not member.startswith("*")}
    if name in ("Job", "StartRequest"):
        # A host may be written as a bare text.
        properties["hosts"] = {"type": "array", "items": {"anyOf": [{"type": "string"}, properties["hosts"]["items"]]}}
    described = {"properties": properties} if properties else {}
    text = schema.get("description", "").split("\n")[0]
    return {**schema, **described, **({"description": text} if text else {})}


def _described(operation: Operation, answer: Schema | None, body: Schema | None) -> Schema:
    errors = {"400": "Bad query or body"}
    if not operation.is_open:
        errors |= {"401": "No token, or an invalid one", "403": "Another account's", "404": "No such thing"}
    if operation.path.startswith("/v2") and not operation.is_open:
        errors["500"] = "The account's inventory cannot be read"
    if operation.arrow and answer is None:
        errors["406"] = "Another kind of answer alone is taken"
    described: Schema = {
        "operationId": re.sub(r"[^A-Za-z]+", "_", f"{operation.method.lower()} {operation.path}").strip("_"),
        "summary": operation.summary,
        "parameters": [
            *[
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in re.findall(r"{(\w+)}", operation.path)
            ],
            *[{"name": name, "in": "query", "schema": _parameter(name, operation)} for name in operation.query],
        ],
        "responses": {
            **_successes(operation, answer),
            **{code: _json(said, {"$ref": "#/components/schemas/Error"}) for code, said in errors.items()},
        },
        "security": [] if operation.is_open else [{"bearer": []}],
    }
    if body is not None:
        described["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return described


def _parameter(name: str, operation: Operation) -> Schema:
    """Return a parameter of the query; a page of an Arrow answer may be larger, up to 100 rows remain JSON's."""
    if name == "size" and operation.arrow:
        said = f"JSON: 100 at most, which is the default; Arrow: {LARGEST_ANSWER} by default."
        return {"type": "integer", "minimum": 1, "maximum": LARGEST_ANSWER, "description": said}
    return _PARAMETERS[name]


def _successes(operation: Operation, answer: Schema | None) -> Schema:
    if answer is None and not operation.arrow:
        return {"204": {"description": "Done"}}
    success: Schema = {"description": "Success", "content": {}} if answer is None else _json("Success", answer)
    if operation.arrow:
        success["description"] = f"Success. As Arrow: {operation.arrow}"
        success["content"][ARROW] = {"schema": {"type": "string", "format": "binary"}}
    return {"200": success}


def _json(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
