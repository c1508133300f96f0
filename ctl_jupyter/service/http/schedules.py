"""Schedules and service accounts over HTTP: one function per call, each thin."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.documents import (
    Page,
    Schedule,
    ServiceAccount,
    check_schedule,
    check_service_account,
    read_schedule,
    read_service_account,
)
from ctl_jupyter.service.http.answers import ApiError, first_answer, json_response, list_response
from ctl_jupyter.service.http.requests import holder_of, job_of, once_of, page_wanted, service_of, with_body
from ctl_jupyter.service.schedules.scheduler import epoch_ms
from ctl_jupyter.service.store.schedules import StoredSchedule
from ctl_jupyter.service.store.tokens import Holder
from ctl_jupyter.triggers import check_trigger

__all__ = ["schedule_routes"]


def _answer(schedule: Schedule) -> dict[str, Any]:
    wire = schedule.to_wire()
    always = {
        "description": schedule.description or "",
        "timezone": schedule.timezone or "UTC",
        "nextFireTime": schedule.next_fire_time,
    }
    return {**wire, **always}


def _given(request: Request, holder: Holder, document: Any) -> Schedule:
    schedule = read_schedule(document)
    check_schedule(schedule)
    alias = str(schedule.service_account_alias)
    if alias not in service_of(request).service_accounts.aliases(holder.account_alias):
        raise ApiError(400, f"There is no service account {alias!r}: create it first (POST /serviceAccounts/…).")
    return schedule


def _first_fire(request: Request, schedule: Schedule) -> int:
    assert schedule.trigger is not None  # as was checked
    return epoch_ms(check_trigger(schedule.trigger, schedule.timezone, service_of(request).scheduler.clock()))


def _stored(request: Request, holder: Holder) -> StoredSchedule:
    job = job_of(request, holder)
    schedule_id = request.path_params["schedule_id"]
    stored = service_of(request).schedules.find(holder.account_alias, str(job.id), schedule_id)
    if stored is None:
        raise ApiError(404, f"There is no schedule {schedule_id!r} of the job {job.id!r}.")
    return stored


def create_schedule(request: Request, document: Any) -> Response:
    """``POST /jobs/{alias}/{jobId}/schedules``."""
    holder = holder_of(request)
    job_id = str(job_of(request, holder).id)
    given = _given(request, holder, document)
    first = _first_fire(request, given)
    once = once_of(request, document)
    answer = first_answer(
        lambda: service_of(request).schedules.create(holder.account_alias, job_id, given, first, once)
    )
    if answer is None:
        raise ApiError(404, f"There is no job {job_id!r}.")
    service_of(request).scheduler.wake()
    return json_response(_answer(answer if isinstance(answer, Schedule) else read_schedule(answer)))


def list_schedules(request: Request) -> Response:
    """``GET /jobs/{alias}/{jobId}/schedules``."""
    holder = holder_of(request)
    page, size = page_wanted(request)
    total, found = service_of(request).schedules.page(holder.account_alias, str(job_of(request, holder).id), page, size)
    results = [_answer(schedule) for schedule in found]
    return list_response(request, Page(total_size=total, page=page, size=size, results=results))


def update_schedule(request: Request, document: Any) -> Response:
    """``PUT /jobs/{alias}/{jobId}/schedules/{jobScheduleId}``."""
    holder = holder_of(request)
    known = _stored(request, holder).schedule
    given = _given(request, holder, document)
    if given.id not in (None, known.id):
        raise ApiError(400, "The document's 'id' is another schedule's.")
    # The same times: what is due stays due, and a date that has passed is no mistake.
    is_same = (given.trigger, given.timezone or "UTC") == (known.trigger, known.timezone or "UTC")
    first = None if is_same else _first_fire(request, given)
    answer = service_of(request).schedules.replace(known, given, first)
    if answer is None:
        raise ApiError(404, f"There is no schedule {known.id!r} of the job {known.job_id!r}.")
    service_of(request).scheduler.wake()
    return json_response(_answer(answer))


def delete_schedule(request: Request) -> Response:
    """``DELETE /jobs/{alias}/{jobId}/schedules/{jobScheduleId}``."""
    holder = holder_of(request)
    known = _stored(request, holder).schedule
    service_of(request).schedules.delete(holder.account_alias, str(known.job_id), str(known.id))
    return Response(status_code=204)


def _shown(account: ServiceAccount) -> Response:
    return json_response(msgspec.structs.replace(account, password=None))


def create_service_account(request: Request, document: Any) -> Response:
    """``POST /serviceAccounts/{alias}``."""
    holder = holder_of(request)
    account = read_service_account(document)
    check_service_account(account)
    if not service_of(request).service_accounts.create(holder.account_alias, account):
        raise ApiError(400, f"There is a service account {account.alias!r} already: PUT replaces it.")
    return _shown(account)


def list_service_accounts(request: Request) -> Response:
    """``GET /serviceAccounts/{alias}``."""
    return list_response(
        request, {"accounts": service_of(request).service_accounts.aliases(holder_of(request).account_alias)}
    )


def update_service_account(request: Request, document: Any) -> Response:
    """``PUT /serviceAccounts/{alias}/{serviceAccountAlias}``."""
    holder = holder_of(request)
    alias = request.path_params["service_account_alias"]
    account = read_service_account(document)
    if account.alias not in ("", alias):
        raise ApiError(400, "The document's 'alias' is another service account's.")
    account.alias = alias
    check_service_account(account)
    if not service_of(request).service_accounts.replace(holder.account_alias, account):
        raise ApiError(404, f"There is no service account {alias!r}.")
    return _shown(account)


def schedule_routes() -> list[Route]:
    """Return every call of schedules and service accounts, and its function."""
    schedules, accounts = "/jobs/{alias}/{job_id}/schedules", "/serviceAccounts/{alias}"
    one_schedule, one_account = f"{schedules}/{{schedule_id}}", f"{accounts}/{{service_account_alias}}"
    return [
        Route(schedules, list_schedules, methods=["GET"]),
        Route(schedules, with_body(create_schedule), methods=["POST"]),
        Route(one_schedule, with_body(update_schedule), methods=["PUT"]),
        Route(one_schedule, delete_schedule, methods=["DELETE"]),
        Route(accounts, list_service_accounts, methods=["GET"]),
        Route(accounts, with_body(create_service_account), methods=["POST"]),
        Route(one_account, with_body(update_service_account), methods=["PUT"]),
    ]
