"""The service itself over HTTP: which process answers, and what every call takes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ctl_jupyter.service.http.answers import json_response
from ctl_jupyter.service.http.openapi import openapi_document
from ctl_jupyter.service.http.requests import service_of
from ctl_jupyter.version import __version__

__all__ = ["about_routes"]


def health(request: Request) -> Response:
    """``GET /health``: which process answers; no token needed."""
    return json_response({"pid": service_of(request).pid, "version": __version__})


def openapi(_request: Request) -> Response:
    """``GET /openapi.json``: what every call takes and answers; no token needed."""
    return json_response(openapi_document())


def about_routes() -> list[Route]:
    """Return every call about the service and its function."""
    return [Route("/health", health, methods=["GET"]), Route("/openapi.json", openapi, methods=["GET"])]
