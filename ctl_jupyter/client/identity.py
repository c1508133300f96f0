"""Who is logged in, where, and where that came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Identity"]


@dataclass(frozen=True)
class Identity:
    """Who is logged in; nothing of it is secret.

    Parameters
    ----------
    user
        The user name; ``None`` when a token alone is known.
    account
        The account that every call is made for.
    profile
        The profile's name, or the URL that was given.
    runner_url, login_url
        Where calls and log-ins go.
    token_until
        When the token's two weeks end; ``None`` when it is not known.
    sources
        Where ``user``, ``account``, ``runner_url``, ``login_url`` and ``token`` came from, in words.
    """

    user: str | None
    account: str
    profile: str
    runner_url: str
    login_url: str
    token_until: datetime | None
    sources: Mapping[str, str]
