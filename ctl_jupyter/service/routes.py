"""Runner's HTTP API: one function per call, each thin."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.documents import (
    DocumentError,
    Execution,
    Job,
    Page,
    StartRequest,
    StatusEvent,
    check_job,
    masked,
    read_job,
    read_start_request,
)
from ctl_jupyter.service.callbacks.check import check_callbacks
from ctl_jupyter.service.engine.control import KILL, STOP
from ctl_jupyter.service.openapi import openapi_document
from ctl_jupyter.service.store.executions import has_keys
from ctl_jupyter.service.store.once import Once, Repeated
from ctl_jupyter.service.store.tokens import Holder
from ctl_jupyter.version import __version__

if TYPE_CHECKING:
    from ctl_jupyter.service.app import Service

__all__ = ["ApiError", "routes"]

LARGEST_BODY = 8 * 1024 * 1024
LARGEST_PAGE = 100
LONGEST_WAIT = 30.0
LONGEST_EXPIRY = 86_400
WRONG_CREDENTIALS = "We didn't recognize the username or password you entered. Please try again."


class ApiError(Exception):
    """An answer other than success: a status code and a sentence."""

    def __init__(self, status_code: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message


def json_response(document: Any, status_code: int = 200) -> Response:
    """Return a document as JSON."""
    return Response(
        msgspec.json.encode(document),
        status_code,
        media_type="application/json",
        headers={"Runner-Cursor": "1", "Cache-Control": "no-store"},
    )


def list_response(request: Request, document: Any) -> Response:
    """Return a list, or 304 when the client has it as it is now."""
    response = json_response(document)
    etag = f'"{blake2b(response.body, digest_size=16).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Runner-Cursor": "1"}
    if etag in [known.strip().removeprefix("W/") for known in request.headers.get("If-None-Match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


# --- what every call needs -----------------------------------------------------------------------------------


def _service(request: Request) -> "Service":
    service: Service = request.app.state.service
    return service


def _holder(request: Request) -> Holder:
    """Return whose token the request carries.

    Raises
    ------
    ApiError
        401 without a valid token, 403 for another account's path.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    holder = _service(request).tokens.holder_of(token.strip()) if scheme.lower() == "bearer" and token else None
    if holder is None:
        raise ApiError(401, "No token, or one that is unknown or has expired: log in again.")
    if request.path_params["alias"] != holder.account_alias:
        raise ApiError(403, f"This token is not for the account {request.path_params['alias']!r}.")
    return holder


async def _body(request: Request) -> Any:
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


