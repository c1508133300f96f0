"""Answers: documents and lists as JSON, and errors as ``{"message": …}``."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.service.store.once import Repeated

__all__ = ["ApiError", "error_response", "first_answer", "json_response", "list_response", "no_route_response"]


class ApiError(Exception):
    """An answer other than success: a status code and a sentence."""

    def __init__(self, status_code: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message


def json_response(document: Any, status_code: int = 200) -> Response:
    """Return a document as JSON."""
    return Response(
        msgspec.json.encode(document),
        status_code,
        media_type="application/json",
        headers={"Runner-Cursor": "1", "Cache-Control": "no-store"},
    )


def list_response(request: Request, document: Any) -> Response:
    """Return a list, or 304 when the client has it as it is now."""
    response = json_response(document)
    etag = f'"{blake2b(response.body, digest_size=16).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Runner-Cursor": "1"}
    if etag in [known.strip().removeprefix("W/") for known in request.headers.get("If-None-Match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def first_answer(carry_out: Callable[[], Any]) -> Any:
    """Return what a request is answered: when it was carried out before, what it was answered then."""
    try:
        return carry_out()
    except Repeated as repeated:
        return repeated.answer


def error_response(_request: Request, error: Exception) -> Response:
    """Answer an error as ``{"message": …}``."""
    if isinstance(error, ApiError):
        return json_response({"message": error.message}, error.status_code)
    if isinstance(error, DocumentError):
        return json_response({"message": str(error)}, 400)
    return json_response({"message": "The service broke while answering; its log says where."}, 500)


def no_route_response(request: Request, error: Exception) -> Response:
    """Answer what no route takes."""
    assert isinstance(error, HTTPException)
    said = {
        404: f"There is nothing at {request.url.path}.",
        405: f"{request.method} is not a call of {request.url.path}.",
    }
    return json_response({"message": said.get(error.status_code, error.detail)}, error.status_code)
