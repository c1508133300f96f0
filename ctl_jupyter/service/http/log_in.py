"""The log-in over HTTP."""

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.service.http.answers import ApiError, json_response
from ctl_jupyter.service.http.requests import body_of, service_of
from ctl_jupyter.service.service import Service

__all__ = ["log_in_routes"]

WRONG_CREDENTIALS = "We didn't recognize the username or password you entered. Please try again."


async def log_in(request: Request) -> Response:
    """``POST /v2/authentication/login``."""
    document = await body_of(request)
    members = document if isinstance(document, dict) else {}
    username, password = members.get("username"), members.get("password")
    if not isinstance(username, str) or not isinstance(password, str):
        raise ApiError(400, 'A log-in is {"username": …, "password": …}, both texts.')
    service = service_of(request)
    await asyncio.sleep(service.log_in_delay.before(username))
    return await run_in_threadpool(_log_in, service, username, password)


def _log_in(service: Service, username: str, password: str) -> Response:
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


def log_in_routes() -> list[Route]:
    """Return the call and its function."""
    return [Route("/v2/authentication/login", log_in, methods=["POST"])]
