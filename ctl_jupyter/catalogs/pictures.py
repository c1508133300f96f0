"""Pictures of a catalog, as addresses that hold them whole, so that a page asks nobody for them."""

import base64
import re
from pathlib import Path
from urllib.parse import unquote

from ctl_jupyter.catalogs.files import FileUnusable, read_bytes

__all__ = ["PictureFinder", "is_remote", "picture"]

MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
SVG = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE[^>\[]*>\s*)?(<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)
#: Bytes of all the pictures of one page.
MOST_OF_A_PAGE = 3_000_000


def is_remote(address: str) -> bool:
    """Return whether an address leads out of the catalog."""
    return address.startswith("//") or bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address))


def picture(root: Path, folder: Path, address: str) -> str:
    """Return a picture of the catalog as a ``data:`` address.

    Parameters
    ----------
    root, folder
        The catalog, and the folder from which a relative address goes; one that begins with ``/`` goes from the root.

    Raises
    ------
    FileUnusable
        When it is not there, is too large, or is no picture: its first bytes say that, not its name.
    """
    path = unquote(address.partition("?")[0].partition("#")[0])
    base = root if path.startswith("/") else folder
    content = read_bytes(root, base / path.lstrip("/"))
    form = _form(content)
    if form is None:
        raise FileUnusable("is no picture (PNG, JPEG, GIF, WebP or SVG)")
    return f"data:image/{form};base64,{base64.b64encode(content).decode('ascii')}"


def _form(content: bytes) -> str | None:
    for beginning, form in MAGIC.items():
        if content.startswith(beginning):
            return form
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    return "svg+xml" if SVG.match(content[:4096].removeprefix(b"\xef\xbb\xbf")) else None


class PictureFinder:
    """Finds the pictures of one page, as long as there is room for them.

    Parameters
    ----------
    root, folder
        As for `picture`.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._room = MOST_OF_A_PAGE

    def __call__(self, address: str) -> str:
        """Return a picture as a ``data:`` address; empty when it cannot be shown."""
        if is_remote(address):
            return ""
        try:
            found = picture(self._root, self._folder, address)
        except FileUnusable:
            return ""
        self._room -= len(found)
        return found if self._room >= 0 else ""
