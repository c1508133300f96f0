"""Private keys in files that the kernel reads."""

import base64
from pathlib import Path

from ctl_jupyter.documents import DocumentError

__all__ = ["encode_key", "read_key"]


def read_key(path: str) -> str:
    """Read a private key's file and return it as base64.

    Raises
    ------
    DocumentError
        When there is no such file or it holds no private key.
    """
    try:
        key = Path(path).expanduser().read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no reason given").lower()
        raise DocumentError(f"The key file {path!r} cannot be read: {reason}.") from None
    if b"PRIVATE KEY-----" not in key:
        hint = f" Did you mean {path.removesuffix('.pub')!r}?" if path.endswith(".pub") else ""
        raise DocumentError(f"The file {path!r} holds no private key.{hint}")
    return base64.b64encode(key).decode("ascii")


def encode_key(text: str) -> str:
    """Return a private key, given as its text, as base64.

    Raises
    ------
    DocumentError
        When it is none; it is not repeated.
    """
    if "PRIVATE KEY-----" not in text:
        hint = "; this is the public one" if text.startswith(("ssh-", "ecdsa-", "sk-")) else ""
        raise DocumentError(f"This is no private key, a text with '-----BEGIN … PRIVATE KEY-----'{hint}.")
    return base64.b64encode(text.encode()).decode("ascii")
