"""Small things a magic shows: a sentence, a table, a request; each as plain text, tables also as HTML."""

import shutil
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from ctl_jupyter.cleaning import clean, one_line
from ctl_jupyter.markup import Markup, element, elements

__all__ = ["Notice", "RequestPreview", "Table"]

#: Columns of a terminal that does not say how wide it is; notebooks show as much.
WIDTH = 132
#: A cell of plain text is cut to the first where there is no room for more, to the second at most.
SHORTEST_CELL, LONGEST_CELL = 14, 60
LONGEST_ID = 400
GAP = "  "
#: A column of HTML whose texts are no longer than this does not wrap, unless its cells are sentences.
UNWRAPPED = 26
#: A longer text is cut in HTML, too; the whole one shows under the mouse.
LONGEST_HTML_CELL = 160

CELL = "text-align:left;vertical-align:top"
ID_CELL = f"{CELL};white-space:nowrap;user-select:all;font-family:var(--jp-code-font-family,monospace)"
SHORT_CELL = f"{CELL};white-space:nowrap"
LONG_CELL = f"{CELL};min-width:9em;max-width:26em;overflow-wrap:anywhere"
TABLE = "margin:0;border-collapse:collapse;text-align:left"
NOTE = "margin-top:4px;color:var(--jp-content-font-color2,#767676)"


class Notice:
    """A sentence, or a few of them, each on a line."""

    def __init__(self, text: str) -> None:
        self._text = clean(text)

    def __repr__(self) -> str:
        return self._text


class Table:
    """Rows under headings; long texts are cut, in plain text sooner than in HTML.

    Parameters
    ----------
    headings
        One per column.
    rows
        Texts, as many in each row as there are headings.
    empty
        The sentence to show when there are no rows.
    note
        A sentence below the rows.
    ids
        Headings of the columns that hold ids: never cut, and one click selects one whole.
    """

    def __init__(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        empty: str,
        *,
        note: str = "",
        ids: Collection[str] = ("id",),
    ) -> None:
        self.headings = headings
        self.rows = rows
        self.note = note
        self._empty = empty
        self._ids = ids

    def __repr__(self) -> str:
        if not self.rows:
            return clean(self._empty)
        columns = self._columns()
        for column, width in zip(columns, self._widths(columns), strict=True):
            column[:] = [_padded(cell, width) for cell in column]
        lines = [GAP.join(row).rstrip() for row in zip(*columns, strict=True)]
        return "\n".join([*lines, clean(self.note)] if self.note else lines)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Show the text as it is; IPython would take it apart first, line by line."""
        printer.text(repr(self))

    def _columns(self) -> list[list[str]]:
        """Return each column's texts, each on one line, its heading first."""
        rows = zip(*self.rows, strict=True)
        return [
            [_line(cell, longest) for cell in (heading, *column)]
            for heading, column, longest in zip(self.headings, rows, self._longest(), strict=True)
        ]

    def _longest(self) -> list[int]:
        return [LONGEST_ID if heading in self._ids else LONGEST_CELL for heading in self.headings]

    def _widths(self, columns: Sequence[Sequence[str]]) -> list[int]:
        """Return how wide each column is, the widest ones made narrower until all have room."""
        widths = [max(map(_width, column)) for column in columns]
        spare = sum(widths) + len(GAP) * (len(widths) - 1) - shutil.get_terminal_size((WIDTH, 24)).columns
        while spare > 0:
            cuttable = [place for place, heading in enumerate(self.headings) if heading not in self._ids]
            widest = max(cuttable, key=lambda place: widths[place], default=None)
            if widest is None or widths[widest] <= SHORTEST_CELL:
                break
            widths[widest] -= 1
            spare -= 1
        return widths

    def _repr_html_(self) -> str:
        if not self.rows:
            return str(element("p", self._empty))
        columns = [self._cells(*column) for column in zip(self.headings, zip(*self.rows, strict=True), strict=True)]
        head = element("tr", *elements("th", self.headings, scope="col", style=CELL))
        body = Markup("").join(f"<tr>{''.join(row)}</tr>" for row in zip(*columns, strict=True))
        table = element("table", element("thead", head), element("tbody", Markup(body)), style=TABLE)
        return str(element("div", table, element("div", self.note, style=NOTE)) if self.note else table)

    def _cells(self, heading: str, column: Sequence[str]) -> list[Markup]:
        if heading in self._ids:
            return elements("td", column, style=ID_CELL)
        longest = max(map(len, column))
        if longest <= LONGEST_HTML_CELL:
            return elements("td", column, style=SHORT_CELL if longest <= UNWRAPPED else LONG_CELL)
        shown = [one_line(text, LONGEST_HTML_CELL) for text in column]
        return [
            element("td", short, style=LONG_CELL, title=text if len(text) > LONGEST_HTML_CELL else "")
            for text, short in zip(column, shown, strict=True)
        ]


class RequestPreview:
    """The request that ``--dry-run`` would have sent, keys masked.

    Parameters
    ----------
    method, path
        The call.
    document
        The body, already masked; ``None`` when it has none.
    """

    def __init__(self, method: str, path: str, document: Any = None) -> None:
        self.method = method
        self.path = path
        self.document = document

    def __repr__(self) -> str:
        import json

        body = [] if self.document is None else [json.dumps(self.document, indent=2, ensure_ascii=False)]
        return clean("\n".join([f"{self.method} {self.path}", *body, "(dry run: not sent)"]))


def _line(text: str, longest: int) -> str:
    if text.isascii() and text.isprintable() and len(text) <= longest:
        return text  # as most are: a table has hundreds
    return one_line(text, longest)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each wide character, none for what is put on one."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _padded(text: str, width: int) -> str:
    """Return a text cut or filled up to a width."""
    if text.isascii():
        return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"
    taken = _width(text)
    if taken <= width:
        return text + " " * (width - taken)
    while _width(text) > width - 1:
        text = text[:-1]
    return _padded(text + "…", width)
