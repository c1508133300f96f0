"""Users beside the operating-system user: their passwords are kept as scrypt hashes."""

import hashlib
import hmac
import secrets

from sqlalchemy import delete, insert, select

from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.schema import users

__all__ = ["Users"]

#: Costs of scrypt: 16 MiB and some 50 ms for each log-in.
COSTS = {"n": 2**14, "r": 8, "p": 1}


class Users:
    """Sets and checks passwords."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, username: str, account_alias: str, password: str) -> None:
        """Let a user in with this password, as this account; a known user gets a new password."""
        salt = secrets.token_bytes(16)
        with self._database.write() as connection:
            connection.execute(delete(users).where(users.c.username == username))
            connection.execute(
                insert(users).values(
                    username=username, account_alias=account_alias, salt=salt, digest=_digest(password, salt)
                )
            )

    def account_of(self, username: str, password: str) -> str | None:
        """Return the account of a user, ``None`` when user name or password is wrong."""
        with self._database.read() as connection:
            row = connection.execute(select(users).where(users.c.username == username)).first()
        # An unknown name costs as much as a known one, so that nobody learns which names there are.
        right = hmac.compare_digest(_digest(password, row.salt if row else bytes(16)), row.digest if row else bytes(64))
        return str(row.account_alias) if row and right else None


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **COSTS)
