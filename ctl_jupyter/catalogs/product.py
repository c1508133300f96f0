"""What a catalog holds: products, and the fields of their forms; plain data, however untidy the files are."""

from dataclasses import dataclass, field
from typing import Any

from ctl_jupyter.markup import Markup

__all__ = ["Catalog", "Choice", "Product", "ProductField", "ProductPanel"]


@dataclass(frozen=True)
class Choice:
    """One option of a ``select``."""

    label: str
    value: str
    is_selected: bool = False


@dataclass(frozen=True, kw_only=True)
class ProductField:
    """A field of a product's form.

    Parameters
    ----------
    type
        As in ``config.yml``: ``text``, ``textarea``, ``password``, ``passwordStrength``, ``number``, ``slider``,
        ``toggle``, ``select``, ``textblock``, ``datacenters``, ``groups``, ``servers`` or ``networks``. A field of
        another type is shown as ``text``, and the product's notes say so.
    name
        The variable passed to Ansible.
    label
        ``displayName``; the name where there is none.
    help_text
        Safe HTML.
    default
        A text, a number, true or false, or ``None``; of what can be chosen several times, a tuple of texts.
    min_length, max_length
        Of a text, in characters.
    minimum, maximum
        Of a number.
    required_strength
        Of a password, 0 to 4.
    message
        ``validationMsg``: what to say of a password that is too weak; may be empty.
    disallowed
        Characters that a password may not have.
    parent
        The name of the field that narrows this one.
    detail
        As in the file; which detail of the chosen thing is passed.
    is_inventory
        Of ``servers``: whether the chosen become hosts.
    title, text, level
        Of a ``textblock``: plain text, safe HTML, and ``info``, ``warning`` or ``danger``.
    """

    type: str
    name: str = ""
    label: str = ""
    help_text: Markup = Markup("")  # noqa: RUF009 -- it does not change
    is_required: bool = False
    default: Any = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    required_strength: int | None = None
    message: str = ""
    disallowed: str = ""
    options: tuple[Choice, ...] = ()
    is_multiple: bool = False
    parent: str = ""
    detail: str = ""
    is_inventory: bool = False
    title: str = ""
    text: Markup = Markup("")  # noqa: RUF009 -- it does not change
    level: str = "info"


@dataclass(frozen=True)
class ProductPanel:
    """Fields under one heading; a product without panels has one without a name."""

    name: str
    fields: tuple[ProductField, ...]


@dataclass(frozen=True, kw_only=True)
class Product:
    """A form around a playbook.

    Parameters
    ----------
    folder
        Its path within the catalog, which is what it is known by.
    name, description, short_description, version, update_date, author, organization, organization_url, tags
        As in ``config.yml``; `description` is safe HTML, all else plain text.
    picture
        A ``data:`` address, empty where there is none.
    readme
        Its ``README.md`` rendered, safe HTML without anything from elsewhere; empty where there is none.
    default_playbook
        Path of the playbook within the catalog; empty where none was found.
    notes
        What could not be used of its files: one sentence each.
    """

    folder: str
    name: str
    description: Markup = Markup("")  # noqa: RUF009 -- it does not change
    short_description: str = ""
    version: str = ""
    update_date: str = ""
    author: str = ""
    organization: str = ""
    organization_url: str = ""
    tags: tuple[str, ...] = ()
    is_public: bool = True
    is_schedulable: bool = True
    picture: str = ""
    readme: Markup = Markup("")  # noqa: RUF009 -- it does not change
    default_playbook: str = ""
    panels: tuple[ProductPanel, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def fields(self) -> list[ProductField]:
        """The fields of every panel."""
        return [each for panel in self.panels for each in panel.fields]


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The products of one repository or folder.

    Parameters
    ----------
    source
        The address as it was given, without credentials; the whole path of a folder.
    url
        The repository's address, without credentials; of a folder that is a working copy, that of its origin, and
        empty of a folder that is none.
    branch
        The branch or tag, empty where the repository's own is meant.
    prefix
        Where the catalog lies within the repository: empty, or a path that ends in ``/``.
    notes
        What could not be opened: one sentence each.
    """

    source: str
    url: str = ""
    branch: str = ""
    prefix: str = ""
    products: tuple[Product, ...] = field(default=())
    notes: tuple[str, ...] = ()
