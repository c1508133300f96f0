"""Texts and pictures of a catalog: nothing runs, and nothing is fetched from elsewhere."""

import base64
from pathlib import Path

import pytest

from ctl_jupyter.catalogs.texts import inside, picture_of, plain_text, rendered, safe_html
from tests.catalogs.making import PNG, read, write

SVG = b'<?xml version="1.0"?>\n<!-- a logo --><svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("<style>p {}</style>a", "a"),
        ('<b onclick="x()">a</b>', "<b>a</b>"),
        ('<p style="position:fixed">a</p>', "<p>a</p>"),
        ('<img src="https://example.org/a.png">a', "a"),
        ("<iframe src=x></iframe><form><input></form>a", "a"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
    ],
)
def test_html_keeps_its_text_and_form(html: str, kept: str) -> None:
    assert safe_html(html) == kept


@pytest.mark.parametrize(
    "href", ["javascript:x()", "JavaScript:x()", "java\nscript:x()", "data:text/html,x", "vbscript:x"]
)
def test_a_link_that_would_run_leads_nowhere(tmp_path: Path, href: str) -> None:
    for html in (safe_html(f'<a href="{href}">a</a>'), rendered(f'<a href="{href}">a</a>', tmp_path, tmp_path)):
        assert "href" not in html
        assert "a</a>" in html


def test_a_link_opens_beside_the_notebook() -> None:
    html = safe_html('<a href="https://example.org" target="_top">a</a>')
    assert 'href="https://example.org"' in html
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer"' in html


@pytest.mark.parametrize(
    ("html", "text"),
    [("A <b>disk</b>", "A disk"), ("R&amp;D", "R&D"), ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"), (" a\n b ", "a b")],
)
def test_html_as_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x01\x02\x03\x04WEBP", "image/webp"),
        (SVG, "image/svg+xml"),
        (b"<html><svg></svg></html>", ""),
        (b"", ""),
        (PNG + b"\0" * 1_000_000, ""),
    ],
    ids=["png", "jpeg", "gif", "webp", "svg", "html", "empty", "over 1 MB"],
)
def test_a_picture_is_known_by_what_it_holds(tmp_path: Path, content: bytes, kind: str) -> None:
    write(tmp_path, {"logo.txt": content})
    address = f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else ""
    assert picture_of(tmp_path, tmp_path, "logo.txt") == address


@pytest.mark.parametrize(
    "name", ["//example.org/a.png", "https://example.org/a.png", "file:///etc/passwd", "gone.png", ""]
)
def test_a_picture_from_elsewhere_is_none(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"a.png": PNG, "etc/passwd": PNG})
    assert picture_of(tmp_path, tmp_path, name) == ""


@pytest.mark.parametrize("name", ["a/logo.png", "/a/logo.png", "logo.png", "../a/logo.png"])
def test_a_file_lies_beside_the_product_or_in_the_catalog(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"a/logo.png": PNG})
    assert inside(tmp_path, tmp_path / "a", name) == (tmp_path / "a" / "logo.png").resolve()


@pytest.mark.parametrize("name", ["../out.png", "link.png", "links/out.png", "a\0b", "x" * 5000, "http://[x", "loop"])
def test_what_leads_out_of_the_catalog_is_no_file_of_it(tmp_path: Path, name: str) -> None:
    root = write(tmp_path / "root", {"a.png": PNG})
    write(tmp_path, {"out.png": PNG})
    (root / "link.png").symlink_to(tmp_path / "out.png")
    (root / "links").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    assert inside(root, root, name) is None
    assert picture_of(root, root, name) == ""


def test_a_readme_is_rendered_with_its_own_pictures(tmp_path: Path) -> None:
    readme = """# Disk
| a | b |
|---|---|
| 1 | 2 |

![own](logo.png) ![far](https://example.org/far.png) ![gone](gone.png) ![](http://[x)
<img src="https://example.org/far.png" onerror="x()"> <script>alert(1)</script>
"""
    write(tmp_path, {"disk/logo.png": PNG})
    html = read(tmp_path, "name: Disk", **{"README.md": readme}).readme
    assert "<h1>Disk</h1>" in html
    assert "<td>1</td>" in html
    assert "data:image/png;base64," in html
    assert "[far]" in html
    assert "[gone]" in html
    assert "[a picture]" in html
    assert html.count("src=") == 1
    assert not [word for word in ("example.org", "onerror", "script") if word in html]


@pytest.mark.parametrize(
    ("content", "note"),
    [(b"#" * 1_000_001, "larger than 1 MB"), (b"\xff\xfe", "no text in UTF-8")],
)
def test_a_readme_that_cannot_be_read_is_left_out(tmp_path: Path, content: bytes, note: str) -> None:
    product = read(tmp_path, "name: Disk", **{"README.md": content})
    assert product.readme == ""
    assert [said for said in product.notes if note in said]


@pytest.mark.parametrize("root_has_one", [True, False])
def test_a_readme_that_leads_outside_is_not_read(tmp_path: Path, root_has_one: bool) -> None:
    root = write(tmp_path / "root", {"disk/a": ""} | ({"README.md": "the catalog's"} if root_has_one else {}))
    write(tmp_path, {"out.md": "secret"})
    (root / "disk" / "README.md").symlink_to(tmp_path / "out.md")
    assert read(root, "name: Disk").readme == ""
