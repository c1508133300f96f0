"""The columns as a page and as a DataFrame: all of them, as the frames have them."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history import describe
from ctl_jupyter.history.columns_page import PAGE, columns_page
from ctl_jupyter.history.schema import FRAMES, empty_frame


def test_the_file_is_what_the_table_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == columns_page(), "run: python -m ctl_jupyter.history.columns_page"


def test_it_is_a_notebook_of_text_with_every_column() -> None:
    document = nbformat.reads(columns_page(), as_version=4)
    nbformat.validate(document)
    cells = {cell.id: cell.source for cell in document.cells if cell.cell_type == "markdown"}
    assert len(cells) == len(document.cells) == len(FRAMES) + 1
    for name, columns in FRAMES.items():
        rows = [line for line in cells[f"frame-{name}"].splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == [column.name for column in columns]


def test_the_command_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "page.ipynb"
    subprocess.run([sys.executable, "-W", "error", "-m", "ctl_jupyter.history.columns_page", str(path)], check=True)
    assert path.read_text(encoding="utf-8") == columns_page()


@pytest.mark.parametrize("name", list(FRAMES))
def test_a_frame_is_described_column_by_column(name: str) -> None:
    found = describe(name).set_index("column")
    frame = empty_frame(name)
    assert list(found.index) == list(frame.columns)
    assert list(found.columns) == ["dtype", "unit", "source", "meaning"]
    for column, dtype in found["dtype"].items():
        told = str(frame[column].dtype)
        assert dtype == ("list of str" if told.startswith("large_list") else told)
    assert (found["source"] != "").all()
    assert (found["meaning"] != "").all()
    assert (found.loc[found["dtype"].str.startswith("timedelta"), "unit"] != "").all()


def test_a_frame_that_is_not_there() -> None:
    with pytest.raises(DocumentError, match="There is no frame 'executoins'; did you mean 'executions'"):
        describe("executoins")
