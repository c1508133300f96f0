"""A table in which one row can be chosen: jobs, products, executions, schedules."""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ctl_jupyter.cleaning import one_line

__all__ = ["Column", "Row", "Table"]

#: Characters of a cell; longer ones would only be cut off in the page.
LONGEST_CELL = 300
#: Tables up to this length, and changes of more rows, are sent as a whole.
FEW_ROWS = 200


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
    titles
        What a column says under the pointer, where that is not its text.
    picture
        A ``data:`` address of a small picture before the first column; empty for none.
    """

    key: str
    cells: dict[str, str]
    looks: dict[str, str] = field(default_factory=dict)
    order: dict[str, float] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    picture: str = ""


class _Sheet(anywidget.AnyWidget):
    """The table in the page; the rows come as one text, which is quicker to send and to read than a tree of values.

    All that changed since they came is in `changes`: a message that is lost is made good by the next one.
    """

    _esm = Path(__file__).with_suffix(".js")
    label = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(10).tag(sync=True)
    columns: "traitlets.List[dict[str, Any]]" = traitlets.List().tag(sync=True)
    rows = traitlets.Unicode("[]").tag(sync=True)
    #: Rows in place of others, by their places, as text.
    changes = traitlets.Unicode("{}").tag(sync=True)
    #: The places of the rows that were found, ``None`` for all.
    found: "traitlets.List[int] | None" = traitlets.List(None, allow_none=True).tag(sync=True)
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
        self._rows: list[Row] = []
        self._places = {column.name: place for place, column in enumerate(columns)}
        #: Rows that the page was sent after the others, by their places.
        self._changes: dict[int, list[Any]] = {}
        self._found: frozenset[str] | None = None
        # Rows come from threads that ask Runner, searches from the page.
        self._lock = threading.Lock()
        self._on_choose: list[Callable[[str | None], None]] = []
        self._on_open: list[Callable[[str], None]] = []
        self._on_sight: list[Callable[[Sequence[str]], None]] = []
        self._sheet = _Sheet(label=label, empty=empty, height=height, columns=[asdict(column) for column in columns])
        self._sheet.observe(self._choose, "chosen")
        self._sheet.on_msg(self._take_message)
        self.widget: Any = self._sheet

    @property
    def rows(self) -> Sequence[Row]:
        """What is in it; the chosen row stays chosen while its key is there."""
        return self._rows

    @rows.setter
    def rows(self, rows: Sequence[Row]) -> None:
        rows = list(rows)
        with self._lock, self._sheet.hold_sync():
            before, self._rows = self._rows, rows
            self._send(before)
            self._send_found()
        chosen = self.chosen
        if chosen is not None and all(row.key != chosen for row in rows):
            self.chosen = None

    def find(self, keys: Iterable[str] | None) -> None:
        """Have only the rows of these keys in sight, also after the rows were set anew; ``None`` for all.

        A chosen row that is out of sight stays chosen.
        """
        with self._lock:
            self._found = None if keys is None else frozenset(keys)
            self._send_found()

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

    def focus(self) -> None:
        """Give it the keyboard."""
        self._sheet.focus()

    def on_choose(self, listener: Callable[[str | None], None]) -> None:
        """Have `listener` called with the key, or ``None``, whenever another row is chosen."""
        self._on_choose.append(listener)

    def on_open(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the key of a row that is opened."""
        self._on_open.append(listener)

    def on_sight(self, listener: Callable[[Sequence[str]], None]) -> None:
        """Have `listener` called with the keys of the rows in sight when others have been for a moment."""
        self._on_sight.append(listener)

    def _send(self, before: Sequence[Row]) -> None:
        """Send the rows: those that changed, where few did among many, or else all."""
        rows = self._rows
        if len(rows) > FEW_ROWS and [row.key for row in rows] == [row.key for row in before]:
            changed = {
                place: self._written(row)
                for place, (row, old) in enumerate(zip(rows, before, strict=True))
                if row != old
            }
            if len(self._changes | changed) <= FEW_ROWS:
                self._changes |= changed
                self._sheet.changes = _text(self._changes)
                return
        self._changes = {}
        self._sheet.rows = _text([self._written(row) for row in rows])
        self._sheet.changes = "{}"

    def _send_found(self) -> None:
        found = self._found
        self._sheet.found = (
            None if found is None else [place for place, row in enumerate(self._rows) if row.key in found]
        )

    def _written(self, row: Row) -> list[Any]:
        """Return a row as the page takes it: key, cells, and by the column's place look, value, title; the picture."""
        places = self._places
        written = [
            row.key,
            [one_line(row.cells.get(name, ""), LONGEST_CELL) for name in places],
            {places[name]: look for name, look in row.looks.items() if look},
            {places[name]: value for name, value in row.order.items()},
        ]
        if row.titles or row.picture:
            written.append({places[name]: one_line(title, LONGEST_CELL) for name, title in row.titles.items()})
        if row.picture:
            written.append(row.picture)
        return written

    def _choose(self, change: Any) -> None:
        for listener in list(self._on_choose):
            listener(change["new"])

    def _take_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        keys = {row.key for row in self._rows}
        if content.get("kind") == "open" and content["key"] in keys:
            for listener in list(self._on_open):
                listener(content["key"])
        elif content.get("kind") == "sight":
            in_sight = [key for key in content["keys"] if key in keys]
            for take in list(self._on_sight):
                take(in_sight)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
