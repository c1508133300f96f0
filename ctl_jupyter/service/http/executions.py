"""Executions over HTTP: one function per call, each thin."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.documents import FINAL_STATUSES, Page, near_miss, read_start_request
from ctl_jupyter.service.engine.control import KILL, STOP
from ctl_jupyter.service.http.answers import ApiError, first_answer, json_response, list_response
from ctl_jupyter.service.http.arrow import arrow_of_executions, wants_arrow
from ctl_jupyter.service.http.requests import (
    execution_of,
    holder_of,
    job_of,
    once_of,
    page_wanted,
    service_of,
    with_body,
)

__all__ = ["execution_routes"]

LONGEST_EXPIRY = 86_400


def list_executions(request: Request) -> Response:
    """``GET /jobs/{alias}/{jobId}/executions`` and ``GET /jobs/{alias}/executions``."""
    holder = holder_of(request)
    if wants_arrow(request):
        job = job_of(request, holder) if "job_id" in request.path_params else None
        return arrow_of_executions(request, holder.account_alias, job)
    page, size = page_wanted(request)
    job_id = str(job_of(request, holder).id) if "job_id" in request.path_params else None
    total, found = service_of(request).executions.page(holder.account_alias, job_id, page, size)
    return list_response(request, Page(total_size=total, page=page, size=size, results=found))


def get_execution(request: Request) -> Response:
    """``GET /jobs/{alias}/{jobId}/executions/{executionId}``."""
    return json_response(execution_of(request, holder_of(request)))


def _ordered(action: str) -> Callable[[Request, Any], Response]:
    """Return the function of ``POST …/executions/{executionId}/stop`` or ``…/kill``."""

    def endpoint(request: Request, document: Any) -> Response:
        execution = execution_of(request, holder_of(request))
        expiry = _expiry(document)
        answer = service_of(request).dispatcher.order(execution.execution_id, action, expiry)
        if answer is None:
            now = execution_of(request, holder_of(request)).status
            raise ApiError(400, _why_not(action, now))
        return json_response(answer)

    return endpoint


def _why_not(action: str, status: str) -> str:
    if status in FINAL_STATUSES:
        return f"This execution has ended as {status}; there is nothing left to {action}."
    return f"This execution is {status}; it is too late to {action} it."


def _expiry(document: Any) -> float:
    for name in document if isinstance(document, dict) else ():
        right = near_miss(name, ["expiryDuration"]) if name != "expiryDuration" else None
        if right is not None:
            raise ApiError(400, f"{name!r} is no member that Runner knows: write {right!r}.")
    seconds = document.get("expiryDuration", 0) if isinstance(document, dict) else 0 if document is None else None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST_EXPIRY:
        raise ApiError(400, f'The body is {{"expiryDuration": seconds}}, from 0 to {LONGEST_EXPIRY}.')
    return float(seconds)


def restart_execution(request: Request, document: Any) -> Response:
    """``POST /jobs/{alias}/{jobId}/executions/{executionId}/restart``."""
    holder = holder_of(request)
    execution = execution_of(request, holder)
    start = read_start_request(document)
    job = service_of(request).jobs.find(holder.account_alias, execution.job_id)
    once = once_of(request, document)
    answer = first_answer(lambda: service_of(request).dispatcher.resubmit(execution.execution_id, job, start, once))
    if answer is None:
        now = execution_of(request, holder).status
        raise ApiError(400, f"Failed executions alone can be restarted, and this one is {now}.")
    return json_response(answer)


def execution_routes() -> list[Route]:
    """Return every call of executions and its function; before those of jobs, whose paths would take one of them."""
    execution = "/jobs/{alias}/{job_id}/executions/{execution_id}"
    return [
        Route("/jobs/{alias}/executions", list_executions, methods=["GET"]),
        Route("/jobs/{alias}/{job_id}/executions", list_executions, methods=["GET"]),
        Route(execution, get_execution, methods=["GET"]),
        Route(f"{execution}/restart", with_body(restart_execution), methods=["POST"]),
        Route(f"{execution}/stop", with_body(_ordered(STOP)), methods=["POST"]),
        Route(f"{execution}/kill", with_body(_ordered(KILL)), methods=["POST"]),
    ]
