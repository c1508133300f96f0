"""Sentences, tables and requests as plain text and as HTML."""

import re
from html.parser import HTMLParser

import pytest

from ctl_jupyter.live.times import local_time
from ctl_jupyter.magics.tables import Notice, RequestPreview, Table

ACCENTED = "e\N{COMBINING ACUTE ACCENT}e"
ID = "3f0c9a41-77e2-4a49-9698-4c9d4fb81f20"


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


class WellFormed(HTMLParser):
    """Fails where a tag is closed that is not open; keeps what is read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data.append(data)


def test_columns_stand_below_their_headings() -> None:
    table = Table(["name", "id"], [["hello", ID], ["a longer name", ID]], "nothing")
    assert repr(table).splitlines() == [
        "name           id",
        f"hello          {ID}",
        f"a longer name  {ID}",
    ]


def test_long_texts_are_cut_to_the_terminal_and_ids_never() -> None:
    table = Table(["name", "id", "description"], [["x" * 300, ID, "y" * 300], ["short", ID, ""]], "nothing")
    lines = repr(table).splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert all(ID in line for line in lines[1:])
    assert re.match(r"x+…  ", lines[1])
    assert lines[1].endswith("y…")


def test_wide_characters_take_two_columns() -> None:
    table = Table(["name", "hosts"], [["データ", "1"], ["hello", "2"], [ACCENTED, "3"]], "nothing")
    assert repr(table).splitlines()[1:] == ["データ  1", "hello   2", f"{ACCENTED}      3"]


def test_a_cut_wide_text_keeps_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    table = Table(["name", "id"], [["デ" * 100, ID], ["x" * 100, ID]], "nothing")
    first, second = repr(table).splitlines()[1:]
    assert second == f"{'x' * 21}…  {ID}"
    # A wide character is not cut in two: what is left of its place stays empty.
    assert first == f"{'デ' * 10}…   {ID}"


def test_what_upsets_a_terminal_is_taken_out() -> None:
    table = Table(["name"], [["\x1b[31mred\x1b[0m\nsecond line \u202eright to left"]], "nothing", note="of \x07 1")
    assert repr(table).splitlines()[1:] == [
        "red second line \N{REPLACEMENT CHARACTER}right to left",
        "of \N{REPLACEMENT CHARACTER} 1",
    ]


def test_html_is_well_formed_and_escaped() -> None:
    evil = "<script>alert('x')</script> & \"quoted\""
    table = Table([evil, "id"], [[evil, ID]], "nothing", note=evil)
    read = WellFormed(table._repr_html_())
    assert {tag for tag, _ in read.tags} == {"div", "table", "thead", "tbody", "tr", "th", "td"}
    assert read.data == [evil, "id", evil, ID, evil]


def test_one_click_selects_an_id() -> None:
    read = WellFormed(Table(["name", "id"], [["hello", ID]], "nothing")._repr_html_())
    name, shown_id = (attributes["style"] or "" for tag, attributes in read.tags if tag == "td")
    assert "user-select:all" in shown_id
    assert "monospace" in shown_id
    assert "user-select" not in name


def test_a_very_long_text_is_cut_in_html_and_shows_whole_under_the_mouse() -> None:
    read = WellFormed(Table(["name"], [["x" * 300], ["hello"]], "nothing")._repr_html_())
    titles = [attributes.get("title") for tag, attributes in read.tags if tag == "td"]
    assert titles == ["x" * 300, None]
    assert read.data == ["name", "x" * 159 + "…", "hello"]


def test_without_rows_a_sentence() -> None:
    table = Table(["name"], [], "There are none & none <yet>.")
    assert repr(table) == "There are none & none <yet>."
    assert table._repr_html_() == "<p>There are none &amp; none &lt;yet&gt;.</p>"


def test_requests() -> None:
    assert repr(RequestPreview("POST", "/jobs/A", {"name": "größer"})) == (
        'POST /jobs/A\n{\n  "name": "größer"\n}\n(dry run: not sent)'
    )
    assert repr(RequestPreview("DELETE", "/jobs/A/1")) == "DELETE /jobs/A/1\n(dry run: not sent)"


def test_a_notice_is_clean() -> None:
    assert repr(Notice("Job \x1b[1mbold\x1b[0m created.")) == "Job bold created."


@pytest.mark.parametrize(
    ("epoch_ms", "shown"),
    [
        (None, ""),
        (0, r"(1970-01-01|1969-12-31) \d\d:\d\d:\d\d"),
        (10**20, r"1" + "0" * 20),
        (1_700_000_000_999, r"2023-11-1\d \d\d:\d\d:20"),
    ],
)
def test_times(epoch_ms: int | None, shown: str) -> None:
    assert re.fullmatch(shown, local_time(epoch_ms))
