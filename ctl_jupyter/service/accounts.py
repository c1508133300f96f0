"""Who may log in to the embedded service: the operating-system user it belongs to, and whom that user lets in."""

import getpass
import secrets
import threading
import time

from ctl_jupyter.service.configuration import OWN_ACCOUNT
from ctl_jupyter.service.store.tokens import Holder
from ctl_jupyter.service.store.users import Users

__all__ = ["Accounts", "LogInDelay", "local_username"]


class Accounts:
    """Checks log-ins.

    The operating-system user's own password is of this process's life; only the service record file holds it.

    Parameters
    ----------
    users
        Others, each with an account of their own or one they share.
    """

    def __init__(self, users: Users) -> None:
        self._users = users
        self.username = local_username()
        self.password = secrets.token_urlsafe(32)
        self.account_alias = OWN_ACCOUNT

    def check(self, username: str, password: str) -> Holder | None:
        """Return who logs in, ``None`` when user name or password is wrong."""
        if username == self.username:
            right = secrets.compare_digest(password.encode(), self.password.encode())
            return Holder(self.account_alias, self.username) if right else None
        alias = self._users.account_of(username, password)
        return Holder(alias, username) if alias is not None else None


class LogInDelay:
    """Slows down who guesses passwords: each wrong one makes that user's next log-in wait longer."""

    FREE = 3
    FIRST = 0.25
    LONGEST = 5.0
    FORGOTTEN_AFTER = 600.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}

    def before(self, username: str) -> float:
        """Return the seconds that a log-in of this user has to wait."""
        with self._lock:
            count, last = self._failures.get(username, (0, 0.0))
        if count < self.FREE or time.monotonic() - last > self.FORGOTTEN_AFTER:
            return 0.0
        return float(min(self.FIRST * 2 ** (count - self.FREE), self.LONGEST))

    def note(self, username: str, was_right: bool) -> None:
        """Take the outcome of a log-in into account."""
        now = time.monotonic()
        with self._lock:
            if was_right:
                self._failures.pop(username, None)
                return
            # Names that nobody has tried for long make room: a guesser must not fill the memory.
            self._failures = {
                name: failure for name, failure in self._failures.items() if now - failure[1] < self.FORGOTTEN_AFTER
            }
            self._failures[username] = (self._failures.get(username, (0, 0.0))[0] + 1, now)


def local_username() -> str:
    """Return the name of the operating-system user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"  # a container's user without a name