def _number(request: Request, name: str, default: int, smallest: int, largest: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if re.fullmatch(r"-?[0-9]{1,20}", text) is None or not smallest <= int(text) <= largest:
        raise ApiError(400, f"'{name}' must be a whole number from {smallest} to {largest}, not {text[:50]!r}.")
    return int(text)


def _page_wanted(request: Request) -> tuple[int, int]:
    return _number(request, "page", 0, 0, 10**9), _number(request, "size", LARGEST_PAGE, 1, LARGEST_PAGE)


def _immediate(request: Request) -> bool:
    text = request.query_params.get("immediate", "false").lower()
    if text not in ("true", "false"):
        raise ApiError(400, f"'immediate' must be true or false, not {text[:50]!r}.")
    return text == "true"


def _job(request: Request, holder: Holder) -> Job:
    job = _service(request).jobs.find(holder.account_alias, request.path_params["job_id"])
    if job is None:
        raise ApiError(404, f"There is no job {request.path_params['job_id']!r}.")
    return job


def _execution(request: Request, holder: Holder) -> Execution:
    execution_id, job_id = request.path_params["execution_id"], request.path_params["job_id"]
    execution = _service(request).executions.find(holder.account_alias, execution_id, job_id)
    if execution is None:
        raise ApiError(404, f"There is no execution {execution_id!r} of the job {job_id!r}.")
    return execution


def _once(request: Request, document: Any, part: str = "") -> Once | None:
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
    return Once(_service(request).vault, scope, key, [document, request.query_params.get("immediate")])


def _with_body(
    handle: Callable[[Request, Any], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Read the body in the event loop and the rest, which waits for the database, on a thread."""

    async def endpoint(request: Request) -> Response:
        document = await _body(request)
        return await run_in_threadpool(handle, request, document)

    return endpoint


# --- log-in ----------------------------------------------------------------------------------------------------


async def log_in(request: Request) -> Response:
    """``POST /v2/authentication/login``."""
    document = await _body(request)
    members = document if isinstance(document, dict) else {}
    username, password = members.get("username"), members.get("password")
    if not isinstance(username, str) or not isinstance(password, str):
        raise ApiError(400, 'A log-in is {"username": …, "password": …}, both texts.')
    service = _service(request)
    await asyncio.sleep(service.log_in_delay.before(username))
    return await run_in_threadpool(_log_in, service, username, password)


def _log_in(service: "Service", username: str, password: str) -> Response:
    holder = service.accounts.check(username, password)
    service.log_in_delay.note(username, was_right=holder is not None)
    if holder is None:
        raise ApiError(400, WRONG_CREDENTIALS)
    return json_response(
        {
            "userName": holder.username,
            "accountAlias": holder.account_alias,
            "locationAlias": "LOCAL",
            "roles": ["AccountAdmin"],
            "bearerToken": service.tokens.give(holder),
        }
    )


# --- jobs ------------------------------------------------------------------------------------------------------


def _job_answer(job: Job) -> dict[str, Any]:
    """Return a job as the API shows it: no secret, and links to itself and its executions."""
    path = f"/jobs/{job.account_alias}/{job.id}"
    links = [
        {"ref": "self", "id": job.id, "href": path, "verbs": ["GET", "PUT", "DELETE"]},
        {"ref": "executions", "id": job.id, "href": f"{path}/executions", "verbs": ["GET"]},
    ]
    document: dict[str, Any] = masked(job.to_wire())
    return {**document, "links": links}


def _checked_job(request: Request, document: Any, known: Job | None = None) -> Job:
    job = read_job(document)
    check_job(job)
    check_callbacks(job, known, public=_service(request).configuration.public)
    return job


def _start_now(service: "Service", stored: Job, given: Job, once: Once | None = None) -> None:
    """Start a job as it was just created, with the keys that came with it."""
    request = StartRequest(hosts=given.hosts, ssh_private_key=given.ssh_private_key)
    service.dispatcher.submit(stored, request if has_keys(request) else StartRequest(), once)


def create_job(request: Request, document: Any) -> Response:
    """``POST /jobs/{alias}``."""
    holder, immediate = _holder(request), _immediate(request)
    given = _checked_job(request, document)
    try:
        stored = _service(request).jobs.create(holder.account_alias, given, _once(request, document))
    except Repeated as repeated:
        stored = read_job(repeated.answer)
    if immediate:
        # With a key of its own: the first request may have got no further than the job.
        with contextlib.suppress(Repeated):
            _start_now(_service(request), stored, given, _once(request, document, "start"))
    return json_response(_job_answer(stored))


def list_jobs(request: Request) -> Response:
    """``GET /jobs/{alias}``."""
    holder = _holder(request)
    page, size = _page_wanted(request)
    total, jobs = _service(request).jobs.page(holder.account_alias, page, size)
    return list_response(
        request, Page(total_size=total, page=page, size=size, results=[_job_answer(job) for job in jobs])
    )


def get_job(request: Request) -> Response:
    """``GET /jobs/{alias}/{jobId}``."""
    return json_response(_job_answer(_job(request, _holder(request))))


def update_job(request: Request, document: Any) -> Response:
    """``PUT /jobs/{alias}/{jobId}``."""
    holder, immediate = _holder(request), _immediate(request)
    known = _job(request, holder)
    given = _checked_job(request, document, known)
    if given.id not in (None, known.id):
        raise ApiError(400, "The document's 'id' is another job's.")
    stored = _service(request).jobs.replace(known, given)
    if immediate:
        with contextlib.suppress(Repeated):
            _start_now(_service(request), stored, given, _once(request, document, "start"))
    return json_response(_job_answer(stored))


def delete_job(request: Request) -> Response:
    """``DELETE /jobs/{alias}/{jobId}``."""
    holder = _holder(request)
    job = _job(request, holder)
    if _service(request).executions.has_live(str(job.id)):
        raise ApiError(400, "An execution of this job has not ended yet: delete it after that.")
    _service(request).jobs.delete(holder.account_alias, str(job.id))
    return Response(status_code=204)


def _first_answer(carry_out: Callable[[], Any]) -> Any:
    """Return what a request is answered: when it was carried out before, what it was answered then."""
    try:
        return carry_out()
    except Repeated as repeated:
        return repeated.answer


def start_job(request: Request, document: Any) -> Response:
    """``POST /jobs/{alias}/{jobId}/start``."""
    job = _job(request, _holder(request))
    start = read_start_request(document)
    return json_response(
        _first_answer(lambda: _service(request).dispatcher.submit(job, start, _once(request, document)))
    )


# --- executions and status events --------------------------------------------------------------------------------


def list_executions(request: Request) -> Response:
    """``GET /jobs/{alias}/{jobId}/executions`` and ``GET /jobs/{alias}/executions``."""
    holder = _holder(request)
    page, size = _page_wanted(request)
    job_id = str(_job(request, holder).id) if "job_id" in request.path_params else None
    total, found = _service(request).executions.page(holder.account_alias, job_id, page, size)
    return list_response(request, Page(total_size=total, page=page, size=size, results=found))


def get_execution(request: Request) -> Response:
    """``GET /jobs/{alias}/{jobId}/executions/{executionId}``."""
    return json_response(_execution(request, _holder(request)))


def _ordered(action: str) -> Callable[[Request, Any], Response]:
    """Return the function of ``POST …/executions/{executionId}/stop`` or ``…/kill``."""

    def endpoint(request: Request, document: Any) -> Response:
        execution = _execution(request, _holder(request))
        expiry = _expiry(document)
        answer = _service(request).dispatcher.order(execution.execution_id, action, expiry)
        if answer is None:
            now = _execution(request, _holder(request)).status
            raise ApiError(400, f"An execution that is {now} cannot be told to {action}.")
        return json_response(answer)

    return endpoint


def _expiry(document: Any) -> float:
    seconds = document.get("expiryDuration", 0) if isinstance(document, dict) else 0 if document is None else None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST_EXPIRY:
        raise ApiError(400, f'The body is {{"expiryDuration": seconds}}, from 0 to {LONGEST_EXPIRY}.')
    return float(seconds)


def restart_execution(request: Request, document: Any) -> Response:
    """``POST /jobs/{alias}/{jobId}/executions/{executionId}/restart``."""
    holder = _holder(request)
    execution = _execution(request, holder)
    start = read_start_request(document)
    job = _service(request).jobs.find(holder.account_alias, execution.job_id)
    once = _once(request, document)
    answer = _first_answer(lambda: _service(request).dispatcher.resubmit(execution.execution_id, job, start, once))
    if answer is None:
        now = _execution(request, holder).status
        raise ApiError(400, f"Failed executions alone can be restarted, and this one is {now}.")
    return json_response(answer)


def list_job_events(request: Request) -> Response:
    """``GET /status/{alias}/job/{jobId}``."""
    job = _job(request, _holder(request))
    page, size = _page_wanted(request)
    total, found = _service(request).executions.events_page(str(job.id), None, page, size)
    return list_response(request, Page(total_size=total, page=page, size=size, results=found))


async def list_execution_events(request: Request) -> Response:
    """``GET /status/{alias}/job/{jobId}/execution/{executionId}``, by page or, with ``?after=``, by cursor."""
    execution = await run_in_threadpool(lambda: _execution(request, _holder(request)))
    if "after" in request.query_params:
        return await _events_after(request, execution)
    page, size = _page_wanted(request)
    total, found = await run_in_threadpool(
        _service(request).executions.events_page, execution.job_id, execution.execution_id, page, size
    )
    return list_response(request, Page(total_size=total, page=page, size=size, results=found))


async def _events_after(request: Request, execution: Execution) -> Response:
    """Answer what is behind a cursor; hold the answer back up to ``wait`` seconds while there is nothing."""
    cursor = _number(request, "after", 0, 0, 2**62)
    size = _number(request, "size", LARGEST_PAGE, 1, LARGEST_PAGE)
    service = _service(request)
    # Listened for before looking: what is stored in between is not slept over.
    stored = service.notifier.subscribe(execution.execution_id)
    try:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _seconds(request)
        while True:
            stored.clear()
            complete, found = await run_in_threadpool(
                service.executions.events_after, execution.execution_id, cursor, size
            )
            left = deadline - loop.time()
            if found or complete or left <= 0 or service.is_stopping:
                break
            try:
                await asyncio.wait_for(stored.wait(), left)
            except TimeoutError:
                break
    finally:
        service.notifier.unsubscribe(execution.execution_id, stored)
    return json_response(_cursor_page(found, cursor, complete))


def _cursor_page(found: list[StatusEvent], cursor: int, complete: bool) -> Page[StatusEvent]:
    return Page(
        total_size=len(found),
        size=LARGEST_PAGE,
        results=found,
        cursor=found[-1].seq if found else cursor,
        complete=complete,
    )


def _seconds(request: Request) -> float:
    text = request.query_params.get("wait", "0")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT:
        raise ApiError(400, f"'wait' is a number of seconds from 0 to {LONGEST_WAIT:g}, not {text[:50]!r}.")
    return seconds


# --- the service itself ------------------------------------------------------------------------------------------


def health(request: Request) -> Response:
    """``GET /health``: which process answers; no token needed."""
    return json_response({"pid": _service(request).pid, "version": __version__})


def openapi(_request: Request) -> Response:
    """``GET /openapi.json``: what every call takes and answers; no token needed."""
    return json_response(openapi_document())


def routes() -> list[Route]:
    """Return every call and its function."""
    job, execution = "/jobs/{alias}/{job_id}", "/jobs/{alias}/{job_id}/executions/{execution_id}"
    return [
        Route("/v2/authentication/login", log_in, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
        Route("/openapi.json", openapi, methods=["GET"]),
        Route("/jobs/{alias}", list_jobs, methods=["GET"]),
        Route("/jobs/{alias}", _with_body(create_job), methods=["POST"]),
        Route("/jobs/{alias}/executions", list_executions, methods=["GET"]),
        Route(job, get_job, methods=["GET"]),
        Route(job, _with_body(update_job), methods=["PUT"]),
        Route(job, delete_job, methods=["DELETE"]),
        Route(f"{job}/start", _with_body(start_job), methods=["POST"]),
        Route(f"{job}/executions", list_executions, methods=["GET"]),
        Route(execution, get_execution, methods=["GET"]),
        Route(f"{execution}/restart", _with_body(restart_execution), methods=["POST"]),
        Route(f"{execution}/stop", _with_body(_ordered(STOP)), methods=["POST"]),
        Route(f"{execution}/kill", _with_body(_ordered(KILL)), methods=["POST"]),
        Route("/status/{alias}/job/{job_id}", list_job_events, methods=["GET"]),
        Route("/status/{alias}/job/{job_id}/execution/{execution_id}", list_execution_events, methods=["GET"]),
    ]


def error_response(_request: Request, error: Exception) -> Response:
    """Answer an error as ``{"message": …}``."""
    if isinstance(error, ApiError):
        return json_response({"message": error.message}, error.status_code)
    if isinstance(error, DocumentError):
        return json_response({"message": str(error)}, 400)
    return json_response({"message": "The service broke while answering; its log says where."}, 500)
