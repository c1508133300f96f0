"""What is kept between log-ins: user name and password where the user asked for it, and tokens for their two weeks.

All of it stands in the keyring; tokens in this process's memory where there is none. Passwords and tokens are kept by
the URLs that they are for, so that a profile whose URL is changed sends neither to a stranger.
"""

import msgspec

from ctl_jupyter.client.auth import Credentials, Token
from ctl_jupyter.client.keyring_store import KeyringStore
from ctl_jupyter.client.profiles import Profile

__all__ = ["Saved"]

#: Tokens that no keyring keeps, by their place in it.
_memory: dict[tuple[str, str], Token] = {}


class Saved:
    """What is kept of one profile.

    Parameters
    ----------
    profile
        Which one.
    store
        The keyring.
    """

    def __init__(self, profile: Profile, store: KeyringStore) -> None:
        self.store = store
        self._name_place = ("ctl-jupyter user name", profile.name)
        self._password_service = f"ctl-jupyter {profile.login_url}"
        self._token_service = f"ctl-jupyter token of {profile.login_url} for {profile.runner_url}"

    def username(self) -> str | None:
        """Return the user name that was saved last with this profile."""
        return self.store.get(*self._name_place)

    def password(self, username: str) -> str | None:
        """Return the saved password of a user."""
        return self.store.get(self._password_service, username)

    def save(self, credentials: Credentials) -> bool:
        """Save user name and password; return whether they are saved now."""
        return self.store.put(self._password_service, credentials.username, credentials.password) and self.store.put(
            *self._name_place, credentials.username
        )

    def forget(self, username: str) -> None:
        """Forget the saved password of a user, and the name where it is the saved one."""
        self.store.remove(self._password_service, username)
        if self.username() == username:
            self.store.remove(*self._name_place)

    def token(self, username: str) -> tuple[Token, str] | None:
        """Return a user's token whose two weeks have not ended, and where it was kept."""
        place = (self._token_service, username)
        token, source = _memory.get(place), "an earlier log-in in this process"
        if token is None:
            text, source = self.store.get(*place), "the keyring"
            token = _read_token(text) if text else None
        if token is not None and token.is_old:
            self.drop_token(username)
            return None
        return None if token is None else (token, source)

    def keep_token(self, username: str, token: Token) -> None:
        """Keep a user's token, in place of the one there was."""
        place = (self._token_service, username)
        if self.store.put(*place, msgspec.json.encode(token).decode()):
            _memory.pop(place, None)
        else:
            _memory[place] = token

    def drop_token(self, username: str, value: str | None = None) -> None:
        """Forget a user's token.

        Parameters
        ----------
        value
            Only if it still is this one: another process may have logged in meanwhile.
        """
        place = (self._token_service, username)
        kept = _memory.get(place)
        if kept is not None and value in (None, kept.value):
            del _memory[place]
        text = self.store.get(*place)
        stored = _read_token(text) if text else None
        if text and (value is None or stored is None or stored.value == value):
            self.store.remove(*place)


def _read_token(text: str) -> Token | None:
    """Read a token from the keyring; what somebody else put there counts as none."""
    try:
        return msgspec.json.decode(text, type=Token)
    except msgspec.MsgspecError:
        return None
