"""What a button does, off the kernel's main thread, one thing at a time, and never silently; no widgets here."""

import math
import threading
import time
from collections.abc import Callable

from ctl_jupyter.client import RunnerError
from ctl_jupyter.documents import DocumentError

__all__ = ["Work"]

#: Seconds after something was sent in which another click is the second one of a double click.
DOUBLE_CLICK = 1.0


class Work:
    """Does one thing at a time and reports how it went, whatever happens.

    Parameters
    ----------
    report
        Shows a sentence; told whether all is well.
    set_busy
        Disables what must not be used meanwhile, and enables it again.
    """

    def __init__(self, report: Callable[[str, bool], None], set_busy: Callable[[bool], None]) -> None:
        self._report = report
        self._set_busy = set_busy
        self._lock = threading.Lock()
        self._is_busy = False
        self._sent, self._sent_at = "", -math.inf

    def has_just_sent(self, announcement: str) -> bool:
        """Return whether a click now may be the second of a double click: who asks does not send a thing twice.

        Parameters
        ----------
        announcement
            Of what would be sent: one thing has one.
        """
        return announcement == self._sent and time.monotonic() - self._sent_at < DOUBLE_CLICK

    def begin(self, announcement: str, work: Callable[[], str], *, is_sent: bool = False) -> bool:
        """Have `work` done in the background; without effect while something else is being done.

        Parameters
        ----------
        announcement
            Shown until it is done.
        work
            Returns the sentence that is shown then.
        is_sent
            Whether it sends something that must not be sent twice; see `has_just_sent`.

        Returns
        -------
        bool
            Whether it was begun.
        """
        with self._lock:
            # A second click may have been on its way before the button was disabled: nothing starts twice.
            if self._is_busy:
                return False
            self._is_busy = True
            self._set_busy(True)
            self._report(announcement, True)
        threading.Thread(
            target=self._do, args=(work, announcement if is_sent else ""), name="ctl-jupyter-work", daemon=True
        ).start()
        return True

    def _do(self, work: Callable[[], str], sent: str) -> None:
        sentence, is_well = attempt(work)
        with self._lock:
            self._report(sentence, is_well)
            if sent:
                self._sent, self._sent_at = sent, time.monotonic()
            self._set_busy(False)
            self._is_busy = False


def attempt(work: Callable[[], str]) -> tuple[str, bool]:
    """Do something and return the sentence to show, and whether it went well."""
    try:
        return work(), True
    except (RunnerError, DocumentError) as error:
        return str(error), False
    except Exception as error:  # noqa: BLE001 -- what a callback raises vanishes unless it is said
        return f"This went wrong in ctl-jupyter itself: {type(error).__name__}: {error}", False
