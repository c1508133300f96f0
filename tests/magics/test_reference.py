"""The reference page is what the table gives, and holds all of it."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ctl_jupyter.magics.configuration import Ctl
from ctl_jupyter.magics.reference import PAGE, reference
from ctl_jupyter.magics.table import MAGICS


def test_the_file_is_what_the_table_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m ctl_jupyter.magics.reference"


def test_it_is_a_notebook_of_text() -> None:
    document = nbformat.reads(reference(), as_version=4)
    nbformat.validate(document)
    assert {cell.cell_type for cell in document.cells} == {"markdown"}


def test_it_holds_every_magic_option_and_setting() -> None:
    cells = {cell.id: cell.source for cell in nbformat.reads(reference(), as_version=4).cells}
    for name, spec in MAGICS.items():
        text = cells[f"magic-{name}"]
        assert spec.example in text
        for option in spec.options:
            assert f"`{option.shown}`".replace("|", "\\|") in text, option.shown
        for call in spec.calls:
            assert f"`{call}`" in text
    for name in Ctl.class_own_traits(config=True):
        assert f"| `{name}` |" in cells["settings"]
        assert f"`CTL_{name.upper()}`" in cells["settings"]


def test_the_command_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "page.ipynb"
    subprocess.run([sys.executable, "-W", "error", "-m", "ctl_jupyter.magics.reference", str(path)], check=True)
    assert path.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("name", list(Ctl.class_own_traits(config=True)))
def test_a_setting_s_help_tells_its_default(name: str) -> None:
    told = Ctl.class_own_traits(config=True)[name].help.partition(" Default: ")[2].partition(",")[0]
    assert told == str(getattr(Ctl(), name))
