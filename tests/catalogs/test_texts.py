"""READMEs and pictures: safe, and nothing from elsewhere."""

import base64
from pathlib import Path

import pytest

from ctl_jupyter.catalogs import Product, open_catalog

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def product(tmp_path: Path, config: str = "name: Disk\n", readme: str = "") -> Product:
    folder = tmp_path / "catalog" / "disk"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yml").write_text(config)
    (folder / "README.md").write_text(readme)
    (folder / "disk.png").write_bytes(PNG)
    (found,) = open_catalog(str(tmp_path / "catalog")).products
    return found


@pytest.mark.parametrize(
    ("markdown", "kept", "gone"),
    [
        ("# Title\n\n|a|b|\n|-|-|\n|1|2|", "<table>", "|"),
        ("<script>alert(1)</script> text", "text", "alert"),
        ("[help](javascript:alert(1))", "help", 'href="javascript'),
        ("<a href='data:text/html,x'>help</a>", "help", "data:"),
        ("![a cloud](https://example.org/x.png)", "[a cloud]", "example.org"),
        ("<img src='https://example.org/x.png' onerror='x'>", "", "example.org"),
        ("<b onclick='x'>bold</b>", "<b>bold</b>", "onclick"),
        ("![ours](disk.png)", "data:image/png;base64,", "disk.png"),
        ("![secret](../../../outside.png)", "[secret]", "data:"),
    ],
)
def test_a_readme_is_shown_safely(tmp_path: Path, markdown: str, kept: str, gone: str) -> None:
    (tmp_path / "outside.png").write_bytes(PNG)
    html = product(tmp_path, readme=markdown).readme
    assert kept in html
    assert gone not in html


def test_a_picture_of_the_catalog_comes_as_data(tmp_path: Path) -> None:
    found = product(tmp_path, "name: Disk\nimagePath: disk.png\n")
    assert found.picture == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@pytest.mark.parametrize("path", ["https://example.org/x.png", "config.yml", "nowhere.png", "../../outside.png"])
def test_any_other_picture_is_left_out_and_told(tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.png").write_bytes(PNG)
    found = product(tmp_path, f"name: Disk\nimagePath: {path}\n")
    assert found.picture == ""
    assert any("picture is left out" in note for note in found.notes)


def test_a_link_out_of_the_catalog_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("top secret")
    product(tmp_path)
    readme = tmp_path / "catalog" / "disk" / "README.md"
    readme.unlink()
    readme.symlink_to(tmp_path / "secret.md")
    (found,) = open_catalog(str(tmp_path / "catalog")).products
    assert "secret" not in found.readme


def test_a_file_that_is_too_large_is_told(tmp_path: Path) -> None:
    found = product(tmp_path, readme="x" * 1_000_001)
    assert found.readme == ""
    assert any("larger than 1 MB" in note for note in found.notes)
