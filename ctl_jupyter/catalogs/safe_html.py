"""HTML that strangers wrote, made safe for a notebook: links and simple forms stay, all else goes.

Nothing of it is fetched: a picture is shown only where it can stand in the page itself.
"""

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Any

from ctl_jupyter.cleaning import clean
from ctl_jupyter.markup import Markup, element

__all__ = ["plain_text", "rendered_markdown", "safe_html"]


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


INLINE = _names("a abbr b br code del em i kbd li mark ol p pre q s small span strong sub sup u ul")
BLOCKS = _names("blockquote dd details div dl dt h1 h2 h3 h4 h5 h6 hr img summary table tbody td th thead tr")
#: Those whose content is not for reading either.
DROPPED = _names("iframe math noembed noframes noscript object script style svg template textarea title")
ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "img": {"src", "alt", "title"}, "td": {"align"}}
ATTRIBUTES |= {"th": {"align"}, "ol": {"start"}}
SCHEMES = frozenset({"http", "https", "mailto"})
#: An image as the cleaner writes it: every ``"`` within a value is escaped.
IMAGE = re.compile(r'<img((?:\s[a-z]+="[^"]*")*)\s*/?>')
ALTERNATIVE = re.compile(r'\salt="([^"]*)"')
#: A renderer's time grows with the square of some texts; this much takes seconds at the worst.
LONGEST_MARKDOWN = 100_000

#: The address of a picture as it was written → a ``data:`` address, or nothing where it can't be shown.
FindPicture = Callable[[str], str]


def safe_html(text: str) -> Markup:
    """Return a text that may hold HTML with nothing but links and simple forms in it."""
    return Markup(_cleaned(clean(text), INLINE, lambda _address: "").strip())


def plain_text(text: str) -> str:
    """Return the words of a text that may hold HTML."""
    return unescape(_cleaned(clean(text), frozenset(), lambda _address: "")).strip()


def rendered_markdown(text: str, find_picture: FindPicture) -> Markup:
    """Return Markdown as safe HTML; one that is too long to be rendered as it is.

    Parameters
    ----------
    find_picture
        What to show for a picture; its alternative text stands where that is nothing.
    """
    text = clean(text)
    if len(text) > LONGEST_MARKDOWN:
        return element("pre", text)
    from markdown_it import MarkdownIt

    # Its own HTML goes through the cleaner with the rest.
    renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return Markup(_cleaned(renderer.render(text), INLINE | BLOCKS, find_picture).strip())


def _cleaned(html: str, tags: frozenset[str], find_picture: FindPicture) -> str:
    import nh3

    def judge(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            return find_picture(value) or None
        if tag == "a" and attribute == "href":
            # One that leads to another place of the repository would lead nowhere here.
            return value if value.partition(":")[0].strip().lower() in SCHEMES else None
        return value

    forms: dict[str, Any] = {
        "tags": set(tags),
        "clean_content_tags": set(DROPPED),
        "attributes": {tag: set(names) for tag, names in ATTRIBUTES.items() if tag in tags},
        "attribute_filter": judge,
        "url_schemes": set(SCHEMES),
        "link_rel": "noopener noreferrer",
        "strip_comments": True,
    }
    if "a" in tags:
        forms["set_tag_attribute_values"] = {"a": {"target": "_blank"}}
    return IMAGE.sub(_image, nh3.clean(html, **forms))


def _image(found: re.Match[str]) -> str:
    """Return an image that has something to show as it is, another as its alternative text."""
    if ' src="' in found[1]:
        return found[0]
    alternative = ALTERNATIVE.search(found[1])
    return escape(unescape(alternative[1])) if alternative else ""
