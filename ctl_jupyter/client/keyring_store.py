"""The machine's keyring, where there is one that may hold secrets; where not, it says why.

The `keyring` library is imported when something is first looked up: it costs time that most sessions need not spend.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["KeyringStore"]

NO_KEYRING = "this machine has no keyring"
#: How the library itself marks a backend as one to recommend. A file in clear text is at 0.5, none at all at 0.
RECOMMENDED = 1
#: What errors of the library mean, by their names: a machine without the library must be told so, too.
REASONS = {
    "KeyringLocked": "the keyring is locked",
    "InitError": "the keyring is locked",
    "NoKeyringError": NO_KEYRING,
    "ModuleNotFoundError": NO_KEYRING,
}


class KeyringStore:
    """Keeps texts in the keyring under a service and a name; never raises what a keyring raises.

    After the first failure it is left alone: a keyring that asks its user to unlock it must not ask at each turn.

    Parameters
    ----------
    problem
        Why it is not to be touched at all; ``None`` to use it.
    """

    def __init__(self, problem: str | None = None) -> None:
        #: Why it cannot be used, the end of a sentence; ``None`` as long as nothing is known against it.
        self.problem = problem
        #: Whether there is one that does not work now.
        self.has_failed = False
        self._backend: Any = None

    def __repr__(self) -> str:
        return f"KeyringStore({self.problem or 'usable'})"

    def get(self, service: str, name: str) -> str | None:
        """Return what is kept, ``None`` when nothing is or the keyring cannot be used."""
        found = self._attempt(lambda backend: backend.get_password(service, name))
        return found if isinstance(found, str) and found else None

    def put(self, service: str, name: str, value: str) -> bool:
        """Keep a text; return whether it is kept now."""
        self._attempt(lambda backend: backend.set_password(service, name, value))
        # Some backends drop what they are given (too long, none at all) and say nothing.
        if self.problem is None and self.get(service, name) != value and self.problem is None:
            self.problem = "the keyring did not keep it"
        return self.problem is None

    def remove(self, service: str, name: str) -> None:
        """Forget a text; without effect when nothing is kept."""
        if self.get(service, name) is not None:
            self._attempt(lambda backend: backend.delete_password(service, name))

    def _attempt(self, work: Callable[[Any], Any]) -> Any:
        if self.problem is not None:
            return None
        try:
            if self._backend is None:
                self._backend = self._open()
            return None if self._backend is None else work(self._backend)
        except Exception as error:  # noqa: BLE001 -- each backend has errors of its own, and none may end a log-in
            # The error's own words could hold what was to be kept.
            kind = type(error).__name__
            self.problem = REASONS.get(kind, f"the keyring failed with {kind}")
            self.has_failed = True
            return None

    def _open(self) -> Any:
        """Return the backend, ``None`` with a `problem` when secrets may not be given to it."""
        import keyring
        from keyring.backends.chainer import ChainerBackend

        backend: Any = keyring.get_keyring()
        if isinstance(backend, ChainerBackend):
            # A chain hands on to weaker ones what its best refuses.
            backend = backend.backends[0]
        module = type(backend).__module__
        if module in ("keyring.backends.fail", "keyring.backends.null"):
            self.problem = NO_KEYRING
        elif backend.priority < RECOMMENDED or "plaintext" in type(backend).__name__.lower():
            self.problem = f"the keyring here, {module}.{type(backend).__name__}, does not protect what it keeps"
        return None if self.problem else backend
