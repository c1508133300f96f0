"""The form of a log-in: which Runner, who, the password, which account."""

from dataclasses import dataclass, field
from typing import NoReturn

import ipywidgets

from ctl_jupyter.client import Identity, NotLoggedIn, RunnerError, Session, WrongCredentials, connect
from ctl_jupyter.client.profiles import LOCAL, PROFILES
from ctl_jupyter.panel.fields import Field, form
from ctl_jupyter.panel.secret_field import SecretField
from ctl_jupyter.settings import SettingsError, read_config, setting

__all__ = ["LogIn", "LogInForm", "log_in", "profile_names"]

#: The choice that is no profile; no profile can have that name, since TOML keys of profiles are not empty.
A_URL = ""
NO_USER = "Write the user name: nothing else says it."
NO_PASSWORD = "Write the password: neither environment nor keyring knows it."  # noqa: S105 -- a sentence
NO_URL = "Write the URL of a Runner, such as https://runner.example.org."


@dataclass(frozen=True)
class LogIn:
    """What a log-in needs, as it stands on the form.

    Parameters
    ----------
    profile
        A profile's name or a URL.
    user, password, account
        Empty for what is known elsewhere: environment, keyring, config.toml.
    """

    profile: str
    user: str = ""
    password: str = field(default="", repr=False)
    account: str = ""


def profile_names() -> list[str]:
    """Return the names of the profiles that there are; those of a config.toml that cannot be read are left out."""
    try:
        own = read_config()["profiles"]
    except SettingsError:
        own = {}
    return [LOCAL, *(name for name in {**PROFILES, **own} if name != LOCAL)]


def log_in(wanted: LogIn) -> Session:
    """Log in with the same call as ``%ctl_login``; what the form leaves open is found as it finds it.

    Raises
    ------
    RunnerError
        As `connect`; a setting that cannot be used as well.
    """
    try:
        if wanted.profile == LOCAL:
            return connect(LOCAL, account_alias=wanted.account or None)
        password = wanted.password
        return connect(
            wanted.profile,
            account_alias=wanted.account or None,
            username=wanted.user or (lambda: _missing(NO_USER)),
            password=lambda _user: password or _missing(NO_PASSWORD),
            # What was typed goes before what is known.
            ask=bool(password),
        )
    except SettingsError as error:
        raise RunnerError(str(error)) from None


class MissingOnForm(NotLoggedIn):
    """Nothing knows what the form leaves open."""


def _missing(sentence: str) -> NoReturn:
    raise MissingOnForm(sentence)


class LogInForm:
    """The form; it asks nobody."""

    def __init__(self) -> None:
        names = profile_names()
        options = [("local: the Runner of this machine" if name == LOCAL else name, name) for name in names]
        self._where = ipywidgets.Dropdown(options=[*options, ("another, by its URL", A_URL)], value=_preset(names))
        self._url = Field("URL", ipywidgets.Text(placeholder="https://runner.example.org"), is_required=True)
        self._user = Field(
            "User name", ipywidgets.Text(), "Empty: the one that environment, keyring or config.toml name."
        )
        self._password = SecretField(
            "Password", help_text="Empty: the one of environment or keyring, where there is one."
        )
        self._account = Field("Account", ipywidgets.Text(), "Its alias; empty: the one that comes with the log-in.")
        self.button = ipywidgets.Button(
            description="Log in", tooltip="Log in to this Runner; magics in this notebook use it, too"
        )
        self.button.add_class("ctl-primary")
        where = Field("Runner", self._where)
        self._named = (self._user.widget, self._password.widget, self._account.widget)
        self.fields = form(where, self._url, self._user, self._password, self._account)
        self.widget = ipywidgets.VBox([self.fields, ipywidgets.HBox([self.button])])
        self.widget.add_class("ctl-log-in")
        self._where.observe(lambda _change: self._arrange(), "value")
        self._password.on_submit(lambda: self.button.click())
        self._arrange()

    @property
    def controls(self) -> tuple[object, ...]:
        """What must not be used while a log-in is under way."""
        texts = (self._url.control, self._user.control, self._account.control)
        return (self.button, self._where, *texts, self._password)

    @property
    def is_local(self) -> bool:
        """Whether the embedded Runner is chosen."""
        return bool(self._where.value == LOCAL)

    def on_choice(self, listener: object) -> None:
        """Have `listener` called with a change whenever another Runner is chosen."""
        self._where.observe(listener, "value")

    def take(self) -> LogIn | None:
        """Return what is on the form, the password's field emptied; ``None`` when something is missing, said there."""
        for part in (self._url, self._user, self._account):
            part.error = ""
        self._password.error = ""
        where = self._where.value
        if where == A_URL:
            where = self._url.value.strip()
            if not where:
                self._url.error = NO_URL
                return None
        if self.is_local:
            self._password.take()
            return LogIn(LOCAL)
        return LogIn(where, self._user.value.strip(), self._password.take(), self._account.value.strip())

    def tell(self, error: RunnerError, sentence: str) -> None:
        """Say beside the field that it is about what went wrong."""
        if sentence == NO_USER:
            self._user.error = sentence
        elif isinstance(error, WrongCredentials | MissingOnForm):
            self._password.error = sentence
            self._password.focus()

    def fill(self, identity: Identity) -> None:
        """Put who was logged in on the form, so that the password alone is to be written again."""
        if identity.profile in dict(self._where.options).values():
            self._where.value = identity.profile
        else:
            self._where.value, self._url.value = A_URL, identity.profile
        if identity.profile != LOCAL:
            self._user.value = identity.user or ""
            self._account.value = identity.account

    def _arrange(self) -> None:
        self._url.widget.layout.display = "" if self._where.value == A_URL else "none"
        for part in self._named:
            part.layout.display = "none" if self.is_local else ""


def _preset(names: list[str]) -> str:
    """Return the profile of the settings."""
    try:
        profile = str(setting("profile"))
    except SettingsError:
        return LOCAL
    return profile if profile in names else LOCAL
