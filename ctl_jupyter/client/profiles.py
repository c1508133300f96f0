"""Which Runner is meant: profiles, URLs and the environment names of this cloud's other tools."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ctl_jupyter.client.errors import RunnerError
from ctl_jupyter.documents import masked

__all__ = ["PROFILES", "Environment", "Profile", "resolve_profile"]

LOGIN_PATH = "/v2/authentication/login"


@dataclass(frozen=True)
class Profile:
    """A Runner and the service that logs in to it, both as origins without a trailing slash."""

    name: str
    runner_url: str
    login_url: str


#: The hosted services, by name. ``local``, the embedded one, has no fixed address.
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

    A URL of a hosted profile, whether of its log-in or of its Runner, gives that profile. Any other URL answers
    both calls on one origin, as the embedded service does, unless ``CLC_V2_API_URL`` names the log-in.

    Raises
    ------
    RunnerError
        When it is neither a profile's name nor an http(s) URL.
    """
    profile = PROFILES.get(name)
    if profile is None:
        origin = _origin(name, f"{masked(name)!r} is neither a profile (local, {', '.join(PROFILES)}) nor")
        hosted = (known for known in PROFILES.values() if origin in (known.runner_url, known.login_url))
        profile = next(hosted, Profile(origin, origin, origin))
    if environment.login_url:
        return replace(profile, login_url=_origin(environment.login_url, "CLC_V2_API_URL is not"))
    return profile


def _origin(url: str, refusal: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise RunnerError(f"{refusal} a URL such as https://runner.example.org.")
    if parts.username or parts.password:
        raise RunnerError(
            "A URL with a user name or password in it is not taken: log in with --username or CLC_V2_API_*."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
