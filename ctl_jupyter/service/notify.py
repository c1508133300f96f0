"""Wakes the answers that wait for an execution's next status event (long polls)."""

import asyncio
from collections import defaultdict

__all__ = ["Notifier"]


class Notifier:
    """Told by threads, waited for in the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def attach(self) -> None:
        """Serve the event loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def tell(self, execution_id: str) -> None:
        """Wake those who wait for this execution; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, execution_id)

    def wake_all(self) -> None:
        """Wake everybody: the service ends."""
        for execution_id in list(self._waiting):
            self._wake(execution_id)

    def subscribe(self, execution_id: str) -> asyncio.Event:
        """Return an event that is set when something happens to the execution."""
        event = asyncio.Event()
        self._waiting[execution_id].add(event)
        return event

    def unsubscribe(self, execution_id: str, event: asyncio.Event) -> None:
        """Wait no longer."""
        self._waiting[execution_id].discard(event)
        if not self._waiting[execution_id]:
            del self._waiting[execution_id]

    def _wake(self, execution_id: str) -> None:
        for event in self._waiting.get(execution_id, ()):
            event.set()
