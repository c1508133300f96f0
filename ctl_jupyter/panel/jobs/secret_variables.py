"""Variables whose values are secret: a name and a secret field each; no value is ever a widget's."""

import re
from collections.abc import Sequence
from typing import Any

import ipywidgets

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.secret_field import SecretField

__all__ = ["SecretVariables"]

NAME = re.compile(r"[A-Za-z_]\w*")


class _Row:
    def __init__(self) -> None:
        self.name = Field(
            "Secret variable", ipywidgets.Text(placeholder="db_password", continuous_update=False), "Its name."
        )
        self.secret = SecretField("Its value", help_text="Sent with the request, and kept nowhere here.")
        self.widget = ipywidgets.HBox([self.name.widget, self.secret.widget])
        self.widget.add_class("ctl-pair")

    def is_empty(self) -> bool:
        return not self.name.value.strip() and self.secret.is_empty


class SecretVariables:
    """Rows of a name and a secret; one is there, and a button gives more."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._more = ipywidgets.Button(
            description="Another secret variable", tooltip="Give one more variable whose value is secret"
        )
        self._more.on_click(lambda _: self.add())
        self._box = ipywidgets.VBox()
        self.widget: Any = ipywidgets.VBox([self._box, self._more])
        self.widget.add_class("ctl-wide")
        self.add()

    def add(self) -> tuple[Field, SecretField]:
        """Add a row and return its two fields."""
        row = _Row()
        row.name.control.observe(lambda _: self._check(row), "value")
        row.secret.on_change(lambda: self._check(row))
        self._rows.append(row)
        self._box.children = [row.widget for row in self._rows]
        return row.name, row.secret

    @property
    def rows(self) -> list[tuple[Field, SecretField]]:
        """The fields of each row."""
        return [(row.name, row.secret) for row in self._rows]

    def peek(self) -> dict[str, str]:
        """Return the variables, which stay in their fields.

        Raises
        ------
        DocumentError
            When one has no name or no value; it stands beside its name, too.
        """
        found: dict[str, str] = {}
        for row in self._rows:
            if row.is_empty():
                row.name.error = ""
                continue
            name = row.name.value.strip()
            row.name.error = self._wrong_with(row, found)
            if row.name.error:
                raise DocumentError(row.name.error)
            found[name] = row.secret.peek()
        return found

    def forget(self) -> None:
        """Forget every secret; the names stay."""
        for row in self._rows:
            row.secret.take()

    def clear(self) -> None:
        """Forget every secret and every name."""
        self.begin(())

    def begin(self, names: Sequence[str]) -> None:
        """Begin anew, with a row for each of the names, whose values have to be given."""
        self.forget()
        self._rows.clear()
        for name in names or ("",):
            field, _ = self.add()
            field.value = name

    def _check(self, row: _Row) -> None:
        # A value without a name, or a name without one, may be half typed: said when it is sent.
        name = row.name.value.strip()
        row.name.error = self._wrong_with(row, {}) if name and not row.secret.is_empty else ""

    def _wrong_with(self, row: _Row, before: dict[str, str]) -> str:
        name = row.name.value.strip()
        if not name:
            return "The secret has no name: write that of its variable."
        if not NAME.fullmatch(name):
            return "This is no name of a variable: letters, digits and underscores."
        if name in before:
            return f"{name} is given twice."
        if row.secret.is_empty:
            return f"{name} has no value: give it, or take the name away."
        return ""
