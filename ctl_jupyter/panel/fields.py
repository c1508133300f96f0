"""One field of a form: a control, its label above it, a help text, and beside it what is wrong with its value."""

from typing import Any

import ipywidgets

from ctl_jupyter.markup import Markup, element

__all__ = ["Field", "form"]


class Field:
    """A control with its label, its help and its error.

    The label is the control's own ``description``, so that a screen reader and a click on it find the control; the
    panel's style sheet puts it above.

    Parameters
    ----------
    label
        What it is called.
    control
        An ipywidgets control; its ``description`` becomes the label.
    help_text
        What to write there; plain text, or `Markup` that is safe.
    is_required
        Whether it must not be empty, which the label says.
    """

    def __init__(self, label: str, control: Any, help_text: str = "", *, is_required: bool = False) -> None:
        self.label = label
        self.control = control
        control.description = f"{label} (required)" if is_required else label
        control.style.description_width = "auto"
        control.layout.width = "auto"
        self._help = element("div", help_text, **{"class": "ctl-help"}) if help_text else Markup("")
        self._note = ipywidgets.HTML(self._help)
        self._note.add_class("ctl-note")
        self._error = ""
        self.widget = ipywidgets.VBox([control, self._note])
        self.widget.add_class("ctl-field")

    @property
    def value(self) -> Any:
        """What the control holds."""
        return self.control.value

    @value.setter
    def value(self, value: Any) -> None:
        self.control.value = value

    @property
    def error(self) -> str:
        """What is wrong with the value, empty when nothing is."""
        return self._error

    @error.setter
    def error(self, sentence: str) -> None:
        self._error = sentence
        if sentence:
            # Polite: fields are checked at each keystroke, and the same sentence is no change.
            told = element("div", f"✗ {sentence}", role="status", aria_live="polite", **{"class": "ctl-error"})
            self._note.value = told + self._help
            self.widget.add_class("ctl-wrong")
        else:
            self._note.value = self._help
            self.widget.remove_class("ctl-wrong")


def form(*parts: Any) -> Any:
    """Return fields, and other widgets, below each other; two beside each other where the panel is wide.

    Parameters
    ----------
    parts
        `Field`, and whatever has a ``widget``, and widgets.
    """
    box = ipywidgets.VBox([getattr(part, "widget", part) for part in parts])
    box.add_class("ctl-form")
    return box
