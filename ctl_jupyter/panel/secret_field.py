"""A field for a secret: a password, or a key as text or file. What is typed there is never a widget's value."""

import logging
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Literal

import anywidget
import traitlets

__all__ = ["SecretField"]

logger = logging.getLogger(__name__)

#: As the page refuses them already.
MOST_BYTES = 64 * 1024
NOT_TEXT = "This file is not text, so it is no key."
TOO_LONG = "At most 64 kB are taken."


class _SecretWidget(anywidget.AnyWidget):
    """What the page shows of the field; every trait of it may be read by anybody."""

    _esm = files(__package__).joinpath("secret_field.js").read_text(encoding="utf-8")

    label = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    help_text = traitlets.Unicode().tag(sync=True)
    placeholder = traitlets.Unicode().tag(sync=True)
    is_required = traitlets.Bool().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    #: Empty, or a word that says that there is something: of a file its name.
    given = traitlets.Unicode().tag(sync=True)


class SecretField:
    """A field whose content comes to the kernel as a message and stays in no widget.

    A widget's value can be saved with the notebook; this one has none. The page sends what was typed when the field is
    left, at Enter, and before a click anywhere, so that it is here before the message of the button that was clicked.

    Parameters
    ----------
    label
        What it is called.
    kind
        ``password``: one line, hidden; ``file``: a file to choose, its content is taken, 64 kB at most.
    help_text
        What to write there.
    is_required
        Whether it must not be empty, which the label says.
    """

    def __init__(
        self,
        label: str,
        kind: Literal["password", "file"] = "password",
        help_text: str = "",
        *,
        is_required: bool = False,
    ) -> None:
        self._secret = ""
        self._on_change: list[Callable[[], None]] = []
        self._on_submit: list[Callable[[], None]] = []
        self.widget = _SecretWidget(label=label, kind=kind, help_text=help_text, is_required=is_required)
        self.widget.on_msg(self._hear)

    def __repr__(self) -> str:
        return "<SecretField>"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return not self._secret

    @property
    def error(self) -> str:
        """What is wrong with it, shown below; empty when nothing is."""
        return str(self.widget.error)

    @error.setter
    def error(self, sentence: str) -> None:
        self.widget.error = sentence

    @property
    def help_text(self) -> str:
        """What to write there; never what is there."""
        return str(self.widget.help_text)

    @help_text.setter
    def help_text(self, text: str) -> None:
        self.widget.help_text = text

    @property
    def disabled(self) -> bool:
        """Whether nothing can be typed."""
        return bool(self.widget.disabled)

    @disabled.setter
    def disabled(self, is_disabled: bool) -> None:
        self.widget.disabled = is_disabled

    @property
    def file_name(self) -> str:
        """The name of the file that was chosen; empty without one."""
        return "" if self.is_empty or self.widget.kind != "file" else str(self.widget.given)

    def take(self) -> str:
        """Return the secret, which is forgotten here, and empty the field in the page."""
        secret = self._secret
        self._set("", "")
        self.widget.send({"kind": "empty"})
        return secret

    def peek(self) -> str:
        """Return the secret and keep it: for checks of its form."""
        return self._secret

    def ask(self) -> None:
        """Have the page send what is typed by now; it comes after this returned."""
        self.widget.send({"kind": "ask"})

    def focus(self) -> None:
        """Put the cursor into the field."""
        self.widget.send({"kind": "focus"})

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called when something was given or removed."""
        self._on_change.append(listener)

    def on_submit(self, listener: Callable[[], None]) -> None:
        """Have `listener` called when Enter was pressed in the field; its content is here by then."""
        self._on_submit.append(listener)

    def _set(self, secret: str, given: str) -> None:
        self._secret = secret
        self.widget.given = given if secret else ""

    def _hear(self, _widget: object, message: Any, buffers: Sequence[Any]) -> None:
        kind = message.get("kind") if isinstance(message, dict) else None
        if kind == "file" and buffers:
            self._take_file(str(message.get("name", "")), bytes(buffers[0]))
        elif kind == "given":
            text = message.get("text")
            if isinstance(text, str):
                self._take_text(text)
            if message.get("is_submitted"):
                _tell(self._on_submit)

    def _take_text(self, text: str) -> None:
        is_too_long = len(text) > MOST_BYTES
        # Another error stays until the form is used: a button that moves up while it is being pressed is not clicked.
        if is_too_long or self.error == TOO_LONG:
            self.error = TOO_LONG if is_too_long else ""
        self._set("" if is_too_long else text, "given")
        _tell(self._on_change)

    def _take_file(self, name: str, content: bytes) -> None:
        text = ""
        try:
            text = content.decode() if len(content) <= MOST_BYTES else ""
            self.error = TOO_LONG if len(content) > MOST_BYTES else ""
        except UnicodeDecodeError:
            self.error = NOT_TEXT
        self._set(text, name or "The file")
        _tell(self._on_change)


def _tell(listeners: list[Callable[[], None]]) -> None:
    for listener in list(listeners):
        try:
            listener()
        except Exception:  # noqa: BLE001 -- the error may hold what was given: its kind alone is told
            logger.error("A part of the panel could not take up what was given.")  # noqa: TRY400
