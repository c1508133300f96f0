"""Asking the user what must not stand in a cell."""

import getpass

from ctl_jupyter.client import NotLoggedIn

__all__ = ["ask_password"]


def ask_password(username: str) -> str:
    """Ask for a password without showing it.

    Raises
    ------
    NotLoggedIn
        When nobody is there to answer.
    """
    try:
        return getpass.getpass(f"Password of {username}: ")
    except Exception as error:
        # A headless run has no way to ask, and each front end says so with an error class of its own.
        raise NotLoggedIn(f"Nobody can be asked for the password of {username} here: set CLC_V2_API_PASSWD.") from error
