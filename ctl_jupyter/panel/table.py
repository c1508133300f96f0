"""A table in which one row can be chosen: jobs, products, executions, schedules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ipywidgets

__all__ = ["Column", "Row", "Table"]


@dataclass(frozen=True)
class Column:
    """A column.

    Parameters
    ----------
    name
        Its heading, and the key of `Row.cells`.
    is_number
        Whether it stands at the right and is sorted by `Row.order`.
    hides_below
        The width of the table in CSS pixels below which the column is left out; 0 for never.
    """

    name: str
    is_number: bool = False
    hides_below: int = 0


@dataclass(frozen=True)
class Row:
    """A row.

    Parameters
    ----------
    key
        What it is known by: an id.
    cells
        The text of each column.
    looks
        Of a column: ``good``, ``bad``, ``warn``, ``busy`` or ``quiet``; the text says it, too.
    order
        What a column is sorted by, where that is not its text.
    """

    key: str
    cells: dict[str, str]
    looks: dict[str, str] = field(default_factory=dict)
    order: dict[str, float] = field(default_factory=dict)


class Table:
    """A table of thousands of rows: one is chosen by a click or the arrow keys, opened by Enter or a second click.

    Parameters
    ----------
    label
        What screen readers call it.
    columns
        From left to right.
    empty
        What stands there when there is no row.
    """

    def __init__(self, label: str, columns: Sequence[Column], empty: str = "There is nothing here yet.") -> None:
        self._columns = columns
        self._rows: list[Row] = []
        self._on_choose: list[Callable[[str | None], None]] = []
        self._on_open: list[Callable[[str], None]] = []
        self._select = ipywidgets.Select(description=label, rows=8, layout={"width": "auto"})
        self._select.observe(self._choose, "value")
        self.widget: Any = self._select

    @property
    def rows(self) -> Sequence[Row]:
        """What is in it; the chosen row stays chosen while its key is there."""
        return self._rows

    @rows.setter
    def rows(self, rows: Sequence[Row]) -> None:
        self._rows = list(rows)
        chosen = self.chosen
        options = [("  ·  ".join(row.cells.get(c.name, "") for c in self._columns), row.key) for row in rows]
        self._select.options = options
        self._select.value = chosen if chosen in {row.key for row in rows} else None

    @property
    def chosen(self) -> str | None:
        """The key of the chosen row."""
        value: str | None = self._select.value
        return value

    @chosen.setter
    def chosen(self, key: str | None) -> None:
        self._select.value = key

    def on_choose(self, listener: Callable[[str | None], None]) -> None:
        """Have `listener` called with the key, or ``None``, whenever another row is chosen."""
        self._on_choose.append(listener)

    def on_open(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the key of a row that is opened."""
        self._on_open.append(listener)

    def _choose(self, change: Any) -> None:
        for listener in self._on_choose:
            listener(change["new"])
