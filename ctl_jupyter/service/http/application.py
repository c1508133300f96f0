"""The web application over the service."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.service.http.about import about_routes
from ctl_jupyter.service.http.answers import ApiError, error_response, no_route_response
from ctl_jupyter.service.http.arrow import arrow_routes
from ctl_jupyter.service.http.cloud import cloud_routes
from ctl_jupyter.service.http.events import event_routes
from ctl_jupyter.service.http.executions import execution_routes
from ctl_jupyter.service.http.jobs import job_routes
from ctl_jupyter.service.http.log_in import log_in_routes
from ctl_jupyter.service.http.schedules import schedule_routes
from ctl_jupyter.service.service import Service

__all__ = ["routes", "web_application"]


def routes() -> list[Route]:
    """Return every call and its function, in the order in which a path is looked for."""
    return [
        *log_in_routes(),
        *about_routes(),
        *execution_routes(),
        *job_routes(),
        *event_routes(),
        *arrow_routes(),
        *schedule_routes(),
        *cloud_routes(),
    ]


def web_application(service: Service) -> Starlette:
    """Return the application that answers Runner's calls."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        service.notifier.attach()
        service.start()
        yield
        service.stop()

    app = Starlette(
        routes=routes(),
        lifespan=lifespan,
        # Existing clients call from pages of other origins; the token, not the origin, is what lets them in.
        middleware=[Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])],
        exception_handlers={
            ApiError: error_response,
            DocumentError: error_response,
            HTTPException: no_route_response,
            Exception: error_response,
        },
    )
    app.state.service = service
    return app
