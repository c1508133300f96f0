"""Idempotency keys: a request that is sent again gets the answer of the first, and nothing happens twice.

What a request makes and its answer are stored in one transaction, so a service that is killed in between leaves
either both or neither.
"""

import time
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.service.store.schema import answers
from ctl_jupyter.service.vault import Vault

__all__ = ["Once", "Repeated"]

#: Seconds that an answer is kept for.
KEPT = 14 * 24 * 3600
LONGEST_KEY = 255


class Repeated(Exception):
    """The request was carried out before; ``answer`` is what it was answered then."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


class Once:
    """One request that carries an ``Idempotency-Key``.

    Parameters
    ----------
    scope
        What the key belongs to: account, method and path.
    key
        As the client chose it.
    document
        The request's body, which must be the same when the key is.

    Raises
    ------
    DocumentError
        When the key is empty or too long.
    """

    def __init__(self, vault: Vault, scope: str, key: str, document: Any) -> None:
        if not 1 <= len(key) <= LONGEST_KEY:
            raise DocumentError(f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.")
        self._vault = vault
        self._id = sha256(f"{scope}\n{key}".encode()).hexdigest()
        # Keyed by the vault's secret: a body may hold a password that a plain digest would let guess.
        self._request = vault.digest(msgspec.json.encode(document, order="sorted"))

    def check(self, connection: Connection) -> None:
        """Let a first request pass.

        Raises
        ------
        Repeated
            With the answer, when it was carried out before.
        DocumentError
            When the key was used for another request.
        """
        row = connection.execute(select(answers).where(answers.c.id == self._id)).first()
        if row is None:
            return
        if row.request != self._request:
            raise DocumentError("This Idempotency-Key was used for another request: choose a new one.")
        raise Repeated(self._vault.open(row.sealed))

    def keep(self, connection: Connection, answer: Any) -> None:
        """Store the answer, in the transaction that makes what it tells of."""
        now = int(time.time())
        connection.execute(delete(answers).where(answers.c.created < now - KEPT))
        connection.execute(
            insert(answers).values(id=self._id, request=self._request, sealed=self._vault.seal(answer), created=now)
        )
