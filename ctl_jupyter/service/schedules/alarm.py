"""An alarm by the clock on the wall, which also goes off when somebody sets that clock.

Waiting a number of seconds would be wrong whenever the clock is set or the machine sleeps. Linux's timerfd waits for
a moment of the real-time clock, and tells when that clock was set; Python has it from 3.13 on, so it is called here.
"""

import contextlib
import ctypes
import errno
import os
import selectors
import time
from datetime import datetime

__all__ = ["Alarm"]

_ABSOLUTE, _CANCEL_ON_SET = 1, 2
#: Far enough away to be never; the clock's being set is told all the same.
_NEVER = 2**40

_libc = ctypes.CDLL(None, use_errno=True)


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Time), ("value", _Time))


class Alarm:
    """Waits for a moment, for the clock to be set, or for somebody's `wake`.

    Raises
    ------
    OSError
        When this machine has no such timer.
    """

    def __init__(self) -> None:
        self._timer = _checked(_libc.timerfd_create(time.CLOCK_REALTIME, os.O_CLOEXEC | os.O_NONBLOCK))
        self._woken = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._timer, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def wait(self, moment: datetime | None) -> bool:
        """Return when a moment has come, or sooner when woken; whether the clock was set meanwhile.

        Parameters
        ----------
        moment
            With a time zone; ``None`` for never.
        """
        microseconds = _NEVER * 10**6 if moment is None else max(1, round(moment.timestamp() * 10**6))
        seconds, rest = divmod(microseconds, 10**6)
        setting = _Setting(_Time(0, 0), _Time(seconds, rest * 1000))
        _checked(_libc.timerfd_settime(self._timer, _ABSOLUTE | _CANCEL_ON_SET, ctypes.byref(setting), None))
        self._selector.select()
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._woken)
        try:
            os.read(self._timer, 8)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.ECANCELED:
                raise
            return True
        return False

    def wake(self) -> None:
        """Have `wait` return; from any thread, and also when it is not waiting yet."""
        os.eventfd_write(self._woken, 1)

    def close(self) -> None:
        """Give the timer back."""
        self._selector.close()
        os.close(self._timer)
        os.close(self._woken)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
