"""Products as rows of a list, and what is told of one above its form; pure."""

from collections.abc import Iterable, Sequence

from ctl_jupyter.catalogs import Product
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.table import Column, Row

__all__ = ["PRODUCT_COLUMNS", "about_html", "fits", "notes_html", "product_rows"]

PRODUCT_COLUMNS = (
    Column("Product"),
    Column("What it does", hides_below=480, width="minmax(0, 2fr)"),
    Column("Version", hides_below=560, width="minmax(0, 0.5fr)"),
    Column("Author", hides_below=640),
)

#: Characters of the address that holds a picture, and of all of a list.
LARGEST_PICTURE, MOST_OF_A_LIST = 200_000, 2_000_000


def product_rows(products: Iterable[Product]) -> list[Row]:
    """Return products as rows; pictures are left out where they are too large for a list, or there are too many."""
    rows, room = [], MOST_OF_A_LIST
    for product in products:
        size = len(product.picture)
        is_shown = size <= min(room, LARGEST_PICTURE)
        room -= size if is_shown else 0
        rows.append(_row(product, product.picture if is_shown else ""))
    return rows


def _row(product: Product, picture: str) -> Row:
    cells = {
        "Product": product.name,
        "What it does": product.short_description,
        "Version": product.version,
        "Author": product.author or product.organization,
    }
    titles = {"What it does": product.short_description} if product.short_description else {}
    return Row(product.folder, cells, titles=titles, picture=picture)


def fits(product: Product, words: Sequence[str]) -> bool:
    """Return whether a product has all words, which are in small letters."""
    told = [product.name, product.short_description, product.author, product.organization, product.folder]
    text = " ".join([*told, *product.tags]).lower()
    return all(word in text for word in words)


def notes_html(summary: str, sentences: Sequence[str]) -> Markup:
    """Return sentences, folded under a summary with their number; nothing where there are none."""
    if not sentences:
        return Markup("")
    items = [element("li", each) for each in sentences]
    return element("details", element("summary", f"{summary} ({len(sentences)})"), element("ul", *items))


def about_html(product: Product) -> Markup:
    """Return what a product is: picture, name, facts, description, README and what could not be used of its files."""
    facts = [
        product.version and f"version {product.version}",
        product.update_date and f"of {product.update_date}",
        product.author and f"by {product.author}",
        product.organization,
        ", ".join(product.tags),
    ]
    picture = element("img", src=product.picture, alt="") if product.picture else Markup("")
    readme = element("details", element("summary", "README"), product.readme) if product.readme else Markup("")
    lacking = "" if product.default_playbook else "It has no playbook, so that there is nothing to start."
    head = element(
        "div",
        element("h3", product.name),
        element("div", " · ".join(filter(None, facts)), **{"class": "ctl-help"}),
        element("div", product.description),
        element("div", lacking) if lacking else Markup(""),
    )
    return element(
        "div",
        element("div", picture, head, **{"class": "ctl-product-head"}),
        notes_html("What could not be used of its files", product.notes),
        readme,
    )
