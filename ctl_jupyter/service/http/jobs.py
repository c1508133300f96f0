"""Jobs over HTTP: one function per call, each thin."""

import contextlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.documents import Job, Page, StartRequest, check_job, masked, read_job, read_start_request
from ctl_jupyter.service.callbacks.check import check_callbacks
from ctl_jupyter.service.http.answers import ApiError, first_answer, json_response, list_response
from ctl_jupyter.service.http.requests import (
    holder_of,
    immediate_in,
    job_of,
    once_of,
    page_wanted,
    service_of,
    with_body,
)
from ctl_jupyter.service.store.executions import has_keys
from ctl_jupyter.service.store.once import Repeated

__all__ = ["job_routes"]


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
    check_callbacks(job, known, public=service_of(request).configuration.public)
    return job


def _start_now(request: Request, document: Any, stored: Job, given: Job) -> None:
    """Start a job as it was just stored, with the keys that came with it."""
    keys = StartRequest(hosts=given.hosts, ssh_private_key=given.ssh_private_key)
    # With a key of its own: the first request may have got no further than the job.
    with contextlib.suppress(Repeated):
        once = once_of(request, document, "start")
        service_of(request).dispatcher.submit(stored, keys if has_keys(keys) else StartRequest(), once)


def create_job(request: Request, document: Any) -> Response:
    """``POST /jobs/{alias}``."""
    holder, immediate = holder_of(request), immediate_in(request)
    given = _checked_job(request, document)
    try:
        stored = service_of(request).jobs.create(holder.account_alias, given, once_of(request, document))
    except Repeated as repeated:
        stored = read_job(repeated.answer)
    if immediate:
        _start_now(request, document, stored, given)
    return json_response(_job_answer(stored))


def list_jobs(request: Request) -> Response:
    """``GET /jobs/{alias}``."""
    holder = holder_of(request)
    page, size = page_wanted(request)
    total, jobs = service_of(request).jobs.page(holder.account_alias, page, size)
    return list_response(
        request, Page(total_size=total, page=page, size=size, results=[_job_answer(job) for job in jobs])
    )


def get_job(request: Request) -> Response:
    """``GET /jobs/{alias}/{jobId}``."""
    return json_response(_job_answer(job_of(request, holder_of(request))))


def update_job(request: Request, document: Any) -> Response:
    """``PUT /jobs/{alias}/{jobId}``."""
    holder, immediate = holder_of(request), immediate_in(request)
    known = job_of(request, holder)
    given = _checked_job(request, document, known)
    if given.id not in (None, known.id):
        raise ApiError(400, "The document's 'id' is another job's.")
    stored = service_of(request).jobs.replace(known, given)
    if immediate:
        _start_now(request, document, stored, given)
    return json_response(_job_answer(stored))


def delete_job(request: Request) -> Response:
    """``DELETE /jobs/{alias}/{jobId}``."""
    holder = holder_of(request)
    job = job_of(request, holder)
    if service_of(request).executions.has_live(str(job.id)):
        raise ApiError(400, "An execution of this job has not ended yet: delete it after that.")
    service_of(request).jobs.delete(holder.account_alias, str(job.id))
    return Response(status_code=204)


def start_job(request: Request, document: Any) -> Response:
    """``POST /jobs/{alias}/{jobId}/start``."""
    job = job_of(request, holder_of(request))
    start = read_start_request(document)
    return json_response(
        first_answer(lambda: service_of(request).dispatcher.submit(job, start, once_of(request, document)))
    )


def job_routes() -> list[Route]:
    """Return every call of jobs and its function."""
    job = "/jobs/{alias}/{job_id}"
    return [
        Route("/jobs/{alias}", list_jobs, methods=["GET"]),
        Route("/jobs/{alias}", with_body(create_job), methods=["POST"]),
        Route(job, get_job, methods=["GET"]),
        Route(job, with_body(update_job), methods=["PUT"]),
        Route(job, delete_job, methods=["DELETE"]),
        Route(f"{job}/start", with_body(start_job), methods=["POST"]),
    ]
