"""Pages of a list."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from ctl_jupyter.documents.reading import DocumentError, convert

__all__ = [
    "Page",
    "read_page",
]


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], rename="camel", kw_only=True):
    """A page of a list. ``page`` counts from 0; ``cursor`` and ``complete`` come from the embedded service alone."""

    total_size: int
    page: int = 0
    size: int = 100
    results: list[T] = []
    cursor: int | None = None
    complete: bool | None = None

    @property
    def is_counted(self) -> bool:
        """Whether the service said how many rows there are; a bare array, read as a page of size 0, does not."""
        return self.size > 0


def read_page(document: Any, item: Callable[[Any], T]) -> Page[T]:
    """Read a page of a list; a bare array counts as the only page.

    Raises
    ------
    DocumentError
        When it is neither.
    """
    if isinstance(document, list):
        results = [item(part) for part in document]
        return Page(total_size=len(results), size=0, results=results)
    if not isinstance(document, Mapping) or not isinstance(document.get("results"), list):
        raise DocumentError("The answer is neither a page nor an array.")
    page = convert({**document, "results": []}, Page[Any], "The page")
    return Page(
        total_size=page.total_size,
        page=page.page,
        size=page.size,
        results=[item(part) for part in document["results"]],
        cursor=page.cursor,
        complete=page.complete,
    )
