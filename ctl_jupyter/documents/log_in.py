"""The answer to a log-in."""

import msgspec

__all__ = [
    "LogIn",
]


class LogIn(msgspec.Struct, rename="camel", kw_only=True):
    """The answer to ``POST /v2/authentication/login``.

    Parameters
    ----------
    user_name, account_alias, location_alias
        Who logged in, to which account, and that account's data center.
    roles
        Names of the roles of this user.
    bearer_token
        The token that every other call carries; usable for up to two weeks.
    """

    user_name: str
    account_alias: str
    location_alias: str = ""
    roles: list[str] = []
    bearer_token: str = ""

    def __repr__(self) -> str:
        return f"LogIn(user_name={self.user_name!r}, account_alias={self.account_alias!r})"
