"""Lists as the embedded service answers them to clients that take Arrow: many rows an answer, oldest first.

Another Runner answers the same calls with a page of JSON. Answers are read whole, so that one that broke off is known
before a row of it is used: it is asked for again, as any read is.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.errors import AnswerNotUnderstood, ServiceBusy, ServiceFailed
from ctl_jupyter.client.http import ATTEMPTS, FIRST_PAUSE

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["events_table", "executions_table", "number_told"]

ARROW = "application/vnd.apache.arrow.stream"
#: What ends a stream; without it, a stream that was cut between two batches looks whole.
END = b"\xff\xff\xff\xff\x00\x00\x00\x00"


def executions_table(
    calls: RunnerCalls, job_id: str | None, after: int, size: int, changed_after: int | None = None
) -> "pa.Table | None":
    """Return executions of a job or the account, oldest first; ``None`` when the service does not answer Arrow.

    ``GET /jobs/{alias}/{jobId}/executions`` or ``GET /jobs/{alias}/executions``.

    Parameters
    ----------
    after
        How many of the oldest to pass over.
    size
        How many at most.
    changed_after
        Only those of which a status event was stored after this cursor.

    Raises
    ------
    RunnerError
        The member of its tree that fits.
    """
    path = calls.job_path("executions") if job_id is None else calls.job_path(job_id, "executions")
    changed = {} if changed_after is None else {"changed_after": changed_after}
    return _table(calls, path, {"after": after, "size": size, **changed})


def events_table(
    calls: RunnerCalls, after: int, size: int, *, job_id: str | None = None, of_jobs: Sequence[str] = ()
) -> "pa.Table | None":
    """Return status events after a cursor, in their order; ``None`` when the service does not answer Arrow.

    ``GET /status/{alias}/job/{jobId}`` or, without a job, ``GET /status/{alias}``.

    Parameters
    ----------
    job_id
        Of this job, which must not have been deleted.
    of_jobs
        Without `job_id`: of these jobs, deleted ones among them; of all when there is none.

    Raises
    ------
    RunnerError
        The member of its tree that fits.
    """
    query: dict[str, Any] = {"after": after, "size": size, **({"job": list(of_jobs)} if of_jobs else {})}
    return _table(calls, calls.status_path(job_id), query)


def number_told(table: "pa.Table", name: str) -> int:
    """Return a number of the metadata of an answer.

    Raises
    ------
    AnswerNotUnderstood
        When there is none.
    """
    try:
        return int((table.schema.metadata or {})[name.encode()])
    except (KeyError, ValueError):
        raise AnswerNotUnderstood(f"The Arrow answer does not tell {name!r}: is it this Runner's?") from None


def _table(calls: RunnerCalls, path: str, query: dict[str, Any]) -> "pa.Table | None":
    import pyarrow as pa

    has_answered = calls.answers_arrow
    said = "an Arrow stream that is broken or has no end"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            media_type, content = calls.http.fetch(path, ARROW, query)
        except ServiceFailed as error:
            if attempt == ATTEMPTS or isinstance(error, ServiceBusy):
                raise
            time.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            continue
        if media_type == ARROW:
            calls.answers_arrow = True
            if content.endswith(END):
                try:
                    return pa.ipc.open_stream(content).read_all()
                except pa.ArrowInvalid:
                    continue
        elif not has_answered:
            # A page, as other Runners answer it.
            calls.answers_arrow = False
            return None
        else:
            # Not of the service that did: of a proxy in between, perhaps.
            calls.answers_arrow = attempt < ATTEMPTS
            said = "something that is no Arrow stream any more"
            time.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
    raise AnswerNotUnderstood(
        f"{calls.http.base_url} answered GET {path} with {said}, {ATTEMPTS} times; try again.",
        method="GET",
        path=path,
        status_code=200,
    )
