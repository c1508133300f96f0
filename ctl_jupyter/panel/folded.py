"""Something that is folded away under a title; a real button, which the keyboard reaches, unlike an accordion's."""

from typing import Any

import ipywidgets

__all__ = ["Folded"]


class Folded:
    """A title that shows or hides what is below it.

    Parameters
    ----------
    title
        What stands on the button.
    content
        A widget.
    is_open
        Whether it is shown at first.
    """

    def __init__(self, title: str, content: Any, *, is_open: bool = False) -> None:
        self._content = content
        self._is_open = is_open
        self._title = title
        self._button = ipywidgets.Button()
        self._button.add_class("ctl-fold")
        self._button.on_click(lambda _: setattr(self, "is_open", not self._is_open))
        self.widget = ipywidgets.VBox([self._button, content])
        self.is_open = is_open

    @property
    def is_open(self) -> bool:
        """Whether the content is shown."""
        return self._is_open

    @is_open.setter
    def is_open(self, is_open: bool) -> None:
        self._is_open = is_open
        self._button.description = f"{'▾' if is_open else '▸'} {self._title}"
        self._button.tooltip = "Fold it away" if is_open else "Show it"
        self._content.layout.display = "" if is_open else "none"
