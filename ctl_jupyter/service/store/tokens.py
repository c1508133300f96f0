"""Bearer tokens: the database holds their digests alone."""

import hashlib
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.schema import tokens

__all__ = ["TOKEN_LIFETIME", "Holder", "Tokens"]

#: Runner's tokens can be used for two weeks; in seconds.
TOKEN_LIFETIME = 14 * 24 * 3600


# Built once, since every call asks it.
_HOLDER = select(tokens.c.account_alias, tokens.c.username).where(
    tokens.c.digest == bindparam("token_digest"), tokens.c.expires > bindparam("now")
)


@dataclass(frozen=True)
class Holder:
    """Whom a token was given to."""

    account_alias: str
    username: str


class Tokens:
    """Gives tokens and knows them again, also after the service was started anew."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, holder: Holder) -> str:
        """Return a new token."""
        token = secrets.token_urlsafe(32)
        now = int(time.time())
        with self._database.write() as connection:
            connection.execute(delete(tokens).where(tokens.c.expires < now))
            connection.execute(
                insert(tokens).values(
                    digest=_digest(token),
                    account_alias=holder.account_alias,
                    username=holder.username,
                    expires=now + TOKEN_LIFETIME,
                )
            )
        return token

    def holder_of(self, token: str) -> Holder | None:
        """Return whom a token was given to, ``None`` when it is unknown or has expired."""
        values = {"token_digest": _digest(token), "now": int(time.time())}
        with self._database.read() as connection:
            row = connection.execute(_HOLDER, values).first()
        return Holder(row.account_alias, row.username) if row else None


def _digest(token: str) -> str:
    # A token is 256 random bits: a plain digest cannot be guessed back.
    return hashlib.sha256(token.encode()).hexdigest()
