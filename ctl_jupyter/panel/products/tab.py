"""The tab of products: a catalog is opened, a product is chosen from it, its form filled and started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import ipywidgets

from ctl_jupyter.catalogs import (
    Catalog,
    Product,
    check_value,
    check_values,
    find_job,
    hosts_of,
    initial_values,
    job_of,
    secret_names,
    variables_of,
)
from ctl_jupyter.client import Session
from ctl_jupyter.documents import DocumentError, Host, Job
from ctl_jupyter.inputs.names import listed
from ctl_jupyter.panel.cells import job_cell, start_cell
from ctl_jupyter.panel.copy_box import CopyBox
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.products.account_things import Choices, things_of
from ctl_jupyter.panel.products.catalog_bar import CatalogBar
from ctl_jupyter.panel.products.form import ProductForm
from ctl_jupyter.panel.products.listing import PRODUCT_COLUMNS, about_html, fits, notes_html, product_rows
from ctl_jupyter.panel.products.starting import start_product
from ctl_jupyter.panel.products.typed_hosts import TypedHosts
from ctl_jupyter.panel.start_words import HostsChoice, StartWords
from ctl_jupyter.panel.table import Table

__all__ = ["ProductsTab"]

NO_MATCH = "No product has all these words: use fewer of them."


class ProductsTab:
    """The panel's tab of products.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.catalog: Catalog | None = None
        #: What let git in to it, for the jobs that are created from it.
        self._credentials: Mapping[str, str] = {}
        self.product: Product | None = None
        self.form: ProductForm | None = None
        self.bar = CatalogBar(desk, self._take_catalog)
        self.search = ipywidgets.Text(description="Find", placeholder="words of a name, description or tag")
        self.start_button = _button("Start product", "Start the product's job with this form", "primary")
        self.copy_button = _button("Copy as cell", "Show the cells that do the same")
        self._table = Table("Products", PRODUCT_COLUMNS, NO_MATCH)
        self._notes, self._about = ipywidgets.HTML(), ipywidgets.HTML()
        self._form_box = ipywidgets.VBox()
        self._hosts = TypedHosts(self._take_change)
        #: Whether the status line says that the form is wrong.
        self._is_told = False
        #: The cell that creates the product's job, where it has none, and the one that starts it.
        self._boxes = (CopyBox(), CopyBox())
        search, self._buttons = ipywidgets.HBox([self.search]), ipywidgets.HBox([self.start_button, self.copy_button])
        for line in (search, self._buttons):
            line.add_class("ctl-tools")
        self._listed = ipywidgets.VBox([self._notes, search, self._table.widget])
        self._shown = ipywidgets.VBox([self._about, self._form_box, self._hosts.widget, self._buttons, *self._boxes])
        self._listed.layout.display = self._shown.layout.display = "none"
        self._work = desk.work(self.start_button, self.copy_button)
        self.start_button.on_click(lambda _button: self.start())
        self.copy_button.on_click(lambda _button: self.copy())
        self.search.observe(lambda _change: self._find(), "value")
        self._table.on_choose(self.choose)
        # Another account has other servers, and gets nobody's secrets.
        desk.session_changed.listen(lambda _session: self._take_account())
        self.widget = ipywidgets.VBox([self.bar.widget, self._listed, self._shown])
        self.widget.add_class("ctl-products")

    def show(self) -> None:
        """Take note that the tab is looked at now; nothing is asked of anybody before a catalog is opened."""

    # --- the list ----------------------------------------------------------------------------------------------

    def _take_catalog(self, catalog: Catalog, credentials: Mapping[str, str]) -> None:
        self.catalog, self._credentials = catalog, credentials
        self._notes.value = notes_html("What could not be opened", catalog.notes)
        self._listed.layout.display = ""
        self._table.chosen = None
        self.choose(None)
        self._table.rows = product_rows(catalog.products)
        self._find()

    def _find(self) -> None:
        words = self.search.value.lower().split()
        self._table.find([product.folder for product in self._products() if fits(product, words)] if words else None)

    def _products(self) -> tuple[Product, ...]:
        return self.catalog.products if self.catalog else ()

    # --- the chosen product ------------------------------------------------------------------------------------

    def choose(self, folder: str | None) -> None:
        """Show the product of that folder and its form; nothing for ``None``."""
        self.product = next((each for each in self._products() if each.folder == folder), None)
        self._shown.layout.display = "" if self.product else "none"
        self._hide_cells()
        if self.product is None:
            self.form, self._form_box.children = None, ()
            return
        self.form = ProductForm(
            self.product,
            initial_values(self.product),
            check_value,
            self._things if self._desk.is_logged_in else None,
            self._take_change,
        )
        self._about.value = about_html(self.product)
        self._hosts.clear()
        self._hosts.widget.layout.display = "none" if _names_hosts(self.product) else ""
        # Not disabled: that is for as long as they work.
        self._buttons.layout.display = "" if self.product.default_playbook else "none"
        self._form_box.children = (self.form.widget,)

    def _take_change(self) -> None:
        self._hide_cells()
        if self._is_told and self.form is not None and not (self.form.errors or self._hosts.error):
            self._is_told = False
            self._desk.report("Nothing is wrong with the form any more.")

    def _take_account(self) -> None:
        """Have the form ask another account for its things; what else was typed stays, secrets do not."""
        self._credentials = {}
        before = self.form
        self.choose(self.product.folder if self.product else None)
        if before is not None and self.form is not None:
            self.form.take_over(before)
            before.forget_secrets()

    def _things(self, kind: str, parents: Sequence[str], parent_kind: str) -> Choices:
        return things_of(self._desk.session.calls, kind, parents, parent_kind)

    # --- buttons -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Check the form and start the product in the background; nothing is sent while a field is wrong."""
        filled = self._filled("Nothing was started")
        if filled is not None:
            self._work.send(f"{filled.product.name} is being started …", partial(self._start, filled))

    def copy(self) -> None:
        """Show the cells that do what the form does; secrets are not in them."""
        filled = self._filled("There is no cell yet")
        if filled is not None:
            self._work.begin("Looking for the product's job …", partial(self._copy, filled))

    def _filled(self, otherwise: str) -> "_Filled | None":
        """Return what is filled in by now; ``None`` where something is wrong, which is said."""
        catalog, product, form = self.catalog, self.product, self.form
        if catalog is None or product is None or form is None:
            return None
        values = form.values
        sentences = check_values(product, values)
        form.show_errors(sentences)
        wrong = [form.label_of(name) for name in sentences]
        named = hosts_of(product, values)
        hosts = [Host(id=name) for name in named]
        if not _names_hosts(product):
            try:
                hosts = self._hosts.read()
            except DocumentError:
                wrong.append(self._hosts.label)
        if wrong:
            self._desk.report(f"{otherwise}: look at {', '.join(wrong)}.", is_well=False)
        self._is_told = bool(wrong)
        return None if wrong else _Filled(catalog, self._credentials, product, form, values, hosts)

    def _start(self, filled: "_Filled", session: Session) -> str:
        job, found = _job_of(filled, session)
        handle = start_product(
            session,
            job,
            found,
            variables_of(filled.product, filled.values),
            filled.hosts,
            sorted(secret_names(filled.product)),
            lambda changed: self._desk.tell_job(changed, session),
        )
        filled.form.forget_secrets()
        self._desk.open_execution(handle)
        return f"{filled.product.name} was started: execution {handle.execution_id}."

    def _copy(self, filled: "_Filled") -> str:
        job, found = _job_of(filled, self._desk.session)
        secret = secret_names(filled.product)
        variables = variables_of(filled.product, filled.values)
        bare = [host for host in filled.hosts if not host.host_vars]
        words = StartWords(
            hosts=HostsChoice(
                entities=[host for host in filled.hosts if host.host_vars], named=[host.id for host in bare]
            ),
            variables={name: value for name, value in variables.items() if name not in secret},
            secret_variables={name: value for name, value in variables.items() if name in secret},
        )
        if self.form is not filled.form:
            return "No cell is shown, since another product was chosen meanwhile."
        creating, starting = self._boxes
        creating.label, starting.label = "The cell that creates its job", "The cell that starts it"
        creating.text = "" if found else job_cell(job)
        starting.text = start_cell(words, found or job)
        creating.layout.display, starting.layout.display = ("none" if found else ""), ""
        without = f" Not in them: {listed(list(words.secret_variables))}." if words.secret_variables else ""
        cells = "This cell does" if found else "These two cells do, one after the other,"
        return f"{cells} what Start product would do.{without}"

    def _hide_cells(self) -> None:
        """Take cells away that the form no longer says."""
        for box in self._boxes:
            box.layout.display = "none"


@dataclass(frozen=True)
class _Filled:
    """What a form says at a click, for the work that comes of it."""

    catalog: Catalog
    credentials: Mapping[str, str] = field(repr=False)
    product: Product
    form: ProductForm
    values: Mapping[str, Any] = field(repr=False)
    hosts: Sequence[Host] = field(repr=False)


def _job_of(filled: _Filled, session: Session) -> tuple[Job, Job | None]:
    """Return the job as the product would have it, and the one that it has already.

    ``GET /jobs/{alias}``, all pages of it.
    """
    job = job_of(filled.catalog, filled.product, credentials=filled.credentials)
    return job, find_job(session.calls.jobs(), filled.catalog, filled.product)


def _names_hosts(product: Product) -> bool:
    """Whether a field of the form chooses the hosts."""
    return any(each.is_inventory for each in product.fields)


def _button(description: str, tooltip: str, style: str = "") -> Any:
    return ipywidgets.Button(description=description, tooltip=tooltip, button_style=style, layout={"width": "auto"})
