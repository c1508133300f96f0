"""A table in which one row can be chosen: jobs, products, executions, schedules."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ctl_jupyter.cleaning import one_line

__all__ = ["Column", "Row", "Table"]

#: Characters of a cell; longer ones would only be cut off in the page.
LONGEST_CELL = 300


@dataclass(frozen=True)
class Column:
    """A column.

    Parameters
    ----------
    name
        Its heading, and the key of `Row.cells`.
    is_number
        Whether it stands at the right.
    hides_below
        The width of the table in CSS pixels below which the column is left out; 0 for never.
    width
        As a track of a CSS grid.
    """

    name: str
    is_number: bool = False
    hides_below: int = 0
    width: str = "minmax(0, 1fr)"


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


class _Sheet(anywidget.AnyWidget):
    """The table in the page; the rows come as one text, which is quicker to send and to read than a tree of values."""

    _esm = Path(__file__).with_suffix(".js")
    label = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(10).tag(sync=True)
    columns: "traitlets.List[dict[str, Any]]" = traitlets.List().tag(sync=True)
    rows = traitlets.Unicode("[]").tag(sync=True)
    chosen = traitlets.Unicode(None, allow_none=True).tag(sync=True)


class Table:
    """A table of thousands of rows: one is chosen by a click or the arrow keys, opened by Enter or a double click.

    Parameters
    ----------
    label
        What screen readers call it.
    columns
        From left to right.
    empty
        What stands there when there is no row.
    height
        How many rows are in sight at most.
    """

    def __init__(
        self, label: str, columns: Sequence[Column], empty: str = "There is nothing here yet.", *, height: int = 10
    ) -> None:
        self._columns = columns
        self._rows: list[Row] = []
        self._on_choose: list[Callable[[str | None], None]] = []
        self._on_open: list[Callable[[str], None]] = []
        self._sheet = _Sheet(label=label, empty=empty, height=height, columns=[asdict(column) for column in columns])
        self._sheet.observe(self._choose, "chosen")
        self._sheet.on_msg(self._open)
        self.widget: Any = self._sheet

    @property
    def rows(self) -> Sequence[Row]:
        """What is in it; the chosen row stays chosen while its key is there."""
        return self._rows

    @rows.setter
    def rows(self, rows: Sequence[Row]) -> None:
        self._rows = list(rows)
        chosen = self.chosen
        self._sheet.rows = json.dumps([self._written(row) for row in rows], ensure_ascii=False, separators=(",", ":"))
        if chosen is not None and all(row.key != chosen for row in rows):
            self.chosen = None

    @property
    def empty(self) -> str:
        """What stands there when there is no row."""
        text: str = self._sheet.empty
        return text

    @empty.setter
    def empty(self, text: str) -> None:
        self._sheet.empty = text

    @property
    def chosen(self) -> str | None:
        """The key of the chosen row."""
        key: str | None = self._sheet.chosen
        return key

    @chosen.setter
    def chosen(self, key: str | None) -> None:
        self._sheet.chosen = key

    def on_choose(self, listener: Callable[[str | None], None]) -> None:
        """Have `listener` called with the key, or ``None``, whenever another row is chosen."""
        self._on_choose.append(listener)

    def on_open(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the key of a row that is opened."""
        self._on_open.append(listener)

    def _written(self, row: Row) -> list[Any]:
        """Return a row as the page takes it: key, cells, and by the column's place its look and its value."""
        places = {column.name: place for place, column in enumerate(self._columns)}
        return [
            row.key,
            [one_line(row.cells.get(column.name, ""), LONGEST_CELL) for column in self._columns],
            {places[name]: look for name, look in row.looks.items() if look},
            {places[name]: value for name, value in row.order.items()},
        ]

    def _choose(self, change: Any) -> None:
        for listener in list(self._on_choose):
            listener(change["new"])

    def _open(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content.get("kind") == "open" and any(row.key == content["key"] for row in self._rows):
            for listener in list(self._on_open):
                listener(content["key"])
