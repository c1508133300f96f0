"""The cloud's v2 API, as far as product forms need it: one function per call, each thin."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.cloud import wire
from ctl_jupyter.secrecy import masked
from ctl_jupyter.service.cloud.mapping import Cloud
from ctl_jupyter.service.engine.inventory import InventoryUnreadable
from ctl_jupyter.service.http.answers import ApiError, list_response
from ctl_jupyter.service.http.requests import holder_of, service_of

__all__ = ["cloud_routes"]

T = TypeVar("T")


def _answering(find: Callable[[Request, Cloud, str], Any]) -> Callable[[Request], Awaitable[Response]]:
    """Return the function of a call that shows something of what the account has."""

    async def endpoint(request: Request) -> Response:
        holder = await run_in_threadpool(holder_of, request)
        try:
            cloud = await service_of(request).account_inventories.of(holder.account_alias).cloud()
        except InventoryUnreadable as error:
            raise ApiError(500, str(error)) from None
        # Names are all that is answered; a log-in within a URL is hidden even there.
        return list_response(request, masked(wire(find(request, cloud, holder.account_alias))))

    return endpoint


def _there(found: T | None, what: str, name: str) -> T:
    if found is None:
        raise ApiError(404, f"There is no {what} {name!r}.")
    return found


def list_data_centers(_request: Request, cloud: Cloud, alias: str) -> Any:
    """``GET /v2/datacenters/{alias}``."""
    return cloud.data_centers(alias)


def get_data_center(request: Request, cloud: Cloud, alias: str) -> Any:
    """``GET /v2/datacenters/{alias}/{dataCenter}?groupLinks=true|false``."""
    name = request.path_params["data_center"]
    text = request.query_params.get("groupLinks", "false").lower()
    if text not in ("true", "false"):
        raise ApiError(400, f"'groupLinks' must be true or false, not {text[:50]!r}.")
    return _there(cloud.data_center(alias, name, with_group=text == "true"), "data center", name)


def get_group(request: Request, cloud: Cloud, alias: str) -> Any:
    """``GET /v2/groups/{alias}/{groupId}``."""
    name = request.path_params["group_id"]
    return _there(cloud.group(alias, name), "group", name)


def get_server(request: Request, cloud: Cloud, alias: str) -> Any:
    """``GET /v2/servers/{alias}/{serverId}``."""
    name = request.path_params["server_id"]
    return _there(cloud.server(alias, name), "server", name)


def list_networks(request: Request, cloud: Cloud, alias: str) -> Any:
    """``GET /v2-experimental/networks/{alias}/{dataCenter}``."""
    name = request.path_params["data_center"]
    return _there(cloud.networks(alias, name), "data center", name)


def cloud_routes() -> list[Route]:
    """Return every call and its function."""
    calls = {
        "/v2/datacenters/{alias}": list_data_centers,
        "/v2/datacenters/{alias}/{data_center:path}": get_data_center,
        "/v2/groups/{alias}/{group_id:path}": get_group,
        "/v2/servers/{alias}/{server_id:path}": get_server,
        "/v2-experimental/networks/{alias}/{data_center:path}": list_networks,
    }
    return [Route(path, _answering(find), methods=["GET"]) for path, find in calls.items()]
