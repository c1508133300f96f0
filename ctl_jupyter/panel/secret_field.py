"""A field for a secret: a password, or a key as text or file. What is typed there is never a widget's value."""

from collections.abc import Callable
from typing import Literal

import ipywidgets

__all__ = ["SecretField"]


class SecretField:
    """A field whose content comes to the kernel as a message and stays in no widget.

    A widget's value can be saved with the notebook; this one has none.

    Parameters
    ----------
    label
        What it is called.
    kind
        ``password``: one line, hidden; ``file``: a file to choose, its content is taken.
    help_text
        What to write there.
    """

    def __init__(self, label: str, kind: Literal["password", "file"] = "password", help_text: str = "") -> None:
        self._secret = ""
        self._control = ipywidgets.Password(description=label)
        self._control.observe(self._take, "value")
        self._listeners: list[Callable[[], None]] = []
        #: What is wrong with it, shown below.
        self.error = ""
        self.widget = ipywidgets.VBox([self._control])

    def __repr__(self) -> str:
        return "<SecretField>"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return not self._secret

    def take(self) -> str:
        """Return the secret, which is forgotten here, and empty the field in the page."""
        secret, self._secret = self._secret, ""
        return secret

    def peek(self) -> str:
        """Return the secret and keep it: for checks of its form."""
        return self._secret

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called when something was given or removed."""
        self._listeners.append(listener)

    def _take(self, change: object) -> None:
        if self._control.value:
            self._secret, self._control.value = self._control.value, ""
            for listener in self._listeners:
                listener()
