"""The callbacks of a job form: rows of an address, a level and a secret."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.jobs.job_entries import LEVELS, CallbackEntry
from ctl_jupyter.panel.secret_field import SecretField

__all__ = ["CallbackRows"]

#: The levels in words; their names are Runner's.
MEANINGS = {"DEBUG": "DEBUG: every event", "ERROR": "ERROR: what fails", "RESULT": "RESULT: the end"}


class _Row:
    def __init__(
        self, entry: CallbackEntry, on_change: Callable[[], None], on_remove: Callable[["_Row"], None]
    ) -> None:
        self.place = entry.place
        self.url = Field(
            "Callback's address",
            ipywidgets.Text(value=entry.url, placeholder="https://example.org/hook", continuous_update=False),
        )
        levels = [(MEANINGS.get(level, level), level) for level in dict.fromkeys([*LEVELS, entry.level])]
        self.level = Field("What is posted", ipywidgets.Dropdown(options=levels, value=entry.level))
        self.secret = SecretField("Secret to sign with", help_text="Empty to leave it as it is.")
        remove = ipywidgets.Button(description="Remove", tooltip="Take this callback out of the job")
        remove.on_click(lambda _: on_remove(self))
        for field in (self.url, self.level):
            field.control.observe(lambda _: on_change(), "value")
        self.secret.on_change(on_change)
        self.widget = ipywidgets.HBox([self.url.widget, self.level.widget, self.secret.widget, remove])
        self.widget.add_class("ctl-pair")
        self.widget.add_class("ctl-callback")

    def entry(self) -> CallbackEntry:
        return CallbackEntry(url=self.url.value, level=self.level.value, place=self.place, secret=self.secret.peek())


class CallbackRows:
    """Any number of callbacks.

    Parameters
    ----------
    on_change
        Called when something of them changes.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._rows: list[_Row] = []
        self._box = ipywidgets.VBox()
        add = ipywidgets.Button(description="Add a callback", tooltip="Have events of each run posted to an address")
        add.on_click(lambda _: self.add())
        self.widget: Any = ipywidgets.VBox([self._box, add])
        self.widget.add_class("ctl-wide")

    @property
    def entries(self) -> list[CallbackEntry]:
        """What the rows say; secrets stay in their fields."""
        return [row.entry() for row in self._rows]

    @entries.setter
    def entries(self, entries: Sequence[CallbackEntry]) -> None:
        self.forget()
        self._rows = [self._row(entry) for entry in entries]
        self._show()

    @property
    def urls(self) -> list[Field]:
        """The fields of the addresses."""
        return [row.url for row in self._rows]

    def add(self) -> None:
        """Add an empty row."""
        self._rows.append(self._row(CallbackEntry()))
        self._show()

    def forget(self) -> None:
        """Forget every secret."""
        for row in self._rows:
            row.secret.take()

    def _row(self, entry: CallbackEntry) -> _Row:
        return _Row(entry, self._on_change, self._remove)

    def _remove(self, row: _Row) -> None:
        row.secret.take()
        self._rows.remove(row)
        self._show()
        self._on_change()

    def _show(self) -> None:
        self._box.children = [row.widget for row in self._rows]
