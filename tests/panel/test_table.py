"""The table's kernel half; what the page does with it is in the browser's tests."""

import json
from typing import Any

import pytest

from ctl_jupyter.panel.table import Column, Row, Table


@pytest.fixture
def table() -> Table:
    table = Table("Jobs", [Column("name"), Column("runs", is_number=True)])
    table.rows = [Row("a", {"name": "one", "runs": "3"}, {"runs": "good"}, {"runs": 3}), Row("b", {"name": "two"})]
    return table


def sent(table: Table) -> Any:
    return json.loads(table.widget.rows)


def open_row(table: Table, key: str) -> None:
    """Do as the page does when a row is opened."""
    table.widget._handle_custom_msg({"kind": "open", "key": key}, [])


def test_rows_come_to_the_page_by_the_columns_places(table: Table) -> None:
    assert sent(table) == [["a", ["one", "3"], {"1": "good"}, {"1": 3}], ["b", ["two", ""], {}, {}]]


def test_a_chosen_row_stays_chosen_while_it_is_there(table: Table) -> None:
    told: list[str | None] = []
    table.on_choose(told.append)
    table.chosen = "b"
    table.rows = [Row("b", {"name": "two"}), Row("c", {"name": "three"})]
    assert table.chosen == "b"
    table.rows = [Row("c", {"name": "three"})]
    assert table.chosen is None
    assert told == ["b", None]


def test_a_row_is_opened_only_while_it_is_there(table: Table) -> None:
    opened: list[str] = []
    table.on_open(opened.append)
    open_row(table, "a")
    table.rows = []
    open_row(table, "a")
    assert opened == ["a"]


def test_a_cell_is_one_line_that_ends(table: Table) -> None:
    table.rows = [Row("a", {"name": "one\ntwo " + "x" * 5_000})]
    name = sent(table)[0][1][0]
    assert name.startswith("one two x")
    assert len(name) <= 300
