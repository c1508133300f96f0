"""Keyrings of the tests: one in memory, and ones that are of no use."""

from typing import Any

from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import KeyringLocked, PasswordDeleteError

__all__ = ["ClearTextKeyring", "ForgetfulKeyring", "LockedKeyring", "MemoryKeyring"]


class MemoryKeyring(KeyringBackend):
    """Keeps everything in memory, and counts how often it was asked."""

    # Never chosen by itself: tests say when they want it.
    priority: Any = properties.classproperty(lambda cls: 1)

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.asked += 1
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")

    def tokens(self) -> list[str]:
        """Return what is kept of tokens."""
        return [text for (service, _), text in self.kept.items() if "token" in service]


class LockedKeyring(MemoryKeyring):
    """Its user does not unlock it; its errors hold what they should not."""

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1
        raise KeyringLocked(f"Failed to keep {password}!")


class ForgetfulKeyring(MemoryKeyring):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1


class ClearTextKeyring(MemoryKeyring):
    """Stands for one that writes a file in clear text, at the priority that such have."""

    priority: Any = properties.classproperty(lambda cls: 0.5)
