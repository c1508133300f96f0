"""Which Runner is meant: profiles, URLs and the environment names of this cloud's other tools.

A profile of one's own, or other parts of a built-in one, stand in config.toml::

    [profiles.team]
    url = "https://runner.example.org"         # answers log-in and Runner; or the two apart:

    [profiles.prod]
    runner_url = "https://runner.example.org"
    login_url = "https://login.example.org"
    username = "ada"
    account = "ACCT"
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ctl_jupyter.client.errors import RunnerError
from ctl_jupyter.documents import masked
from ctl_jupyter.secrecy import SECRET_NAME
from ctl_jupyter.settings import SettingsError, closest, config_path, did_you_mean, read_config

__all__ = ["CONFIG", "LOCAL", "PROFILES", "Environment", "Profile", "resolve_profile"]

LOGIN_PATH = "/v2/authentication/login"
#: The profile of the embedded Runner, which has no fixed address.
LOCAL = "local"
BUILT_IN = "built in"
CONFIG = "config.toml"
GIVEN = "the URL that was given"
#: What a profile of config.toml may hold.
MEMBERS = ("url", "runner_url", "login_url", "username", "account")


@dataclass(frozen=True)
class Profile:
    """A Runner and the service that logs in to it, both as origins without a trailing slash.

    Parameters
    ----------
    username, account_alias
        Who logs in, and to which account, when nothing that goes before says so.
    runner_source, login_source
        Where the URLs came from, in words.
    """

    name: str
    runner_url: str
    login_url: str
    username: str | None = None
    account_alias: str | None = None
    runner_source: str = field(default=BUILT_IN, compare=False)
    login_source: str = field(default=BUILT_IN, compare=False)


#: The hosted services, by name.
PROFILES = {
    "prod": Profile("prod", "https://api.runner.ctl.io", "https://api.ctl.io"),
    "qa": Profile("qa", "https://api.qa.automation.ctl.io", "https://api.ctl.io"),
}


@dataclass(frozen=True)
class Environment:
    """The ``CLC_*`` variables that users of this cloud's other tools already have set."""

    username: str | None = None
    password: str | None = None
    token: str | None = None
    account_alias: str | None = None
    login_url: str | None = None

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> "Environment":
        """Read ``CLC_V2_API_USERNAME``, ``_PASSWD``, ``_TOKEN``, ``_URL`` and ``CLC_ACCT_ALIAS``."""
        return cls(
            username=variables.get("CLC_V2_API_USERNAME") or None,
            password=variables.get("CLC_V2_API_PASSWD") or None,
            token=variables.get("CLC_V2_API_TOKEN", "").strip() or None,
            account_alias=variables.get("CLC_ACCT_ALIAS") or None,
            login_url=variables.get("CLC_V2_API_URL") or None,
        )

    def __repr__(self) -> str:
        return f"Environment(username={self.username!r}, account_alias={self.account_alias!r})"


def resolve_profile(name: str, environment: Environment) -> Profile:
    """Return the profile of that name, or one for that URL.

    A URL of a profile, whether of its log-in or of its Runner, gives that profile. Any other URL answers
    both calls on one origin, as the embedded service does, unless ``CLC_V2_API_URL`` names the log-in.

    Raises
    ------
    RunnerError
        When it is neither a profile's name nor an http(s) URL.
    SettingsError
        When config.toml holds a profile that cannot be used.
    """
    profiles = _known_profiles()
    profile = profiles.get(name)
    if profile is None:
        names = [LOCAL, *profiles]
        close = closest(name, names)
        refusal = f"{masked(name)!r} is neither a profile ({', '.join(names)}) nor"
        origin = _origin(name, refusal, f"; did you mean {close!r}?" if close else ".")
        known = (*profiles.values(), *PROFILES.values())
        profile = next(
            (one for one in known if origin in (one.runner_url, one.login_url)),
            Profile(origin, origin, origin, runner_source=GIVEN, login_source=GIVEN),
        )
    if environment.login_url:
        login_url = _origin(environment.login_url, "CLC_V2_API_URL is not")
        return replace(profile, login_url=login_url, login_source="CLC_V2_API_URL")
    return profile


def _known_profiles() -> dict[str, Profile]:
    """Return the built-in profiles, and over and beside them those of config.toml."""
    sections = read_config()["profiles"]
    return {**PROFILES, **{name: _read_profile(name, section) for name, section in sections.items()}}


def _read_profile(name: str, section: Any) -> Profile:
    where = f"profiles.{name} in {config_path()}"
    if name == LOCAL:
        raise SettingsError(f"{where} is not taken: local is the embedded Runner of this machine; choose another name.")
    if not isinstance(section, dict):
        raise SettingsError(f"{where} must be a table: [profiles.{name}].")
    for member, value in section.items():
        if SECRET_NAME.search(member):
            raise SettingsError(
                f"{where} holds {member!r}, and secrets do not belong in a file: take it out, and keep the password "
                f"in the keyring (%ctl_login {name} --save) or in CLC_V2_API_PASSWD."
            )
        if member not in MEMBERS:
            raise SettingsError(f"{member!r} of {where} means nothing here{did_you_mean(member, MEMBERS)}")
        if not isinstance(value, str) or not value:
            raise SettingsError(f"{member!r} of {where} must be a text.")
    if "url" in section and ("runner_url" in section or "login_url" in section):
        raise SettingsError(f"{where} has url, which stands for both, and runner_url or login_url beside it.")
    urls = {}
    for member in ("runner_url", "login_url"):
        given = section.get(member) or section.get("url")
        if given:
            urls[member] = _config_origin(given, f"{member if member in section else 'url'} of {where}")
            urls[member.replace("url", "source")] = CONFIG
        elif name not in PROFILES:
            raise SettingsError(f"{where} has no {member}: give url, or runner_url and login_url.")
    base = PROFILES.get(name, Profile(name, "", ""))
    return replace(
        base,
        **urls,
        username=section.get("username"),
        account_alias=section.get("account"),
    )


def _config_origin(url: str, where: str) -> str:
    try:
        return _origin(url, f"{where} is not")
    except RunnerError as error:
        said = str(error)
    raise SettingsError(said if where in said else f"{where}: {said}")


def _origin(url: str, refusal: str, end: str = ".") -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise RunnerError(f"{refusal} a URL such as https://runner.example.org{end}")
    if parts.username or parts.password:
        raise RunnerError(
            "A URL with a user name or password in it is not taken: log in with --username or CLC_V2_API_*."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
