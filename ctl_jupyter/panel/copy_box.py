"""A read-only text with a button that copies it."""

from pathlib import Path

import anywidget
import traitlets

__all__ = ["CopyBox"]


class CopyBox(anywidget.AnyWidget):
    """A text to look at and to copy; where the browser gives no clipboard, the text is selected.

    Parameters
    ----------
    label
        What screen readers call the text.
    text
        The text; never a secret.
    """

    _esm = Path(__file__).with_suffix(".js")
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
