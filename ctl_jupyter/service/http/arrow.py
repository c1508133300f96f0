"""Lists as Arrow, for clients that want all of a history: ``Accept: application/vnd.apache.arrow.stream``.

The calls that list executions and status events answer this, too: one IPC stream of record batches, rows oldest first,
up to 100,000 an answer, after a cursor instead of by page. Without that header nothing is other than without this
module. Executions have ``position``, from 0 for the oldest, and the members of their document, ``repository_log`` as
JSON; not ``is_vpn_established``, which is false, nor ``start`` and ``end``, which ``timers`` hold. Status events have
``seq``, ``number`` (from 1 within the execution), ``run`` (1, and 2 after one restart), ``timestamp``, ``job_id``,
``execution_id``, ``event_type`` and ``message``, as JSON. What the schema's metadata say stands with what reads them:
`ctl_jupyter.service.store.execution_columns` and `ctl_jupyter.service.store.event_columns`.

An answer that breaks off while it is sent ends without its last chunk and without the stream's end mark.
"""

import io
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ctl_jupyter.documents import Execution, Job
from ctl_jupyter.service.http.answers import ApiError
from ctl_jupyter.service.http.requests import holder_of, number_in, service_of
from ctl_jupyter.service.store.columns import Rows

__all__ = [
    "ARROW",
    "LARGEST_ANSWER",
    "arrow_of_execution_events",
    "arrow_of_executions",
    "arrow_of_job_events",
    "arrow_routes",
    "wants_arrow",
]

ARROW = "application/vnd.apache.arrow.stream"
LARGEST_ANSWER = 100_000
LARGEST_CURSOR = 2**62
#: Jobs whose events can be asked for at once.
MOST_JOBS = 1_000


def wants_arrow(request: Request) -> bool:
    """Whether a request names Arrow among what it takes."""
    return ARROW in _accepted(request)


def _accepted(request: Request) -> set[str]:
    """Return the media types that a request takes; those of quality 0 are those that it does not."""
    accepted = set()
    for named in ",".join(request.headers.getlist("Accept")).split(","):
        kind, *parameters = (part.strip().lower() for part in named.split(";"))
        if not any(parameter.replace(" ", "").rstrip("0.") == "q=" for parameter in parameters):
            accepted.add(kind)
    return accepted


def arrow_of_executions(request: Request, account: str, job: Job | None) -> Response:
    """Answer the executions of a job or the account: those after a position, or those of them that changed."""
    after, size = _stretch(request)
    changed_after = None
    if "changed_after" in request.query_params:
        changed_after = number_in(request, "changed_after", 0, 0, LARGEST_CURSOR)
    columns = service_of(request).execution_columns
    return _response(columns.after(account, None if job is None else str(job.id), after, size, changed_after))


def arrow_of_job_events(request: Request, job: Job) -> Response:
    """Answer the status events of a job after a cursor."""
    return _response(service_of(request).event_columns.of_job(str(job.id), *_stretch(request)))


def arrow_of_execution_events(request: Request, execution: Execution) -> Response:
    """Answer the status events of an execution after a cursor; without waiting for any."""
    return _response(service_of(request).event_columns.of_execution(execution.execution_id, *_stretch(request)))


def arrow_of_account_events(request: Request) -> Response:
    """``GET /status/{alias}``: the status events of the account after a cursor, as Arrow alone."""
    holder = holder_of(request)
    if not _accepted(request) & {ARROW, "application/*", "*/*", ""}:
        raise ApiError(406, f"This call answers {ARROW} alone: name it in 'Accept'.")
    job_ids = request.query_params.getlist("job")
    if len(job_ids) > MOST_JOBS:
        raise ApiError(400, f"'job' can be given {MOST_JOBS:,} times at most; without it all are answered.")
    return _response(service_of(request).event_columns.of_account(holder.account_alias, job_ids, *_stretch(request)))


def _stretch(request: Request) -> tuple[int, int]:
    """Return after what an answer is to begin, and how many rows it may have."""
    after = number_in(request, "after", 0, 0, LARGEST_CURSOR)
    return after, number_in(request, "size", LARGEST_ANSWER, 1, LARGEST_ANSWER)


def _response(rows: Rows) -> Response:
    headers = {"Runner-Cursor": "1", "Cache-Control": "no-store", "Vary": "Accept"}
    return StreamingResponse(_stream(rows), media_type=ARROW, headers=headers)


def _stream(rows: Rows) -> Iterator[bytes]:
    """Yield the stream a batch at a time; each is read, on a thread, when the one before has been taken."""
    import pyarrow as pa

    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        for batch in rows.batches:
            writer.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


def _taken(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def arrow_routes() -> list[Route]:
    """Return the call that answers Arrow alone; the others are those of executions and events."""
    return [Route("/status/{alias}", arrow_of_account_events, methods=["GET"])]
