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


def test_a_picture_comes_behind_all_else(table: Table) -> None:
    table.rows = [Row("a", {"name": "one"}, picture="data:image/png;base64,AAAA")]
    assert sent(table) == [["a", ["one", ""], {}, {}, {}, "data:image/png;base64,AAAA"]]


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


def long_table(count: int = 1_000) -> tuple[Table, list[Row]]:
    table = Table("Jobs", [Column("name")])
    rows = [Row(f"key-{number}", {"name": f"job {number}"}) for number in range(count)]
    table.rows = rows
    return table, rows


def test_a_change_of_few_rows_among_many_is_all_that_is_sent() -> None:
    table, rows = long_table()
    whole = table.widget.rows
    for place in (3, 7):
        rows[place] = Row(f"key-{place}", {"name": "another"})
        table.rows = rows
    assert table.widget.rows == whole
    # Both, so that it is no matter whether the page heard of the first.
    assert json.loads(table.widget.changes) == {
        "3": ["key-3", ["another"], {}, {}],
        "7": ["key-7", ["another"], {}, {}],
    }


def test_other_rows_and_many_changes_are_sent_as_a_whole() -> None:
    table, rows = long_table()
    rows[0] = Row("key-0", {"name": "another"})
    table.rows = rows
    table.rows = rows[:500]
    assert len(sent(table)) == 500
    assert table.widget.changes == "{}"
    table.rows = [Row(row.key, {"name": "new"}) for row in rows[:500]]
    assert {cells[0] for _, cells, *_ in sent(table)} == {"new"}
    assert table.widget.changes == "{}"


def test_a_search_sends_places_alone_and_keeps_the_choice() -> None:
    table, rows = long_table()
    told: list[str | None] = []
    table.chosen = "key-5"
    table.on_choose(told.append)
    whole = table.widget.rows
    table.find(["key-1", "key-9", "gone"])
    assert table.widget.found == [1, 9]
    assert table.widget.rows == whole
    table.rows = rows[1:]
    assert table.widget.found == [0, 8]
    table.find(None)
    assert table.widget.found is None
    assert table.chosen == "key-5"
    assert told == []


def test_a_title_that_is_not_the_text_is_sent_with_the_row() -> None:
    table = Table("Jobs", [Column("name"), Column("last run")])
    table.rows = [Row("a", {"last run": "3 h ago"}, titles={"last run": "2026-11-28 01:00:00"})]
    assert sent(table)[0][4] == {"1": "2026-11-28 01:00:00"}


def test_rows_in_sight_are_told(table: Table) -> None:
    told: list[list[str]] = []
    table.on_sight(lambda keys: told.append(list(keys)))
    table.widget._handle_custom_msg({"kind": "sight", "keys": ["b", "gone"]}, [])
    assert told == [["b"]]
