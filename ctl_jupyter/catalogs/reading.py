"""A product, read from its folder: whatever its files hold, it opens and says what it could not use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ctl_jupyter.catalogs.config_yaml import ConfigUnreadable, read_yaml
from ctl_jupyter.catalogs.files import FileUnusable, inside, read_text
from ctl_jupyter.catalogs.form import read_panels
from ctl_jupyter.catalogs.members import Members, Notes, kind_of
from ctl_jupyter.catalogs.pictures import PictureFinder, is_remote, picture
from ctl_jupyter.catalogs.product import Product
from ctl_jupyter.catalogs.safe_html import LONGEST_MARKDOWN, plain_text, rendered_markdown, safe_html
from ctl_jupyter.cleaning import clean, one_line
from ctl_jupyter.markup import Markup

__all__ = ["read_product"]

PLAYBOOK_NAMES = ("playbook.yml", "playbook.yaml", "site.yml", "site.yaml", "main.yml", "main.yaml")
KNOWN_MEMBERS = {
    "name",
    "description",
    "shortDescription",
    "imagePath",
    "version",
    "updateDate",
    "public",
    "schedulable",
    "defaultPlaybook",
    "author",
    "organization",
    "organizationUrl",
    "tags",
    "fields",
    "panels",
}


def read_product(root: Path, folder: Path, config: Path, root_name: str) -> Product:
    """Read a product.

    Parameters
    ----------
    root
        The catalog, resolved.
    folder, config
        The product's folder and its configuration.
    root_name
        What a product in the root itself is called when it does not say so.
    """
    notes = Notes()
    members = Members(_configuration(root, config, notes), "The product", notes)
    unknown = [name for name in members.names() if name not in KNOWN_MEMBERS]
    if unknown:
        words = ", ".join(f"'{one_line(str(name), 30)}'" for name in unknown[:5])
        members.note(f"has {words}, which a product has no use for.")
    name = one_line(plain_text(members.line("name")))
    folder_name = one_line(root_name if folder == root else folder.name)
    if not name:
        members.note(f"has no 'name'; it is called '{folder_name}' after its folder.")
    return Product(
        folder=clean(folder.relative_to(root).as_posix()),
        name=name or folder_name,
        description=safe_html(members.text("description")),
        short_description=one_line(plain_text(members.text("shortDescription")), 1_000),
        version=members.line("version"),
        update_date=members.line("updateDate"),
        author=members.line("author"),
        organization=members.line("organization"),
        organization_url=_web_address(members, "organizationUrl"),
        tags=members.lines("tags"),
        is_public=members.truth("public", absent=True),
        is_schedulable=members.truth("schedulable", absent=True),
        picture=_picture(root, folder, members),
        readme=_readme(root, folder, notes),
        default_playbook=_default_playbook(root, folder, members),
        panels=read_panels(members, notes),
        notes=notes.sentences(),
    )


def _configuration(root: Path, config: Path, notes: Notes) -> dict[Any, Any]:
    """Return what the configuration holds; nothing where it cannot be read."""
    try:
        text, is_whole = read_text(root, config)
        found = read_yaml(text)
    except FileUnusable as error:
        notes.add(f"{config.name} {error}, so that nothing of it is used.")
        return {}
    except ConfigUnreadable as error:
        notes.add(f"{config.name} is no YAML, so that nothing of it is used: {error}.")
        return {}
    if not is_whole:
        notes.add(f"{config.name} is not UTF-8 text; some of its characters are lost.")
    if not isinstance(found, dict):
        notes.add(f"{config.name} is {kind_of(found)}, where a mapping of members belongs; nothing of it is used.")
        return {}
    return found


def _web_address(members: Members, name: str) -> str:
    address = members.line(name)
    if address and not address.lower().startswith(("http://", "https://")):
        members.note(f"has '{one_line(address, 60)}' as '{name}', which is no web address; it is not used.")
        return ""
    return address


def _picture(root: Path, folder: Path, members: Members) -> str:
    address = members.line("imagePath")
    if not address:
        return ""
    if is_remote(address):
        members.note(f"has a picture that lies elsewhere, which is not fetched: {one_line(address, 120)}.")
        return ""
    try:
        return picture(root, folder, address)
    except FileUnusable as error:
        members.note(f"has a picture that cannot be shown: '{one_line(address, 120)}' {error}.")
        return ""


def _readme(root: Path, folder: Path, notes: Notes) -> Markup:
    path = next((path for path in sorted(_entries(folder)) if path.name.lower() == "readme.md"), None)
    if path is None:
        return Markup("")
    try:
        text, _ = read_text(root, path)
    except FileUnusable as error:
        notes.add(f"{path.name} {error}; it is not shown.")
        return Markup("")
    if len(text) > LONGEST_MARKDOWN:
        notes.add(f"{path.name} is too long to be laid out; it is shown as it is.")
    return rendered_markdown(text, PictureFinder(root, folder))


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except OSError:
        return


def _default_playbook(root: Path, folder: Path, members: Members) -> str:
    """Return the playbook's path within the catalog: the one that is named, or the one of a usual name."""
    written = members.line("defaultPlaybook")
    if written:
        relative = written.lstrip("/")
        for base in (folder, root):
            found = _path_within(root, base / relative)
            if found:
                return found
    for name in PLAYBOOK_NAMES:
        found = _path_within(root, folder / name)
        if found:
            if written:
                members.note(
                    f"has '{one_line(written, 120)}' as 'defaultPlaybook', which is not there; {name} is taken."
                )
            return found
    if written:
        members.note(
            f"has '{one_line(written, 120)}' as 'defaultPlaybook', which is not there, nor any other playbook."
        )
    else:
        members.note("names no 'defaultPlaybook', and its folder has no playbook.yml, site.yml or main.yml.")
    return ""


def _path_within(root: Path, path: Path) -> str:
    """Return a file's path within the root; empty when it is no file there."""
    found = inside(root, path)
    return clean(found.relative_to(root).as_posix()) if found else ""
