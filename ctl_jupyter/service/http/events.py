"""Status events over HTTP, by page or by cursor."""

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.documents import Execution, Page, StatusEvent
from ctl_jupyter.service.http.answers import ApiError, json_response, list_response
from ctl_jupyter.service.http.arrow import arrow_of_execution_events, arrow_of_job_events, wants_arrow
from ctl_jupyter.service.http.requests import (
    LARGEST_PAGE,
    execution_of,
    holder_of,
    job_of,
    number_in,
    page_wanted,
    service_of,
)

__all__ = ["event_routes"]

LONGEST_WAIT = 30.0


def list_job_events(request: Request) -> Response:
    """``GET /status/{alias}/job/{jobId}``."""
    job = job_of(request, holder_of(request))
    if wants_arrow(request):
        return arrow_of_job_events(request, job)
    page, size = page_wanted(request)
    total, found = service_of(request).executions.events_page(str(job.id), None, page, size)
    return list_response(request, Page(total_size=total, page=page, size=size, results=found))


async def list_execution_events(request: Request) -> Response:
    """``GET /status/{alias}/job/{jobId}/execution/{executionId}``, by page or, with ``?after=``, by cursor."""
    if wants_arrow(request):
        return await run_in_threadpool(
            lambda: arrow_of_execution_events(request, execution_of(request, holder_of(request)))
        )
    if "after" in request.query_params:
        return await _events_after(request, execution_of(request, holder_of(request)))
    execution = await run_in_threadpool(lambda: execution_of(request, holder_of(request)))
    page, size = page_wanted(request)
    total, found = await run_in_threadpool(
        service_of(request).executions.events_page, execution.job_id, execution.execution_id, page, size
    )
    return list_response(request, Page(total_size=total, page=page, size=size, results=found))


async def _events_after(request: Request, execution: Execution) -> Response:
    """Answer what is behind a cursor; hold the answer back up to ``wait`` seconds while there is nothing.

    All of it in the event loop: these few rows are found by an index, and were written a moment ago. To hand that to
    a thread and back takes longer, and far longer on a machine whose processors are busy with the playbooks.
    """
    cursor = number_in(request, "after", 0, 0, 2**62)
    size = number_in(request, "size", LARGEST_PAGE, 1, LARGEST_PAGE)
    service = service_of(request)
    # Listened for before looking: what is stored in between is not slept over.
    stored = service.notifier.subscribe(execution.execution_id)
    try:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _seconds(request)
        while True:
            stored.clear()
            complete, found = service.executions.events_after(execution.execution_id, cursor, size)
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


def event_routes() -> list[Route]:
    """Return every call of status events and its function."""
    return [
        Route("/status/{alias}/job/{job_id}", list_job_events, methods=["GET"]),
        Route("/status/{alias}/job/{job_id}/execution/{execution_id}", list_execution_events, methods=["GET"]),
    ]
