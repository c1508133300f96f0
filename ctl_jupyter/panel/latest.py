"""Work of which only the newest matters: what is asked for when something else is chosen in a list."""

import threading
from collections.abc import Callable

from ctl_jupyter.live.work import attempt

__all__ = ["Latest"]


class Latest:
    """Does the newest thing that was asked of it, in a thread of its own; what was overtaken is not begun.

    Parameters
    ----------
    report
        Shows what went wrong; told whether all is well. What went well is not reported: nobody asked for it in words.
    """

    def __init__(self, report: Callable[[str, bool], None]) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._next: Callable[[], None] | None = None
        self._is_working = False

    def begin(self, work: Callable[[], None]) -> None:
        """Have `work` done after what is under way, unless something newer comes before."""
        with self._lock:
            self._next = work
            if not self._is_working:
                self._is_working = True
                threading.Thread(target=self._do, name="ctl-jupyter-latest", daemon=True).start()

    def _do(self) -> None:
        while True:
            with self._lock:
                work, self._next = self._next, None
                if work is None:
                    self._is_working = False
                    return
            sentence, is_well = attempt(lambda work=work: work() or "")  # type: ignore[misc]
            if not is_well:
                self._report(sentence, False)
