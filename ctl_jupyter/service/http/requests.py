"""What calls need of a request: whose it is, what it asks of, its body and its query."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ctl_jupyter.documents import Execution, Job
from ctl_jupyter.service.http.answers import ApiError
from ctl_jupyter.service.service import Service
from ctl_jupyter.service.store.once import Once
from ctl_jupyter.service.store.tokens import Holder

__all__ = [
    "LARGEST_PAGE",
    "body_of",
    "execution_of",
    "holder_of",
    "immediate_in",
    "job_of",
    "number_in",
    "once_of",
    "page_wanted",
    "service_of",
    "with_body",
]

LARGEST_BODY = 8 * 1024 * 1024
LARGEST_PAGE = 100


def service_of(request: Request) -> Service:
    """Return the service that a request has come to."""
    service: Service = request.app.state.service
    return service


def holder_of(request: Request) -> Holder:
    """Return whose token the request carries.

    Raises
    ------
    ApiError
        401 without a valid token, 403 for another account's path.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    holder = service_of(request).tokens.holder_of(token.strip()) if scheme.lower() == "bearer" and token else None
    if holder is None:
        raise ApiError(401, "No token, or one that is unknown or has expired: log in again.")
    if request.path_params["alias"] != holder.account_alias:
        raise ApiError(403, f"This token is not for the account {request.path_params['alias']!r}.")
    return holder


async def body_of(request: Request) -> Any:
    """Return the decoded body, ``None`` when it is empty.

    Raises
    ------
    ApiError
        400 when it is too large or not JSON.
    """
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise ApiError(400, f"The body is too large: {LARGEST_BODY // 1024**2} MiB are taken at most.")
    if not data.strip():
        return None
    try:
        return msgspec.json.decode(bytes(data))
    except msgspec.MsgspecError as error:
        raise ApiError(400, f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise ApiError(400, "The body is nested too deeply.") from None


def number_in(request: Request, name: str, default: int, smallest: int, largest: int) -> int:
    """Return a number of the query.

    Raises
    ------
    ApiError
        400 when it is none, or not within its limits.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    if re.fullmatch(r"-?[0-9]{1,20}", text) is None or not smallest <= int(text) <= largest:
        raise ApiError(400, f"'{name}' must be a whole number from {smallest} to {largest}, not {text[:50]!r}.")
    return int(text)


def page_wanted(request: Request) -> tuple[int, int]:
    """Return which page of a list is asked for, and its size."""
    return number_in(request, "page", 0, 0, 10**9), number_in(request, "size", LARGEST_PAGE, 1, LARGEST_PAGE)


def immediate_in(request: Request) -> bool:
    """Return whether a job is to be started at once."""
    text = request.query_params.get("immediate", "false").lower()
    if text not in ("true", "false"):
        raise ApiError(400, f"'immediate' must be true or false, not {text[:50]!r}.")
    return text == "true"


def job_of(request: Request, holder: Holder) -> Job:
    """Return the job that the path names.

    Raises
    ------
    ApiError
        404 when the account has none of that id.
    """
    job = service_of(request).jobs.find(holder.account_alias, request.path_params["job_id"])
    if job is None:
        raise ApiError(404, f"There is no job {request.path_params['job_id']!r}.")
    return job


def execution_of(request: Request, holder: Holder) -> Execution:
    """Return the execution that the path names.

    Raises
    ------
    ApiError
        404 when the job has none of that id.
    """
    execution_id, job_id = request.path_params["execution_id"], request.path_params["job_id"]
    execution = service_of(request).executions.find(holder.account_alias, execution_id, job_id)
    if execution is None:
        raise ApiError(404, f"There is no execution {execution_id!r} of the job {job_id!r}.")
    return execution


def once_of(request: Request, document: Any, part: str = "") -> Once | None:
    """Return the request's idempotency key, ``None`` when it has none.

    Parameters
    ----------
    part
        Names one of several things that the request does.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    scope = f"{request.path_params['alias']} {request.method} {request.url.path} {part}"
    return Once(service_of(request).vault, scope, key, [document, request.query_params.get("immediate")])


def with_body(
    handle: Callable[[Request, Any], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Read the body in the event loop and the rest, which waits for the database, on a thread."""

    async def endpoint(request: Request) -> Response:
        document = await body_of(request)
        return await run_in_threadpool(handle, request, document)

    return endpoint
