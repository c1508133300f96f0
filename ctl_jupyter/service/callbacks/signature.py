"""The signature of a callback's body, in the Standard Webhooks form.

A receiver verifies it with any of that specification's libraries: ``webhook-signature`` is ``v1,`` and the base64 of
HMAC-SHA256 over ``webhook-id.webhook-timestamp.body``.
"""

import base64
import hashlib
import hmac

from ctl_jupyter.documents import decode_base64

__all__ = ["signing_key", "webhook_headers"]

PREFIX = "whsec_"


def signing_key(secret: str) -> bytes:
    """Return the key that a secret stands for: base64 after ``whsec_``, or else the text itself.

    Raises
    ------
    DocumentError
        When what follows ``whsec_`` is not base64, or nothing.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    return decode_base64(secret.removeprefix(PREFIX), "what follows whsec_ in its secret")


def webhook_headers(key: bytes | None, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that name a message and, with a key, prove who sent it.

    Parameters
    ----------
    message_id
        The same each time that a message is sent, so that a receiver can drop repeats.
    timestamp
        When it is sent this time, in seconds since the epoch.
    """
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp)}
    if key is not None:
        signed = hmac.digest(key, b"%s.%d.%s" % (message_id.encode(), timestamp, body), hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
    return headers
