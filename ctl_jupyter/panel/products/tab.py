"""The tab of products: a catalog is opened, a product is chosen from it, its form filled and started."""

import re
from collections.abc import Sequence
from typing import Any

import ipywidgets

from ctl_jupyter import catalogs as real_catalogs
from ctl_jupyter.catalogs import Catalog, Product
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.products.account_things import Choices, things_of
from ctl_jupyter.panel.products.form import ProductForm
from ctl_jupyter.panel.products.starting import start_product
from ctl_jupyter.panel.table import Column, Row, Table

__all__ = ["ProductsTab"]

COLUMNS = (Column("Product"), Column("What it does", hides_below=480), Column("Author", hides_below=640))
#: A user name or a token within an address.
CREDENTIALS = re.compile(r"://[^/]*@")
#: Sources that were opened from this kernel, newest first.
opened_sources: list[str] = []


class ProductsTab:
    """The panel's tab of products.

    Parameters
    ----------
    desk
        The middle of the panel.
    catalogs
        What opens catalogs and checks values; `ctl_jupyter.catalogs` when absent.
    """

    def __init__(self, desk: Desk, catalogs: Any = None) -> None:
        self._desk = desk
        self._catalogs = catalogs or real_catalogs
        self.catalog: Catalog | None = None
        self.product: Product | None = None
        self.form: ProductForm | None = None
        combobox = ipywidgets.Combobox(placeholder="https://… or a folder", options=opened_sources)
        self.source = Field("Catalog", combobox, "A git repository's address, or a folder of the kernel.")
        self.open_button = ipywidgets.Button(description="Open catalog", tooltip="Read the catalog's products")
        self.search = ipywidgets.Text(description="Find", placeholder="words of a name, description or tag")
        self.start_button = ipywidgets.Button(
            description="Start product", tooltip="Start the product's job with this form", button_style="primary"
        )
        self._table = Table("Products", COLUMNS, "No product fits the search.")
        self._notes, self._about = ipywidgets.HTML(), ipywidgets.HTML()
        self._form_box = ipywidgets.VBox()
        search, buttons = ipywidgets.HBox([self.search]), ipywidgets.HBox([self.start_button])
        for line in (search, buttons):
            line.add_class("ctl-tools")
        self._listed = ipywidgets.VBox([self._notes, search, self._table.widget])
        self._shown = ipywidgets.VBox([self._about, self._form_box, buttons])
        self._listed.layout.display = self._shown.layout.display = "none"
        self._opening, self._starting = desk.work(self.open_button), desk.work(self.start_button)
        self.open_button.on_click(lambda _button: self.open())
        self.start_button.on_click(lambda _button: self.start())
        self.search.observe(lambda _change: self._list(), "value")
        self._table.on_choose(self.choose)
        # Another account has other servers, and gets nobody's secrets.
        desk.session_changed.listen(lambda _session: self.choose(self._table.chosen))
        self.source.widget.layout.flex = "1 1 300px"
        head = ipywidgets.HBox([self.source.widget, self.open_button])
        head.add_class("ctl-tools")
        self.start_button.layout.width = "auto"
        self.widget = ipywidgets.VBox([head, self._listed, self._shown])

    def show(self) -> None:
        """Take note that the tab is looked at now; nothing is asked of anybody before a catalog is opened."""

    def open(self) -> None:
        """Open the catalog that is named, in the background."""
        source = self.source.value.strip()
        if CREDENTIALS.search(source):
            # What stands in the field can end in the saved notebook.
            self.source.value = CREDENTIALS.sub("://", source)
            self.source.error = "The address had credentials in it: they were removed, and the panel takes none there."
            self._desk.report(self.source.error, is_well=False)
            return
        self.source.error = "" if source else "Name a catalog: a git repository's address, or a folder."
        if not source:
            self._desk.report(self.source.error, is_well=False)
            return
        self._opening.begin("The catalog is being opened…", lambda: self._open(source))

    def _open(self, source: str) -> str:
        try:
            self.catalog = catalog = self._catalogs.open_catalog(source)
        except Exception as error:
            self.source.error = str(error)
            raise
        if catalog.source not in opened_sources:
            opened_sources.insert(0, catalog.source)
            self.source.control.options = list(opened_sources)
        self._notes.value = _folded("What could not be opened", catalog.notes)
        self._listed.layout.display = ""
        self.choose(None)
        self._list()
        return f"{len(catalog.products)} products in {catalog.source}."

    def _list(self) -> None:
        words = self.search.value.lower().split()
        self._table.rows = [_row(each) for each in self._products() if _fits(each, words)]

    def _products(self) -> tuple[Product, ...]:
        return self.catalog.products if self.catalog else ()

    def choose(self, folder: str | None) -> None:
        """Show the product of that folder and its form; nothing for ``None``."""
        self.product = next((each for each in self._products() if each.folder == folder), None)
        self._shown.layout.display = "" if self.product else "none"
        if self.product is None:
            self.form, self._form_box.children = None, ()
            return
        self.form = ProductForm(
            self.product,
            self._catalogs.initial_values(self.product),
            self._catalogs.check_value,
            self._things if self._desk.is_logged_in else None,
        )
        self._about.value = _about(self.product)
        self._form_box.children = (self.form.widget,)

    def _things(self, kind: str, parents: Sequence[str], parent_kind: str) -> Choices:
        return things_of(self._desk.session.calls, kind, parents, parent_kind)

    def start(self) -> None:
        """Check the form and start the product in the background; nothing is sent while a field is wrong."""
        catalog, product, form = self.catalog, self.product, self.form
        if catalog is None or product is None or form is None:
            return
        values = form.values
        sentences = self._catalogs.check_values(product, values)
        form.show_errors(sentences)
        if sentences:
            labels = ", ".join(form.label_of(name) for name in sentences)
            self._desk.report(f"Nothing was started: look at {labels}.", is_well=False)
            return
        self._starting.begin(f"{product.name} is being started…", lambda: self._start(catalog, product, form, values))

    def _start(self, catalog: Catalog, product: Product, form: ProductForm, values: dict[str, Any]) -> str:
        session = self._desk.session
        if not catalog.url:
            raise DocumentError(
                "This folder is in no repository that Runner could fetch: push it, and open its address."
            )
        found = self._catalogs.find_job(list(session.calls.jobs()), catalog, product)
        handle = start_product(
            session,
            self._catalogs.job_of(catalog, product),
            found,
            self._catalogs.variables_of(product, values),
            self._catalogs.hosts_of(product, values),
            self._catalogs.secret_names(product),
        )
        form.forget_secrets()
        if found is None:
            self._desk.job_changed.tell(session.calls.get_job(handle.job_id))
        self._desk.open_execution(handle)
        return f"{product.name} was started."


def _row(product: Product) -> Row:
    cells = {"Product": product.name, "What it does": product.short_description, "Author": product.author}
    return Row(product.folder, cells)


def _fits(product: Product, words: list[str]) -> bool:
    text = " ".join([product.name, product.short_description, product.author, product.folder, *product.tags]).lower()
    return all(word in text for word in words)


def _folded(summary: str, sentences: tuple[str, ...]) -> Markup:
    if not sentences:
        return Markup("")
    items = [element("li", each) for each in sentences]
    return element("details", element("summary", f"{summary} ({len(sentences)})"), element("ul", *items))


def _about(product: Product) -> Markup:
    facts = [product.author, product.version and f"version {product.version}", ", ".join(product.tags)]
    picture = element("img", src=product.picture, alt="", width="64") if product.picture else Markup("")
    readme = element("details", element("summary", "README"), product.readme) if product.readme else Markup("")
    hint = "It can be scheduled: start it once, then see the Schedules tab." if product.is_schedulable else ""
    return element(
        "div",
        picture,
        element("h3", product.name),
        element("div", " · ".join(filter(None, facts))),
        element("div", product.description),
        element("div", hint),
        _folded("What could not be used of its files", product.notes),
        readme,
    )
