"""Secrets that a line names: the Python variable that holds one, or a prompt. None of them is shown or repeated."""

import base64
from collections.abc import Mapping
from typing import Any

from ctl_jupyter.magics.errors import MagicError

__all__ = ["password_of", "repository_credentials_of"]

MEMBERS = ("username", "password", "sshPrivateKey")
_MISSING = object()


def password_of(shell: Any, variable: str | None, username: str) -> str:
    """Return a service account's password: what a variable of the notebook holds, else the answer to a prompt.

    Raises
    ------
    MagicError
        When there is no such variable, it holds no text, or nobody is there to answer.
    """
    if variable is not None:
        password = _value(shell, variable, "--password")
        if not isinstance(password, str) or not password:
            raise MagicError("--password names a Python variable that holds the password, a text; this one does not.")
        return password
    from ctl_jupyter.client import NotLoggedIn
    from ctl_jupyter.magics.prompts import ask_password

    try:
        return ask_password(username)
    except KeyboardInterrupt:
        raise MagicError("The prompt was interrupted, and nothing was sent.") from None
    except NotLoggedIn as error:
        raise MagicError(
            f"Nobody can be asked for the password of {username} here: give --password PYNAME, the name of a Python "
            "variable that holds it (filled from os.environ or keyring)."
        ) from error


def repository_credentials_of(shell: Any, variable: str) -> dict[str, str]:
    """Return what a variable of the notebook holds to log in to a repository with; a key is made base64.

    Raises
    ------
    MagicError
        When there is no such variable or it holds something else.
    """
    held = _value(shell, variable, "--credentials")
    what = f"--credentials names a Python dict with {', '.join(MEMBERS[:-1])} or {MEMBERS[-1]}"
    if not isinstance(held, Mapping) or not held:
        raise MagicError(f"{what}; this one is {'empty' if isinstance(held, Mapping) else 'no dict'}.")
    for name, value in held.items():
        if name not in MEMBERS:
            raise MagicError(f"{what}, and this one has {str(name)[:50]!r}.")
        if not isinstance(value, str):
            raise MagicError(f"{what}; {name} must be a text.")
    key = held.get("sshPrivateKey")
    encoded = base64.b64encode(key.encode()).decode("ascii") if key and "PRIVATE KEY-----" in key else key
    return {**held, "sshPrivateKey": encoded} if encoded else dict(held)


def _value(shell: Any, variable: str, option: str) -> Any:
    value = shell.user_ns.get(variable, _MISSING)
    if value is _MISSING:
        # The name is not repeated: it may be the secret itself, written in the wrong place.
        raise MagicError(
            f"{option} takes the name of a Python variable, never the secret, and there is no such variable."
        )
    return value
