"""Descriptions, READMEs and pictures: what is shown is safe and asks nobody for anything."""

from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ctl_jupyter.markup import Markup
from tests.catalogs.folders import product_of

HARMLESS = {"a", "b", "br", "code", "em", "p", "table", "tbody", "td", "tr"}
PNG = b"\x89PNG\r\n\x1a\n and so on"
SVG = b'<?xml version="1.0"?><!-- drawn --><svg xmlns="http://www.w3.org/2000/svg"/>'


def address(content: bytes, form: str) -> str:
    return f"data:image/{form};base64,{b64encode(content).decode()}"


def readme(root: Path, text: str, **pictures: bytes) -> str:
    files: dict[str, str | bytes] = {"shop/Readme.md": text}
    files |= {f"shop/{name}.png": content for name, content in pictures.items()}
    product = product_of(root, "name: Shop", files)
    assert isinstance(product.readme, Markup)
    return product.readme


class Judge(HTMLParser):
    """Collects the elements and attributes that a stranger may not have."""

    def __init__(self) -> None:
        super().__init__()
        self.harmful: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HARMLESS:
            self.harmful.append(tag)
        for name, value in attrs:
            is_web = name == "href" and (value or "").startswith(("https://", "http://", "mailto:"))
            is_here = name == "src" and (value or "").startswith("data:image/")
            if not (is_web or is_here or name in ("title", "target", "rel", "alt")):
                self.harmful.append(f"{tag} {name}")


def harmful(html: str) -> list[str]:
    judge = Judge()
    judge.feed(html)
    return judge.harmful


def test_a_readme_is_laid_out(tmp_path: Path) -> None:
    html = readme(
        tmp_path, "# Shop\n\n*Sells* [things](https://example.org).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~old~~"
    )
    assert "<h1>Shop</h1>" in html
    assert "<em>Sells</em>" in html
    assert "<td>1</td>" in html
    assert "<s>old</s>" in html
    assert 'href="https://example.org"' in html
    assert 'target="_blank"' in html
    assert "noopener" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        '<a href="javascript:alert(1)">a</a>',
        '<a href="data:text/html,alert(1)">a</a>',
        '<a href=" java\nscript:alert(1)">a</a>',
        "<style>body { display: none } alert(1)</style>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        '<iframe src="https://example.org/alert(1)"></iframe>',
        '<p style="position: fixed" onclick="alert(1)" class="x" id="y">p</p>',
        '<form action="https://example.org/alert(1)"><input name="alert(1)"></form>',
        '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
        '![a"onerror="alert(1)](gone.png)'.replace("alert(1)", "al"),
        '<img src="https://example.org/alert(1).png">',
        '<img srcset="https://example.org/alert(1).png 2x">',
        "![](https://example.org/alert(1).png)",
        '<link rel="stylesheet" href="https://example.org/alert(1).css">',
        '<video src="https://example.org/alert(1)"></video>',
    ],
)
def test_nothing_of_a_stranger_runs_or_is_fetched(tmp_path: Path, text: str) -> None:
    html = readme(tmp_path, f"before\n\n{text}\n\nafter")
    product = product_of(
        tmp_path, f"name: Shop\ndescription: {text!r}\nfields:\n- {{name: a, type: text, helpText: {text!r}}}"
    )
    for shown in (html, product.description, product.fields[0].help_text):
        assert harmful(shown) == []
    assert "before" in html
    assert "after" in html or "<math" in text


def test_scripts_and_styles_leave_no_words_behind(tmp_path: Path) -> None:
    html = readme(tmp_path, "so <script>one()</script><style>two {}</style><svg><text>three</text></svg> it is")
    assert html == "<p>so  it is</p>"


def test_pictures_of_the_catalog_stand_in_the_page_and_others_by_their_words(tmp_path: Path) -> None:
    html = readme(
        tmp_path,
        "![mine](mine.png) ![theirs > ours](https://example.org/a.png) ![none](gone.png) <img src='mine.png' alt='raw'>"
        " ![liar](liar.png) ![up](../../up.png)",
        mine=PNG,
        liar=b"<html>",
    )
    assert html.count(address(PNG, "png")) == 2
    assert html.count("<img") == 2
    for words in ("theirs &gt; ours", "none", "liar", "up"):
        assert f" {words}" in html


def test_links_into_the_repository_lead_nowhere_and_keep_their_words(tmp_path: Path) -> None:
    html = readme(tmp_path, "[inside](docs/a.md) [mail](mailto:a@example.org)")
    assert "inside" in html
    assert "docs/a.md" not in html
    assert "mailto:a@example.org" in html


def test_a_readme_too_long_to_lay_out_is_shown_as_it_is(tmp_path: Path) -> None:
    product = product_of(tmp_path, "name: Shop", {"shop/README.md": "[<b>" * 50_000})
    assert product.readme.startswith("<pre>[&lt;b&gt;")
    assert any("README.md" in note for note in product.notes)


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a", "gif"),
        (b"RIFF....WEBP", "webp"),
        (SVG, "svg+xml"),
    ],
)
def test_a_products_picture_is_known_by_its_first_bytes(tmp_path: Path, content: bytes, form: str) -> None:
    product = product_of(tmp_path, "name: Shop\nimagePath: art/it%20is.dat", {"shop/art/it is.dat": content})
    assert product.picture == address(content, form)
    assert product.notes == ()
    again = product_of(tmp_path, "name: Shop\nimagePath: /art/it.dat", {"art/it.dat": content})
    assert again.picture == product.picture


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("https://example.org/a.png", "not fetched"),
        ("//example.org/a.png", "not fetched"),
        ("data:image/png;base64,AAAA", "not fetched"),
        ("gone.png", "is not there"),
        ("page.png", "is no picture"),
        ("large.png", "larger than 1 MB"),
        ("../../../etc/hostname", ""),
    ],
)
def test_a_picture_that_cannot_be_shown_is_noted(tmp_path: Path, written: str, told: str) -> None:
    files: dict[str, str | bytes] = {"shop/page.png": "<html>", "shop/large.png": PNG + b"x" * 1_000_000}
    product = product_of(tmp_path, f"name: Shop\nimagePath: '{written}'", files)
    assert product.picture == ""
    assert told in product.notes[0]
