"""Small things a magic shows: a sentence, a table, a request; each as plain text and as HTML."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

__all__ = ["Notice", "RequestPreview", "Table", "local_time"]

LONGEST_CELL = 60


class Notice:
    """A sentence."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class Table:
    """Rows under headings; long texts are cut in plain text and whole in HTML.

    Parameters
    ----------
    headings
        One per column.
    rows
        Texts, as many in each row as there are headings.
    empty
        The sentence to show when there are no rows.
    """

    def __init__(self, headings: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
        self.headings = headings
        self.rows = rows
        self._empty = empty

    def __repr__(self) -> str:
        if not self.rows:
            return self._empty
        rows = [self.headings, *[[_cut(cell) for cell in row] for row in self.rows]]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.headings))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{html.escape(self._empty)}</p>"
        head = "".join(
            f'<th scope="col" style="text-align:left">{html.escape(heading)}</th>' for heading in self.headings
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:left;overflow-wrap:anywhere;user-select:text">{html.escape(cell)}</td>'
                for cell in row
            )
            + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class RequestPreview:
    """The request that ``--dry-run`` would have sent, keys masked.

    Parameters
    ----------
    method, path
        The call.
    document
        The body, already masked.
    """

    def __init__(self, method: str, path: str, document: Any) -> None:
        self.method = method
        self.path = path
        self.document = document

    def __repr__(self) -> str:
        import json

        return (
            f"{self.method} {self.path}\n{json.dumps(self.document, indent=2, ensure_ascii=False)}\n(dry run: not sent)"
        )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"


def local_time(epoch_ms: int | None) -> str:
    """Return a time in this machine's zone, to the second; empty when there is none."""
    if epoch_ms is None:
        return ""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
