"""Reading a list that grows at its newest end while it is read."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from ctl_jupyter.documents import Page, StatusEvent

__all__ = ["event_identity", "every_row"]

T = TypeVar("T")
PAGE_SIZE = 100


def every_row(fetch: Callable[[int, int], Page[T]], identity: Callable[[T], object]) -> Iterator[T]:
    """Yield each row of a list once, page after page.

    Lists are newest first: what is added meanwhile pushes rows to later pages, so reading the pages in order
    meets some rows twice, which are passed over, and misses none that was there at the beginning.

    Parameters
    ----------
    fetch
        Returns the page of that number (from 0) and size.
    identity
        What tells one row from another.
    """
    seen: set[object] = set()
    number = 0
    while True:
        page = fetch(number, PAGE_SIZE)
        known = len(seen)
        for row in page.results:
            key = identity(row)
            if key not in seen:
                seen.add(key)
                yield row
        number += 1
        if not page.results:
            return
        if page.is_counted:
            if number * page.size >= page.total_size:
                return
        elif len(page.results) < PAGE_SIZE or len(seen) == known:
            # A bare array may be the page that was asked for or, asked for whatever, the whole list.
            return


def event_identity(event: StatusEvent) -> object:
    """Return what tells a status event from others: its id or, where it has none, all that it says."""
    return event.id or (event.timestamp, event.event_type, event.execution_id, msgspec.json.encode(event.message))
