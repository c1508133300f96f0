"""The files of a catalog, which strangers wrote: none is followed out of its folder, none is read beyond a size."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

__all__ = ["LARGEST", "FileUnusable", "inside", "product_folders", "read_bytes", "read_text"]

#: Bytes of a file that are read: of a configuration, a picture, a README, a playbook.
LARGEST = 1_000_000
CONFIG_NAMES = ("config.yml", "config.yaml")
#: Folders of a catalog that are looked at; a home directory given by mistake has more.
MOST_FOLDERS = 20_000
#: What a role keeps its own files in; a ``config.yml`` there is one of these.
FOLDERS_OF_ROLES = frozenset({"defaults", "files", "handlers", "meta", "tasks", "templates", "vars"})


class FileUnusable(Exception):
    """Why a file is not read, as the end of a sentence: ``is larger than 1 MB``."""


def inside(root: Path, path: Path) -> Path | None:
    """Return where a path leads when that is a plain file within the root, else ``None``.

    Parameters
    ----------
    root
        Resolved already.
    """
    try:
        found = path.resolve(strict=True)
        # A pipe or a device could be read for ever.
        return found if found.is_relative_to(root) and stat.S_ISREG(found.stat().st_mode) else None
    except (OSError, ValueError, RuntimeError):
        return None  # not there, not ours to read, a circle of links, or no name that a file can have


def read_bytes(root: Path, path: Path, largest: int = LARGEST) -> bytes:
    """Read a file of a catalog.

    Raises
    ------
    FileUnusable
        When it leads out of the root, is no plain file, cannot be read or is too large.
    """
    found = inside(root, path)
    if found is None:
        raise FileUnusable("is no file within the catalog" if _is_there(path) else "is not there")
    try:
        with found.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise FileUnusable(f"cannot be read ({os.strerror(error.errno or 0)})") from None
    if len(content) > largest:
        raise FileUnusable(f"is larger than {largest / 1_000_000:g} MB")
    return content


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False  # no name that a file can have


def read_text(root: Path, path: Path) -> tuple[str, bool]:
    """Read a text of a catalog; also whether it is whole, which one that is not UTF-8 is not.

    Raises
    ------
    FileUnusable
        As `read_bytes`.
    """
    content = read_bytes(root, path)
    try:
        return content.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return content.decode("utf-8-sig", errors="replace"), False


def product_folders(root: Path) -> Iterator[tuple[Path, Path] | None]:
    """Yield each folder that has a configuration, and that file, in order of their paths; at last ``None`` if cut off.

    Links to folders are not followed.
    """
    for looked_at, (place, folders, files) in enumerate(os.walk(root)):
        if looked_at == MOST_FOLDERS:
            yield None
            return
        folder = Path(place)
        is_role = folder.parent.name == "roles"
        folders[:] = sorted(name for name in folders if name != ".git" and not (is_role and name in FOLDERS_OF_ROLES))
        config = next((name for name in CONFIG_NAMES if name in files), None)
        if config:
            yield folder, folder / config
