"""Why a catalog could not be opened or used."""

from ctl_jupyter.documents import DocumentError

__all__ = ["CatalogError"]


class CatalogError(DocumentError):
    """A catalog that could not be opened, in one sentence for the user; never a password or a key."""
