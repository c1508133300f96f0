"""Encryption at rest: what users put into jobs and starts stands encrypted in the database."""

import contextlib
import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

import msgspec
from cryptography.fernet import Fernet

__all__ = ["Vault"]


class Vault:
    """Encrypts documents with a key that only this operating-system user can read.

    Parameters
    ----------
    key_file
        Made (0600) when it is not there.
    """

    def __init__(self, key_file: Path) -> None:
        with contextlib.suppress(FileExistsError):
            # Written whole under another name first, so that nobody ever reads half a key.
            draft = key_file.with_name(f"{key_file.name}.{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
            try:
                os.link(draft, key_file)
            finally:
                draft.unlink()
        key = key_file.read_bytes()
        self._fernet = Fernet(key)
        self._digest_key = hashlib.sha256(b"digest" + key).digest()

    def seal(self, document: Any) -> bytes:
        """Return a document as ciphertext."""
        return self._fernet.encrypt(msgspec.json.encode(document))

    def digest(self, data: bytes) -> str:
        """Return what tells data from other data and lets nobody without the key guess it."""
        return hmac.new(self._digest_key, data, hashlib.sha256).hexdigest()

    def open(self, sealed: bytes) -> Any:
        """Return the document of a ciphertext."""
        return msgspec.json.decode(self._fernet.decrypt(sealed))
