"""Texts and pictures of a catalog made safe to show: nothing runs, and nothing is fetched from elsewhere."""

import base64
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ctl_jupyter.markup import Markup

__all__ = ["LONGEST_FILE", "inside", "picture_of", "plain_text", "read_text", "rendered", "safe_html"]

#: Bytes of a file that is read at most.
LONGEST_FILE = 1_000_000
#: What is left of HTML in descriptions, help texts and README files; their links open beside the notebook.
TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}}
SCHEMES = {"http", "https", "mailto", "data"}
#: How pictures begin, and what they are then.
PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE[^>]*>\s*)?<svg[\s>]", re.DOTALL), "image/svg+xml"),
)


def safe_html(text: str) -> Markup:
    """Return HTML from outside without anything but text, its form and links."""
    kept = nh3.clean(
        text,
        tags=set(TAGS - {"img"}),
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES - {"data"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(kept)


def plain_text(text: str) -> str:
    """Return HTML from outside as text."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def inside(root: Path, folder: Path, name: str) -> Path | None:
    """Return the file of a name as written in a product, beside it or in the catalog; ``None`` where there is none.

    What leads out of the catalog, through a link of the file system too, is no file of it.
    """
    wanted = unquote(urlsplit(name).path) if "://" in name else name
    for base in (folder, root):
        try:
            path = (base / wanted.lstrip("/")).resolve()
            if path.is_relative_to(root.resolve()) and path.is_file():
                return path
        except (OSError, ValueError):  # no name that a file can have
            continue
    return None


def read_text(path: Path) -> str:
    """Return a text file.

    Raises
    ------
    ValueError
        When it is too large or no text; the sentence says which.
    OSError
        When it cannot be read.
    """
    if path.stat().st_size > LONGEST_FILE:
        raise ValueError(f"{path.name} is larger than {LONGEST_FILE // 1_000_000} MB.")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is no text in UTF-8.") from None


def picture_of(root: Path, folder: Path, name: str) -> str:
    """Return a picture as a ``data:`` address; empty where it is none, too large, or elsewhere."""
    path = None if "://" in name or name.startswith("//") else inside(root, folder, name)
    try:
        if path is None or path.stat().st_size > LONGEST_FILE:
            return ""
        content = path.read_bytes()
    except OSError:
        return ""
    kind = next((kind for begin, kind in PICTURES if begin.match(content)), "")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else ""


def rendered(markdown: str, root: Path, folder: Path) -> Markup:
    """Return a README as HTML, its own pictures in it; of others their texts are left."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(markdown)
    for token in tokens:
        token.children = [_own_picture(child, root, folder) for child in token.children or []] or token.children
    html = parser.renderer.render(tokens, parser.options, {})
    return Markup(
        nh3.clean(
            html,
            tags=set(TAGS),
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            attribute_filter=_only_own,
            link_rel="noopener noreferrer",
            set_tag_attribute_values={"a": {"target": "_blank"}},
        )
    )


def _own_picture(token: Token, root: Path, folder: Path) -> Token:
    """Return a token, a picture from elsewhere as its text."""
    if token.type != "image":
        return token
    source = picture_of(root, folder, str(token.attrs.get("src", "")))
    if source:
        token.attrs["src"] = source
        return token
    return Token("text", "", 0, content=f"[{token.content or 'a picture'}]")


def _only_own(_element: str, attribute: str, value: str) -> str | None:
    """Take away what a README's own HTML would fetch, and data behind links."""
    if attribute == "src":
        return value if value.startswith("data:image/") else None
    if attribute == "href" and value.lstrip().lower().startswith("data:"):
        return None
    return value
