"""Secrets in what was typed: where they stand, so that they can be refused without being repeated."""

from collections.abc import Mapping
from typing import Any

from ctl_jupyter.documents import MASK, SECRET_NAME, secret_values

__all__ = ["secret_member"]


def secret_member(document: Any, path: str = "") -> str | None:
    """Return the path of the first member that holds a secret, as in ``hosts[0].hostVars.ansible_password``.

    A value that is masked, as the API answers it, is no secret.
    """
    if isinstance(document, Mapping):
        for name, value in document.items():
            member = f"{path}.{name}" if path else str(name)
            if not SECRET_NAME.search(str(name)):
                found = secret_member(value, member)
                if found is not None:
                    return found
            elif any(secret != MASK for secret in secret_values({name: value})):
                return member
    elif isinstance(document, (list, tuple)):
        found_parts = (secret_member(part, f"{path}[{place}]") for place, part in enumerate(document))
        return next((found for found in found_parts if found is not None), None)
    elif any(MASK not in secret for secret in secret_values(document)):
        return path
    return None
