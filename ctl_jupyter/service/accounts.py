"""Who may log in to the embedded service: the operating-system user it belongs to."""

import getpass
import secrets

from ctl_jupyter.service.store.tokens import Holder

__all__ = ["LocalAccount"]

ACCOUNT_ALIAS = "LOCAL"


class LocalAccount:
    """The one account, with a password of this process's life; only the service record file holds it."""

    def __init__(self) -> None:
        self.username = _username()
        self.password = secrets.token_urlsafe(32)
        self.account_alias = ACCOUNT_ALIAS

    def check(self, username: str, password: str) -> Holder | None:
        """Return who logs in, ``None`` when user name or password is wrong."""
        right = secrets.compare_digest(password.encode(), self.password.encode())
        return Holder(self.account_alias, self.username) if right and username == self.username else None


def _username() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"  # a container's user without a name
