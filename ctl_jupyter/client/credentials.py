"""The order in which a log-in finds what it needs.

For each, the first that says it wins:

============  =====================================================================================================
user name     the argument; ``CLC_V2_API_USERNAME``; the name saved in the keyring with this profile; the profile's
              ``username`` in config.toml; a prompt
password      with ``ask`` the prompt alone; else ``CLC_V2_API_PASSWD`` (for the user of ``CLC_V2_API_USERNAME``);
              the one saved in the keyring for this user and log-in; a prompt. Never an argument, never a file
account       the argument; ``CLC_ACCT_ALIAS``; the profile's ``account`` in config.toml; the log-in's own
token         ``CLC_V2_API_TOKEN``, unless a user name is given; the one kept of an earlier log-in of this user, for
              its two weeks; else a log-in with the password. With ``ask`` or ``save`` always a log-in
URLs          those of the argument, when it is one; ``CLC_V2_API_URL`` (log-in alone); config.toml; built in
============  =====================================================================================================

A password from a prompt is used once and kept nowhere, unless it is to be saved.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ctl_jupyter.client.auth import Credentials
from ctl_jupyter.client.errors import NotLoggedIn
from ctl_jupyter.client.profiles import CONFIG, Environment, Profile
from ctl_jupyter.client.saved import Saved

__all__ = ["Found", "LogInOrder"]

KEYRING = "the keyring"
PROMPT = "the prompt"


@dataclass(frozen=True)
class Found:
    """A user name or an account, and where it came from, in words."""

    value: str
    source: str


class LogInOrder:
    """Finds out what a log-in needs.

    Parameters
    ----------
    profile
        Which Runner.
    environment
        The ``CLC_*`` variables.
    saved
        What is kept of the profile.
    account_alias
        The argument.
    username
        The argument, or what asks for a user name.
    password
        What asks for the password of a user name.
    ask
        Whether the password is asked for, whatever is known.
    """

    def __init__(
        self,
        profile: Profile,
        environment: Environment,
        saved: Saved,
        *,
        account_alias: str | None = None,
        username: str | Callable[[], str] | None = None,
        password: Callable[[str], str] | None = None,
        ask: bool = False,
    ) -> None:
        self._profile = profile
        self._environment = environment
        self._saved = saved
        self._account_alias = account_alias
        self._username = username
        self._password = password
        self._ask = ask

    def account(self) -> Found | None:
        """Return the account, ``None`` when it is the log-in's own."""
        if self._account_alias:
            return Found(self._account_alias, "the argument")
        if self._environment.account_alias:
            return Found(self._environment.account_alias, "CLC_ACCT_ALIAS")
        return Found(self._profile.account_alias, CONFIG) if self._profile.account_alias else None

    def username(self) -> Found:
        """Return the user name.

        Raises
        ------
        NotLoggedIn
            When nothing says it and nobody can be asked.
        """
        if isinstance(self._username, str):
            return Found(self._username, "the argument")
        if self._environment.username:
            return Found(self._environment.username, "CLC_V2_API_USERNAME")
        saved = self._saved.username()
        if saved:
            return Found(saved, KEYRING)
        if self._profile.username:
            return Found(self._profile.username, CONFIG)
        if self._username is None:
            raise NotLoggedIn(
                f"No user name to log in to {self._profile.name} with: set CLC_V2_API_USERNAME and CLC_V2_API_PASSWD, "
                "or give --username (in Python username=)."
            )
        answer = self._username().strip()
        if not answer:
            raise NotLoggedIn("No user name was entered, and nobody was logged in.")
        return Found(answer, PROMPT)

    def known_password(self, username: str) -> Credentials | None:
        """Return a user's password as far as environment or keyring know it: what may be used without asking."""
        environment = self._environment
        if environment.password and username == (environment.username or username):
            return Credentials(username, environment.password, "CLC_V2_API_PASSWD")
        saved = self._saved.password(username)
        if saved is None:
            return None
        advice = "It is the saved one: enter another with --ask (in Python ask=True), and --save keeps that."
        return Credentials(username, saved, KEYRING, advice)

    def password(self, username: str) -> Credentials:
        """Return a user's password, asked for when it is not known.

        Raises
        ------
        NotLoggedIn
            When it is not known and nobody can be asked.
        """
        known = None if self._ask else self.known_password(username)
        if known is not None:
            return known
        if self._password is None:
            raise NotLoggedIn(
                f"No password for {username}: set CLC_V2_API_PASSWD, or in Python give password=getpass.getpass."
            )
        answer = self._password(username)
        if not answer:
            raise NotLoggedIn("No password was entered, and nobody was logged in.")
        return Credentials(username, answer, PROMPT)
