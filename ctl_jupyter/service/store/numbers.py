"""Numbers without a gap: the last one is how many there are, and a page is a range of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, select

__all__ = ["Numbered"]


@dataclass(frozen=True)
class Numbered:
    """The rows of one account, job or execution.

    Parameters
    ----------
    column
        Where their numbers stand; unique among them by an index that begins with what they share.
    mine
        The condition that they share.
    """

    column: "Column[Any]"
    mine: "ColumnElement[bool]"

    def last(self, connection: Connection) -> int:
        """Return how many there are. In a writing transaction nobody else can give the next number meanwhile."""
        return int(connection.execute(self.last_query()).scalar() or 0)

    def last_query(self) -> "Select[Any]":
        """Return the query of the last number; of nothing when there is none."""
        return select(self.column).where(self.mine).order_by(self.column.desc()).limit(1)

    def oldest_first(self, page: int, size: int) -> "ColumnElement[bool]":
        """Return the condition of a page, counted from the oldest."""
        return self._from(page * size + 1, size)

    def newest_first(self, last: int, page: int, size: int) -> "ColumnElement[bool]":
        """Return the condition of a page, counted from the newest."""
        return self._from(last - (page + 1) * size + 1, size)

    def _from(self, first: int, size: int) -> "ColumnElement[bool]":
        return self.mine & self.column.between(first, first + size - 1)
