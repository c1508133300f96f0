"""A hosted Runner whose secrets can be searched for."""

from tests.fake_runner import FakeRunner
from tests.service import canaries

__all__ = ["CanaryRunner"]


class CanaryRunner(FakeRunner):
    """A hosted Runner whose password and tokens nobody would mistake for anything else."""

    def __init__(self) -> None:
        super().__init__(password=canaries.password("password"))
        self.given: list[str] = []

    def give_token(self) -> str:
        token = canaries.token("token")
        with self._lock:
            self._tokens.add(token)
            self.given.append(token)
        return token

    def secrets(self) -> dict[str, list[bytes]]:
        """Return the password and every token so far, in every form."""
        return {
            "password": canaries.password_forms(self.password),
            **{f"token {number}": canaries.password_forms(token) for number, token in enumerate(self.given)},
        }
