"""Asking the user what must not stand in a cell."""

import getpass
import warnings
from collections.abc import Callable

from ctl_jupyter.client import NotLoggedIn

__all__ = ["ask_password", "ask_username"]


def ask_password(username: str) -> str:
    """Ask for a password without showing it.

    Raises
    ------
    NotLoggedIn
        When nobody is there to answer.
    """
    return _ask(
        lambda: getpass.getpass(f"Password of {username}: "),
        f"Nobody can be asked for the password of {username} here: set CLC_V2_API_PASSWD, "
        "or save the password once with %ctl_login --save where there is a keyring.",
    )


def ask_username() -> str:
    """Ask for a user name.

    Raises
    ------
    NotLoggedIn
        When nobody is there to answer.
    """
    return _ask(
        lambda: input("User name: "),
        "Nobody can be asked for a user name here: set CLC_V2_API_USERNAME and CLC_V2_API_PASSWD, or give --username.",
    )


def _ask(question: Callable[[], str], refusal: str) -> str:
    try:
        with warnings.catch_warnings():
            # Where a terminal cannot hide what is typed, getpass would only warn, and show it.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return question()
    except Exception as error:
        # A headless run has no way to ask, and each front end says so with an error class of its own.
        raise NotLoggedIn(refusal) from error
